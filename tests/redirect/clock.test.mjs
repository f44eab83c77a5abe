// The browser's clock: leeway, refusals, and their messages.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ADA, startHarness } from "../harness/index.mjs";
import { now, responseSteps } from "./response-steps.mjs";

const harness = await startHarness({ tenant: { customDomain: true } });
const { tenant } = harness;

const { pending, handleUrl } = responseSteps(harness);

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

  const withClock = (offset, options = {}) =>
    harness.run(
      async ({ createClient, outcome }, given, ms) => {
        const { now } = Date;
        Date.now = () => now() + ms;
        const made = await createClient(given);
        const { searchParams } = new URL(await made.buildAuthorizeUrl());
        return { state: searchParams.get("state"), nonce: searchParams.get("nonce") };
      },
      harness.options(options),
      offset * 1000,
    );

  for (const seconds of [-50, -20, -5, 5, 20, 50]) {
    test(`accepts a clock that is ${seconds} s off`, async () => {
      const one = await withClock(seconds);
      const { value, error } = await handleUrl(harness.forge(one));
      assert.equal(value?.claims.sub, ADA, JSON.stringify(error));
    });
  }

  for (const [hours, code, says] of [
    [-3, "id_token_issued_at", /\b10[78]\d\d seconds/],
    [3, "id_token_issued_at", /\b10[78]\d\d seconds/],
    [30, /^id_token_(expired|issued_at)$/, /\b(72|108)\d\d\d seconds/],
  ]) {
    test(`refuses a clock that is ${hours} h off, and the message says by how much`, async () => {
      const one = await withClock(hours * 3600);
      const { error } = await handleUrl(
        harness.forge({ ...one, idToken: { claims: { exp: now() + 10 * 3600 } } }),
      );
      assert.match(error?.code ?? "", code instanceof RegExp ? code : new RegExp(`^${code}$`));
      assert.match(error.message, says);
      assert.match(error.message, /clock/);
      assert.equal(await harness.run(() => client.isAuthenticated), false);
    });
  }
});
