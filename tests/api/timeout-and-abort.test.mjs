// Timeouts, aborts, broken connections and redirects.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { describe, test } from "node:test";
import { ADA, apiRequests, apiTraffic, idTokenOf, startHarness } from "../harness/index.mjs";
import { TOO_MANY, WRITES, networkSteps, sleep } from "./network-steps.mjs";

const harness = await startHarness();
const { tenant } = harness;

const { call, count } = networkSteps(harness);

describe("timeout", () => {
  test("a late response is refused with timeout when the time is over, not later", async () => {
    await harness.signIn({ timeoutMs: 300 });
    tenant.faults.set("delay", { ms: 3000 });
    const { error, ms } = await call("getUser");
    assert.equal(error?.code, "timeout");
    assert.ok(ms >= 290 && ms < 1500, `${ms} ms`);
    await sleep(700);
    assert.equal(count(), 1);
    // The browser has cancelled the request, so that the tenant could not respond.
    await sleep(2500);
    assert.deepEqual(
      apiRequests(tenant).map(({ status }) => status),
      [null],
    );
  });

  test("a body that stalls is refused with timeout", async () => {
    await harness.signIn({ timeoutMs: 300 });
    tenant.faults.set("stalled-body");
    const { error, ms } = await call("getUser");
    assert.equal(error?.code, "timeout");
    assert.ok(ms < 1500, `${ms} ms`);
  });

  test("a key set that does not arrive is refused in time, and nobody is signed in", async () => {
    await harness.comeBack();
    tenant.faults.set("delay", { ms: 5000 }, { match: { target: "jwks" } });
    const { error } = await harness.handle({ timeoutMs: 300 });
    assert.equal(error?.code, "timeout");
    assert.equal(await harness.run(() => client.isAuthenticated), false);
  });

  test("a response in time is accepted, and no timer remains to disturb it", async () => {
    await harness.signIn({ timeoutMs: 600 });
    tenant.faults.set("delay", { ms: 200 });
    assert.equal((await call("getUser")).value?.user_id, ADA);
    await sleep(700);
    assert.equal((await call("getUser")).value?.user_id, ADA);
  });
});

describe("AbortSignal", () => {
  test("a call with an aborted signal is refused with aborted and sends nothing", async () => {
    await harness.signIn();
    for (const [name, args] of [
      ["getUser"],
      ["getEnrollments"],
      ...WRITES,
      ["linkIdentity", [idTokenOf(tenant, "github|1815")]],
    ]) {
      const { error } = await harness.run(
        ({ outcome }, method, given) =>
          outcome(() => client[method](...given, { signal: AbortSignal.abort() })),
        name,
        args ?? [],
      );
      assert.equal(error?.code, "aborted", name);
    }
    assert.deepEqual(tenant.log, []);
  });

  test("linkIdentity with an aborted signal does not fetch keys", async () => {
    await harness.signIn();
    const token = idTokenOf(tenant, "github|1815", { header: { kid: "unknown" } });
    for (const [signal, code] of [
      ["AbortSignal.abort()", "aborted"],
      ["7", "invalid_argument"],
    ]) {
      const { error } = await harness.run(
        `({ outcome }, token) => outcome(() => client.linkIdentity(token, { signal: ${signal} }))`,
        token,
      );
      assert.equal(error?.code, code);
    }
    assert.deepEqual(tenant.log, []);
  });

  test("an abort during the response is refused with aborted at once, and cancels the request", async () => {
    await harness.signIn();
    tenant.faults.set("delay", { ms: 1500 });
    const { error, ms } = await harness.run(async ({ outcome }) => {
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

  test("an abort during the body is refused with aborted", async () => {
    await harness.signIn();
    tenant.faults.set("stalled-body");
    const { error } = await harness.run(({ outcome }) =>
      outcome(() => client.getUser({ signal: AbortSignal.timeout(200) })),
    );
    assert.equal(error?.code, "aborted");
  });

  test("an abort during the wait before a retry is refused with aborted at once, without another attempt", async () => {
    await harness.signIn({ retries: 5 });
    tenant.faults.set("answer", { status: 429, headers: { "retry-after": "30" }, body: TOO_MANY });
    const { error, ms } = await harness.run(async ({ outcome }) => {
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

  test("an aborted write is not sent again", async () => {
    await harness.signIn();
    tenant.faults.set("delay", { ms: 600 });
    const { error } = await harness.run(({ outcome }) =>
      outcome(() => client.patchUserMetadata({ a: 1 }, { signal: AbortSignal.timeout(150) })),
    );
    assert.equal(error?.code, "aborted");
    await sleep(800);
    assert.equal(count(), 1);
  });

  test("one signal stops many calls and keeps no listener", async () => {
    await harness.signIn();
    tenant.faults.set("delay", { ms: 1500 });
    const codes = await harness.run(async ({ outcome }) => {
      const controller = new AbortController();
      const calls = Array.from({ length: 12 }, () =>
        outcome(() => client.getUser({ signal: controller.signal })),
      );
      setTimeout(() => controller.abort("because"), 200);
      return (await Promise.all(calls)).map(({ error }) => error?.code);
    });
    assert.deepEqual(codes, Array(12).fill("aborted"));
    tenant.faults.clear();
    const kept = await harness.run(async () => {
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

  test("an unused signal changes nothing", async () => {
    await harness.signIn();
    const { value } = await harness.run(({ outcome }) =>
      outcome(() => client.getUser({ signal: new AbortController().signal })),
    );
    assert.equal(value.user_id, ADA);
    assert.equal(
      (await harness.run(({ outcome }) => outcome(() => client.getUser({ signal: undefined }))))
        .value.user_id,
      ADA,
    );
  });
});

describe("no connection", () => {
  test("a dropped connection is refused with network_error after the retries", async () => {
    await harness.signIn();
    tenant.faults.set("dropped-connection");
    const { error } = await call("getUser");
    assert.equal(error?.code, "network_error");
    assert.equal("status" in error, false);
    assert.equal(error.cause, "TypeError: Failed to fetch");
  });

  test("a GET survives one dropped connection", async () => {
    await harness.signIn({ retries: 2 });
    tenant.faults.set("without-cors", {}, { times: 1 });
    assert.equal((await call("getUser")).value?.user_id, ADA);
    assert.equal(count(), 2);
  });

  test("a response that CORS hides is refused with network_error after 1 + retries requests", async () => {
    for (const retries of [0, 1]) {
      await harness.signIn({ retries });
      tenant.faults.set("without-cors");
      assert.equal((await call("getUser")).error?.code, "network_error");
      assert.equal(count(), 1 + retries);
      tenant.faults.clear();
    }
  });

  test("a call offline is refused with network_error, and the client works again once online", async () => {
    await harness.signIn({ retries: 0 });
    const conditions = { download_throughput: -1, upload_throughput: -1, latency: 0 };
    await harness.driver.setNetworkConditions({ offline: true, ...conditions });
    try {
      assert.equal((await call("getUser")).error?.code, "network_error");
      assert.equal((await call("patchUserMetadata", [{ a: 1 }])).error?.code, "network_error");
    } finally {
      await harness.driver.deleteNetworkConditions();
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
        await harness.signIn({ retries: 0 });
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
