// A clock that is hours off from the beginning of a sign-in to its end.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ADA, startHarness } from "../harness/index.mjs";

const harness = await startHarness();

describe("a wrong clock", () => {
  /** Signs in through the tenant's own page. The application's clock is off by `hours` all the time. */
  async function signInWithClock(hours) {
    await harness.open("/");
    const url = await harness.run(
      async ({ createClient }, options, ms) => {
        const { now } = Date;
        Date.now = () => now() + ms;
        return (await createClient(options)).buildAuthorizeUrl({ loginHint: "ada@example.com" });
      },
      harness.options(),
      hours * 3600e3,
    );
    await harness.driver.get(url);
    return harness.run(
      async ({ createClient, outcome }, options, ms) => {
        const { now } = Date;
        Date.now = () => now() + ms;
        const made = await createClient(options);
        return {
          ...(await outcome(() => made.handleRedirectCallback())),
          authenticated: made.isAuthenticated,
          user: await outcome(() => made.getUser()),
          left: made.expiresAt - Date.now(),
        };
      },
      harness.options(),
      hours * 3600e3,
    );
  }

  for (const hours of [-23, -5, 5, 23]) {
    test(`a person whose clock is ${hours} h off signs in through the tenant's own page`, async () => {
      const { value, error, authenticated, user, left } = await signInWithClock(hours);
      assert.equal(value?.claims.sub, ADA, JSON.stringify(error));
      assert.equal(authenticated, true);
      assert.equal(user.value?.user_id, ADA);
      assert.ok(left > 0 && left <= 7200e3 + 65_000, `${left} ms left`);
    });
  }

  for (const hours of [-48, 48]) {
    test(`a clock that is ${hours} h off is refused with id_token_issued_at and a clear message`, async () => {
      const { error, authenticated, user } = await signInWithClock(hours);
      assert.equal(error?.code, "id_token_issued_at", JSON.stringify(error));
      assert.match(error.message, /clock/);
      assert.match(error.message, /\d{4,} seconds/);
      assert.equal(authenticated, false);
      assert.equal(user.error?.code, "login_required");
    });
  }
});
