// Concurrent calls: every caller gets its own response, and no write is sent twice.
import assert from "node:assert/strict";
import { test } from "node:test";

import { ADA, GRACE, apiRequests, idTokenOf, startHarness } from "../harness/index.mjs";

const harness = await startHarness();
const { tenant } = harness;

// Runs in the page: 200 concurrent calls of all kinds. Each returns the part that distinguishes its response.
const MANY = `async ({ outcome }) => {
  const kinds = [
    (n) => client.getUser().then((user) => user.user_id),
    (n) => client.patchUserMetadata({ ["key" + n]: n }).then((user) => user.user_metadata["key" + n]),
    (n) => client.getEnrollments().then((list) => list.length),
    (n) => client.createDeviceCredential({ device_name: "Device " + n, type: "public_key", value: "cHVi", device_id: "device-" + n }).then(({ id }) => id),
    (n) => client.deleteDeviceCredential("dcr_" + n).then((nothing) => nothing === undefined),
    (n) => client.unlinkIdentity("nobody", "user-" + n).then((identities) => Array.isArray(identities)),
    (n) => client.deleteMultifactor("duo").then((nothing) => nothing === undefined),
    (n) => client.linkIdentity("text " + n),
  ];
  const calls = Array.from({ length: 200 }, (none, n) => outcome(() => kinds[n % kinds.length](n)));
  return (await Promise.all(calls)).map((result, n) => ({ n, kind: n % kinds.length, ...result }));
}`;

/** A request as text that differs for any two different calls. */
const fingerprint = ({ method, url, body }) => `${method} ${url} ${body}`;
const times = (entries) => {
  const counted = new Map();
  for (const entry of entries)
    counted.set(fingerprint(entry), (counted.get(fingerprint(entry)) ?? 0) + 1);
  return counted;
};

test("200 concurrent mixed calls finish, each with its own response", async () => {
  await harness.signIn();
  const results = await harness.run(MANY);
  assert.equal(results.length, 200);
  const ids = new Set();
  for (const { n, kind, value, error } of results) {
    const label = `${n}: ${JSON.stringify(value ?? error)}`;
    if (kind === 7) {
      assert.equal(error?.code, "id_token_malformed", label);
      continue;
    }
    if (kind === 5 && error) {
      assert.equal(error.status >= 400 && error.status < 500, true, label);
      continue;
    }
    assert.equal(error, undefined, label);
    if (kind === 3) {
      assert.equal(
        tenant.deviceCredentials.get(value)?.device_id ??
          tenant.deviceCredentials.get(value)?.device_name?.replace("Device ", "device-"),
        `device-${n}`,
        label,
      );
      ids.add(value);
    } else assert.deepEqual(value, [ADA, n, 2, undefined, true, true, true][kind], label);
  }
  assert.equal(ids.size, 25);
  const requests = apiRequests(tenant);
  assert.equal(requests.length, 175);
  assert.deepEqual(tenant.internalErrors, []);
  const { theme, ...metadata } = tenant.users.get(ADA).user_metadata;
  assert.equal(theme, "dark");
  assert.equal(Object.keys(metadata).filter((key) => key.startsWith("key")).length, 25);
});

