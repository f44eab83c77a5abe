// Every refusal of the Management API becomes a documented code, with the server's own status and message.
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { API_ERRORS } from "../../tenant/api/errors.mjs";
import { ADA, apiRequests, idTokenOf, startHarness } from "../harness/index.mjs";

const harness = await startHarness();
const { tenant } = harness;

const call = async (name, args = []) => {
  const { error } = await harness.run(
    ({ outcome }, method, given) => outcome(() => client[method](...given)),
    name,
    args,
  );
  assert.ok(error, `${name} succeeded`);
  return error;
};
const CREDENTIAL = {
  device_name: "Laptop",
  type: "public_key",
  value: "cHVibGlj",
  device_id: "5f0c-1",
};
const withToken = (changes) =>
  tenant.faults.set("tokens", {
    accessToken: changes,
    ...(changes.claims?.sub && { idToken: { claims: { sub: changes.claims.sub } } }),
  });

// Errors of the local tenant's own rules. `prepare` runs before the sign-in, `spoil` after it.
const REAL = [
  {
    what: "a provider outside the schema",
    call: ["deleteMultifactor", ["carrier-pigeon"]],
    expected: {
      code: "api_error",
      status: 400,
      serverCode: "invalid_uri",
      serverMessage: /carrier-pigeon/,
    },
  },
  {
    what: "metadata with a key that the API refuses",
    call: ["patchUserMetadata", [{ "a.b": 1 }]],
    expected: { code: "api_error", status: 400, serverCode: "invalid_body", serverMessage: /a\.b/ },
  },
  {
    what: "unlinking the main identity",
    call: ["unlinkIdentity", ["auth0", ADA.slice(6)]],
    expected: { code: "api_error", status: 400 },
  },
  {
    what: "linking with a token that the tenant refuses",
    call: () => ["linkIdentity", [idTokenOf(tenant, "github|nobody")]],
    expected: { code: "api_error", status: 400, serverCode: "invalid_body" },
  },
  {
    what: "a token of a key that the tenant has dropped meanwhile",
    spoil: () => tenant.rotateKeys({ dropOld: true }),
    call: ["getUser"],
    expected: {
      code: "unauthorized",
      status: 401,
      serverCode: undefined,
      serverMessage: "Invalid token",
    },
  },
  {
    what: "a token with a bad signature",
    prepare: () => withToken({ signature: "tampered" }),
    call: ["getUser"],
    expected: {
      code: "unauthorized",
      status: 401,
      serverCode: undefined,
      serverMessage: "Invalid signature received for JSON Web Token validation",
    },
  },
  {
    what: "a token that has expired by the server's clock alone",
    prepare: () => tenant.setAccessTokenLifetime(4),
    spoil: () =>
      harness.run(async ({ sleep }) => {
        const { now } = Date;
        Date.now = () => now() - 60_000;
        await sleep(5100);
      }),
    call: ["getUser"],
    expected: {
      code: "unauthorized",
      status: 401,
      serverMessage: "Expired token received for JSON Web Token validation",
    },
  },
  {
    what: "a token of another issuer than the host",
    prepare: () => withToken({ claims: { iss: "https://another-tenant.invalid/" } }),
    call: ["getUser"],
    expected: { code: "unauthorized", status: 401 },
  },
  {
    what: "a tenant that no longer honours delete:current_user_metadata",
    prepare: () => tenant.configure({ honoursOlderScopes: false }),
    call: ["deleteMultifactor", ["duo"]],
    expected: {
      code: "insufficient_scope",
      status: 403,
      serverCode: "insufficient_scope",
      serverMessage: /expected any of: /,
      requiredScopes: ["delete:current_user_metadata"],
      message: /update:users/,
    },
  },
  {
    what: "a credential that exists",
    spoil: async () =>
      void (await harness.run(
        (pageHelpers, credential) => client.createDeviceCredential(credential),
        CREDENTIAL,
      )),
    call: ["createDeviceCredential", [CREDENTIAL]],
    expected: {
      code: "api_error",
      status: 409,
      serverMessage: "A public key already exists for the device.",
    },
  },
  {
    what: "an identity that is linked already",
    call: () => ["linkIdentity", [idTokenOf(tenant, "github|1815")]],
    expected: {
      code: "api_error",
      status: 409,
      serverMessage: "Specified identity already exists.",
    },
    mayDiffer: true,
  },
  {
    what: "a user who is gone",
    spoil: () => tenant.users.delete(ADA),
    call: ["getUser"],
    expected: { status: [403, 404] },
  },
];

