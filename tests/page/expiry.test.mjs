// The end of an access token's life, which the client notices at that moment, without any event.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { ADA, startHarness, refusal, success } from "../harness/index.mjs";

const harness = await startHarness({ watched: true });
const { tenant, driver } = harness;

const HOUR_MS = 3_600_000;
const until = (time) => new Promise((resolve) => setTimeout(resolve, time - Date.now()));
const timers = () => driver.executeScript(() => watched.leftovers().timers);
const shiftClock = (ms) =>
  driver.executeScript((shift) => {
    const now = Date.now.bind(Date);
    Date.now = () => now() + shift;
  }, ms);

/** Asserts that every member of the client reports the end, and that calls send nothing. */
async function isOver() {
  const { isAuthenticated, can } = await harness.session();
  assert.deepEqual({ isAuthenticated, can }, { isAuthenticated: false, can: false });
  tenant.clearLog();
  for (const call of [
    (client) => client.getUser(),
    (client) => client.getEnrollments(),
    (client) => client.patchUserMetadata({ theme: "light" }),
    (client) => client.clearUserMetadata(),
    (client) => client.linkIdentity("a.b.c"),
    (client) => client.unlinkIdentity("github", "1815"),
    (client) => client.deleteMultifactor("guardian"),
    (client) => client.deleteDeviceCredential("dcr_1"),
  ]) {
    assert.equal(refusal(await harness.attempt(call)).code, "token_expired");
  }
  assert.deepEqual(tenant.log, []);
}

suite("expiresAt", () => {
  test("is the end of the token, which equals expires_in", async () => {
    tenant.setAccessTokenLifetime(600);
    const before = Date.now();
    const { expiresAt } = await harness.signInByPopup();
    assert.ok(Math.abs(expiresAt - before - 600_000) < 5000);
  });

  test("is expires_in if that is earlier", async () => {
    tenant.faults.set("tokens", { response: { set: { expires_in: "90" } }, applies: "tokens" });
    const before = Date.now();
    const { expiresAt } = await harness.signInByPopup();
    assert.ok(Math.abs(expiresAt - before - 90_000) < 5000);
  });

  test("is the token's exp if that is earlier", async () => {
    tenant.setAccessTokenLifetime(120);
    tenant.faults.set("tokens", { response: { set: { expires_in: "86400" } }, applies: "tokens" });
    const before = Date.now();
    const { expiresAt } = await harness.signInByPopup();
    assert.ok(Math.abs(expiresAt - before - 120_000) < 5000);
    assert.equal(expiresAt % 1000, 0);
  });

  for (const [what, response] of [
    ["missing", { drop: ["expires_in"] }],
    ["not a number", { set: { expires_in: "soon" } }],
    ["negative", { set: { expires_in: "-1" } }],
    ["infinite", { set: { expires_in: "1e999" } }],
  ]) {
    test(`is the token's exp if expires_in is ${what}`, async () => {
      tenant.setAccessTokenLifetime(120);
      tenant.faults.set("tokens", { response, applies: "tokens" });
      const before = Date.now();
      const { expiresAt } = await harness.signInByPopup();
      assert.ok(Math.abs(expiresAt - before - 120_000) < 5000);
    });
  }

  test("is set in the same way by a renewal", async () => {
    await harness.signInByPopup();
    tenant.setAccessTokenLifetime(60);
    const before = Date.now();
    const { expiresAt } = success(await harness.attempt((client) => client.checkSession()));
    assert.ok(Math.abs(expiresAt - before - 60_000) < 5000);
    assert.equal((await harness.session()).expiresAt, expiresAt);
  });
});

