// Every permitted endpoint as the tenant receives it, and every call that must not reach it.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";

import { ADA, ALL_SCOPES, GRACE, apiRequests, idTokenOf, openBench } from "../harness/bench.mjs";

let bench;
let tenant;
before(async () => {
  bench = await openBench();
  ({ tenant } = bench);
});
after(() => bench?.close());
beforeEach(() => bench.reset());

const USER = `/api/v2/users/${encodeURIComponent(ADA)}`;
const CREDENTIAL = {
  device_name: "Laptop",
  type: "public_key",
  value: "cHVibGlj",
  device_id: "5f0c-1",
};

// One row per method of the client. `args` may need the tenant; `result` looks at what the caller gets.
const OPERATIONS = [
  {
    name: "getUser",
    scopes: ["read:current_user"],
    method: "GET",
    path: USER,
    result: (user) => assert.equal(user.user_id, ADA),
  },
  {
    name: "getEnrollments",
    scopes: ["read:current_user"],
    method: "GET",
    path: `${USER}/enrollments`,
    result: (list) =>
      assert.deepEqual(
        list.map(({ id }) => id),
        ["dev_YgSOwqDYgAqX1nR7", "dev_PB0eFqTuQ5nXm2zK"],
      ),
  },
  {
    name: "linkIdentity",
    scopes: ["update:current_user_identities"],
    method: "POST",
    path: `${USER}/identities`,
    args: () => [idTokenOf(tenant, GRACE)],
    body: ([token]) => ({ link_with: token }),
    result: (identities) =>
      assert.deepEqual(
        identities.map(({ provider }) => provider),
        ["auth0", "github", "google-oauth2"],
      ),
    effect: () => assert.equal(tenant.users.has(GRACE), false),
  },
  {
    name: "unlinkIdentity",
    scopes: ["update:current_user_identities"],
    method: "DELETE",
    path: `${USER}/identities/github/1815`,
    args: () => ["github", "1815"],
    result: (identities) =>
      assert.deepEqual(
        identities.map(({ provider }) => provider),
        ["auth0"],
      ),
    effect: () => assert.equal(tenant.users.has("github|1815"), true),
  },
  {
    name: "unlinkIdentity",
    title: "unlinkIdentity with the provider before the id, which the API would silently ignore",
    scopes: ["update:current_user_identities"],
    method: "DELETE",
    path: `${USER}/identities/github/1815`,
    args: () => ["github", "github|1815"],
    result: (identities) =>
      assert.deepEqual(
        identities.map(({ provider }) => provider),
        ["auth0"],
      ),
  },
  {
    name: "patchUserMetadata",
    scopes: ["update:current_user_metadata", "create:current_user_metadata"],
    method: "PATCH",
    path: USER,
    args: () => [
      { language: null, theme: "light", nested: { list: [1, "two", null, true, { three: 3.5 }] } },
    ],
    body: ([metadata]) => ({ user_metadata: metadata }),
    result: (user) =>
      assert.deepEqual(user.user_metadata, {
        theme: "light",
        address: { street: "12 St James's Square", city: "London" },
        nested: { list: [1, "two", null, true, { three: 3.5 }] },
      }),
  },
  {
    name: "clearUserMetadata",
    scopes: ["update:current_user_metadata", "create:current_user_metadata"],
    method: "PATCH",
    path: USER,
    body: () => ({ user_metadata: {} }),
    result: (user) => assert.equal("user_metadata" in user, false),
  },
  {
    name: "deleteMultifactor",
    scopes: ["delete:current_user_metadata"],
    method: "DELETE",
    path: `${USER}/multifactor/google-authenticator`,
    args: () => ["google-authenticator"],
    result: (nothing) => assert.equal(nothing, null),
    effect: () => assert.deepEqual(tenant.users.get(ADA).multifactor, ["guardian"]),
  },
  {
    name: "createDeviceCredential",
    scopes: ["create:current_user_device_credentials"],
    method: "POST",
    path: "/api/v2/device-credentials",
    args: () => [CREDENTIAL],
    body: ([credential]) => credential,
    result: ({ id }) => assert.equal(tenant.deviceCredentials.has(id), true),
  },
  {
    name: "createDeviceCredential",
    title: "createDeviceCredential for another application",
    scopes: ["create:current_user_device_credentials"],
    method: "POST",
    path: "/api/v2/device-credentials",
    args: () => [{ ...CREDENTIAL, client_id: "local-spa" }],
    body: ([credential]) => credential,
    result: ({ id }) => assert.equal(typeof id, "string"),
  },
  {
    name: "deleteDeviceCredential",
    scopes: ["delete:current_user_device_credentials"],
    method: "DELETE",
    path: "/api/v2/device-credentials/dcr_0000000000000001",
    args: () => ["dcr_0000000000000001"],
    result: (nothing) => assert.equal(nothing, null),
  },
];
const ONCE = OPERATIONS.filter(({ title }) => title === undefined);