describe("errors of the real rules", () => {
  for (const { what, prepare, spoil, call: how, expected, mayDiffer } of REAL) {
    test(`${what} is refused with ${expected.code ?? "the code of its status"}`, async () => {
      await prepare?.();
      await harness.signIn();
      await spoil?.();
      const error = await call(...(typeof how === "function" ? how() : how));
      if (mayDiffer && error.status === 400) return;
      const code = expected.code ?? { 403: "api_error", 404: "not_found" }[error.status];
      matches(error, {
        ...expected,
        code,
        status: [expected.status].flat().includes(error.status) ? error.status : expected.status,
      });
    });
  }

  test("a rate limit on a write is refused with rate_limited at once, with the wait until the reset", async () => {
    await harness.signIn();
    tenant.setRateLimit({ limit: 0, windowSeconds: 3 });
    const error = await call("patchUserMetadata", [{ a: 1 }]);
    matches(error, {
      code: "rate_limited",
      status: 429,
      serverCode: "too_many_requests",
      serverMessage: "Global limit has been reached",
    });
    assert.ok(error.retryAfterMs > 0 && error.retryAfterMs <= 4000, `${error.retryAfterMs}`);
    assert.equal(apiRequests(tenant).length, 1);
  });

  test("a rate limit with Retry-After has that wait", async () => {
    await harness.signIn();
    tenant.setRateLimit({ limit: 0, windowSeconds: 3, retryAfter: 17 });
    assert.equal((await call("patchUserMetadata", [{ a: 1 }])).retryAfterMs, 17_000);
  });

  test("a rate limit whose headers CORS hides has no wait", async () => {
    await harness.signIn();
    tenant.setRateLimit({ limit: 0, windowSeconds: 3, retryAfter: 17, exposed: false });
    const error = await call("patchUserMetadata", [{ a: 1 }]);
    matches(error, { code: "rate_limited", status: 429 });
    assert.equal("retryAfterMs" in error, false);
  });
});

// The whole table of the API's errors, including those that this client cannot cause. A write, because it has no retries.
const TABLE = [
  ["invalid_header", "api_error", 400, "Bearer"],
  ["invalid_uri", "api_error", 400, "invalid_uri"],
  ["invalid_query_string", "api_error", 400, "invalid_query_string"],
  ["invalid_body", "api_error", 400, "invalid_body"],
  ["missing_authentication", "unauthorized", 401],
  ["invalid_token", "unauthorized", 401],
  ["expired_token", "unauthorized", 401],
  ["invalid_signature", "unauthorized", 401],
  ["bad_audience", "unauthorized", 401],
  ["client_not_global", "unauthorized", 401],
  ["insufficient_scope", "insufficient_scope", 403, "insufficient_scope"],
  ["unowned_resource", "api_error", 403, "unowned_resource"],
  ["operation_not_supported", "api_error", 403, "operation_not_supported"],
  ["inexistent_user", "not_found", 404, "inexistent_user"],
  ["not_found", "not_found", 404],
  ["identity_conflict", "api_error", 409, "identity_conflict"],
  ["device_conflict", "api_error", 409],
  ["payload_too_large", "api_error", 413],
  ["too_many_requests", "rate_limited", 429, "too_many_requests"],
  ["internal_server_error", "api_error", 500],
  ["service_unavailable", "api_error", 503],
];

