// The browser's clock: leeway, correction by the tenant's time, refusals, and their messages.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ADA, startHarness } from "../harness/index.mjs";
import { now, responseSteps } from "./response-steps.mjs";

const harness = await startHarness({ tenant: { customDomain: true } });
const { tenant } = harness;

const { pending, handleUrl } = responseSteps(harness);

const HOUR = 3600;

describe("clocks", () => {
  test("refuses tokens that expire while the keys are being fetched", async () => {
    const [one] = await pending(1, { options: { leewaySeconds: 0, timeoutMs: 9000 } });
    tenant.faults.set("delay", { ms: 3000 }, { match: { target: "jwks" } });
    const claims = { exp: now() + 2 };
    const good = { exp: now() + 60 };
    const { error } = await handleUrl(
      harness.forge({ ...one, idToken: { claims }, accessToken: { claims: good } }),
    );
    assert.equal(error?.code, "id_token_expired");
    const [two] = await pending(1, { keep: true });
    await harness.open("/");
    const late = harness.forge({ ...two, accessToken: { claims: { exp: now() + 2 } } });
    const { error: second } = await handleUrl(late, { timeoutMs: 9000 });
    assert.equal(second?.code, "token_expired");
    assert.equal(await harness.run(() => client.isAuthenticated), false);
  });

  /** Begins a sign-in in a page whose clock is ahead by `offset` seconds from now on. */
  const withClock = (offset, options = {}, authorize = {}) =>
    harness.run(
      async ({ createClient }, given, more, ms) => {
        const { now } = Date;
        Date.now = () => now() + ms;
        const made = await createClient(given);
        const { searchParams } = new URL(await made.buildAuthorizeUrl(more));
        return { state: searchParams.get("state"), nonce: searchParams.get("nonce") };
      },
      harness.options(options),
      authorize,
      offset * 1000,
    );

  for (const seconds of [-50, -20, -5, 5, 20, 50]) {
    test(`accepts a clock that is ${seconds} s off`, async () => {
      const one = await withClock(seconds);
      const { value, error } = await handleUrl(harness.forge(one));
      assert.equal(value?.claims.sub, ADA, JSON.stringify(error));
    });
  }

  for (const seconds of [61, HOUR, 12 * HOUR].flatMap((ahead) => [-ahead, ahead])) {
    test(`signs in on a clock that is ${seconds} s off, and the session ends when the tenant says so`, async () => {
      const one = await withClock(seconds, {}, { maxAge: 300 });
      const end = now() + 2 * HOUR;
      const { value, error } = await handleUrl(
        harness.forge({
          ...one,
          idToken: { claims: { auth_time: now() - 5 } },
          accessToken: { claims: { exp: end } },
        }),
      );
      assert.equal(value?.claims.sub, ADA, JSON.stringify(error));
      assert.equal(await harness.run(() => client.isAuthenticated), true);
      assert.equal((await harness.run(() => client.getUser())).user_id, ADA);
      // `expiresAt` is a time of the device's clock, so that it can be compared with Date.now().
      const left = await harness.run(() => client.expiresAt - Date.now());
      assert.ok(Math.abs(left - (end * 1000 - Date.now())) < 65_000, `${left} ms left`);
      assert.ok(left <= end * 1000 - Date.now() + 65_000);
    });
  }

  for (const seconds of [-12 * HOUR, 12 * HOUR]) {
    test(`refuses an expired ID token on a clock that is ${seconds} s off`, async () => {
      const one = await withClock(seconds);
      const claims = { exp: now() - HOUR };
      const { error } = await handleUrl(harness.forge({ ...one, idToken: { claims } }));
      assert.equal(error?.code, "id_token_expired");
    });

    test(`refuses an expired access token on a clock that is ${seconds} s off`, async () => {
      const one = await withClock(seconds);
      const claims = { exp: now() - HOUR };
      const { error } = await handleUrl(harness.forge({ ...one, accessToken: { claims } }));
      assert.equal(error?.code, "token_expired");
    });

    test(`judges maxAge by the tenant's time on a clock that is ${seconds} s off`, async () => {
      const one = await withClock(seconds, {}, { maxAge: 60 });
      const claims = { auth_time: now() - 600 };
      const { error } = await handleUrl(harness.forge({ ...one, idToken: { claims } }));
      assert.deepEqual([error?.code, error?.reason], ["id_token_auth_time", "mismatch"]);
    });
  }

  test("judges maxAge against the start of the sign-in, so that a second factor may take its time", async () => {
    const [one] = await pending(1, { authorize: { maxAge: 60 } });
    const later = now() + 600;
    const times = { iat: later, exp: later + HOUR };
    const { value, error } = await harness.run(
      async ({ outcome }, url) => {
        const { now } = Date;
        Date.now = () => now() + 600_000;
        return outcome(() => client.handleRedirectCallback(url));
      },
      harness.forge({
        ...one,
        idToken: { claims: { ...times, auth_time: now() } },
        accessToken: { claims: times },
      }),
    );
    assert.equal(value?.claims.sub, ADA, JSON.stringify(error));
  });

  for (const hours of [-25, 25, -30, 30]) {
    test(`refuses a clock that is ${hours} h off, and the message says by how much`, async () => {
      const one = await withClock(hours * HOUR);
      const { error } = await handleUrl(
        harness.forge({ ...one, idToken: { claims: { exp: now() + 40 * HOUR } } }),
      );
      assert.equal(error?.code, "id_token_issued_at", JSON.stringify(error));
      const says = Number(/\b(\d+) seconds/.exec(error.message)?.[1]);
      assert.ok(Math.abs(says - Math.abs(hours) * HOUR) < 120, error.message);
      assert.match(error.message, /clock/);
      assert.equal(await harness.run(() => client.isAuthenticated), false);
    });
  }
});
