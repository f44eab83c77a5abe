// Retries of reads, and writes that are sent once.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ADA, GRACE, apiRequests, startHarness } from "../harness/index.mjs";
import { TOO_MANY, WRITES, networkSteps, sleep } from "./network-steps.mjs";

const harness = await startHarness();
const { tenant } = harness;

const { call, count } = networkSteps(harness);

describe("retries of a GET", () => {
  // [title, fault, options of the fault]
  const PASSING = [
    ["429", { status: 429, body: TOO_MANY }],
    ["502", { status: 502, body: "<h1>Bad gateway</h1>" }],
    ["503", { status: 503, body: "" }],
    ["504", { status: 504, body: "{" }],
  ];
  for (const [status, options] of PASSING) {
    test(`${status} is retried until the retries are used up: 1 + retries requests, with backoff`, async () => {
      await harness.signIn({ retries: 2 });
      tenant.faults.set("answer", options);
      const { error, ms } = await call("getUser");
      assert.equal(error?.status, Number(status));
      assert.equal(error.code, status === "429" ? "rate_limited" : "api_error");
      assert.equal(count(), 3);
      const [first, second, third] = apiRequests(tenant).map(({ at }) => at);
      assert.ok(second - first >= 100, `waited ${second - first} ms before the first retry`);
      assert.ok(third - second >= 200, `waited ${third - second} ms before the second retry`);
      assert.ok(ms < 8000, `${ms} ms`);
    });
    test(`a GET succeeds after one ${status}`, async () => {
      await harness.signIn();
      tenant.faults.set("answer", options, { times: 1 });
      assert.equal((await call("getEnrollments")).value?.length, 2);
      assert.equal(count(), 2);
    });
  }

  test("retries: 0 sends one request", async () => {
    await harness.signIn({ retries: 0 });
    for (const [, options] of PASSING) {
      tenant.faults.clear();
      tenant.clearLog();
      tenant.faults.set("answer", options);
      assert.equal((await call("getUser")).error?.status, options.status);
      assert.equal(count(), 1);
    }
  });

  test("retries: 5 sends six requests", async () => {
    await harness.signIn({ retries: 5 });
    tenant.faults.set("answer", { status: 429, headers: { "retry-after": "0" }, body: TOO_MANY });
    assert.equal((await call("getUser")).error?.code, "rate_limited");
    assert.equal(count(), 6);
  });

  test("retries no other status", async () => {
    await harness.signIn();
    // Without 408: Chromium itself repeats the request on a reused connection.
    for (const status of [400, 401, 403, 404, 409, 413, 418, 425, 500, 501, 505]) {
      tenant.faults.clear();
      tenant.clearLog();
      tenant.faults.set("answer", { status, body: { statusCode: status } });
      assert.equal((await call("getUser")).error?.status, status);
      assert.equal(count(), 1, `${status}`);
    }
  });

  test("does not retry after a timeout", async () => {
    await harness.signIn({ timeoutMs: 200 });
    tenant.faults.set("delay", { ms: 800 });
    assert.equal((await call("getUser")).error?.code, "timeout");
    await sleep(1200);
    assert.equal(count(), 1);
  });

  const waits = async (headers, { least, most }) => {
    await harness.signIn();
    tenant.faults.set("answer", { status: 429, headers: headers(), body: TOO_MANY }, { times: 1 });
    assert.equal((await call("getUser")).value?.user_id, ADA);
    const [first, second] = apiRequests(tenant).map(({ at }) => at);
    assert.ok(second - first >= least && second - first <= most, `waited ${second - first} ms`);
  };
  test("waits for Retry-After in seconds", () =>
    waits(() => ({ "retry-after": "2" }), { least: 1990, most: 3000 }));
  test("waits until the date in Retry-After", () =>
    waits(() => ({ "retry-after": new Date(Date.now() + 3000).toUTCString() }), {
      least: 1500,
      most: 4000,
    }));
  test("waits until X-RateLimit-Reset", () =>
    waits(() => ({ "x-ratelimit-reset": String(Math.floor(Date.now() / 1000) + 3) }), {
      least: 1500,
      most: 4000,
    }));
  test("prefers Retry-After to X-RateLimit-Reset", () =>
    waits(
      () => ({
        "retry-after": "1",
        "x-ratelimit-reset": String(Math.floor(Date.now() / 1000) + 20),
      }),
      { least: 990, most: 2500 },
    ));
  test("does not wait for a reset in the past", () =>
    waits(() => ({ "x-ratelimit-reset": String(Math.floor(Date.now() / 1000) - 5) }), {
      least: 0,
      most: 1500,
    }));
  test("uses backoff if CORS hides the headers", async () => {
    await harness.signIn({ retries: 5 });
    tenant.setRateLimit({ limit: 0, windowSeconds: 2, retryAfter: 50, exposed: false });
    setTimeout(() => tenant.setRateLimit({ limit: 1000 }), 1500);
    const { value, ms } = await call("getUser");
    assert.equal(value?.user_id, ADA);
    assert.ok(ms < 10_000, `${ms} ms`);
  });
  test("waits until a real rate limit has passed", async () => {
    await harness.signIn();
    tenant.setRateLimit({ limit: 1, windowSeconds: 1 });
    for (let index = 0; index < 3; index += 1)
      assert.equal((await call("getUser")).value?.user_id, ADA);
  });

  test("refuses instead of waiting for an hour", async () => {
    await harness.signIn();
    tenant.faults.set("answer", {
      status: 429,
      headers: { "retry-after": "3600" },
      body: TOO_MANY,
    });
    const { error, ms } = await call("getUser");
    assert.equal(error?.code, "rate_limited");
    assert.equal(error.retryAfterMs, 3_600_000);
    assert.ok(ms < 5000);
  });

  test("backoff has jitter, so that many clients do not return at one moment", async () => {
    await harness.signIn({ retries: 1 });
    tenant.faults.set("answer", { status: 503 }, { times: 12 });
    await harness.run(async ({ outcome }) => {
      await Promise.all(Array.from({ length: 6 }, () => outcome(() => client.getUser())));
      return null;
    });
    const again = apiRequests(tenant)
      .slice(6)
      .map(({ at }) => at);
    assert.ok(new Set(again).size > 1, again.join());
  });

  /** The outcome of a call that has to wait a second before it retries. Runs `what` in the page meanwhile. */
  const whileItWaits = async (what, ...args) => {
    tenant.faults.set("answer", { status: 429, headers: { "retry-after": "1" }, body: TOO_MANY });
    const started = harness.run(({ outcome }) => {
      globalThis.waiting = outcome(() => client.getUser());
      return null;
    });
    await started;
    await harness.run(what, ...args);
    const ended = await harness.run(() => waiting);
    await sleep(300);
    assert.equal(count(), 1, "nothing was sent again");
    return ended;
  };

  test("the session's end during a wait stops the retries", async () => {
    tenant.setAccessTokenLifetime(3);
    await harness.signIn({ retries: 2 });
    await harness.run(({ sleep }) => sleep(client.expiresAt - Date.now() - 600));
    const { error } = await whileItWaits(() => null);
    assert.equal(error?.code, "token_expired");
  });

  test("a logout during a wait stops the retries", async () => {
    await harness.signIn({ retries: 2 });
    const { error } = await whileItWaits(() => client.logout({ localOnly: true }));
    assert.equal(error?.code, "aborted");
  });

  test("another user's sign-in during a wait stops the retries", async () => {
    await harness.signIn({ retries: 2 });
    const begun = new URL(await harness.run(() => client.buildAuthorizeUrl())).searchParams;
    const [state, nonce] = [begun.get("state"), begun.get("nonce")];
    const handle = async (pageHelpers, url) => void (await client.handleRedirectCallback(url));
    const { error } = await whileItWaits(handle, harness.forge({ state, nonce, sub: GRACE }));
    assert.deepEqual([error?.code, error?.reason], ["id_token_subject", "mismatch"]);
  });

  test("a renewal during a wait does not stop the retries, and the next attempt has its token", async () => {
    tenant.setAccessTokenLifetime(3);
    await harness.signIn({ retries: 2 });
    tenant.setAccessTokenLifetime(3600);
    tenant.faults.set(
      "answer",
      { status: 429, headers: { "retry-after": "3" }, body: TOO_MANY },
      { times: 1 },
    );
    const { value, error } = await harness.run(async ({ outcome }) => {
      const waiting = outcome(() => client.getUser());
      await client.checkSession();
      return waiting;
    });
    assert.equal(value?.user_id, ADA, JSON.stringify(error));
    const [first, second] = apiRequests(tenant).map(({ headers }) => headers.authorization);
    assert.notEqual(first, second);
  });
});