suite("when the session expires", () => {
  test("the session ends at that moment, and the subscribers are notified once", async () => {
    tenant.setAccessTokenLifetime(4);
    const { expiresAt } = await harness.signInByPopup();
    await until(expiresAt - 400);
    assert.equal((await harness.session()).isAuthenticated, true);
    assert.equal(await harness.changes(), 0);
    await until(expiresAt + 250);
    assert.equal(await harness.changes(), 1);
    await isOver();
    await until(expiresAt + 1500);
    assert.equal(await harness.changes(), 1);
    await harness.nothingRemains();
  });

  test("a subscriber sees that the session has expired", async () => {
    tenant.setAccessTokenLifetime(3);
    const { expiresAt } = await harness.signInByPopup();
    await driver.executeScript(() => {
      globalThis.seen = [];
      client.subscribe(() => seen.push(client.isAuthenticated, client.can("getUser"), Date.now()));
    });
    await until(expiresAt + 500);
    const [live, can, at, ...more] = await driver.executeScript(() => seen);
    assert.deepEqual([live, can, more], [false, false, []]);
    assert.ok(at >= expiresAt && at < expiresAt + 250, `notified ${at - expiresAt} ms late`);
  });

  test("a subscriber that renews at that moment keeps the session", async () => {
    tenant.setAccessTokenLifetime(3);
    const { expiresAt } = await harness.signInByPopup();
    tenant.setAccessTokenLifetime(600);
    await driver.executeScript(() => {
      client.subscribe(() => client.isAuthenticated || client.checkSession());
    });
    await until(expiresAt + 100);
    await driver.wait(async () => (await harness.session()).isAuthenticated, 5000);
    // The end, and the renewal.
    assert.equal(await harness.changes(), 2);
    success(await harness.attempt((client) => client.getUser()));
    await harness.nothingRemains();
  });

  test("a call that was sent before completes", async () => {
    tenant.setAccessTokenLifetime(3);
    const { expiresAt } = await harness.signInByPopup();
    tenant.faults.set("delay", { ms: 1000 }, { times: 1, match: { path: "^/api/v2/users" } });
    await until(expiresAt - 700);
    // The tenant checks the token after the delay.
    const ended = await harness.attempt((client) => client.getUser());
    assert.ok("value" in ended || ended.error.code === "unauthorized");
    await isOver();
  });

  test("checkSession starts a new session", async () => {
    tenant.setAccessTokenLifetime(2);
    const { expiresAt } = await harness.signInByPopup();
    await until(expiresAt + 100);
    tenant.setAccessTokenLifetime(600);
    success(await harness.attempt((client) => client.checkSession()));
    assert.equal(success(await harness.attempt((client) => client.getUser())).user_id, ADA);
    await harness.nothingRemains();
  });
});

suite("the timer", () => {
  test("is one timer, which fires once", async () => {
    await harness.signInByPopup();
    const before = await driver.executeScript(() => watched.timersSet);
    await new Promise((resolve) => setTimeout(resolve, 2500));
    assert.equal(await driver.executeScript(() => watched.timersSet), before);
    assert.equal((await timers()).length, 1);
  });

  test("is gone after logout, and no subscriber is notified again", async () => {
    tenant.setAccessTokenLifetime(3);
    const { expiresAt } = await harness.signInByPopup();
    success(await harness.attempt((client) => client.logout({ localOnly: true })));
    assert.deepEqual(await timers(), []);
    await until(expiresAt + 500);
    assert.equal(await harness.changes(), 1);
  });

  test("is replaced by a renewal, and no subscriber is notified at the old time", async () => {
    tenant.setAccessTokenLifetime(3);
    const { expiresAt } = await harness.signInByPopup();
    tenant.setAccessTokenLifetime(600);
    success(await harness.attempt((client) => client.checkSession()));
    assert.equal((await timers()).length, 1);
    await until(expiresAt + 500);
    assert.equal((await harness.session()).isAuthenticated, true);
    assert.equal(await harness.changes(), 1);
  });

  test("supports a token that lives longer than a timer can wait", async () => {
    // 60 days in milliseconds exceed 31 bits, and a browser's timer fires at once beyond that.
    tenant.setAccessTokenLifetime(60 * 24 * 3600);
    await harness.signInByPopup();
    await new Promise((resolve) => setTimeout(resolve, 500));
    assert.equal((await harness.session()).isAuthenticated, true);
    assert.equal(await harness.changes(), 0);
    const [ms] = await timers();
    assert.ok(ms > 0 && ms <= 2 ** 31 - 1);
  });
});

suite("after the machine has slept", () => {
  test("past the end, the session is over at once, and the subscribers are notified when the timers wake", async () => {
    await harness.signInByPopup();
    await shiftClock(3 * HOUR_MS);
    assert.equal(await harness.changes(), 0);
    await isOver();
    // Timers pause during sleep, so the client must not rely on one long timer.
    const [ms, ...more] = await timers();
    assert.deepEqual(more, []);
    assert.ok(ms <= 60_000);
    await driver.executeScript(() => watched.fireTimers());
    assert.equal(await harness.changes(), 1);
    await harness.nothingRemains();
  });

  test("before the end, the session continues", async () => {
    await harness.signInByPopup();
    await shiftClock(HOUR_MS);
    await driver.executeScript(() => watched.fireTimers());
    assert.equal((await harness.session()).isAuthenticated, true);
    assert.equal(await harness.changes(), 0);
    success(await harness.attempt((client) => client.getUser()));
    await harness.nothingRemains();
  });

  test("a clock that was set back does not extend a token's life", async () => {
    const { expiresAt } = await harness.signInByPopup();
    await shiftClock(-HOUR_MS);
    assert.equal((await harness.session()).expiresAt, expiresAt);
    assert.equal((await harness.session()).isAuthenticated, true);
    await driver.executeScript(() => watched.fireTimers());
    await shiftClock(4 * HOUR_MS);
    await isOver();
  });
});
