// The client for Rust applications, method by method, at the tenant. page/ calls it and returns the result as text.
import assert from "node:assert/strict";
import { after, before, beforeEach, suite, test } from "node:test";
import { fileURLToPath } from "node:url";
import { By } from "selenium-webdriver";
import { startTenant } from "../../tenant/index.mjs";
import { ADA, GRACE, PATIENCE_MS, idTokenOf } from "../harness/fixtures.mjs";
import { inPage, openChromium } from "../harness/browser.mjs";
import { serve } from "../harness/serve.mjs";

const BASKET = "Some(Basket { items: 3, voucher: None })";
const SIGNED_IN = `${ADA} ["local-spa"] Some("ada@example.com") Some(true)`;
const ACCOUNTS = [`${ADA} Some(false) Ada Lovelace`, "github|1815 Some(true) Ada L."];
const PAGE =
  '<!doctype html><title>Application</title><link rel="icon" href="data:,"><button>Go</button>';

let tenant, site, driver, close;
before(async () => {
  tenant = await startTenant({ autoLogin: true });
  const page = { body: PAGE, headers: { "Content-Type": "text/html; charset=utf-8" }, status: 200 };
  const folder = fileURLToPath(new URL("../../target/rust-client/page", import.meta.url));
  site = await serve(folder, (path) => (path === "/" ? page : undefined));
  ({ driver, close } = await openChromium());
});
after(async () => {
  await close?.();
  await site?.close();
  await tenant?.close();
});
beforeEach(async () => {
  tenant.reset();
  tenant.clearSessions();
  await driver.get("about:blank");
  await driver.get(`${site.origin}/`);
});

/** Runs `action(module, ...args)` in the page. */
const run = (action, ...args) =>
  inPage(
    driver,
    `async (...args) => {
       const module = await import("/pkg/rust_client_page.js");
       await (globalThis.started ??= module.default());
       return (${action})(module, ...args);
     }`,
    ...args,
  );

const start = ({ code = false, without = "" } = {}) =>
  run((module, ...args) => module.start(...args), tenant.domain, `${site.origin}/`, code, without);

/** The method's result as text, or the text of its error. */
const call = (method, ...args) =>
  run((module, ...given) => module.call(...given).catch((error) => error), method, args);
const session = () => run((module) => module.session());

/** Signs in at the tenant and returns the page's text about it. */
async function signIn(options) {
  await start(options);
  const url = await call("build_authorize_url", "ada@example.com");
  await driver.get(url);
  await start(options);
  const said = await call("handle_redirect_callback");
  tenant.clearLog();
  return said;
}

/** `METHOD path body` of each request to the Management API. */
const requests = () =>
  tenant.log
    .filter(({ url, method }) => url.startsWith("/api/v2/") && method !== "OPTIONS")
    .map(({ method, url, body }) =>
      `${method} ${decodeURIComponent(url.slice("/api/v2/".length))} ${body ?? ""}`.trim(),
    );

suite("signing in", () => {
  for (const code of [false, true]) {
    test(`signs in by redirect, flow: ${code ? "code" : "implicit"}`, async () => {
      assert.equal(await signIn({ code }), `${SIGNED_IN} [] ${BASKET}`);
      assert.equal(await driver.getCurrentUrl(), `${site.origin}/`);
      assert.equal(await session(), `true Some("${ADA}") 7 true [true, true] 1`);
      assert.equal(await call("handle_redirect_callback"), `${SIGNED_IN} [] ${BASKET}`);
    });
  }

  test("leaves for the tenant and returns", async () => {
    await start();
    await run((module) => void module.call("login_with_redirect", ["ada@example.com"]));
    const back = async () => /access_token=/.test(await driver.getCurrentUrl());
    await driver.wait(back, PATIENCE_MS, "not back");
    await start();
    assert.equal(await call("handle_redirect_callback"), `${SIGNED_IN} [] ${BASKET}`);
  });

  test("returns none if the address contains no response", async () => {
    await start();
    assert.equal(await call("handle_redirect_callback"), "none");
    assert.equal(await session(), "false None 0 false [false, false] 0");
  });

  test("renews silently", async () => {
    await signIn();
    assert.equal(await call("check_session", "ada@example.com"), `${ADA} ${BASKET}`);
    assert.equal(await session(), `true Some("${ADA}") 7 true [true, true] 2`);
  });

  test("signs in by popup after a click", async () => {
    await start();
    await press("login_with_popup", "ada@example.com");
    assert.equal(await run(() => globalThis.ended), `${ADA} ${BASKET}`);
    assert.equal(await session(), `true Some("${ADA}") 7 true [true, true] 1`);
  });

  test("returns the whole error, also to concurrent callers", async () => {
    tenant.faults.set("authorization-error", { error: "access_denied" });
    await start();
    await driver.get(await call("build_authorize_url", "ada@example.com"));
    await start();
    const state = 'Some("{\\"items\\":3,\\"voucher\\":null}")';
    const refused = `access_denied None None Some("access_denied") [] ${state}`;
    assert.equal(await call("handle_redirect_callback"), refused);
    assert.equal(await call("handle_redirect_callback"), refused);
  });

  test("refuses a forged token", async () => {
    tenant.faults.set("foreign-signature");
    assert.match(await signIn(), /^id_token_signature /);
    assert.equal(await session(), "false None 0 false [false, false] 0");
  });

  test("reports the end of the access token", async () => {
    tenant.setAccessTokenLifetime(4);
    await signIn();
    const ended = async () => (await session()) === `false Some("${ADA}") 7 false [false, false] 2`;
    await driver.wait(ended, PATIENCE_MS, "not told");
    assert.match(await call("get_user"), /^token_expired /);
    assert.deepEqual(requests(), []);
  });

  test("ends the session by logout, and no longer notifies a dropped subscription", async () => {
    await signIn();
    assert.equal(await call("logout"), "out");
    assert.equal(await session(), "false None 0 false [false, false] 2");
    await run((module) => module.unsubscribe());
    await call("check_session", "ada@example.com");
    assert.equal(await session(), `true Some("${ADA}") 7 true [true, true] 2`);
  });
});

