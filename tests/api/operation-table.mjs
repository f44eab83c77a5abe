// Every operation of the Management API: its scopes, its request and its result.
import assert from "node:assert/strict";
import { ADA, GRACE, idTokenOf } from "../harness/fixtures.mjs";

export const USER = `/api/v2/users/${encodeURIComponent(ADA)}`;
export const CREDENTIAL = {
  device_name: "Laptop",
  type: "public_key",
  value: "cHVibGlj",
  device_id: "5f0c-1",
};

/** One row per method of the client. `result` asserts what the caller gets, `effect` what the tenant has changed. */
export const operationsOf = (tenant) => [
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