test("every GET succeeds and no write is sent twice when the tenant answers half of the calls with 429", async () => {
  await harness.signIn({ retries: 5 });
  tenant.faults.set("api-error", { error: "too_many_requests" }, { every: 2, times: 100 });
  const results = await harness.run(MANY);
  const refused = results.filter(({ error }) => error?.code === "rate_limited");
  for (const { n, kind, value, error } of results) {
    if (kind === 0) assert.equal(value, ADA, `${n}: ${JSON.stringify(error)}`);
    else if (kind === 2) assert.equal(value, 2, `${n}: ${JSON.stringify(error)}`);
    else if (kind === 7) assert.equal(error.code, "id_token_malformed");
    else if (error && kind !== 5)
      assert.equal(error.code, "rate_limited", `${n}: ${JSON.stringify(error)}`);
  }
  assert.ok(refused.length >= 20, `${refused.length} were refused`);

  const writes = apiRequests(tenant).filter(({ method }) => method !== "GET");
  // 25 of each kind. deleteMultifactor sends the same request each time; all others differ.
  for (const [what, count] of times(writes))
    assert.equal(count, what.includes("/multifactor/") ? 25 : 1, what);
  assert.equal(writes.length, 125);
  const reads = apiRequests(tenant).filter(({ method }) => method === "GET");
  assert.ok(reads.length > 50, `${reads.length} reads: some were repeated`);
  assert.ok(reads.length <= 50 * 6);
  // A refused write had no effect, and an accepted one had its effect once.
  const stored = Object.keys(tenant.users.get(ADA).user_metadata).filter((key) =>
    key.startsWith("key"),
  );
  assert.deepEqual(
    stored.sort(),
    results
      .filter(({ kind, error }) => kind === 1 && !error)
      .map(({ n }) => `key${n}`)
      .sort(),
  );
});

test("two users in one page who call at the same time each get their own data", async () => {
  await harness.signIn();
  await harness.run(() => {
    globalThis.ada = client;
    return null;
  });
  const grace = new URL(await harness.run((pageHelpers) => client.buildAuthorizeUrl()));
  const [state, nonce] = ["state", "nonce"].map((name) => grace.searchParams.get(name));
  const response = harness.forge({ state, nonce, sub: GRACE });
  const outcome = await harness.run(
    async ({ createClient, outcome }, options, url) => {
      globalThis.grace = await createClient(options);
      return outcome(() => grace.handleRedirectCallback(url));
    },
    harness.options(),
    response,
  );
  assert.equal(outcome.value?.claims.sub, GRACE, JSON.stringify(outcome));
  const answers = await harness.run(async () => {
    const calls = Array.from({ length: 60 }, (none, n) =>
      (n % 2 ? ada : grace).getUser().then(({ user_id }) => user_id),
    );
    return Promise.all(calls);
  });
  assert.deepEqual(
    answers,
    Array.from({ length: 60 }, (none, n) => (n % 2 ? ADA : GRACE)),
  );
});

test("a call can be started from another's result, from a subscriber, and after an abort", async () => {
  await harness.signIn();
  const results = await harness.run(async ({ outcome }) => {
    const nested = await client
      .getUser()
      .then(() => client.getEnrollments())
      .then(() => client.getUser());
    const controller = new AbortController();
    const fromAbort = new Promise((resolve) =>
      controller.signal.addEventListener("abort", () => resolve(client.getUser())),
    );
    const aborted = outcome(() => client.getUser({ signal: controller.signal }));
    controller.abort();
    const signal = {
      get signal() {
        client.isAuthenticated;
        client.claims;
        client.can("getUser");
        return undefined;
      },
    };
    const fromGetter = await client.getUser(signal);
    return [
      nested.user_id,
      (await fromAbort).user_id,
      (await aborted).error?.code,
      fromGetter.user_id,
    ];
  });
  assert.deepEqual(results, [ADA, ADA, "aborted", ADA]);
});

test("linking many tokens at the same time fetches the keys once", async () => {
  await harness.signIn();
  await harness.open("/");
  const tokens = Array.from({ length: 20 }, (none, n) => idTokenOf(tenant, `github|${n}`));
  await harness.signIn();
  const codes = await harness.run(
    async ({ outcome }, list) =>
      (await Promise.all(list.map((token) => outcome(() => client.linkIdentity(token))))).map(
        ({ error, value }) => error?.status ?? value,
      ),
    tokens,
  );
  assert.equal(codes.length, 20);
  assert.ok(tenant.log.filter(({ url }) => url === "/.well-known/jwks.json").length <= 1);
});
