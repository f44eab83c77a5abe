// Many calls at once: each answer at its caller, and no write twice.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";

import { ADA, GRACE, apiRequests, idTokenOf, openBench } from "../harness/bench.mjs";

let bench;
let tenant;
before(async () => {
  bench = await openBench();
  ({ tenant } = bench);
});
after(() => bench?.close());
beforeEach(() => bench.reset());

// Runs in the page: 200 calls of all kinds at once. Each returns what tells its answer from the others'.
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

/** What a request is, in a form that two different calls never share. */
const fingerprint = ({ method, url, body }) => `${method} ${url} ${body}`;
const times = (entries) => {
  const counted = new Map();
  for (const entry of entries)
    counted.set(fingerprint(entry), (counted.get(fingerprint(entry)) ?? 0) + 1);
  return counted;
};

test("200 concurrent mixed calls finish, each with its own answer", async () => {
  await bench.signIn();
  const results = await bench.run(MANY);
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

test("a tenant that answers half of them with 429: every GET succeeds, no write is sent twice", async () => {
  await bench.signIn({ retries: 5 });
  tenant.faults.set("api-error", { error: "too_many_requests" }, { every: 2, times: 100 });
  const results = await bench.run(MANY);
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
  // 25 of each kind; deleteMultifactor is the same request each time, all others differ.
  for (const [what, count] of times(writes))
    assert.equal(count, what.includes("/multifactor/") ? 25 : 1, what);
  assert.equal(writes.length, 125);
  const reads = apiRequests(tenant).filter(({ method }) => method === "GET");
  assert.ok(reads.length > 50, `${reads.length} reads: some were repeated`);
  assert.ok(reads.length <= 50 * 6);
  // A write that was refused took no effect, and one that was not took one.
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

test("two users in one page, calling at once, each get their own", async () => {
  await bench.signIn();
  await bench.run(() => {
    globalThis.ada = client;
    return null;
  });
  const grace = new URL(await bench.run((kit) => client.buildAuthorizeUrl()));
  const [state, nonce] = ["state", "nonce"].map((name) => grace.searchParams.get(name));
  const response = bench.forge({ state, nonce, sub: GRACE });
  const outcome = await bench.run(
    async ({ client, outcome }, options, url) => {
      globalThis.grace = await client(options);
      return outcome(() => grace.handleRedirectCallback(url));
    },
    bench.options(),
    response,
  );
  assert.equal(outcome.value?.claims.sub, GRACE, JSON.stringify(outcome));
  const answers = await bench.run(async () => {
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

test("a call that starts another from its own answer, from a listener, or from an aborted one, works", async () => {
  await bench.signIn();
  const results = await bench.run(async ({ outcome }) => {
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

test("linking many tokens at once fetches the keys once", async () => {
  await bench.signIn();
  await bench.open("/");
  const tokens = Array.from({ length: 20 }, (none, n) => idTokenOf(tenant, `github|${n}`));
  await bench.signIn();
  const codes = await bench.run(
    async ({ outcome }, list) =>
      (await Promise.all(list.map((token) => outcome(() => client.linkIdentity(token))))).map(
        ({ error, value }) => error?.status ?? value,
      ),
    tokens,
  );
  assert.equal(codes.length, 20);
  assert.ok(tenant.log.filter(({ url }) => url === "/.well-known/jwks.json").length <= 1);
});
