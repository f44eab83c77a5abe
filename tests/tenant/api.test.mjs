// Every operation of the tenant's Management API: result, effect, schema and scopes.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";

import { startTenant } from "../../tenant/index.mjs";
import {
  ADA,
  ALAN,
  ALL_SCOPES,
  GRACE,
  Visitor,
  callApi,
  requestToken,
  userPath,
  verify,
} from "./visitor.mjs";

const tenant = await startTenant();
after(() => tenant.close());
after(() => assert.deepEqual(tenant.internalErrors, []));
let machine;
before(async () => {
  machine = await machineToken();
});
beforeEach(() => tenant.reset());

async function machineToken(scope) {
  const { body } = await requestToken(tenant, {
    grant_type: "client_credentials",
    client_id: "local-m2m",
    client_secret: tenant.applications.get("local-m2m").client_secret,
    audience: tenant.audience,
    ...(scope && { scope }),
  });
  return body.access_token;
}

/** Calls the API as Ada with these scopes. */
const asAda = (scopes, ...call) =>
  callApi(tenant, tenant.mintToken({ claims: { scope: [scopes].flat().join(" ") } }), ...call);
const idTokenOf = async (email, params) =>
  (await new Visitor().signIn(tenant, { email, scope: "openid profile email", ...params }))
    .id_token;

test("GET user returns the whole profile for every spelling of the id", async () => {
  for (const id of ["auth0%7C5a620d29a840170a9ef43672", ADA]) {
    const { status, body, headers } = await asAda("read:current_user", "GET", `users/${id}`);
    assert.equal(status, 200);
    assert.equal(headers.get("content-type"), "application/json; charset=utf-8");
    assert.equal(headers.get("cache-control"), "no-cache");
    assert.deepEqual(body, tenant.users.get(ADA));
  }
});

test("GET user accepts ids with any character", async () => {
  const id = "samlp|conn/é%7C|user@x?#..";
  tenant.users.set(id, { user_id: id, identities: [] });
  const token = tenant.mintToken({ claims: { sub: id } });
  const { status, body } = await callApi(tenant, token, "GET", userPath(id));
  assert.deepEqual([status, body.user_id], [200, id]);
});

test("GET user supports fields and include_fields", async () => {
  const get = async (query) => (await asAda("read:current_user", "GET", userPath(ADA, query))).body;
  assert.deepEqual(await get("?fields=email,nickname"), {
    email: "ada@example.com",
    nickname: "ada",
  });
  assert.deepEqual(await get("?fields=email&include_fields=true"), { email: "ada@example.com" });
  const without = await get("?fields=email,identities&include_fields=false");
  assert.equal("email" in without || "identities" in without, false);
  assert.equal(without.nickname, "ada");
  for (const query of ["?include_fields=maybe", "?fields=a%20b"]) {
    const { statusCode, errorCode } = await get(query);
    assert.deepEqual([statusCode, errorCode], [400, "invalid_query_string"]);
  }
});

test("GET enrollments returns an array, which may be empty", async () => {
  const { body } = await asAda("read:current_user", "GET", userPath(ADA, "/enrollments"));
  assert.deepEqual(
    body.map(({ auth_method }) => auth_method),
    ["authenticator", "guardian"],
  );
  const grace = tenant.mintToken({ claims: { sub: GRACE } });
  assert.deepEqual((await callApi(tenant, grace, "GET", userPath(GRACE, "/enrollments"))).body, []);
});

for (const scope of ["update:current_user_metadata", "create:current_user_metadata"]) {
  test(`PATCH with ${scope} merges the top level, removes null, and replaces nested objects`, async () => {
    const before = structuredClone(tenant.users.get(ADA));
    const { status, body } = await asAda(scope, "PATCH", userPath(ADA), {
      user_metadata: { theme: null, address: { city: "Paris" }, new: [1, null] },
    });
    assert.equal(status, 200);
    assert.deepEqual(body.user_metadata, {
      language: "en",
      address: { city: "Paris" },
      new: [1, null],
    });
    assert.notEqual(body.updated_at, before.updated_at);
    assert.deepEqual(body, tenant.users.get(ADA));
    assert.deepEqual(body.app_metadata, before.app_metadata);
  });
}

test("PATCH with an empty object removes all metadata and the key itself", async () => {
  const { status, body } = await asAda("update:current_user_metadata", "PATCH", userPath(ADA), {
    user_metadata: {},
  });
  assert.equal(status, 200);
  assert.equal("user_metadata" in body, false);
});

