// The way there and back: time, aborts, broken connections, redirects, retries, and answers that are no answers.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, beforeEach, describe, test } from "node:test";

import { ADA, GRACE, apiRequests, apiTraffic, idTokenOf, openBench } from "../harness/bench.mjs";

let bench;
let tenant;
before(async () => {
  bench = await openBench();
  ({ tenant } = bench);
});
after(() => bench?.close());
beforeEach(() => bench.reset());

/** `{ value } or { error }`, and how long it took. */
const call = (name, args = []) =>
  bench.run(
    async ({ outcome }, method, given) => {
      const began = performance.now();
      const result = await outcome(() => client[method](...given));
      return { ...result, ms: performance.now() - began };
    },
    name,
    args,
  );
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const count = () => apiRequests(tenant).length;
const TOO_MANY = {
  statusCode: 429,
  error: "Too Many Requests",
  message: "x",
  errorCode: "too_many_requests",
};

// Every write there is; none may ever be sent twice.
const WRITES = [
  ["patchUserMetadata", [{ theme: "light" }]],
  ["clearUserMetadata"],
  ["unlinkIdentity", ["github", "1815"]],
  ["deleteMultifactor", ["duo"]],
  [
    "createDeviceCredential",
    [{ device_name: "Laptop", type: "public_key", value: "cHVi", device_id: "1" }],
  ],
  ["deleteDeviceCredential", ["dcr_0000000000000001"]],
];

describe("timeout", () => {
  test("an answer that comes too late is `timeout`, at the time allowed, and is not waited for", async () => {
    await bench.signIn({ timeoutMs: 300 });
    tenant.faults.set("delay", { ms: 3000 });
    const { error, ms } = await call("getUser");
    assert.equal(error?.code, "timeout");
    assert.ok(ms >= 290 && ms < 1500, `${ms} ms`);
    await sleep(700);
    assert.equal(count(), 1);
    // The browser gave the request up: the tenant had nobody to answer.
    await sleep(2500);
    assert.deepEqual(
      apiRequests(tenant).map(({ status }) => status),
      [null],
    );
  });

  test("a body that stalls is `timeout`, too", async () => {
    await bench.signIn({ timeoutMs: 300 });
    tenant.faults.set("stalled-body");
    const { error, ms } = await call("getUser");
    assert.equal(error?.code, "timeout");
    assert.ok(ms < 1500, `${ms} ms`);
  });

  test("a key set that does not come is a refusal in time, and nobody is signed in", async () => {
    await bench.comeBack();
    tenant.faults.set("delay", { ms: 5000 }, { match: { target: "jwks" } });
    const { error } = await bench.handle({ timeoutMs: 300 });
    assert.equal(error?.code, "timeout");
    assert.equal(await bench.run(() => client.isAuthenticated), false);
  });

  test("an answer in time is one, and no timer is left to spoil it", async () => {
    await bench.signIn({ timeoutMs: 600 });
    tenant.faults.set("delay", { ms: 200 });
    assert.equal((await call("getUser")).value?.user_id, ADA);
    await sleep(700);
    assert.equal((await call("getUser")).value?.user_id, ADA);
  });
});

