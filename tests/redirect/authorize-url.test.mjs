// The authorization request: what a client asks the tenant for.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ALL_SCOPES, startHarness } from "../harness/index.mjs";
import { authorizeSteps } from "./authorize-steps.mjs";

const harness = await startHarness();
const { tenant } = harness;

const { make, authorize, parameters } = authorizeSteps(harness);

describe("the authorization request", () => {
  test("has every required parameter once, and no other", async () => {
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
      redirect_uri: `${harness.origin}/callback`,
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
  test("has one parameter for each option of a sign-in", async () => {
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

  test("values with special characters do not start another parameter", async () => {
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

  test("always asks for openid once, and for the scopes of one sign-in instead of the client's", async () => {
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

  test("treats undefined as absent", async () => {
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

  test("uses the tenant's own domain only in the audience when there is a custom domain", async () => {
    const { value } = await authorize("", {
      domain: "login.acme.example",
      tenantDomain: "acme.eu.auth0.com",
    });
    const url = new URL(value);
    assert.equal(url.origin, "https://login.acme.example");
    assert.equal(url.searchParams.get("audience"), "https://acme.eu.auth0.com/api/v2/");
  });

  test("uses https except for the three names of loopback", async () => {
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
      // The client may refuse any other host, but never uses it without TLS.
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

  test("has a state and a nonce of at least 128 bits each, without repetition over 1,000 sign-ins", async () => {
    const list = await harness.run(async ({ createClient }, options) => {
      const made = await createClient(options);
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
    }, harness.options());
    assert.equal(new Set(list).size, 2000);
    for (const text of list) assert.match(text, /^[\w~.-]{22,}$/);
    // Every character occurs in every place: no constant part, no counter, no clock.
    const places = Array.from(
      { length: 20 },
      (none, place) => new Set(list.map((text) => text[place])).size,
    );
    assert.ok(Math.min(...places) > 40, places.join());
  });

  test("uses the platform's randomness alone, and refuses to sign in without it", async () => {
    const { same, refused, stored } = await harness.run(
      async ({ createClient, outcome }, options) => {
        const made = await createClient(options);
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
      },
      harness.options(),
    );
    assert.equal(same, true);
    assert.ok(refused?.code, JSON.stringify(refused));
    assert.equal(stored, 0);
  });

  test("loginWithRedirect leaves for the tenant and returns", async () => {
    await harness.open("/");
    await harness
      .run(async ({ createClient }, options) => {
        const made = await createClient(options);
        await made.loginWithRedirect({ loginHint: "ada@example.com", appState: 7 });
        return null;
      }, harness.options())
      .catch(() => {});
    await harness.driver.wait(
      async () => (await harness.driver.getCurrentUrl()).includes("/callback"),
      5000,
    );
    const { value } = await harness.handle();
    assert.equal(value?.appState, 7);
  });

  test("sends nothing before the browser leaves for the tenant", async () => {
    await authorize("");
    assert.deepEqual(tenant.log, []);
  });
});

test("scopesFor returns the least scopes, once each, and refuses unknown operations", async () => {
  const results = await harness.run(async ({ load, outcome }) => {
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

test("the client's class cannot be instantiated directly", async () => {
  const codes = await harness.run(async ({ load, outcome }) => {
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
