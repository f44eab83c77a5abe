// The end of an access token's life: noticed at that moment, without an event of anybody's.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { ADA, openStage, refusal, success } from "../harness/stage.mjs";

const stage = await openStage();
const { tenant, driver } = stage;

const HOUR_MS = 3_600_000;
const until = (time) => new Promise((resolve) => setTimeout(resolve, time - Date.now()));
const timers = () => driver.executeScript(() => watched.leftovers().timers);
const shiftClock = (ms) =>
  driver.executeScript((shift) => {
    const now = Date.now.bind(Date);
    Date.now = () => now() + shift;
  }, ms);

/** Over, by everything that a client says, and nothing is sent any more. */
async function isOver() {
  const { isAuthenticated, can } = await stage.session();
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
    assert.equal(refusal(await stage.attempt(call)).code, "token_expired");
  }
  assert.deepEqual(tenant.log, []);
}

suite("expiresAt", () => {
  test("is the end of the token, which expires_in says as well", async () => {
    tenant.setAccessTokenLifetime(600);
    const before = Date.now();
    const { expiresAt } = await stage.signIn();
    assert.ok(Math.abs(expiresAt - before - 600_000) < 5000);
  });

  test("is expires_in where that is earlier", async () => {
    tenant.faults.set("tokens", { response: { set: { expires_in: "90" } }, applies: "tokens" });
    const before = Date.now();
    const { expiresAt } = await stage.signIn();
    assert.ok(Math.abs(expiresAt - before - 90_000) < 5000);
  });

  test("is the token's exp where that is earlier", async () => {
    tenant.setAccessTokenLifetime(120);
    tenant.faults.set("tokens", { response: { set: { expires_in: "86400" } }, applies: "tokens" });
    const before = Date.now();
    const { expiresAt } = await stage.signIn();
    assert.ok(Math.abs(expiresAt - before - 120_000) < 5000);
    assert.equal(expiresAt % 1000, 0);
  });

  for (const [what, response] of [
    ["missing", { drop: ["expires_in"] }],
    ["text", { set: { expires_in: "soon" } }],
    ["negative", { set: { expires_in: "-1" } }],
    ["endless", { set: { expires_in: "1e999" } }],
  ]) {
    test(`is the token's exp where expires_in is ${what}`, async () => {
      tenant.setAccessTokenLifetime(120);
      tenant.faults.set("tokens", { response, applies: "tokens" });
      const before = Date.now();
      const { expiresAt } = await stage.signIn();
      assert.ok(Math.abs(expiresAt - before - 120_000) < 5000);
    });
  }

  test("holds for a renewal as well", async () => {
    await stage.signIn();
    tenant.setAccessTokenLifetime(60);
    const before = Date.now();
    const { expiresAt } = success(await stage.attempt((client) => client.checkSession()));
    assert.ok(Math.abs(expiresAt - before - 60_000) < 5000);
    assert.equal((await stage.session()).expiresAt, expiresAt);
  });
});

suite("when the time has come", () => {
  test("the session ends at that moment, and the listeners are told once", async () => {
    tenant.setAccessTokenLifetime(4);
    const { expiresAt } = await stage.signIn();
    await until(expiresAt - 400);
    assert.equal((await stage.session()).isAuthenticated, true);
    assert.equal(await stage.changes(), 0);
    await until(expiresAt + 250);
    assert.equal(await stage.changes(), 1);
    await isOver();
    await until(expiresAt + 1500);
    assert.equal(await stage.changes(), 1);
    await stage.nothingRemains();
  });

  test("a listener that looks finds it over", async () => {
    tenant.setAccessTokenLifetime(3);
    const { expiresAt } = await stage.signIn();
    await driver.executeScript(() => {
      globalThis.seen = [];
      client.subscribe(() => seen.push(client.isAuthenticated, client.can("getUser"), Date.now()));
    });
    await until(expiresAt + 500);
    const [live, can, at, ...more] = await driver.executeScript(() => seen);
    assert.deepEqual([live, can, more], [false, false, []]);
    assert.ok(at >= expiresAt && at < expiresAt + 250, `told ${at - expiresAt} ms late`);
  });

  test("a listener that renews at that moment goes on", async () => {
    tenant.setAccessTokenLifetime(3);
    const { expiresAt } = await stage.signIn();
    tenant.setAccessTokenLifetime(600);
    await driver.executeScript(() => {
      client.subscribe(() => client.isAuthenticated || client.checkSession());
    });
    await until(expiresAt + 100);
    await driver.wait(async () => (await stage.session()).isAuthenticated, 5000);
    // Over, and renewed.
    assert.equal(await stage.changes(), 2);
    success(await stage.attempt((client) => client.getUser()));
    await stage.nothingRemains();
  });

  test("a call that was sent before ends as it would have", async () => {
    tenant.setAccessTokenLifetime(3);
    const { expiresAt } = await stage.signIn();
    tenant.faults.set("delay", { ms: 1000 }, { times: 1, match: { path: "^/api/v2/users" } });
    await until(expiresAt - 700);
    // The tenant judges the token when it reads it, which is after the delay.
    const ended = await stage.attempt((client) => client.getUser());
    assert.ok("value" in ended || ended.error.code === "unauthorized");
    await isOver();
  });

  test("checkSession brings a new session", async () => {
    tenant.setAccessTokenLifetime(2);
    const { expiresAt } = await stage.signIn();
    await until(expiresAt + 100);
    tenant.setAccessTokenLifetime(600);
    success(await stage.attempt((client) => client.checkSession()));
    assert.equal(success(await stage.attempt((client) => client.getUser())).user_id, ADA);
    await stage.nothingRemains();
  });
});