const call = (name, args = []) =>
  bench.run(({ outcome }, method, given) => outcome(() => client[method](...given)), name, args);

/** What no test here is about: the browser's own, which no page chooses. */
const BROWSERS_OWN =
  /^(accept|accept-encoding|accept-language|cache-control|connection|content-length|host|origin|pragma|priority|user-agent|sec-.*)$/;
const ownHeaders = ({ headers }) =>
  Object.keys(headers)
    .filter((name) => !BROWSERS_OWN.test(name))
    .sort();

describe("permitted", () => {
  for (const {
    name,
    title = name,
    args = () => [],
    method,
    path,
    body,
    result,
    effect,
  } of OPERATIONS) {
    test(`${title} sends one ${method} with the token and what belongs to it`, async () => {
      await bench.signIn();
      const given = args();
      const { value, error } = await call(name, given);
      assert.equal(error, undefined, JSON.stringify(error));
      result(value);
      effect?.();

      const requests = apiRequests(tenant);
      assert.equal(requests.length, 1);
      const [request] = requests;
      assert.equal(request.method, method);
      assert.equal(request.url, path);
      assert.equal(request.headers.host, tenant.domain);
      assert.deepEqual(request.body === "" ? undefined : JSON.parse(request.body), body?.(given));
      assert.deepEqual(
        ownHeaders(request),
        body ? ["authorization", "content-type"] : ["authorization"],
      );
      if (body) assert.equal(request.headers["content-type"], "application/json");
      const [scheme, token] = request.headers.authorization.split(" ");
      assert.equal(scheme, "Bearer");
      assert.equal(tenant.readToken(token).claims.sub, ADA);
      // Headers beyond these two would fail at a tenant whose CORS is narrower than a test's.
      for (const { headers } of tenant.log.filter((entry) => entry.method === "OPTIONS")) {
        assert.equal(
          headers["access-control-request-headers"],
          body ? "authorization,content-type" : "authorization",
        );
        assert.equal(headers["access-control-request-method"], method);
      }
      assert.deepEqual(
        tenant.log.filter(({ headers }) => headers.cookie || headers.referer),
        [],
      );
      assert.deepEqual(
        tenant.log.filter(({ url }) => url.includes(token.slice(-40))),
        [],
      );
      assert.deepEqual(tenant.internalErrors, []);
    });
  }

  test("a user id of any characters is one path segment", async () => {
    const subjects = [
      "auth0|abc",
      "samlp|a connection|user@example.com",
      "oauth2|siwe|eip155%3A5%3A0x1",
      "auth0|../../clients",
      "auth0|a/b?c=d#e;f",
      "auth0|é漢🙂+&=",
      "auth0|%2e%2e%2f",
      "auth0|a\\b",
    ];
    for (const sub of subjects) {
      tenant.faults.clear();
      tenant.faults.set("tokens", {
        idToken: { claims: { sub } },
        accessToken: { claims: { sub } },
      });
      await bench.signIn();
      await call("getUser");
      const paths = [...new Set(tenant.log.map(({ url }) => url))];
      assert.equal(paths.length, 1, sub);
      assert.deepEqual(paths[0].split("/").map(decodeURIComponent), [
        "",
        "api",
        "v2",
        "users",
        sub,
      ]);
    }
  });

  test("ids and providers of any characters are one path segment each", async () => {
    await bench.signIn();
    const ids = [
      "a/b",
      "a%2Fb",
      "%2e%2e",
      "../x",
      "..%2f",
      "a?b",
      "a#b",
      "a\\b",
      "a b",
      "é漢🙂",
      "|",
      "a|b|c",
      ";",
      "...",
      " ",
      "%",
      "%zz",
      "@evil.example",
      "//evil.example",
    ];
    for (const id of ids) {
      tenant.clearLog();
      for (const [name, args] of [
        ["deleteDeviceCredential", [id]],
        ["deleteMultifactor", [id]],
        ["unlinkIdentity", [id, id]],
        ["unlinkIdentity", ["auth0", id]],
      ]) {
        await call(name, args);
      }
      const paths = apiRequests(tenant).map(({ url }) =>
        url.split("/").slice(3).map(decodeURIComponent),
      );
      assert.deepEqual(paths, [
        ["device-credentials", id],
        ["users", ADA, "multifactor", id],
        ["users", ADA, "identities", id, id],
        ["users", ADA, "identities", "auth0", id],
      ]);
      assert.deepEqual(
        [...new Set(tenant.log.map(({ headers }) => headers.host))],
        [tenant.domain],
      );
    }
  });

  test("an id of dots alone, which no encoding keeps from changing the path, is refused", async () => {
    await bench.signIn();
    for (const id of [".", ".."]) {
      for (const [name, args] of [
        ["deleteDeviceCredential", [id]],
        ["deleteMultifactor", [id]],
        ["unlinkIdentity", [id, "x"]],
        ["unlinkIdentity", ["auth0", id]],
      ]) {
        assert.equal((await call(name, args)).error?.code, "invalid_argument", `${name} ${id}`);
      }
    }
    assert.deepEqual(tenant.log, []);
  });

  test("metadata with keys of any name is sent as data", async () => {
    await bench.signIn();
    const { value, sent } = await bench.run(async ({ outcome }) => {
      const metadata = JSON.parse(
        '{"__proto__":{"polluted":true},"constructor":1,"toString":2,"user_metadata":3,"app_metadata":{"plan":"free"},"email":"x@example.com","blocked":true,"":4,"é漢🙂\\u2028":5}',
      );
      const { value } = await outcome(() => client.patchUserMetadata(metadata));
      return { value: JSON.stringify(value.user_metadata), sent: JSON.stringify(metadata) };
    });
    const [{ body }] = apiRequests(tenant);
    assert.equal(body, `{"user_metadata":${sent}}`);
    assert.equal(JSON.parse(value).blocked, true);
    assert.equal(tenant.users.get(ADA).blocked, undefined);
    assert.deepEqual(tenant.users.get(ADA).app_metadata, { plan: "analyst", seats: 3 });
  });

  test("either metadata scope permits a change of metadata", async () => {
    for (const scope of ["create:current_user_metadata", "update:current_user_metadata"]) {
      await bench.signIn({ scopes: [scope] });
      assert.equal(
        (await call("patchUserMetadata", [{ theme: scope }])).value.user_metadata.theme,
        scope,
      );
      assert.equal((await call("clearUserMetadata")).error, undefined);
    }
  });
});

