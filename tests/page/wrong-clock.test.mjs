// A clock that is hours off from the beginning of a sign-in to its end.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { startHarness } from "../harness/index.mjs";

const harness = await startHarness();

describe("a wrong clock", () => {
  for (const [hours, code] of [
    [-5, "id_token_issued_at"],
    [5, "id_token_issued_at"],
    [48, "id_token_expired"],
  ]) {
    test(`a clock that is ${hours} h off is refused with ${code} and a clear message, through the tenant's own page`, async () => {
      // The page's clock is wrong during the whole sign-in.
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
      const { error, authenticated } = await harness.run(
        async ({ createClient, outcome }, options, ms) => {
          const { now } = Date;
          Date.now = () => now() + ms;
          const made = await createClient(options);
          return {
            ...(await outcome(() => made.handleRedirectCallback())),
            authenticated: made.isAuthenticated,
          };
        },
        harness.options(),
        hours * 3600e3,
      );
      assert.equal(error?.code, code, JSON.stringify(error));
      assert.match(error.message, /clock/);
      assert.match(error.message, /\d{4,} seconds/);
      assert.equal(authenticated, false);
    });
  }
});