test("PATCH treats a key named __proto__ as a key", async () => {
  const { body } = await asAda(
    "update:current_user_metadata",
    "PATCH",
    userPath(ADA),
    '{"user_metadata":{"__proto__":{"admin":true}}}',
  );
  assert.deepEqual(Object.keys(body.user_metadata).includes("__proto__"), true);
  assert.equal({}.admin, undefined);
});

test("PATCH refuses bodies outside the schema with invalid_body", async () => {
  const bodies = [
    "",
    "{",
    "[]",
    "null",
    {},
    { user_metadata: null },
    { user_metadata: "text" },
    { user_metadata: [] },
    { user_metadata: { "a.b": 1 } },
    { user_metadata: { $set: 1 } },
    { given_name: "x".repeat(151) },
    { nickname: "" },
    { picture: "no url" },
    { blocked: "yes" },
  ];
  for (const body of bodies) {
    const answer = await asAda("update:current_user_metadata", "PATCH", userPath(ADA), body);
    assert.deepEqual(
      [answer.status, answer.body.errorCode],
      [400, "invalid_body"],
      JSON.stringify(body),
    );
  }
});

test("PATCH with current-user scopes changes user_metadata only", async () => {
  for (const body of [
    { nickname: "countess" },
    { app_metadata: { plan: "free" } },
    { user_metadata: { a: 1 }, nickname: "countess" },
    { password: "hunter2" },
    { unknown_attribute: 1 },
  ]) {
    const answer = await asAda("update:current_user_metadata", "PATCH", userPath(ADA), body);
    assert.deepEqual([answer.status, answer.body.errorCode], [403, "insufficient_scope"]);
  }
  assert.equal(tenant.users.get(ADA).nickname, "ada");
  assert.equal(tenant.users.get(ADA).user_metadata.a, undefined);
});

test("PATCH with an administrator's token changes every field of any user", async () => {
  const { status, body } = await callApi(tenant, machine, "PATCH", userPath(GRACE), {
    nickname: "amazing",
    given_name: null,
    app_metadata: { plan: "navy" },
    password: "new",
  });
  assert.equal(status, 200);
  assert.equal(body.nickname, "amazing");
  assert.equal("given_name" in body, false);
  assert.equal(typeof body.last_password_reset, "string");
  assert.equal(
    (await new Visitor().signIn(tenant, { email: "grace@example.com", password: "new" })).state,
    "the-state",
  );
});

test("link returns 201 with the array, removes the secondary user, and signs it in as the primary", async () => {
  const other = new Visitor();
  const { id_token } = await other.signIn(tenant, { email: "grace@example.com", scope: "openid" });
  const { status, body } = await asAda(
    "update:current_user_identities",
    "POST",
    userPath(ADA, "/identities"),
    {
      link_with: id_token,
    },
  );
  assert.equal(status, 201);
  assert.deepEqual(
    body.map(({ provider }) => provider),
    ["auth0", "github", "google-oauth2"],
  );
  assert.equal(body[2].profileData.email, "grace@example.com");
  assert.equal(body[0].profileData.email, "ada@example.com");
  assert.equal(tenant.users.has(GRACE), false);
  assert.equal(tenant.users.get(ADA).user_metadata.favourite_language, undefined);

  const fresh = await new Visitor().signIn(tenant, { email: "grace@example.com" });
  assert.equal((await verify(tenant, fresh.id_token)).payload.sub, ADA);
  const renewed = await other.signIn(tenant, { prompt: "none" });
  assert.equal((await verify(tenant, renewed.id_token)).payload.sub, ADA);
});

test("a seeded linked identity signs in as its primary user", async () => {
  const id_token = await idTokenOf("ada-github@example.com");
  assert.equal((await verify(tenant, id_token)).payload.sub, ADA);
});