describe("not permitted", () => {
  const nothingWasSent = () =>
    assert.deepEqual(
      tenant.log.map(({ method, url }) => `${method} ${url}`),
      [],
    );

  test("nobody signed in: every call is login_required and sends nothing", async () => {
    await bench.run(async ({ client }, options) => {
      await client(options);
      return null;
    }, bench.options());
    tenant.clearLog();
    for (const { name, args = () => [] } of ONCE) {
      assert.equal((await call(name, args())).error?.code, "login_required", name);
    }
    nothingWasSent();
  });

  test("token expired: every call is token_expired and sends nothing", async () => {
    tenant.setAccessTokenLifetime(2);
    await bench.signIn();
    await bench.run(({ sleep }) => sleep(client.expiresAt - Date.now() + 5));
    for (const { name, args = () => [] } of ONCE) {
      assert.equal((await call(name, args())).error?.code, "token_expired", name);
    }
    assert.equal(await bench.run(() => client.isAuthenticated), false);
    nothingWasSent();
  });

  test("expiry counts by the clock, not by an event", async () => {
    await bench.signIn();
    const session = await bench.run(({ session }) => {
      const { now } = Date;
      const before = session();
      Date.now = () => now() + 7200e3 - 2000;
      const late = session();
      Date.now = () => now() + 7200e3 + 1;
      return { before, late, after: session() };
    });
    assert.deepEqual(
      [session.before, session.late, session.after].map(({ isAuthenticated, can }) => [
        isAuthenticated,
        can,
      ]),
      [
        [true, true],
        [true, true],
        [false, false],
      ],
    );
    assert.equal((await call("getUser")).error?.code, "token_expired");
    nothingWasSent();
  });

  for (const { name, scopes, args = () => [] } of ONCE) {
    test(`${name} without ${scopes.join(" or ")} is insufficient_scope, says what would do, and sends nothing`, async () => {
      const others = ALL_SCOPES.filter((scope) => !scopes.includes(scope));
      await bench.signIn({ scopes: others });
      const { error } = await call(name, args());
      assert.equal(error?.code, "insufficient_scope");
      assert.deepEqual([...error.requiredScopes].sort(), [...scopes].sort());
      nothingWasSent();
    });
  }

  test("scopes that the tenant dropped are reported and open nothing, whatever the fragment says", async () => {
    tenant.applications.get("local-spa").current_user_scopes = ["read:current_user"];
    tenant.faults.set("granted-scope-tampered", { scope: ALL_SCOPES.join(" ") });
    const { grantedScopes, missingScopes } = await bench.signIn();
    assert.deepEqual(grantedScopes, ["read:current_user"]);
    assert.deepEqual([...missingScopes].sort(), ALL_SCOPES.slice(1).sort());
    assert.equal((await call("clearUserMetadata")).error?.code, "insufficient_scope");
    nothingWasSent();
  });

  test("privileged and misspelt scopes in the token open nothing", async () => {
    const scope =
      "openid update:users delete:users update:users_app_metadata READ:CURRENT_USER read:current_user_extra read:current_user\tx read:current_user_metadata";
    tenant.faults.set("tokens", { accessToken: { claims: { scope } } });
    const { grantedScopes } = await bench.signIn();
    assert.deepEqual(grantedScopes, []);
    for (const { name, args = () => [] } of ONCE) {
      assert.equal((await call(name, args())).error?.code, "insufficient_scope", name);
    }
    nothingWasSent();
  });

  test("`can` says the same as the guard, for every operation", async () => {
    const granted = ["read:current_user", "create:current_user_metadata"];
    await bench.signIn({ scopes: granted });
    for (const { name, scopes } of ONCE.filter((row) => row.name !== "clearUserMetadata")) {
      assert.equal(
        await bench.run((kit, operation) => client.can(operation), name),
        scopes.some((scope) => granted.includes(scope)),
        name,
      );
    }
    const { error } = await bench.run(({ outcome }) => outcome(() => client.can("deleteUser")));
    assert.equal(error.code, "invalid_argument");
  });

  // Arguments as source text, since some of them cannot travel as JSON.
  const WRONG = [
    ["linkIdentity", ["", "undefined, {}", "null", "42", '""', '["a.b.c"]', "{}"]],
    [
      "unlinkIdentity",
      [
        "",
        '"github"',
        '"", "1815"',
        '"github", ""',
        "7, 8",
        '"github", 1815',
        'null, "1815"',
        '["github"], "1815"',
        '"github", "github|"',
      ],
    ],
    [
      "patchUserMetadata",
      [
        "",
        "null",
        '"text"',
        "7",
        "true",
        "[]",
        "[{ a: 1 }]",
        "() => 1",
        "{}",
        "{ a: undefined }",
        "{ a: () => 1 }",
        "{ a: Symbol() }",
        "{ a: 1n }",
        "{ a: NaN }",
        "{ a: Infinity }",
        "{ a: [undefined] }",
        "{ a: [,1] }",
        "{ a: { b: { c: NaN } } }",
        "(() => { const a = {}; a.a = a; return a; })()",
      ],
    ],
    ["deleteMultifactor", ["", "null", '""', "{}", "7"]],
    [
      "createDeviceCredential",
      [
        "",
        "null",
        "{}",
        "[]",
        '{ device_name: "a", type: "public_key", value: "b" }',
        '{ device_name: "", type: "public_key", value: "b", device_id: "c" }',
        '{ device_name: "a", type: "rotating_refresh_token", value: "b", device_id: "c" }',
        '{ device_name: "a", type: "public_key", value: 7, device_id: "c" }',
        '{ device_name: "a", type: "public_key", value: "b", device_id: "c".repeat(37) }',
        '{ device_name: "a", type: "public_key", value: "b", device_id: "c", client_id: 7 }',
      ],
    ],
    ["deleteDeviceCredential", ["", "null", '""', "7", "[]"]],
    [
      "getUser",
      [
        "null",
        "7",
        '"text"',
        "{ signal: 7 }",
        '{ signal: "x" }',
        "{ signal: {} }",
        '{ fields: "email" }',
        "{ signal: new AbortController() }",
      ],
    ],
    ["getEnrollments", ["null", "{ signal: 7 }"]],
    ["clearUserMetadata", ["{ signal: 7 }"]],
    ["patchUserMetadata", ["{ a: 1 }, { signal: 7 }"]],
  ];
  for (const [name, lists] of WRONG) {
    test(`${name} with wrong arguments is invalid_argument and sends nothing`, async () => {
      await bench.signIn();
      for (const list of lists) {
        const { error } = await bench.run(
          `({ outcome }) => outcome(() => client.${name}(${list}))`,
        );
        assert.equal(error?.code, "invalid_argument", `${name}(${list}): ${JSON.stringify(error)}`);
      }
      nothingWasSent();
      const { value } = await call("getUser");
      assert.equal(value.user_id, ADA);
    });
  }

  test("metadata that JSON would say otherwise than it looks is refused, and erases nothing", async () => {
    await bench.signIn();
    // Each of these would become null, {} or something else on its way, and null deletes, and {} erases.
    const sources = [
      "{ a: new (class { toJSON() { return undefined; } })() }",
      "new (class { a = 1; toJSON() { return {}; } })()",
      "{ a: 1, toJSON: () => ({}) }",
      "{ a: new Date(NaN) }",
      "{ a: new Number(NaN) }",
      "{ a: new Map([[1, 2]]) }",
      "{ a: new Set([1]) }",
      "{ a: new Uint8Array(2) }",
      "{ a: /x/ }",
      "{ a: new Error('x') }",
      "{ a: Promise.resolve(1) }",
      "new Map([['a', 1]])",
      "new Proxy({}, { ownKeys() { throw 'text'; } })",
      "new Proxy({}, { ownKeys() { throw new Error('no'); } })",
      "{ a: (() => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return proxy; })() }",
      "{ get a() { throw new Error('no'); } }",
    ];
    for (const source of sources) {
      const { error } = await bench.run(
        `({ outcome }) => outcome(() => client.patchUserMetadata(${source}))`,
      );
      assert.equal(error?.code, "invalid_argument", `${source}: ${JSON.stringify(error)}`);
    }
    nothingWasSent();
    for (const source of [
      "new Proxy({}, { ownKeys() { throw 'text'; } })",
      "new Proxy({}, { get() { throw 'text'; }, ownKeys() { return ['signal']; }, getOwnPropertyDescriptor() { return { value: 1, enumerable: true, configurable: true }; } })",
    ]) {
      const { error } = await bench.run(
        `({ outcome }) => outcome(() => client.getUser(${source}))`,
      );
      assert.equal(error?.code, "invalid_argument", `${source}: ${JSON.stringify(error)}`);
    }
    assert.equal((await call("getUser")).value.user_id, ADA);
  });

  test("what frameworks hide in an object is no metadata", async () => {
    await bench.signIn();
    const { value } = await bench.run(({ outcome }) => {
      const hide = (object, name) => Object.defineProperty(object, name, { value: { a: 1 } });
      const metadata = { theme: hide({ color: "dark" }, "__ob__"), list: hide(["a"], "__ob__") };
      return outcome(() => client.patchUserMetadata(hide(hide(metadata, "__v_skip"), Symbol())));
    });
    assert.equal(value?.user_id, ADA);
    const [{ body }] = apiRequests(tenant);
    assert.equal(body, '{"user_metadata":{"theme":{"color":"dark"},"list":["a"]}}');
    const { error } = await bench.run(({ outcome }) =>
      outcome(() => client.patchUserMetadata({ a: 1, [Symbol("a")]: 1 })),
    );
    assert.equal(error?.code, "invalid_argument");
  });

  test("a value that answers differently each time it is asked is sent as it was checked", async () => {
    await bench.signIn();
    await bench.run(({ outcome }) => {
      let asked = 0;
      const metadata = {
        get theme() {
          return (asked += 1) === 1 ? "checked" : null;
        },
      };
      return outcome(() => client.patchUserMetadata(metadata));
    });
    for (const { body } of apiRequests(tenant))
      assert.equal(body, '{"user_metadata":{"theme":"checked"}}');
  });

  // The token to link, wrong in one way each.
  const now = () => Math.floor(Date.now() / 1000);
  const LINK_TOKENS = [
    ["text", () => "not a token", "id_token_malformed"],
    ["an opaque token", () => "w1cZ8mXo2bQ7pL5tR9yV3kN6hJ4gF0dS", "id_token_malformed"],
    ["the signed-in user's own", () => idTokenOf(tenant, ADA), "id_token_subject"],
    ["nobody's", () => idTokenOf(tenant, undefined, { drop: ["sub"] }), "id_token_subject"],
    [
      "another issuer's",
      () => idTokenOf(tenant, GRACE, { claims: { iss: "https://another-tenant.invalid/" } }),
      "id_token_issuer",
    ],
    [
      "another application's",
      () => idTokenOf(tenant, GRACE, { claims: { aud: "another-application" } }),
      "id_token_audience",
    ],
    [
      "one for several applications without azp",
      () => idTokenOf(tenant, GRACE, { claims: { aud: ["local-spa", "another"] } }),
      "id_token_authorized_party",
    ],
    [
      "one with another azp",
      () => idTokenOf(tenant, GRACE, { claims: { azp: "another" } }),
      "id_token_authorized_party",
    ],
    [
      "an expired one",
      () => idTokenOf(tenant, GRACE, { claims: { iat: now() - 7200, exp: now() - 3600 } }),
      "id_token_expired",
    ],
    [
      "one from the future",
      () => idTokenOf(tenant, GRACE, { claims: { iat: now() + 3600 } }),
      "id_token_issued_at",
    ],
    [
      "one with a tampered signature",
      () => idTokenOf(tenant, GRACE, { signature: "tampered" }),
      "id_token_signature",
    ],
    [
      "a stranger's",
      () => idTokenOf(tenant, GRACE, { signature: "stranger" }),
      "id_token_signature",
    ],
    [
      "one signed by nobody",
      () => idTokenOf(tenant, GRACE, { header: { alg: "none" }, signature: "empty" }),
      "id_token_algorithm",
    ],
    [
      "one signed with the public key as a secret",
      () =>
        idTokenOf(tenant, GRACE, { header: { alg: "HS256" }, signature: "hmac-with-public-key" }),
      "id_token_algorithm",
    ],
    [
      "one with a key that nobody publishes",
      () => idTokenOf(tenant, GRACE, { header: { kid: "no-such-key" }, signature: "stranger" }),
      "signing_key_not_found",
    ],
    [
      "a machine's",
      () =>
        tenant.mintToken({
          claims: { sub: "local-m2m@clients", gty: "client-credentials", scope: "read:clients" },
        }),
      "machine_token_forbidden",
    ],
  ];
  for (const [what, token, code] of LINK_TOKENS) {
    test(`linkIdentity with ${what} is ${code}, and the API hears nothing of it`, async () => {
      await bench.signIn();
      const { error } = await call("linkIdentity", [token()]);
      assert.equal(error?.code, code, JSON.stringify(error));
      assert.deepEqual(
        tenant.log.filter(({ url }) => url !== "/.well-known/jwks.json"),
        [],
      );
      assert.deepEqual(
        tenant.log.filter(({ headers }) => headers.authorization),
        [],
      );
    });
  }

  test("an access token is no ID token to link with", async () => {
    await bench.signIn();
    const { error } = await call("linkIdentity", [tenant.mintToken({ claims: { sub: GRACE } })]);
    assert.match(error?.code ?? "", /^id_token_/);
    nothingWasSent();
  });
});