describe("AbortSignal", () => {
  test("aborted before: `aborted`, and nothing is sent", async () => {
    await bench.signIn();
    for (const [name, args] of [
      ["getUser"],
      ["getEnrollments"],
      ...WRITES,
      ["linkIdentity", [idTokenOf(tenant, "github|1815")]],
    ]) {
      const { error } = await bench.run(
        ({ outcome }, method, given) =>
          outcome(() => client[method](...given, { signal: AbortSignal.abort() })),
        name,
        args ?? [],
      );
      assert.equal(error?.code, "aborted", name);
    }
    assert.deepEqual(tenant.log, []);
  });

  test("linkIdentity, aborted before its keys are known, does not ask for them", async () => {
    await bench.signIn();
    const token = idTokenOf(tenant, "github|1815", { header: { kid: "unknown" } });
    for (const [signal, code] of [
      ["AbortSignal.abort()", "aborted"],
      ["7", "invalid_argument"],
    ]) {
      const { error } = await bench.run(
        `({ outcome }, token) => outcome(() => client.linkIdentity(token, { signal: ${signal} }))`,
        token,
      );
      assert.equal(error?.code, code);
    }
    assert.deepEqual(tenant.log, []);
  });

  test("aborted while the answer is under way: `aborted` at once, the request given up", async () => {
    await bench.signIn();
    tenant.faults.set("delay", { ms: 1500 });
    const { error, ms } = await bench.run(async ({ outcome }) => {
      const controller = new AbortController();
      const began = performance.now();
      const calling = outcome(() => client.getUser({ signal: controller.signal }));
      setTimeout(() => controller.abort(), 150);
      return { ...(await calling), ms: performance.now() - began };
    });
    assert.equal(error?.code, "aborted");
    assert.ok(ms < 1000, `${ms} ms`);
    await sleep(2000);
    assert.deepEqual(
      apiRequests(tenant).map(({ status }) => status),
      [null],
    );
  });

  test("aborted while the body comes", async () => {
    await bench.signIn();
    tenant.faults.set("stalled-body");
    const { error } = await bench.run(({ outcome }) =>
      outcome(() => client.getUser({ signal: AbortSignal.timeout(200) })),
    );
    assert.equal(error?.code, "aborted");
  });

  test("aborted while waiting to try again: `aborted` at once, and no other attempt", async () => {
    await bench.signIn({ retries: 5 });
    tenant.faults.set("answer", { status: 429, headers: { "retry-after": "30" }, body: TOO_MANY });
    const { error, ms } = await bench.run(async ({ outcome }) => {
      const began = performance.now();
      return {
        ...(await outcome(() => client.getUser({ signal: AbortSignal.timeout(400) }))),
        ms: performance.now() - began,
      };
    });
    assert.equal(error?.code, "aborted");
    assert.ok(ms < 2000, `${ms} ms`);
    await sleep(300);
    assert.equal(count(), 1);
  });

  test("a write that was aborted is not sent again", async () => {
    await bench.signIn();
    tenant.faults.set("delay", { ms: 600 });
    const { error } = await bench.run(({ outcome }) =>
      outcome(() => client.patchUserMetadata({ a: 1 }, { signal: AbortSignal.timeout(150) })),
    );
    assert.equal(error?.code, "aborted");
    await sleep(800);
    assert.equal(count(), 1);
  });

  test("one signal for many calls stops them all, and leaves no listener behind", async () => {
    await bench.signIn();
    tenant.faults.set("delay", { ms: 1500 });
    const codes = await bench.run(async ({ outcome }) => {
      const controller = new AbortController();
      const calls = Array.from({ length: 12 }, () =>
        outcome(() => client.getUser({ signal: controller.signal })),
      );
      setTimeout(() => controller.abort("because"), 200);
      return (await Promise.all(calls)).map(({ error }) => error?.code);
    });
    assert.deepEqual(codes, Array(12).fill("aborted"));
    tenant.faults.clear();
    const kept = await bench.run(async () => {
      const { signal } = new AbortController();
      let listeners = 0;
      const { addEventListener, removeEventListener } = signal;
      signal.addEventListener = (...args) => (
        (listeners += 1),
        addEventListener.apply(signal, args)
      );
      signal.removeEventListener = (...args) => (
        (listeners -= 1),
        removeEventListener.apply(signal, args)
      );
      await client.getUser({ signal });
      return listeners;
    });
    assert.equal(kept, 0);
  });

  test("a signal that is never used changes nothing", async () => {
    await bench.signIn();
    const { value } = await bench.run(({ outcome }) =>
      outcome(() => client.getUser({ signal: new AbortController().signal })),
    );
    assert.equal(value.user_id, ADA);
    assert.equal(
      (await bench.run(({ outcome }) => outcome(() => client.getUser({ signal: undefined })))).value
        .user_id,
      ADA,
    );
  });
});