test("link refuses each invalid request with Auth0's error", async () => {
  const link = (link_with) =>
    asAda("update:current_user_identities", "POST", userPath(ADA, "/identities"), { link_with });
  const grace = { iss: tenant.issuer, sub: GRACE, aud: "local-spa" };
  const minted = (changes) =>
    tenant.mintToken({ claims: { ...grace, ...changes.claims }, ...changes.rest });
  const cases = {
    "the main identity": await idTokenOf("ada@example.com"),
    "no JWT": "opaque",
    "a bad signature": minted({ rest: { signature: "tampered" } }),
    HS256: minted({ rest: { header: { alg: "HS256" }, signature: "hmac-with-public-key" } }),
    "alg none": minted({ rest: { header: { alg: "none" }, signature: "empty" } }),
    "another issuer": minted({ claims: { iss: "https://other.invalid/" } }),
    "another application": minted({ claims: { aud: "local-spa-code-only" } }),
    "no subject": minted({ rest: { drop: ["sub"] } }),
    "an odd subject": minted({ claims: { sub: "nobody" } }),
    "an unknown user": minted({ claims: { sub: "auth0|nobody" } }),
    "an expired token": minted({ claims: { exp: 1 } }),
  };
  for (const [name, token] of Object.entries(cases)) {
    const { status, body } = await link(token);
    assert.deepEqual([status, body.errorCode], [400, "invalid_body"], name);
  }
  const linked = minted({ claims: { sub: "github|1815" } });
  assert.deepEqual(
    [(await link(linked)).status, (await link(linked)).body.errorCode],
    [409, "identity_conflict"],
  );
  assert.equal(tenant.users.has(GRACE), true);
});

test("link refuses unknown members, and other users except for administrators", async () => {
  const post = (body) =>
    asAda("update:current_user_identities", "POST", userPath(ADA, "/identities"), body);
  for (const body of [
    {},
    { link_with: 1 },
    { link_with: "a", provider: "auth0" },
    { link_with: "a", more: 1 },
    { provider: "auth0" },
  ]) {
    assert.equal((await post(body)).body.errorCode, "invalid_body", JSON.stringify(body));
  }
  const named = { provider: "google-oauth2", user_id: GRACE.split("|")[1] };
  assert.equal((await post(named)).body.errorCode, "insufficient_scope");
  const { status } = await callApi(tenant, machine, "POST", userPath(ADA, "/identities"), named);
  assert.equal(status, 201);
});

test("unlink returns the rest and makes the identity a user again, without metadata", async () => {
  const { status, body } = await asAda(
    "update:current_user_identities",
    "DELETE",
    userPath(ADA, "/identities/github/1815"),
  );
  assert.equal(status, 200);
  assert.deepEqual(
    body.map(({ provider }) => provider),
    ["auth0"],
  );
  assert.equal("profileData" in body[0], false);
  const restored = tenant.users.get("github|1815");
  assert.equal(restored.email, "ada-github@example.com");
  assert.equal("user_metadata" in restored, false);
  const { payload } = await verify(tenant, await idTokenOf("ada-github@example.com"));
  assert.equal(payload.sub, "github|1815");
});

test("unlink with the provider in the id or with an unknown id returns 200 and changes nothing", async () => {
  for (const rest of ["github/github%7C1815", "github/4711", "auth0/1815"]) {
    const { status, body } = await asAda(
      "update:current_user_identities",
      "DELETE",
      userPath(ADA, `/identities/${rest}`),
    );
    assert.deepEqual([status, body.length], [200, 2]);
  }
});

test("unlink refuses the main identity", async () => {
  const { status, body } = await asAda(
    "update:current_user_identities",
    "DELETE",
    userPath(ADA, `/identities/auth0/${ADA.split("|")[1]}`),
  );
  assert.equal(status, 400);
  assert.equal(body.message, "Main identity cannot be removed");
});

test("DELETE multifactor returns 204, also without such a factor, and refuses other providers with invalid_uri", async () => {
  const remove = (provider) =>
    asAda("delete:current_user_metadata", "DELETE", userPath(ADA, `/multifactor/${provider}`));
  for (const provider of ["google-authenticator", "duo", "google-authenticator"]) {
    const { status, body } = await remove(provider);
    assert.deepEqual([status, body], [204, ""]);
  }
  assert.deepEqual(tenant.users.get(ADA).multifactor, ["guardian"]);
  assert.deepEqual(
    tenant.enrollments.get(ADA).map(({ auth_method }) => auth_method),
    ["guardian"],
  );
  assert.deepEqual((await remove("sms")).body.errorCode, "invalid_uri");
});

const CREDENTIAL = {
  device_name: "Ada's laptop",
  type: "public_key",
  value: "cHVibGljIGtleQ==",
  device_id: "3f0f6f1e-5c3f-4b2a-a7e0-9f1c1f0f2d11",
};

