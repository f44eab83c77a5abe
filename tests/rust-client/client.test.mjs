// The crate's own client, method by method, at the tenant; page/ calls it and says what came.
import assert from "node:assert/strict";
import { after, before, beforeEach, suite, test } from "node:test";
import { fileURLToPath } from "node:url";
import { By } from "selenium-webdriver";
import { startTenant } from "../../tenant/index.mjs";
import { idTokenOf } from "../harness/bench.mjs";
import { inPage, openChromium } from "../harness/browser.mjs";
import { serve } from "../harness/serve.mjs";

const ADA = "auth0|5a620d29a840170a9ef43672";
const GRACE = "google-oauth2|103547991597142817347";
const BASKET = "Some(Basket { items: 3, voucher: None })";
const SIGNED_IN = `${ADA} ["local-spa"] Some("ada@example.com") Some(true)`;
const ACCOUNTS = [`${ADA} Some(false) Ada Lovelace`, "github|1815 Some(true) Ada L."];
const PAGE =
  '<!doctype html><title>Application</title><link rel="icon" href="data:,"><button>Go</button>';
const PATIENCE_MS = 10_000;

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

/** What the method says, or the text of its error. */
const call = (method, ...args) =>
  run((module, ...given) => module.call(...given).catch((error) => error), method, args);
const session = () => run((module) => module.session());

/** To the tenant and back; what the page says of it. */
async function signIn(options) {
  await start(options);
  const url = await call("build_authorize_url", "ada@example.com");
  await driver.get(url);
  await start(options);
  const said = await call("handle_redirect_callback");
  tenant.clearLog();
  return said;
}

/** `METHOD path body` of what the Management API has seen. */
const requests = () =>
  tenant.log
    .filter(({ url, method }) => url.startsWith("/api/v2/") && method !== "OPTIONS")
    .map(({ method, url, body }) =>
      `${method} ${decodeURIComponent(url.slice("/api/v2/".length))} ${body ?? ""}`.trim(),
    );

suite("signing in", () => {
  for (const code of [false, true]) {
    test(`by redirect, ${code ? "code" : "implicit"}`, async () => {
      assert.equal(await signIn({ code }), `${SIGNED_IN} [] ${BASKET}`);
      assert.equal(await driver.getCurrentUrl(), `${site.origin}/`);
      assert.equal(await session(), `true Some("${ADA}") 7 true [true, true] 1`);
      assert.equal(await call("handle_redirect_callback"), `${SIGNED_IN} [] ${BASKET}`);
    });
  }

  test("leaves for the tenant, and is back", async () => {
    await start();
    await run((module) => void module.call("login_with_redirect", ["ada@example.com"]));
    const back = async () => /access_token=/.test(await driver.getCurrentUrl());
    await driver.wait(back, PATIENCE_MS, "not back");
    await start();
    assert.equal(await call("handle_redirect_callback"), `${SIGNED_IN} [] ${BASKET}`);
  });

  test("where there is no response is none", async () => {
    await start();
    assert.equal(await call("handle_redirect_callback"), "none");
    assert.equal(await session(), "false None 0 false [false, false] 0");
  });

  test("without being seen", async () => {
    await signIn();
    assert.equal(await call("check_session", "ada@example.com"), `${ADA} ${BASKET}`);
    assert.equal(await session(), `true Some("${ADA}") 7 true [true, true] 2`);
  });

  test("in a window, opened by a click", async () => {
    await start();
    await press("login_with_popup", "ada@example.com");
    assert.equal(await run(() => globalThis.ended), `${ADA} ${BASKET}`);
    assert.equal(await session(), `true Some("${ADA}") 7 true [true, true] 1`);
  });

  test("is refused with the whole error, also where others wait for the same", async () => {
    tenant.faults.set("authorization-error", { error: "access_denied" });
    await start();
    await driver.get(await call("build_authorize_url", "ada@example.com"));
    await start();
    const state = 'Some("{\\"items\\":3,\\"voucher\\":null}")';
    const refused = `access_denied None None Some("access_denied") [] ${state}`;
    assert.equal(await call("handle_redirect_callback"), refused);
    assert.equal(await call("handle_redirect_callback"), refused);
  });

  test("with a forged token is refused", async () => {
    tenant.faults.set("foreign-signature");
    assert.match(await signIn(), /^id_token_signature /);
    assert.equal(await session(), "false None 0 false [false, false] 0");
  });

  test("ends with the access token, which is told", async () => {
    tenant.setAccessTokenLifetime(4);
    await signIn();
    const ended = async () => (await session()) === `false Some("${ADA}") 7 false [false, false] 2`;
    await driver.wait(ended, PATIENCE_MS, "not told");
    assert.match(await call("get_user"), /^token_expired /);
    assert.deepEqual(requests(), []);
  });

  test("ends with logout, which is the last that an ended subscription does not hear of", async () => {
    await signIn();
    assert.equal(await call("logout"), "out");
    assert.equal(await session(), "false None 0 false [false, false] 2");
    await run((module) => module.unsubscribe());
    await call("check_session", "ada@example.com");
    assert.equal(await session(), `true Some("${ADA}") 7 true [true, true] 2`);
  });
});

/** A person presses the button, whose handler calls the method. */
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
  // The method, its arguments, what it says, and what the tenant gets.
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
    test(method, async () => {
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

  test("link_identity_with_popup", async () => {
    await signIn();
    await press("link_identity_with_popup", "grace@example.com");
    const linked = await run(() => globalThis.ended);
    assert.equal(linked, `${ACCOUNTS.join(", ")}, ${GRACE} Some(true) Grace Hopper`);
    assert.match(await session(), new RegExp(`^true Some\\("${escape(ADA)}"\\)`));
  });

  test("what is wrong is not sent", async () => {
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

  test("what the tenant refuses is told in full", async () => {
    await signIn();
    tenant.faults.set("api-error", { error: "insufficient_scope" }, { times: 1 });
    const said = await call("get_user");
    assert.match(said, /^insufficient_scope None Some\(403\) Some\("insufficient_scope"\)/);
  });

  test("metadata of another type is api_error", async () => {
    await signIn();
    tenant.users.get(ADA).user_metadata.theme = 7;
    assert.match(await call("get_user"), /^api_error None None None/);
  });
});

function escape(text) {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
