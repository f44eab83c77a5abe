// Calls that must not reach the tenant: session, expiry, scopes, arguments.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ADA, ALL_SCOPES, GRACE, apiRequests, idTokenOf, startHarness } from "../harness/index.mjs";
import { operationsOf } from "./operation-table.mjs";

const harness = await startHarness();
const { tenant } = harness;

const OPERATIONS = operationsOf(tenant);
const ONCE = OPERATIONS.filter(({ title }) => title === undefined);

const call = (name, args = []) =>
  harness.run(({ outcome }, method, given) => outcome(() => client[method](...given)), name, args);

describe("calls that are not permitted", () => {
  const nothingWasSent = () =>
    assert.deepEqual(
      tenant.log.map(({ method, url }) => `${method} ${url}`),
      [],
    );

  test("without a session every call is refused with login_required and sends nothing", async () => {
    await harness.run(async ({ createClient }, options) => {
      await createClient(options);
      return null;
    }, harness.options());
    tenant.clearLog();
    for (const { name, args = () => [] } of ONCE) {
      assert.equal((await call(name, args())).error?.code, "login_required", name);
    }
    nothingWasSent();
  });

  test("after the token's end every call is refused with token_expired and sends nothing", async () => {
    tenant.setAccessTokenLifetime(2);
    await harness.signIn();
    await harness.run(({ sleep }) => sleep(client.expiresAt - Date.now() + 5));
    for (const { name, args = () => [] } of ONCE) {
      assert.equal((await call(name, args())).error?.code, "token_expired", name);
    }
    assert.equal(await harness.run(() => client.isAuthenticated), false);
    nothingWasSent();
  });

  test("the session expires by the clock, without an event", async () => {
    await harness.signIn();
    const session = await harness.run(({ session }) => {
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
    test(`${name} without ${scopes.join(" or ")} is refused with insufficient_scope, names the scopes, and sends nothing`, async () => {
      const others = ALL_SCOPES.filter((scope) => !scopes.includes(scope));
      await harness.signIn({ scopes: others });
      const { error } = await call(name, args());
      assert.equal(error?.code, "insufficient_scope");
      assert.deepEqual([...error.requiredScopes].sort(), [...scopes].sort());
      nothingWasSent();
    });
  }

  test("reports scopes that the tenant dropped, and permits nothing by them, whatever the fragment claims", async () => {
    tenant.applications.get("local-spa").current_user_scopes = ["read:current_user"];
    tenant.faults.set("granted-scope-tampered", { scope: ALL_SCOPES.join(" ") });
    const { grantedScopes, missingScopes } = await harness.signIn();
    assert.deepEqual(grantedScopes, ["read:current_user"]);
    assert.deepEqual([...missingScopes].sort(), ALL_SCOPES.slice(1).sort());
    assert.equal((await call("clearUserMetadata")).error?.code, "insufficient_scope");
    nothingWasSent();
  });

  test("privileged and misspelt scopes in the token permit nothing", async () => {
    const scope =
      "openid update:users delete:users update:users_app_metadata READ:CURRENT_USER read:current_user_extra read:current_user\tx read:current_user_metadata";
    tenant.faults.set("tokens", { accessToken: { claims: { scope } } });
    const { grantedScopes } = await harness.signIn();
    assert.deepEqual(grantedScopes, []);
    for (const { name, args = () => [] } of ONCE) {
      assert.equal((await call(name, args())).error?.code, "insufficient_scope", name);
    }
    nothingWasSent();
  });

  test("`can` agrees with the guard for every operation", async () => {
    const granted = ["read:current_user", "create:current_user_metadata"];
    await harness.signIn({ scopes: granted });
    for (const { name, scopes } of ONCE.filter((row) => row.name !== "clearUserMetadata")) {
      assert.equal(
        await harness.run((pageHelpers, operation) => client.can(operation), name),
        scopes.some((scope) => granted.includes(scope)),
        name,
      );
    }
    const { error } = await harness.run(({ outcome }) => outcome(() => client.can("deleteUser")));
    assert.equal(error.code, "invalid_argument");
  });

  // Arguments as source text, because JSON cannot carry some of them.
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
        "{ signal: new AbortController() }",
      ],
    ],
    ["getEnrollments", ["null", "{ signal: 7 }"]],
    ["clearUserMetadata", ["{ signal: 7 }"]],
    ["patchUserMetadata", ["{ a: 1 }, { signal: 7 }"]],
  ];
  for (const [name, lists] of WRONG) {
    test(`${name} with wrong arguments is refused with invalid_argument and sends nothing`, async () => {
      await harness.signIn();
      for (const list of lists) {
        const { error } = await harness.run(
          `({ outcome }) => outcome(() => client.${name}(${list}))`,
        );
        assert.equal(error?.code, "invalid_argument", `${name}(${list}): ${JSON.stringify(error)}`);
      }
      nothingWasSent();
      const { value } = await call("getUser");
      assert.equal(value.user_id, ADA);
    });
  }

  test("refuses metadata that JSON would change, and erases nothing", async () => {
    await harness.signIn();
    // JSON would turn each of these into null, {} or another value. null deletes a key, and {} erases all metadata.
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
      const { error } = await harness.run(
        `({ outcome }) => outcome(() => client.patchUserMetadata(${source}))`,
      );
      assert.equal(error?.code, "invalid_argument", `${source}: ${JSON.stringify(error)}`);
    }
    nothingWasSent();
    for (const source of [
      "new Proxy({}, { getOwnPropertyDescriptor() { throw 'text'; } })",
      "new Proxy({}, { get() { throw 'text'; }, ownKeys() { return ['signal']; }, getOwnPropertyDescriptor() { return { value: 1, enumerable: true, configurable: true }; } })",
    ]) {
      const { error } = await harness.run(
        `({ outcome }) => outcome(() => client.getUser(${source}))`,
      );
      assert.equal(error?.code, "invalid_argument", `${source}: ${JSON.stringify(error)}`);
    }
    assert.equal((await call("getUser")).value.user_id, ADA);
  });

  test("refuses metadata objects with hidden state of frameworks", async () => {
    await harness.signIn();
    const { value } = await harness.run(({ outcome }) => {
      const hide = (object, name) => Object.defineProperty(object, name, { value: { a: 1 } });
      const metadata = { theme: hide({ color: "dark" }, "__ob__"), list: hide(["a"], "__ob__") };
      return outcome(() => client.patchUserMetadata(hide(hide(metadata, "__v_skip"), Symbol())));
    });
    assert.equal(value?.user_id, ADA);
    const [{ body }] = apiRequests(tenant);
    assert.equal(body, '{"user_metadata":{"theme":{"color":"dark"},"list":["a"]}}');
    const { error } = await harness.run(({ outcome }) =>
      outcome(() => client.patchUserMetadata({ a: 1, [Symbol("a")]: 1 })),
    );
    assert.equal(error?.code, "invalid_argument");
  });

  test("sends a value that changes at each read as it was checked", async () => {
    await harness.signIn();
    await harness.run(({ outcome }) => {
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

  // Tokens to link, each wrong in one point.
  const now = () => Math.floor(Date.now() / 1000);
  const LINK_TOKENS = [
    ["text that is not a token", () => "not a token", "id_token_malformed"],
    ["an opaque token", () => "w1cZ8mXo2bQ7pL5tR9yV3kN6hJ4gF0dS", "id_token_malformed"],
    ["an ID token of the signed-in user", () => idTokenOf(tenant, ADA), "id_token_subject"],
    [
      "an ID token without sub",
      () => idTokenOf(tenant, undefined, { drop: ["sub"] }),
      "id_token_subject",
    ],
    [
      "an ID token of another issuer",
      () => idTokenOf(tenant, GRACE, { claims: { iss: "https://another-tenant.invalid/" } }),
      "id_token_issuer",
    ],
    [
      "an ID token for another application",
      () => idTokenOf(tenant, GRACE, { claims: { aud: "another-application" } }),
      "id_token_audience",
    ],
    [
      "an ID token for several applications without azp",
      () => idTokenOf(tenant, GRACE, { claims: { aud: ["local-spa", "another"] } }),
      "id_token_authorized_party",
    ],
    [
      "an ID token with another azp",
      () => idTokenOf(tenant, GRACE, { claims: { azp: "another" } }),
      "id_token_authorized_party",
    ],
    [
      "an expired ID token",
      () => idTokenOf(tenant, GRACE, { claims: { iat: now() - 7200, exp: now() - 3600 } }),
      "id_token_expired",
    ],
    [
      "an ID token from the future",
      () => idTokenOf(tenant, GRACE, { claims: { iat: now() + 3600 } }),
      "id_token_issued_at",
    ],
    [
      "an ID token with a tampered signature",
      () => idTokenOf(tenant, GRACE, { signature: "tampered" }),
      "id_token_signature",
    ],
    [
      "an ID token signed with another key",
      () => idTokenOf(tenant, GRACE, { signature: "stranger" }),
      "id_token_signature",
    ],
    [
      "an unsigned ID token",
      () => idTokenOf(tenant, GRACE, { header: { alg: "none" }, signature: "empty" }),
      "id_token_algorithm",
    ],
    [
      "an ID token signed with the public key as a secret",
      () =>
        idTokenOf(tenant, GRACE, { header: { alg: "HS256" }, signature: "hmac-with-public-key" }),
      "id_token_algorithm",
    ],
    [
      "an ID token with an unpublished key",
      () => idTokenOf(tenant, GRACE, { header: { kid: "no-such-key" }, signature: "stranger" }),
      "signing_key_not_found",
    ],
    [
      "an ID token of a machine",
      () =>
        tenant.mintToken({
          claims: { sub: "local-m2m@clients", gty: "client-credentials", scope: "read:clients" },
        }),
      "machine_token_forbidden",
    ],
  ];
  for (const [what, token, code] of LINK_TOKENS) {
    test(`linkIdentity refuses ${what} with ${code}, and the API receives nothing`, async () => {
      await harness.signIn();
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

  test("linkIdentity refuses an access token", async () => {
    await harness.signIn();
    const { error } = await call("linkIdentity", [tenant.mintToken({ claims: { sub: GRACE } })]);
    assert.match(error?.code ?? "", /^id_token_/);
    nothingWasSent();
  });
});