describe("writes", () => {
  const FAULTS = [
    [
      "429",
      "answer",
      { status: 429, headers: { "retry-after": "0" }, body: TOO_MANY },
      "rate_limited",
    ],
    [
      "429 after the effect",
      "answer",
      { status: 429, headers: { "retry-after": "0" }, body: TOO_MANY, afterEffect: true },
      "rate_limited",
    ],
    ["502", "html-answer", { status: 502 }, "api_error"],
    ["503", "answer", { status: 503 }, "api_error"],
    ["504 after the effect", "answer", { status: 504, afterEffect: true }, "api_error"],
    ["an answer that CORS hides", "without-cors", {}, "network_error"],
  ];
  for (const [what, fault, options, code] of FAULTS) {
    test(`${what}: each write is sent once and refused with ${code}`, async () => {
      await harness.signIn({ retries: 5 });
      for (const [name, args = []] of WRITES) {
        tenant.faults.clear();
        tenant.clearLog();
        tenant.faults.set(fault, options);
        assert.equal((await call(name, args)).error?.code, code, name);
        assert.equal(count(), 1, name);
      }
      await sleep(1500);
      assert.equal(count(), 1);
    });
  }

  test("a dropped connection is refused with network_error, after one fetch for each write", async () => {
    await harness.signIn({ retries: 5 });
    tenant.faults.set("dropped-connection", { afterEffect: true });
    for (const [name, args = []] of WRITES) {
      tenant.clearLog();
      tenant.hangUp();
      const { error, fetches } = await harness.run(
        async ({ outcome, sleep }, method, given) => {
          const { fetch } = globalThis;
          let fetches = 0;
          globalThis.fetch = (...args) => ((fetches += 1), fetch(...args));
          const result = await outcome(() => client[method](...given));
          await sleep(50);
          globalThis.fetch = fetch;
          return { ...result, fetches };
        },
        name,
        args,
      );
      assert.equal(error?.code, "network_error", name);
      assert.equal(fetches, 1, name);
      // Chromium itself repeats a request without a response on a reused connection, and no page can prevent that. The
      // preflight has opened such a connection. Chromium does not repeat the request on the new one again.
      assert.ok(count() <= 2, `${name}: ${count()}`);
    }
  });

  test("a write that times out is sent once", async () => {
    await harness.signIn({ retries: 5, timeoutMs: 200 });
    tenant.faults.set("delay", { ms: 600 });
    for (const [name, args = []] of WRITES) {
      tenant.clearLog();
      assert.equal((await call(name, args)).error?.code, "timeout", name);
      await sleep(150);
      assert.equal(count(), 1, name);
    }
  });
});