describe("whose call it is", () => {
  test("after another sign-in of another user, path and token change together", async () => {
    await bench.signIn();
    tenant.clearSessions();
    await bench.signIn({ email: "grace@example.com" });
    assert.equal((await call("getUser")).value.user_id, GRACE);
    const [{ url, headers }] = apiRequests(tenant);
    assert.equal(url, `/api/v2/users/${encodeURIComponent(GRACE)}`);
    assert.equal(tenant.readToken(headers.authorization.split(" ")[1]).claims.sub, GRACE);
  });

  test("with a custom domain, sign-in, keys and API stay on it, and the audience is the tenant's", async () => {
    const other = await openBench({ tenant: { customDomain: true } });
    try {
      const changes = {
        domain: other.tenant.customDomain.domain,
        tenantDomain: other.tenant.domain,
      };
      await other.signIn(changes);
      const { value } = await other.run(({ outcome }) => outcome(() => client.getUser()));
      assert.equal(value.user_id, ADA);
      const [{ headers }] = apiRequests(other.tenant);
      assert.equal(headers.host, other.tenant.customDomain.domain);
      const { claims } = other.tenant.readToken(headers.authorization.split(" ")[1]);
      assert.ok([claims.aud].flat().includes(other.tenant.audience));
      assert.equal(claims.iss, other.tenant.customDomain.issuer);
    } finally {
      await other.close();
    }
  });

  test("nobody can write themselves in", async () => {
    const { error, session } = await bench.run(async ({ client, outcome, session }, options) => {
      const made = await client(options);
      for (const name of [
        "isAuthenticated",
        "claims",
        "grantedScopes",
        "expiresAt",
        "session",
        "accessToken",
      ]) {
        try {
          made[name] =
            name === "claims"
              ? { sub: "auth0|x" }
              : name === "grantedScopes"
                ? ["read:current_user"]
                : 9e15;
        } catch {
          // A getter without a setter refuses in strict code; either way nothing must come of it.
        }
        Reflect.defineProperty(made, name, { value: true });
      }
      const { error } = await outcome(() => made.getUser());
      const fresh = await client(options);
      return { error, session: session(fresh) };
    }, bench.options());
    assert.equal(error.code, "login_required");
    assert.deepEqual(session, {
      isAuthenticated: false,
      sub: null,
      grantedScopes: [],
      expiresAt: null,
      can: false,
    });
    assert.deepEqual(tenant.log, []);
  });
});