test("device credentials are created, refused as conflicts, and deleted", async () => {
  const create = (body) =>
    asAda("create:current_user_device_credentials", "POST", "device-credentials", body);
  const { status, body } = await create(CREDENTIAL);
  assert.equal(status, 201);
  assert.match(body.id, /^dcr_[A-Za-z0-9]{16}$/);
  assert.equal(tenant.deviceCredentials.get(body.id).user_id, ADA);
  assert.equal((await create(CREDENTIAL)).status, 409);
  assert.equal(
    (await create({ ...CREDENTIAL, device_id: "other", client_id: "local-spa" })).status,
    201,
  );
  assert.equal(
    (await create({ ...CREDENTIAL, device_id: "third", client_id: "local-m2m" })).status,
    403,
  );

  const remove = (claims, id) =>
    callApi(
      tenant,
      tenant.mintToken({ claims: { scope: "delete:current_user_device_credentials", ...claims } }),
      "DELETE",
      `device-credentials/${id}`,
    );
  assert.equal((await remove({ sub: GRACE }, body.id)).body.errorCode, "unowned_resource");
  assert.equal((await remove({}, body.id)).status, 204);
  assert.equal(tenant.deviceCredentials.has(body.id), false);
  assert.equal((await remove({}, "dcr_unknown")).status, 204);
});

test("device credentials outside the schema are refused", async () => {
  for (const changes of [
    { device_name: "" },
    { device_name: undefined },
    { type: "refresh_token" },
    { value: "" },
    { device_id: "x".repeat(37) },
    { device_id: 1 },
  ]) {
    const { body } = await asAda(
      "create:current_user_device_credentials",
      "POST",
      "device-credentials",
      { ...CREDENTIAL, ...changes },
    );
    assert.equal(body.errorCode, "invalid_body", JSON.stringify(changes));
  }
  assert.equal(tenant.deviceCredentials.size, 0);
});

const OPERATIONS = [
  ["GET", userPath(ADA), "read:users,read:current_user"],
  ["GET", userPath(ADA, "/enrollments"), "read:users,read:current_user"],
  ["POST", userPath(ADA, "/identities"), "update:users,update:current_user_identities"],
  [
    "DELETE",
    userPath(ADA, "/identities/github/1815"),
    "update:users,update:current_user_identities",
  ],
  [
    "PATCH",
    userPath(ADA),
    "update:users,update:users_app_metadata,update:current_user_metadata,create:current_user_metadata",
  ],
  ["DELETE", userPath(ADA, "/multifactor/duo"), "update:users,delete:current_user_metadata"],
  ["POST", "device-credentials", "create:current_user_device_credentials"],
  [
    "DELETE",
    "device-credentials/dcr_1",
    "delete:device_credentials,delete:current_user_device_credentials",
  ],
];

for (const [method, path, expected] of OPERATIONS) {
  test(`${method} ${path.replace(/auth0%7C\w+/, "{id}")} requires one of its scopes`, async () => {
    const others = ALL_SCOPES.filter((scope) => !expected.split(",").includes(scope));
    const { status, body } = await asAda(others, method, path, method === "GET" ? undefined : {});
    assert.equal(status, 403);
    assert.deepEqual(body, {
      statusCode: 403,
      error: "Forbidden",
      message: `Insufficient scope, expected any of: ${expected}`,
      errorCode: "insufficient_scope",
    });
  });
}

test("every operation on another user is refused with 403 unowned_resource, whether that user exists or not", async () => {
  const bodies = { PATCH: { user_metadata: { a: 1 } }, POST: { link_with: "x" } };
  for (const [method, path] of OPERATIONS.slice(0, 6)) {
    for (const id of [ALAN, "auth0|nobody"]) {
      const other = path.replace(encodeURIComponent(ADA), encodeURIComponent(id));
      const { status, body } = await asAda(ALL_SCOPES, method, other, bodies[method]);
      assert.equal(status, 403);
      assert.deepEqual(body, {
        statusCode: 403,
        error: "Forbidden",
        message: "User to be acted on does not match subject in bearer token.",
        errorCode: "unowned_resource",
      });
    }
  }
});

test("a newer tenant refuses the older scopes", async () => {
  tenant.configure({ honoursOlderScopes: false });
  const remove = await asAda(
    "delete:current_user_metadata",
    "DELETE",
    userPath(ADA, "/multifactor/duo"),
  );
  assert.equal(remove.body.errorCode, "insufficient_scope");
  const patch = await asAda("create:current_user_metadata", "PATCH", userPath(ADA), {
    user_metadata: { a: 1 },
  });
  assert.equal(patch.body.errorCode, "insufficient_scope");
});