suite("the timer", () => {
  test("is one, and is not busy", async () => {
    await stage.signIn();
    const before = await driver.executeScript(() => watched.timersSet);
    await new Promise((resolve) => setTimeout(resolve, 2500));
    assert.equal(await driver.executeScript(() => watched.timersSet), before);
    assert.equal((await timers()).length, 1);
  });

  test("is gone after logout, and nobody is told again", async () => {
    tenant.setAccessTokenLifetime(3);
    const { expiresAt } = await stage.signIn();
    success(await stage.attempt((client) => client.logout({ localOnly: true })));
    assert.deepEqual(await timers(), []);
    await until(expiresAt + 500);
    assert.equal(await stage.changes(), 1);
  });

  test("is replaced by a renewal, and nobody is told at the old time", async () => {
    tenant.setAccessTokenLifetime(3);
    const { expiresAt } = await stage.signIn();
    tenant.setAccessTokenLifetime(600);
    success(await stage.attempt((client) => client.checkSession()));
    assert.equal((await timers()).length, 1);
    await until(expiresAt + 500);
    assert.equal((await stage.session()).isAuthenticated, true);
    assert.equal(await stage.changes(), 1);
  });

  test("survives a token that lives longer than a timer can wait", async () => {
    // 60 days: more milliseconds than fit 31 bits, beyond which a browser's timer fires at once.
    tenant.setAccessTokenLifetime(60 * 24 * 3600);
    await stage.signIn();
    await new Promise((resolve) => setTimeout(resolve, 500));
    assert.equal((await stage.session()).isAuthenticated, true);
    assert.equal(await stage.changes(), 0);
    const [ms] = await timers();
    assert.ok(ms > 0 && ms <= 2 ** 31 - 1);
  });
});

suite("the machine has slept", () => {
  test("past the end: over at once, and the listeners are told when the timers wake", async () => {
    await stage.signIn();
    await shiftClock(3 * HOUR_MS);
    assert.equal(await stage.changes(), 0);
    await isOver();
    // Timers stand still during sleep, so none may be further off than a person would accept.
    const [ms, ...more] = await timers();
    assert.deepEqual(more, []);
    assert.ok(ms <= 60_000);
    await driver.executeScript(() => watched.fireTimers());
    assert.equal(await stage.changes(), 1);
    await stage.nothingRemains();
  });

  test("not so long: the session goes on", async () => {
    await stage.signIn();
    await shiftClock(HOUR_MS);
    await driver.executeScript(() => watched.fireTimers());
    assert.equal((await stage.session()).isAuthenticated, true);
    assert.equal(await stage.changes(), 0);
    success(await stage.attempt((client) => client.getUser()));
    await stage.nothingRemains();
  });

  test("the clock was set back: a token does not live longer than its own word", async () => {
    const { expiresAt } = await stage.signIn();
    await shiftClock(-HOUR_MS);
    assert.equal((await stage.session()).expiresAt, expiresAt);
    assert.equal((await stage.session()).isAuthenticated, true);
    await driver.executeScript(() => watched.fireTimers());
    await shiftClock(4 * HOUR_MS);
    await isOver();
  });
});