/** A person presses the button, whose click handler calls the method. */
async function press(...method) {
  await run((module, [name, ...args]) => {
    document.querySelector("button").onclick = () => {
      globalThis.ended = module.call(name, args).catch((error) => error);
    };
  }, method);
  await driver.findElement(By.css("button")).click();
}

suite("the endpoints", () => {
  const user = `users/${ADA}`;
  const profile = (preferences) =>
    `Ada Some(43) Some("${ACCOUNTS.join(", ")}") Some((${preferences}))`;
  // [method, arguments, its result as text, the tenant's request]
  for (const [method, args, said, request] of [
    ["get_user", () => [], profile('Some("dark"), Some("en")'), `GET ${user}`],
    [
      "get_enrollments",
      () => [],
      'dev_YgSOwqDYgAqX1nR7 Some("authenticator") Some("authenticator") None, ' +
        'dev_PB0eFqTuQ5nXm2zK Some("pn") Some("guardian") Some("Ada\'s phone")',
      `GET ${user}/enrollments`,
    ],
    [
      "link_identity",
      () => [idTokenOf(tenant, GRACE)],
      new RegExp(`^${escape(ACCOUNTS.join(", "))}, ${escape(GRACE)} Some\\(true\\) Grace Hopper$`),
      new RegExp(`^POST ${escape(user)}/identities \\{"link_with":"eyJ`),
    ],
    [
      "unlink_identity",
      () => ["github", "github|1815"],
      `${ADA} Some(false) `,
      `DELETE ${user}/identities/github/1815`,
    ],
    [
      "patch_user_metadata",
      () => [],
      profile('Some("light"), None'),
      `PATCH ${user} {"user_metadata":{"theme":"light","language":null}}`,
    ],
    ["clear_user_metadata", () => [], `${ADA} {}`, `PATCH ${user} {"user_metadata":{}}`],
    [
      "delete_multifactor",
      () => ["google-authenticator"],
      "removed",
      `DELETE ${user}/multifactor/google-authenticator`,
    ],
    [
      "create_device_credential",
      () => ["5f0c-1"],
      /^dcr_/,
      "POST device-credentials " +
        '{"device_name":"Laptop","type":"public_key","value":"cHVibGlj","device_id":"5f0c-1"}',
    ],
    ["delete_device_credential", () => ["dcr_1"], "removed", "DELETE device-credentials/dcr_1"],
  ]) {
    test(`${method} is refused without a session, and sends its request with one`, async () => {
      await start();
      const given = args();
      assert.match(await call(method, ...given), /^login_required /);
      await signIn();
      const is = (actual, expected) =>
        expected instanceof RegExp
          ? assert.match(actual, expected)
          : assert.equal(actual, expected);
      is(await call(method, ...given), said);
      const [sent, ...more] = requests();
      assert.deepEqual(more, []);
      is(sent, request);
    });
  }

  test("links an account by popup", async () => {
    await signIn();
    await press("link_identity_with_popup", "grace@example.com");
    const linked = await run(() => globalThis.ended);
    assert.equal(linked, `${ACCOUNTS.join(", ")}, ${GRACE} Some(true) Grace Hopper`);
    assert.match(await session(), new RegExp(`^true Some\\("${escape(ADA)}"\\)`));
  });

  test("sends no call with wrong arguments", async () => {
    await signIn({ without: "update:current_user_identities" });
    for (const [refused, ...given] of [
      ["insufficient_scope None None None [update:current_user_identities] None", "link_identity"],
      ["invalid_argument None None None [] None", "patch_nothing"],
      ["invalid_argument None None None [] None", "patch_no_number"],
      ["invalid_argument None None None [] None", "delete_multifactor", ".."],
      ["invalid_argument None None None [] None", "create_device_credential", "x".repeat(37)],
    ])
      assert.equal(await call(...given), refused);
    assert.deepEqual(requests(), []);
  });

  test("returns the tenant's refusal in full", async () => {
    await signIn();
    tenant.faults.set("api-error", { error: "insufficient_scope" }, { times: 1 });
    const said = await call("get_user");
    assert.match(said, /^insufficient_scope None Some\(403\) Some\("insufficient_scope"\)/);
  });

  test("refuses metadata of another type with api_error", async () => {
    await signIn();
    tenant.users.get(ADA).user_metadata.theme = 7;
    assert.match(await call("get_user"), /^api_error None None None/);
  });
});

function escape(text) {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