describe("the table of errors", () => {
  test("every row becomes its code, with the server's status, errorCode and message", async () => {
    await harness.signIn();
    for (const [name, code, status, serverCode] of TABLE) {
      tenant.faults.clear();
      tenant.clearLog();
      const serverMessage = `The server's own words about ${name} <b>in no markup</b>`;
      tenant.faults.set("api-error", { error: name, message: serverMessage });
      const error = await call("patchUserMetadata", [{ a: 1 }]);
      matches(error, {
        code,
        status,
        serverCode,
        serverMessage,
        requiredScopes: undefined,
        ...(code === "insufficient_scope" && {
          requiredScopes: ["create:current_user_metadata", "update:current_user_metadata"],
        }),
      });
      assert.equal(
        error.message.includes("server's own words"),
        false,
        "our message holds the server's",
      );
      assert.equal(apiRequests(tenant).length, 1, name);
    }
    assert.deepEqual(
      TABLE.map(([name]) => name),
      Object.keys(API_ERRORS),
    );
  });

  test("every row becomes its code for a GET without retries", async () => {
    await harness.signIn({ retries: 0 });
    for (const [name, code, status, serverCode] of TABLE) {
      tenant.faults.clear();
      tenant.faults.set("api-error", { error: name });
      matches(await call("getUser"), { code, status, serverCode });
    }
  });

  test("the refusal of an opaque token says what is missing", async () => {
    await harness.signIn();
    tenant.faults.set("api-error", { error: "invalid_header" });
    assert.match((await call("clearUserMetadata")).message, /audience/);
  });

  test("the status decides before the errorCode, and neither message nor other fields do", async () => {
    await harness.signIn();
    const odd = [
      [
        { status: 401, body: { statusCode: 403, errorCode: "insufficient_scope", message: "x" } },
        "unauthorized",
        401,
      ],
      [{ status: 404, body: { errorCode: "insufficient_scope" } }, "not_found", 404],
      [
        { status: 400, body: { statusCode: 429, errorCode: "too_many_requests" } },
        "api_error",
        400,
      ],
      [
        { status: 403, body: { message: "Insufficient scope, expected any of: read:users" } },
        "api_error",
        403,
      ],
      [{ status: 403, body: { errorCode: ["insufficient_scope"] } }, "api_error", 403],
      [{ status: 418, body: { errorCode: "teapot" } }, "api_error", 418],
      [{ status: 500, body: "" }, "api_error", 500],
      [
        {
          status: 500,
          body: "<!doctype html><h1>Internal error</h1>",
          headers: { "content-type": "text/html" },
        },
        "api_error",
        500,
      ],
      [{ status: 500, body: '{"errorCode":' }, "api_error", 500],
      [{ status: 400, body: [1, 2] }, "api_error", 400],
      [{ status: 400, body: null }, "api_error", 400],
      [{ status: 400, body: { errorCode: 7, message: { text: "x" } } }, "api_error", 400],
      [
        { status: 401, body: '{"__proto__":{"code":"not_found"},"constructor":1}' },
        "unauthorized",
        401,
      ],
    ];
    for (const [options, code, status] of odd) {
      tenant.faults.clear();
      tenant.faults.set("answer", options);
      const error = await call("patchUserMetadata", [{ a: 1 }]);
      matches(error, { code, status });
      for (const name of ["serverCode", "serverMessage"]) {
        if (name in error)
          assert.equal(typeof error[name], "string", `${name} of ${JSON.stringify(options)}`);
      }
    }
  });

  test("an error lacks the fields that its kind does not have", async () => {
    await harness.signIn();
    tenant.faults.set("api-error", { error: "not_found" });
    const error = await call("clearUserMetadata");
    assert.deepEqual(Object.keys(error).sort(), [
      "code",
      "message",
      "name",
      "serverMessage",
      "status",
    ]);
    assert.equal(error.name, "CurrentUserError");
  });
});

test("retryAfterMs is the server's value, and absent if that is nonsense", async () => {
  await harness.signIn();
  const from = async (headers) => {
    tenant.faults.clear();
    tenant.faults.set("answer", {
      status: 429,
      headers,
      body: { statusCode: 429, errorCode: "too_many_requests" },
    });
    return (await call("patchUserMetadata", [{ a: 1 }])).retryAfterMs;
  };
  const about = (actual, expected, what) =>
    assert.ok(Math.abs(actual - expected) < 1500, `${what}: ${actual}`);
  const inSeconds = (seconds) => Math.ceil(Date.now() / 1000) + seconds;
  assert.equal(await from({ "retry-after": "7" }), 7000);
  assert.equal(await from({ "retry-after": "0" }), 0);
  about(
    await from({ "retry-after": new Date(Date.now() + 20_000).toUTCString() }),
    20_000,
    "a date",
  );
  assert.equal(await from({ "retry-after": "Wed, 21 Oct 2015 07:28:00 GMT" }), 0);
  about(await from({ "x-ratelimit-reset": String(inSeconds(30)) }), 30_000, "a reset");
  assert.equal(
    await from({ "retry-after": "7", "x-ratelimit-reset": String(inSeconds(30)) }),
    7000,
  );
  about(
    await from({ "retry-after": "soon", "x-ratelimit-reset": String(inSeconds(30)) }),
    30_000,
    "a reset beside nonsense",
  );
  for (const nonsense of [
    "soon",
    "",
    "NaN",
    "1e3",
    "0x10",
    "-5",
    "1.5",
    "apples 5",
    "4294967295",
    "Fri, 31 Dec 9999 23:59:59 GMT",
    "99999999999999999999",
    "7 7",
    "null",
  ]) {
    assert.equal(await from({ "retry-after": nonsense }), undefined, `Retry-After: ${nonsense}`);
  }
  for (const nonsense of [
    "soon",
    "",
    "NaN",
    "-1",
    "5",
    "99999999999999999999",
    String(Date.now()),
    "1e9",
  ]) {
    assert.equal(
      await from({ "x-ratelimit-reset": nonsense }),
      undefined,
      `X-RateLimit-Reset: ${nonsense}`,
    );
  }
});

/** Asserts each member of `expected`: a pattern must match, undefined means absent, and any other value must be equal. */
function matches(error, expected) {
  for (const [name, value] of Object.entries(expected)) {
    const label = `${name} of ${JSON.stringify(error)}`;
    if (value instanceof RegExp) assert.match(error[name] ?? "", value, label);
    else
      assert.deepEqual(
        Array.isArray(error[name]) ? error[name].toSorted() : error[name],
        value,
        label,
      );
  }
}
