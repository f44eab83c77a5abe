// Reloads and tabs during a sign-in by redirect.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ADA, GRACE, startHarness } from "../harness/index.mjs";
import { APP_STATE, responseSteps } from "./response-steps.mjs";

const harness = await startHarness({ tenant: { customDomain: true } });

const { pending, handleUrl } = responseSteps(harness);

describe("tabs and reloads", () => {
  const inNewTab = async (action) => {
    const [first] = await harness.driver.getAllWindowHandles();
    await harness.driver.switchTo().newWindow("tab");
    try {
      await harness.open("/");
      return await action();
    } finally {
      await harness.driver.close();
      await harness.driver.switchTo().window(first);
    }
  };

  test("a reload during a sign-in does not disturb it", async () => {
    const [one] = await pending(1);
    await harness.driver.navigate().refresh();
    await harness.open("/elsewhere");
    assert.equal((await handleUrl(harness.forge(one), {})).value?.claims.sub, ADA);
  });

  test("a reload ends the session and leaves nothing of it in storage", async () => {
    await harness.signIn();
    await harness.driver.navigate().refresh();
    assert.equal(
      await harness.run(
        async ({ createClient }, options) => (await createClient(options)).isAuthenticated,
        harness.options(),
      ),
      false,
    );
    const stored = await harness.run(() =>
      JSON.stringify([{ ...sessionStorage }, { ...localStorage }]),
    );
    assert.doesNotMatch(stored, /eyJ|auth0\|/);
  });

  test("two tabs sign in at the same time, each with its own storage", async () => {
    const [one] = await pending(1);
    await inNewTab(async () => {
      const [two] = await pending(1);
      assert.equal(
        (await handleUrl(harness.forge({ ...two, sub: GRACE }))).value?.claims.sub,
        GRACE,
      );
      const { error } = await handleUrl(harness.forge(one), {});
      assert.deepEqual([error?.code, error?.reason], ["state_mismatch", "unknown"]);
    });
    assert.equal((await handleUrl(harness.forge(one))).value?.claims.sub, ADA);
  });

  test('transactionStore "local" accepts the response in another tab, once', async () => {
    const options = { transactionStore: "local" };
    const [one, two] = await pending(2, { options, authorize: { appState: APP_STATE } });
    await inNewTab(async () => {
      const { value } = await handleUrl(harness.forge(one), options);
      assert.equal(value?.claims.sub, ADA);
      assert.deepEqual(value.appState, APP_STATE);
    });
    const { error } = await handleUrl(harness.forge(one));
    assert.deepEqual([error?.code, error?.reason], ["state_mismatch", "used"]);
    assert.equal((await handleUrl(harness.forge(two))).value?.claims.sub, ADA);
    assert.equal(await harness.run(() => sessionStorage.length), 0);
  });
});