describe("no connection", () => {
  test("a connection that is dropped is `network_error` after the retries", async () => {
    await bench.signIn();
    tenant.faults.set("dropped-connection");
    const { error } = await call("getUser");
    assert.equal(error?.code, "network_error");
    assert.equal("status" in error, false);
    assert.equal(error.cause, undefined);
  });

  test("a connection that is dropped once is no matter to a GET", async () => {
    await bench.signIn({ retries: 2 });
    tenant.faults.set("without-cors", {}, { times: 1 });
    assert.equal((await call("getUser")).value?.user_id, ADA);
    assert.equal(count(), 2);
  });

  test("an answer that CORS hides is `network_error`, asked for 1 + retries times", async () => {
    for (const retries of [0, 1]) {
      await bench.signIn({ retries });
      tenant.faults.set("without-cors");
      assert.equal((await call("getUser")).error?.code, "network_error");
      assert.equal(count(), 1 + retries);
      tenant.faults.clear();
    }
  });

  test("offline is `network_error`, and the client works once there is a connection again", async () => {
    await bench.signIn({ retries: 0 });
    const conditions = { download_throughput: -1, upload_throughput: -1, latency: 0 };
    await bench.driver.setNetworkConditions({ offline: true, ...conditions });
    try {
      assert.equal((await call("getUser")).error?.code, "network_error");
      assert.equal((await call("patchUserMetadata", [{ a: 1 }])).error?.code, "network_error");
    } finally {
      await bench.driver.deleteNetworkConditions();
    }
    assert.equal((await call("getUser")).value?.user_id, ADA);
  });
});

describe("redirects", () => {
  for (const status of [301, 302, 303, 307, 308]) {
    test(`${status} to another place is refused, and the token does not go there`, async () => {
      const heard = [];
      const elsewhere = createServer((request, response) => {
        heard.push([request.method, request.url, request.headers.authorization]);
        response.writeHead(200, {
          "access-control-allow-origin": "*",
          "access-control-allow-headers": "*",
          "content-type": "application/json",
        });
        response.end(JSON.stringify({ user_id: "somebody else" }));
      });
      await new Promise((resolve) => elsewhere.listen(0, "127.0.0.1", resolve));
      try {
        await bench.signIn({ retries: 0 });
        for (const location of [
          `http://127.0.0.1:${elsewhere.address().port}/taken`,
          "/api/v2/users/elsewhere",
        ]) {
          tenant.clearLog();
          tenant.faults.clear();
          tenant.faults.set(
            "redirect",
            { status, location },
            { match: { path: "^/api/v2/users/auth0" } },
          );
          for (const [name, args] of [["getUser"], ["patchUserMetadata", [{ a: 1 }]]]) {
            const { error } = await call(name, args);
            assert.equal(error?.code, "network_error", JSON.stringify(error));
          }
          assert.deepEqual(
            apiTraffic(tenant).filter(({ url }) => url.includes("elsewhere")),
            [],
          );
        }
        assert.deepEqual(heard, []);
      } finally {
        elsewhere.closeAllConnections();
        elsewhere.close();
      }
    });
  }
});

