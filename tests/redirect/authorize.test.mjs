// What a client is made of, and what it asks the tenant for.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";

import { ALL_SCOPES, openBench } from "../harness/bench.mjs";

let bench;
let tenant;
before(async () => {
  bench = await openBench();
  ({ tenant } = bench);
});
after(() => bench?.close());
beforeEach(() => bench.reset());

/** Makes a client of the good options with `source`, an expression, spread over them: not everything travels as JSON. */
const make = (source) =>
  bench.run(
    `async ({ client, outcome }, good) => {
      const { error } = await outcome(() => client({ ...good, ...(${source}) }));
      return error ?? null;
    }`,
    bench.options(),
  );
const makeOf = (source) =>
  bench.run(
    `async ({ client, outcome }) => (await outcome(() => client(${source}))).error ?? null`,
  );
const authorize = (source, changes = {}) =>
  bench.run(
    `async ({ client, outcome }, options) => {
      const made = await client(options);
      return outcome(() => made.buildAuthorizeUrl(${source}));
    }`,
    bench.options(changes),
  );
const parameters = async (source = "", changes = {}) => {
  const { value, error } = await authorize(source, changes);
  assert.equal(error, undefined, JSON.stringify(error));
  return new URL(value).searchParams;
};

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
    test(`${name}: ${values.length} wrong values are invalid_configuration, by name`, async () => {
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

  test("letters that look like others make no other host", async () => {
    // Refused, or what the URL standard makes of them everywhere alike.
    for (const domain of [
      "\u0430cme.auth0.com",
      "acme.auth0.c\u043em",
      "ac\u00admé.auth0.com",
      "\u24d0cme.auth0.com",
      "acme\u3002auth0\u3002com",
      "１２７.0.0.1",
    ]) {
      const url = await bench.run(async ({ client, outcome }, options) => {
        const { value, error } = await outcome(async () =>
          (await client(options)).buildAuthorizeUrl(),
        );
        return error ? error.code : new URL(value).host;
      }, bench.options({ domain }));
      assert.ok(
        url === "invalid_configuration" || url === new URL(`https://${domain}`).host,
        `${domain}: ${url}`,
      );
    }
  });

  test("unknown options are named", async () => {
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

  test("options that are none are invalid_configuration", async () => {
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
  test("a client secret, in either spelling and wherever it stands, is refused and not repeated", async () => {
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
  test("scopes outside the two unions are refused, with the one that was probably meant", async () => {
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

  test("the options of one sign-in follow the same rules", async () => {
    const wrong = [
      ["{ redirectUri: '/callback' }", "redirectUri"],
      ["{ redirectUri: 'javascript:alert(1)' }", "redirectUri"],
      ["{ redirectUri: 'https://app.example/#x' }", "redirectUri"],
      ["{ redirectUri: '' }", "redirectUri"],
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
      await bench.run(() => sessionStorage.length),
      0,
      "a refused sign-in is not pending",
    );
  });

  test("what a click handler is handed is refused by name, and at once", async () => {
    for (const method of ["loginWithRedirect", "loginWithPopup", "checkSession", "logout"]) {
      const { error, ms } = await bench.run(
        async ({ client, outcome }, options, method) => {
          const made = await client(options);
          // As frameworks wrap events: with all that they know in it.
          let deep = {};
          for (let level = 0; level < 60; level += 1) deep = { a: deep, b: deep };
          const event = { view: window, deep };
          const began = performance.now();
          const end = await outcome(() => made[method](event));
          return { ...end, ms: performance.now() - began };
        },
        bench.options(),
        method,
      );
      assert.equal(error?.code, "invalid_configuration", method);
      assert.match(error.message, /`view`/);
      assert.ok(ms < 1000, `${method}: ${ms} ms`);
    }
  });

  test("an option whose getter throws is refused by name", async () => {
    for (const name of ["connection", "loginHint", "scopes", "extraParams", "appState"]) {
      const { error } = await authorize(`{ get ${name}() { throw new Error("no"); } }`);
      assert.equal(error?.code, "invalid_configuration", name);
      assert.ok(error.message.includes(name), error.message);
    }
  });

  test("what keeps its members elsewhere is no object of options", async () => {
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

  test("two names that are one in a URL are refused", async () => {
    const { error } = await authorize('{ extraParams: { "\\ud800": "a", "\\ud801": "b" } }');
    assert.equal(error?.code, "invalid_configuration");
  });

  test("what the library sets, extraParams cannot set", async () => {
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

describe("the authorization request", () => {
  test("every parameter that is needed, once, and nothing else", async () => {
    const { value } = await authorize("");
    const url = new URL(value);
    assert.equal(url.origin, tenant.url.slice(0, -1));
    assert.equal(url.pathname, "/authorize");
    assert.equal(url.hash, "");
    assert.deepEqual([...url.searchParams.keys()].sort(), [
      "audience",
      "client_id",
      "nonce",
      "redirect_uri",
      "response_type",
      "scope",
      "state",
    ]);
    const { state, nonce, scope, ...rest } = Object.fromEntries(url.searchParams);
    assert.deepEqual(rest, {
      audience: tenant.audience,
      client_id: "local-spa",
      redirect_uri: `${bench.site.origin}/callback`,
      response_type: "token id_token",
    });
    assert.deepEqual(scope.split(" ").sort(), ["openid", ...ALL_SCOPES].sort());
    assert.notEqual(state, nonce);
    assert.match(value, /response_type=token%20id_token/);
    assert.doesNotMatch(value, /[+ ]/);
  });

  const OPTIONS = {
    connection: ["connection", "google-oauth2"],
    connectionScope: ["connection_scope", "https://www.googleapis.com/auth/contacts email"],
    prompt: ["prompt", "select_account"],
    loginHint: ["login_hint", "ada+tag@example.com"],
    screenHint: ["screen_hint", "signup"],
    maxAge: ["max_age", 0],
    uiLocales: ["ui_locales", "fr-CA fr en"],
    acrValues: ["acr_values", "http://schemas.openid.net/pape/policies/2007/06/multi-factor"],
    display: ["display", "popup"],
    organization: ["organization", "org_Zx8kQmT1vB3nR5yL"],
    invitation: ["invitation", "a/b+c=d"],
    idTokenHint: ["id_token_hint", "eyJ.e30.x"],
    redirectUri: ["redirect_uri", "https://app.example/callback?next=/a%20b&x=y"],
  };
  test("each option of a sign-in becomes its one parameter", async () => {
    for (const [option, [name, value]] of Object.entries(OPTIONS)) {
      const found = await parameters(`{ ${option}: ${JSON.stringify(value)} }`);
      assert.deepEqual(found.getAll(name), [String(value)], option);
      assert.equal(found.size, name === "redirect_uri" ? 7 : 8, option);
    }
    const all = `{ ${Object.entries(OPTIONS).map(([option, [, value]]) => `${option}: ${JSON.stringify(value)}`)} }`;
    const found = await parameters(all);
    for (const name of found.keys()) assert.equal(found.getAll(name).length, 1, name);
    assert.equal(found.size, 7 + Object.keys(OPTIONS).length - 1);
  });

  test("values of any characters start no other parameter", async () => {
    const values = [
      "a&b=c",
      "a#b",
      "a=b",
      "a+b",
      "a%26b",
      "a b",
      "é漢🙂",
      '"<>`{}|\\^',
      "\u0000\n",
      "&state=x",
      "#access_token=x",
      "%",
      "%zz",
      "x".repeat(5000),
    ];
    for (const value of values) {
      const text = JSON.stringify(value);
      const { value: url } = await authorize(
        `{ loginHint: ${text}, connection: ${text}, extraParams: { custom: ${text}, [${text}]: "1" } }`,
      );
      const { searchParams, hash } = new URL(url);
      assert.equal(hash, "");
      assert.deepEqual(
        [
          searchParams.get("login_hint"),
          searchParams.get("connection"),
          searchParams.get("custom"),
          searchParams.get(value),
        ],
        [value, value, value, "1"],
      );
      assert.equal(searchParams.size, 11);
      assert.doesNotMatch(url, /[+ ]/);
    }
  });

  test("openid is always asked for, once; scopes of one sign-in replace the client's", async () => {
    const cases = [
      [["read:current_user"], "", "openid read:current_user"],
      [
        ["openid", "read:current_user", "openid", "read:current_user"],
        "",
        "openid read:current_user",
      ],
      [
        ["read:current_user"],
        "{ scopes: ['update:current_user_metadata', 'email'] }",
        "email openid update:current_user_metadata",
      ],
    ];
    for (const [scopes, source, expected] of cases) {
      const found = await parameters(source, { scopes });
      assert.equal(found.get("scope").split(" ").sort().join(" "), expected);
    }
  });

  test("undefined is as if it were not there", async () => {
    const names = Object.keys(OPTIONS).map((name) => `${name}: undefined`);
    assert.equal(
      (
        await parameters(
          `{ ${names}, scopes: undefined, appState: undefined, extraParams: undefined }`,
        )
      ).size,
      7,
    );
    assert.equal(
      await make(
        "{ tenantDomain: undefined, flow: undefined, transactionStore: undefined, organization: undefined, leewaySeconds: undefined, timeoutMs: undefined, retries: undefined }",
      ),
      null,
    );
  });

  test("with a custom domain only the audience is the tenant's", async () => {
    const { value } = await authorize("", {
      domain: "login.acme.example",
      tenantDomain: "acme.eu.auth0.com",
    });
    const url = new URL(value);
    assert.equal(url.origin, "https://login.acme.example");
    assert.equal(url.searchParams.get("audience"), "https://acme.eu.auth0.com/api/v2/");
  });

  test("https everywhere but at the three names of loopback", async () => {
    const hosts = {
      "acme.eu.auth0.com": "https:",
      "acme.eu.auth0.com:8443": "https:",
      localhost: "http:",
      "localhost:3000": "http:",
      "127.0.0.1:3000": "http:",
      "[::1]:3000": "http:",
      "localhost.evil.example": "https:",
      "127.0.0.1.evil.example": "https:",
      "127.0.0.2": "https:",
      "10.0.0.1": "https:",
      "tenant.localhost": "https:",
      xlocalhost: "https:",
      "127.0.0.10": "https:",
    };
    for (const [domain, protocol] of Object.entries(hosts)) {
      const { value, error } = await authorize("", { domain });
      // An address beside the three may be refused, but never used without TLS.
      if (error)
        assert.ok(
          ["127.0.0.2", "10.0.0.1", "127.0.0.10", "xlocalhost"].includes(domain),
          `${domain}: ${error.message}`,
        );
      else {
        assert.equal(new URL(value).protocol, protocol, domain);
        assert.equal(new URL(value).host, domain);
      }
    }
  });

  test("state and nonce: 128 bits or more each, never repeated over 1,000 sign-ins", async () => {
    const list = await bench.run(async ({ client }, options) => {
      const made = await client(options);
      Math.random = () => 0.5;
      const { now } = Date;
      const fixed = now();
      Date.now = () => fixed;
      const list = [];
      for (let index = 0; index < 1000; index += 1) {
        const { searchParams } = new URL(await made.buildAuthorizeUrl());
        list.push(searchParams.get("state"), searchParams.get("nonce"));
      }
      Date.now = now;
      return list;
    }, bench.options());
    assert.equal(new Set(list).size, 2000);
    for (const text of list) assert.match(text, /^[\w~.-]{22,}$/);
    // All characters in all places: nothing constant, no counter, no clock.
    const places = Array.from(
      { length: 20 },
      (none, place) => new Set(list.map((text) => text[place])).size,
    );
    assert.ok(Math.min(...places) > 40, places.join());
  });

  test("randomness is the platform's and nothing else's, and without it there is no sign-in", async () => {
    const { same, refused, stored } = await bench.run(async ({ client, outcome }, options) => {
      const made = await client(options);
      const { getRandomValues } = Crypto.prototype;
      const url = async () => {
        const { searchParams } = new URL(await made.buildAuthorizeUrl());
        return searchParams.get("state") + searchParams.get("nonce");
      };
      Crypto.prototype.getRandomValues = (array) => array.fill(7);
      const same = (await url()) === (await url());
      sessionStorage.clear();
      Crypto.prototype.getRandomValues = () => {
        throw new Error("none left");
      };
      const { error } = await outcome(() => made.buildAuthorizeUrl());
      Crypto.prototype.getRandomValues = getRandomValues;
      return { same, refused: error, stored: sessionStorage.length };
    }, bench.options());
    assert.equal(same, true);
    assert.ok(refused?.code, JSON.stringify(refused));
    assert.equal(stored, 0);
  });

  test("loginWithRedirect goes there, and comes back", async () => {
    await bench.open("/");
    await bench
      .run(async ({ client }, options) => {
        const made = await client(options);
        await made.loginWithRedirect({ loginHint: "ada@example.com", appState: 7 });
        return null;
      }, bench.options())
      .catch(() => {});
    await bench.driver.wait(
      async () => (await bench.driver.getCurrentUrl()).includes("/callback"),
      5000,
    );
    const { value } = await bench.handle();
    assert.equal(value?.appState, 7);
  });

  test("nothing is sent before somebody leaves for the tenant", async () => {
    await authorize("");
    assert.deepEqual(tenant.log, []);
  });
});

test("scopesFor gives the least scopes, once each, and refuses what is no operation", async () => {
  const results = await bench.run(async ({ load, outcome }) => {
    const { scopesFor } = await load();
    return [
      scopesFor(),
      scopesFor("getUser", "getEnrollments", "getUser"),
      scopesFor("patchUserMetadata"),
      scopesFor("deleteMultifactor", "createDeviceCredential"),
      (await outcome(() => scopesFor("toString"))).error?.code,
      (await outcome(() => scopesFor("__proto__"))).error?.code,
      (await outcome(() => scopesFor(7))).error?.code,
    ];
  });
  assert.deepEqual(results, [
    [],
    ["read:current_user"],
    ["update:current_user_metadata"],
    ["delete:current_user_metadata", "create:current_user_device_credentials"],
    "invalid_argument",
    "invalid_argument",
    "invalid_argument",
  ]);
});

test("a client is not made by hand", async () => {
  const codes = await bench.run(async ({ load, outcome }) => {
    const { CurrentUserClient } = await load();
    const list = [];
    for (const args of [[], [{}], [() => ({})], [null]])
      list.push((await outcome(() => new CurrentUserClient(...args))).error?.code ?? "made");
    return list;
  });
  assert.ok(
    codes.slice(0, 2).every((code) => code === "invalid_configuration"),
    codes.join(),
  );
});
