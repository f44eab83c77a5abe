// Options of a client and of one sign-in that are refused.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { startHarness } from "../harness/index.mjs";
import { authorizeSteps } from "./authorize-steps.mjs";

const harness = await startHarness();
const { tenant } = harness;

const { make, makeOf, authorize } = authorizeSteps(harness);

describe("options that are refused", () => {
  const WRONG = {
    domain: [
      "undefined",
      "null",
      "7",
      "{}",
      '""',
      '" "',
      '"https://acme.eu.auth0.com"',
      '"http://localhost"',
      '"//acme.auth0.com"',
      '"acme.auth0.com/"',
      '"acme.auth0.com/path"',
      '"acme.auth0.com?x"',
      '"acme.auth0.com#x"',
      '"user@acme.auth0.com"',
      '"user:secret@acme.auth0.com"',
      '"acme.auth0.com@evil.example"',
      '"evil.example\\\\@acme.auth0.com"',
      '"evil.example\\\\.acme.auth0.com"',
      '"acme.auth0.com\\\\"',
      '"acme .auth0.com"',
      '" acme.auth0.com"',
      '"acme.auth0.com "',
      '"acme.auth0.com\\n"',
      '"acme\\t.auth0.com"',
      '"acme\\u00a0.auth0.com"',
      '"acme%2eauth0.com"',
      '"%61cme.auth0.com"',
      '"acme..auth0.com"',
      '".acme.auth0.com"',
      '"."',
      '".."',
      '"acme.auth0.com:"',
      '"acme.auth0.com:x"',
      '"acme.auth0.com:-1"',
      '"acme.auth0.com:65536"',
      '"acme.auth0.com:99999999999"',
      '"acme.auth0.com:80:80"',
      '":443"',
      '"acme.auth0.com:443/x"',
      '"acme_auth0.com"',
      '"acme!.auth0.com"',
      '"acme,auth0.com"',
      '"acme;auth0.com"',
      '"acme.auth0.com\\u0000"',
      '"acme\\u3002auth0.com"',
      '"acme\\uff0eauth0.com"',
      '"acme.auth0.c\\u200bom"',
      '"[::1"',
      '"::1"',
      '"[::1]x"',
      '"[evil.example]"',
      '"[::1%25eth0]"',
      '"localhost@evil.example"',
      '"localhost:3000@evil.example"',
      '"*.auth0.com"',
      '"acme.auth0.com,evil.example"',
      '"acme.auth0.com\\u2044path"',
      '"acme.auth0.com\\uff0fpath"',
      '["acme.auth0.com"]',
      "new String('acme.auth0.com')",
      '"javascript:alert(1)"',
      '"data:text/html,x"',
    ],
    clientId: [
      "undefined",
      "null",
      "7",
      '""',
      '" "',
      "{}",
      '["local-spa"]',
      '" local-spa"',
      '"local\\nspa"',
    ],
    redirectUri: [
      "undefined",
      "null",
      "7",
      '""',
      '"/callback"',
      '"callback"',
      '"//app.example/callback"',
      '"app.example/callback"',
      '"https://app.example/callback#"',
      '"https://app.example/#/route"',
      '"javascript:alert(1)"',
      '"data:text/html,x"',
      '"ftp://app.example/"',
      '"file:///callback"',
      '"https:"',
      '"https://"',
      '"https:///callback"',
      '"https:/app.example/"',
      '"https:app.example"',
      ...["code", "state", "error", "iss"].map((name) => `"https://app.example/?tab=1&${name}=x"`),
      '"https://user@app.example/"',
      '"https://user:secret@app.example/"',
      '"https://app.example\\\\@evil.example/"',
      '"https://app.example /"',
      '" https://app.example/"',
      '"https://app.example/\\n"',
      '"https://app.example/a b"',
      "new URL(location.href)",
      '["https://app.example/"]',
      '"https://?x"',
      '"https://:443/"',
    ],
    scopes: [
      "undefined",
      "null",
      "7",
      '"read:current_user"',
      "{}",
      "[]",
      '["openid"]',
      '["openid", "profile"]',
      "[undefined]",
      '["read:current_user", null]',
      '["read:current_user", 7]',
      '["read:current_user", ["openid"]]',
      "new Set(['read:current_user'])",
    ],
    tenantDomain: [
      "null",
      "7",
      '""',
      '"https://acme.eu.auth0.com"',
      '"acme.eu.auth0.com/"',
      '"a@b"',
      '"acme%2eauth0.com"',
    ],
    flow: ["null", '""', '"hybrid"', '"Implicit"', '"token"', "7", '["code"]'],
    transactionStore: ["null", '""', '"memory"', '"cookie"', "7", "localStorage"],
    organization: ["null", '""', "7", "{}", '["acme"]'],
    leewaySeconds: ["null", '"60"', "-1", "301", "NaN", "Infinity", "{}"],
    timeoutMs: ["null", '"1000"', "0", "-1", "NaN", "Infinity", "1e12"],
    retries: ["null", '"2"', "-1", "6", "1.5", "NaN", "Infinity"],
  };
  for (const [name, values] of Object.entries(WRONG)) {
    test(`refuses ${values.length} wrong values of ${name} with invalid_configuration, by name`, async () => {
      for (const value of values) {
        const error = await make(`{ ${name}: ${value} }`);
        assert.equal(
          error?.code,
          "invalid_configuration",
          `${name}: ${value}: ${JSON.stringify(error)}`,
        );
        assert.ok(error.message.includes(name), error.message);
      }
      assert.deepEqual(tenant.log, []);
    });
  }

  test("letters that resemble others do not lead to another host", async () => {
    // The client refuses these hosts, or uses what the URL standard defines for all browsers.
    for (const domain of [
      "\u0430cme.auth0.com",
      "acme.auth0.c\u043em",
      "ac\u00admé.auth0.com",
      "\u24d0cme.auth0.com",
      "acme\u3002auth0\u3002com",
      "１２７.0.0.1",
    ]) {
      const url = await harness.run(async ({ createClient, outcome }, options) => {
        const { value, error } = await outcome(async () =>
          (await createClient(options)).buildAuthorizeUrl(),
        );
        return error ? error.code : new URL(value).host;
      }, harness.options({ domain }));
      assert.ok(
        url === "invalid_configuration" || url === new URL(`https://${domain}`).host,
        `${domain}: ${url}`,
      );
    }
  });

  test("refuses unknown options by name", async () => {
    for (const name of [
      "audience",
      "client_id",
      "redirect_uri",
      "scope",
      "Domain",
      "DOMAIN",
      "domains",
      "accessToken",
      "responseType",
      "constructor",
      "toString",
      "",
      "é漢🙂",
    ]) {
      const error = await make(`{ [${JSON.stringify(name)}]: "x" }`);
      assert.equal(error?.code, "invalid_configuration", name);
      assert.ok(error.message.includes(name), error.message);
    }
    const error = await make(`JSON.parse('{"__proto__":{}}')`);
    assert.ok(error === null || error.code === "invalid_configuration");
  });

  test("refuses options that are not an object with invalid_configuration", async () => {
    for (const options of [
      "",
      "undefined",
      "null",
      "7",
      '"text"',
      "[]",
      "() => {}",
      "Symbol()",
      "new Map()",
      "{}",
      "true",
      "1n",
    ]) {
      assert.equal((await makeOf(options))?.code, "invalid_configuration", options);
    }
  });

  const SECRET = "hUsh-1234567890";
  test("refuses a client secret in either spelling and any place, and does not repeat it", async () => {
    for (const name of ["client_secret", "clientSecret"]) {
      for (const value of [JSON.stringify(SECRET), "undefined", "null", "{}"]) {
        const error = await make(`{ ${name}: ${value} }`);
        assert.equal(error?.code, "client_secret_forbidden", `${name}: ${value}`);
        assert.equal(JSON.stringify(error).includes(SECRET), false);
      }
      for (const source of [
        `{ ${name}: "${SECRET}" }`,
        `{ extraParams: { ${name}: "${SECRET}" } }`,
        `{ extraParams: { audience: "x", ${name}: "${SECRET}" } }`,
      ]) {
        const { error } = await authorize(source);
        assert.ok(["client_secret_forbidden", "invalid_configuration"].includes(error?.code));
        if (!source.includes("audience"))
          assert.equal(error.code, "client_secret_forbidden", source);
        assert.equal(JSON.stringify(error).includes(SECRET), false);
      }
    }
  });

  const MEANT = {
    "update:users": "update:current_user_metadata",
    "read:users": "read:current_user",
    "create:users": "create:current_user_metadata",
    "delete:users": "delete:current_user_metadata",
    "update:users_app_metadata": "update:current_user_metadata",
    "read:user_idp_tokens": "read:current_user",
    "create:device_credentials": "create:current_user_device_credentials",
    "delete:device_credentials": "delete:current_user_device_credentials",
    "Read:Current_User": "read:current_user",
    " read:current_user": "read:current_user",
    "read:current_user_metadata": "read:current_user",
  };
  test("refuses scopes outside the two unions, and names the one that was probably meant", async () => {
    for (const [scope, meant] of Object.entries(MEANT)) {
      const refusals = [
        await make(`{ scopes: ["read:current_user", ${JSON.stringify(scope)}] }`),
        (await authorize(`{ scopes: [${JSON.stringify(scope)}] }`)).error,
      ];
      for (const error of refusals) {
        assert.equal(error?.code, "scope_not_permitted", scope);
        assert.ok(error.message.includes(meant), `${scope}: ${error.message}`);
      }
    }
    for (const scope of [
      "",
      " ",
      "openid read:current_user",
      "read:current_user,openid",
      "offline_access",
      "read:clients",
      "OPENID",
      "read:current_user\u0000",
      "__proto__",
      "<b>",
      "*",
    ]) {
      assert.equal(
        (await make(`{ scopes: ["read:current_user", ${JSON.stringify(scope)}] }`))?.code,
        "scope_not_permitted",
        scope,
      );
    }
  });

  test("applies the same rules to the options of one sign-in", async () => {
    const wrong = [
      ["{ redirectUri: '/callback' }", "redirectUri"],
      ["{ redirectUri: 'javascript:alert(1)' }", "redirectUri"],
      ["{ redirectUri: 'https://app.example/#x' }", "redirectUri"],
      ["{ redirectUri: '' }", "redirectUri"],
      ["{ redirectUri: 'https://app.example/?code=1' }", "redirectUri"],
      ["{ redirectUri: 'https://app.example/?tab=1&state=open' }", "redirectUri"],
      ["{ scopes: 'read:current_user' }", "scopes"],
      ["{ scopes: [] }", "scopes"],
      ["{ prompt: 'Login' }", "prompt"],
      ["{ prompt: '' }", "prompt"],
      ["{ display: 'tv' }", "display"],
      ["{ maxAge: -1 }", "maxAge"],
      ["{ maxAge: '60' }", "maxAge"],
      ["{ maxAge: NaN }", "maxAge"],
      ["{ maxAge: 1.5 }", "maxAge"],
      ["{ loginHint: 7 }", "loginHint"],
      ["{ connection: {} }", "connection"],
      ["{ organization: '' }", "organization"],
      ["{ extraParams: 'x=y' }", "extraParams"],
      ["{ extraParams: [] }", "extraParams"],
      ["{ extraParams: { a: 7 } }", "extraParams"],
      ["{ extraParams: { a: ['x'] } }", "extraParams"],
      ["{ appState: () => 1 }", "appState"],
      ["{ appState: 1n }", "appState"],
      ["{ appState: (() => { const a = {}; a.a = a; return a; })() }", "appState"],
      ["{ returnTo: '/x' }", "returnTo"],
      ["{ login_hint: 'x' }", "login_hint"],
      ["{ state: 'x' }", "state"],
      ["{ nonce: 'x' }", "nonce"],
      ["null", ""],
      ["7", ""],
      ["'text'", ""],
      ["[]", ""],
    ];
    for (const [source, name] of wrong) {
      const { error } = await authorize(source);
      assert.equal(error?.code, "invalid_configuration", `${source}: ${JSON.stringify(error)}`);
      assert.ok(error.message.includes(name), `${source}: ${error.message}`);
    }
    assert.equal(
      await harness.run(() => sessionStorage.length),
      0,
      "a refused sign-in is not pending",
    );
  });

  test("refuses the event of a click handler by name, and at once", async () => {
    for (const method of ["loginWithRedirect", "loginWithPopup", "checkSession", "logout"]) {
      const { error, ms } = await harness.run(
        async ({ createClient, outcome }, options, method) => {
          const made = await createClient(options);
          // Frameworks wrap events in objects with many members.
          let deep = {};
          for (let level = 0; level < 60; level += 1) deep = { a: deep, b: deep };
          const event = { view: window, deep };
          const began = performance.now();
          const end = await outcome(() => made[method](event));
          return { ...end, ms: performance.now() - began };
        },
        harness.options(),
        method,
      );
      assert.equal(error?.code, "invalid_configuration", method);
      assert.match(error.message, /`view`/);
      assert.ok(ms < 1000, `${method}: ${ms} ms`);
    }
  });

  test("refuses an option whose getter throws, by name", async () => {
    for (const name of ["connection", "loginHint", "scopes", "extraParams", "appState"]) {
      const { error } = await authorize(`{ get ${name}() { throw new Error("no"); } }`);
      assert.equal(error?.code, "invalid_configuration", name);
      assert.ok(error.message.includes(name), error.message);
    }
  });

  test("refuses an object whose members are not its own properties", async () => {
    const sources = [
      "new URLSearchParams('a=b')",
      "new Map([['a', 'b']])",
      "new FormData()",
      "new Date()",
    ];
    for (const source of sources) {
      for (const options of [source, `{ extraParams: ${source} }`]) {
        const { error } = await authorize(options);
        assert.equal(error?.code, "invalid_configuration", options);
      }
    }
  });

  test("refuses two options that are one parameter in the URL", async () => {
    const { error } = await authorize('{ extraParams: { "\\ud800": "a", "\\ud801": "b" } }');
    assert.equal(error?.code, "invalid_configuration");
  });

  test("refuses extraParams that set a parameter of the library", async () => {
    const reserved = [
      "response_type",
      "response_mode",
      "client_id",
      "redirect_uri",
      "audience",
      "scope",
      "state",
      "nonce",
      "code_challenge",
      "code_challenge_method",
    ];
    for (const name of reserved) {
      const { error } = await authorize(`{ extraParams: { ${name}: "x" } }`);
      assert.equal(error?.code, "invalid_configuration", name);
      assert.ok(error.message.includes(name));
    }
    for (const name of [
      "prompt",
      "max_age",
      "organization",
      "request",
      "request_uri",
      "login_hint",
    ]) {
      const { value, error } = await authorize(
        `{ prompt: "login", maxAge: 5, organization: "acme", loginHint: "a", extraParams: { ${name}: "x" } }`,
      );
      if (value) assert.equal(new URL(value).searchParams.getAll(name).length, 1, name);
      else assert.equal(error.code, "invalid_configuration");
    }
  });
});