describe("retries of a GET", () => {
  // [what, fault, its options]
  const PASSING = [
    ["429", { status: 429, body: TOO_MANY }],
    ["502", { status: 502, body: "<h1>Bad gateway</h1>" }],
    ["503", { status: 503, body: "" }],
    ["504", { status: 504, body: "{" }],
  ];
  for (const [status, options] of PASSING) {
    test(`${status} until the retries are used up: 1 + retries requests, backing off`, async () => {
      await bench.signIn({ retries: 2 });
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
    test(`${status} once, and then an answer`, async () => {
      await bench.signIn();
      tenant.faults.set("answer", options, { times: 1 });
      assert.equal((await call("getEnrollments")).value?.length, 2);
      assert.equal(count(), 2);
    });
  }

  test("retries: 0 asks once", async () => {
    await bench.signIn({ retries: 0 });
    for (const [, options] of PASSING) {
      tenant.faults.clear();
      tenant.clearLog();
      tenant.faults.set("answer", options);
      assert.equal((await call("getUser")).error?.status, options.status);
      assert.equal(count(), 1);
    }
  });

  test("retries: 5 asks six times", async () => {
    await bench.signIn({ retries: 5 });
    tenant.faults.set("answer", { status: 429, headers: { "retry-after": "0" }, body: TOO_MANY });
    assert.equal((await call("getUser")).error?.code, "rate_limited");
    assert.equal(count(), 6);
  });

  test("no other status is asked for again", async () => {
    await bench.signIn();
    // 408 is left out: on a connection that has served before, Chromium itself asks again.
    for (const status of [400, 401, 403, 404, 409, 413, 418, 425, 500, 501, 505]) {
      tenant.faults.clear();
      tenant.clearLog();
      tenant.faults.set("answer", { status, body: { statusCode: status } });
      assert.equal((await call("getUser")).error?.status, status);
      assert.equal(count(), 1, `${status}`);
    }
  });

  test("a timeout is not asked for again", async () => {
    await bench.signIn({ timeoutMs: 200 });
    tenant.faults.set("delay", { ms: 800 });
    assert.equal((await call("getUser")).error?.code, "timeout");
    await sleep(1200);
    assert.equal(count(), 1);
  });

  const waits = async (headers, { least, most }) => {
    await bench.signIn();
    tenant.faults.set("answer", { status: 429, headers: headers(), body: TOO_MANY }, { times: 1 });
    assert.equal((await call("getUser")).value?.user_id, ADA);
    const [first, second] = apiRequests(tenant).map(({ at }) => at);
    assert.ok(second - first >= least && second - first <= most, `waited ${second - first} ms`);
  };
  test("Retry-After in seconds is waited for", () =>
    waits(() => ({ "retry-after": "2" }), { least: 1990, most: 3000 }));
  test("Retry-After as a date is waited for", () =>
    waits(() => ({ "retry-after": new Date(Date.now() + 3000).toUTCString() }), {
      least: 1500,
      most: 4000,
    }));
  test("X-RateLimit-Reset is waited for", () =>
    waits(() => ({ "x-ratelimit-reset": String(Math.floor(Date.now() / 1000) + 3) }), {
      least: 1500,
      most: 4000,
    }));
  test("Retry-After comes before X-RateLimit-Reset", () =>
    waits(
      () => ({
        "retry-after": "1",
        "x-ratelimit-reset": String(Math.floor(Date.now() / 1000) + 20),
      }),
      { least: 990, most: 2500 },
    ));
  test("a reset that is past is no wait", () =>
    waits(() => ({ "x-ratelimit-reset": String(Math.floor(Date.now() / 1000) - 5) }), {
      least: 0,
      most: 1500,
    }));
  test("headers that CORS hides: backoff", async () => {
    await bench.signIn({ retries: 5 });
    tenant.setRateLimit({ limit: 0, windowSeconds: 2, retryAfter: 50, exposed: false });
    setTimeout(() => tenant.setRateLimit({ limit: 1000 }), 1500);
    const { value, ms } = await call("getUser");
    assert.equal(value?.user_id, ADA);
    assert.ok(ms < 10_000, `${ms} ms`);
  });
  test("a real rate limit is waited out", async () => {
    await bench.signIn();
    tenant.setRateLimit({ limit: 1, windowSeconds: 1 });
    for (let index = 0; index < 3; index += 1)
      assert.equal((await call("getUser")).value?.user_id, ADA);
  });

  test("a wait of an hour is told instead of waited", async () => {
    await bench.signIn();
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

  test("backoff has jitter: many clients do not come back at one moment", async () => {
    await bench.signIn({ retries: 1 });
    tenant.faults.set("answer", { status: 503 }, { times: 12 });
    await bench.run(async ({ outcome }) => {
      await Promise.all(Array.from({ length: 6 }, () => outcome(() => client.getUser())));
      return null;
    });
    const again = apiRequests(tenant)
      .slice(6)
      .map(({ at }) => at);
    assert.ok(new Set(again).size > 1, again.join());
  });

  /** A call that is told to wait a second, while something happens; what comes of it. */
  const whileItWaits = async (what, ...args) => {
    tenant.faults.set("answer", { status: 429, headers: { "retry-after": "1" }, body: TOO_MANY });
    const started = bench.run(({ outcome }) => {
      globalThis.waiting = outcome(() => client.getUser());
      return null;
    });
    await started;
    await bench.run(what, ...args);
    const ended = await bench.run(() => waiting);
    await sleep(300);
    assert.equal(count(), 1, "nothing was sent again");
    return ended;
  };

  test("the session's end during a wait stops the retries", async () => {
    tenant.setAccessTokenLifetime(3);
    await bench.signIn({ retries: 2 });
    await bench.run(({ sleep }) => sleep(client.expiresAt - Date.now() - 600));
    const { error } = await whileItWaits(() => null);
    assert.equal(error?.code, "token_expired");
  });

  test("a logout during a wait stops the retries", async () => {
    await bench.signIn({ retries: 2 });
    const { error } = await whileItWaits(() => client.logout({ localOnly: true }));
    assert.equal(error?.code, "aborted");
  });

  test("another user's sign-in during a wait stops the retries", async () => {
    await bench.signIn({ retries: 2 });
    const begun = new URL(await bench.run(() => client.buildAuthorizeUrl())).searchParams;
    const [state, nonce] = [begun.get("state"), begun.get("nonce")];
    const handle = async (kit, url) => void (await client.handleRedirectCallback(url));
    const { error } = await whileItWaits(handle, bench.forge({ state, nonce, sub: GRACE }));
    assert.deepEqual([error?.code, error?.reason], ["id_token_subject", "mismatch"]);
  });

  test("a renewal during a wait does not, and the next attempt has its token", async () => {
    tenant.setAccessTokenLifetime(3);
    await bench.signIn({ retries: 2 });
    tenant.setAccessTokenLifetime(3600);
    tenant.faults.set(
      "answer",
      { status: 429, headers: { "retry-after": "3" }, body: TOO_MANY },
      { times: 1 },
    );
    const { value, error } = await bench.run(async ({ outcome }) => {
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
    test(`${what}: each is sent once, and refused with ${code}`, async () => {
      await bench.signIn({ retries: 5 });
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

  test("a dropped connection: `network_error`, and one fetch for each", async () => {
    await bench.signIn({ retries: 5 });
    tenant.faults.set("dropped-connection", { afterEffect: true });
    for (const [name, args = []] of WRITES) {
      tenant.clearLog();
      tenant.hangUp();
      const { error, fetches } = await bench.run(
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
      // On a connection that has served before, Chromium itself repeats what got no answer; no page can prevent that. Here
      // the preflight has opened one, and what is repeated on a new one is not repeated again.
      assert.ok(count() <= 2, `${name}: ${count()}`);
    }
  });

  test("a timeout: sent once", async () => {
    await bench.signIn({ retries: 5, timeoutMs: 200 });
    tenant.faults.set("delay", { ms: 600 });
    for (const [name, args = []] of WRITES) {
      tenant.clearLog();
      assert.equal((await call(name, args)).error?.code, "timeout", name);
      await sleep(150);
      assert.equal(count(), 1, name);
    }
  });
});

describe("answers that are none", () => {
  const BROKEN = [
    ["JSON that breaks off", "broken-json", { status: 200 }],
    ["HTML", "html-answer", { status: 200 }],
    ["nothing", "empty-answer", { status: 200 }],
    ["204", "answer", { status: 204 }],
    ["null", "answer", { status: 200, body: "null" }],
    ["a number", "answer", { status: 200, body: "42" }],
    ["text in JSON", "answer", { status: 200, body: '"auth0|x"' }],
    ["white space", "answer", { status: 200, body: "  \n" }],
    ["two values", "answer", { status: 200, body: "{} {}" }],
    [
      "JSON of two megabytes without an end",
      "answer",
      { status: 200, body: `{"a":"${"x".repeat(2 << 20)}` },
    ],
    ["a thousand levels of arrays", "answer", { status: 200, body: "[".repeat(100_000) }],
  ];
  const READING = [
    ["getUser"],
    ["getEnrollments"],
    ["patchUserMetadata", [{ a: 1 }]],
    ["unlinkIdentity", ["github", "1815"]],
    ["createDeviceCredential", WRITES[4][1]],
  ];
  for (const [what, fault, options] of BROKEN) {
    test(`${what} is api_error with the status, once, and the client lives on`, async () => {
      await bench.signIn();
      for (const [name, args] of READING) {
        tenant.faults.clear();
        tenant.clearLog();
        tenant.faults.set(fault, options);
        const { error } = await call(name, args);
        assert.equal(error?.code, "api_error", `${name}: ${JSON.stringify(error)}`);
        assert.equal(error.status, options.status);
        assert.equal(count(), 1, name);
      }
      tenant.faults.clear();
      assert.equal((await call("getUser")).value?.user_id, ADA);
    });
  }

  test("an array where an object belongs, an object where an array belongs, a credential without an id: api_error", async () => {
    await bench.signIn();
    for (const [name, args, body] of [
      ["getUser", [], "[]"],
      ["patchUserMetadata", [{ a: 1 }], "[]"],
      ["getEnrollments", [], "{}"],
      ["unlinkIdentity", ["github", "1"], '{"0":{}}'],
      ["createDeviceCredential", WRITES[4][1], "{}"],
      ["createDeviceCredential", WRITES[4][1], '{"id":7}'],
    ]) {
      tenant.faults.clear();
      tenant.faults.set("answer", { status: 200, body });
      assert.equal((await call(name, args)).error?.code, "api_error", `${name} ${body}`);
    }
  });

  test("what answers with nothing takes nothing, and anything", async () => {
    await bench.signIn();
    for (const body of ["", "{}", "null", "<p>done</p>", '{"broken":']) {
      tenant.faults.clear();
      tenant.faults.set("answer", { status: body ? 200 : 204, body });
      const values = await bench.run(async () => [
        (await client.deleteDeviceCredential("dcr_1")) === undefined,
        (await client.deleteMultifactor("duo")) === undefined,
      ]);
      assert.deepEqual(values, [true, true], body);
    }
  });

  test("unknown fields pass through, `__proto__` stays data, and no prototype is touched", async () => {
    await bench.signIn();
    const body =
      '{"user_id":"auth0|x","__proto__":{"isAdmin":true},"constructor":{"prototype":{"isAdmin":true}},"toString":1,"new_field":[{"__proto__":[]}],"identities":[{"user_id":7,"__proto__":null}]}';
    tenant.faults.set("answer", { status: 200, body });
    const seen = await bench.run(async () => {
      const user = await client.getUser();
      return {
        text: JSON.stringify(user),
        own: Object.hasOwn(user, "__proto__"),
        isAdmin: user.isAdmin ?? null,
        polluted: {}.isAdmin ?? null,
        prototype: Object.getPrototypeOf(user) === Object.prototype,
      };
    });
    assert.deepEqual(seen, {
      text: body,
      own: true,
      isAdmin: null,
      polluted: null,
      prototype: true,
    });
  });

  test("a profile of 1 MB, of any characters, arrives whole, many times over", async () => {
    await bench.signIn();
    const profile = {
      user_id: ADA,
      user_metadata: Object.fromEntries(
        Array.from({ length: 4000 }, (none, index) => [
          `key ${index} é漢🙂`,
          `${"x".repeat(230)} \u2028\\"${index}`,
        ]),
      ),
    };
    const body = JSON.stringify(profile);
    assert.ok(body.length > 1_000_000);
    tenant.faults.set("answer", { status: 200, body });
    const same = await bench.run(async (kit) => {
      const texts = [];
      for (let index = 0; index < 20; index += 1)
        texts.push(JSON.stringify(await client.getUser()));
      return [new Set(texts).size, texts[0]];
    });
    assert.equal(same[0], 1);
    assert.equal(same[1], body);
  });

  test("a value that is handed out belongs to the caller", async () => {
    await bench.signIn();
    const names = await bench.run(async () => {
      const first = await client.getUser();
      first.name = "Mallory";
      first.identities.length = 0;
      const second = await client.getUser();
      return [second.name, second.identities.length];
    });
    assert.deepEqual(names, ["Ada Lovelace", 2]);
  });
});
