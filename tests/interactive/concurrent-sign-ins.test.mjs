// checkSession beside a sign-in by redirect, and logouts during any kind of sign-in.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { ADA, startHarness, refusal, success } from "../harness/index.mjs";
import { getUser, renew } from "./renewal-steps.mjs";

const harness = await startHarness({ watched: true });
const { tenant, driver } = harness;

suite("beside a sign-in by redirect", () => {
  const waiting = () => driver.executeScript(() => ({ ...sessionStorage }));

  test("leaves the pending sign-in and the address bar alone", async () => {
    await harness.signInByPopup();
    await harness.open("/basket?step=2#/pay");
    await harness.run(
      async ({ createClient }, options) => void (await createClient(options)),
      harness.options(),
    );
    const url = await harness.run(() => client.buildAuthorizeUrl({ appState: "pending" }));
    const records = await waiting();
    assert.equal(Object.keys(records).length, 1);
    const entries = await driver.executeScript(() => history.length);
    success(await harness.attempt(renew));
    tenant.faults.set("authorization-error", {}, { times: 1 });
    refusal(await harness.attempt(renew));
    assert.deepEqual(await waiting(), records);
    assert.equal(await driver.getCurrentUrl(), `${harness.origin}/basket?step=2#/pay`);
    assert.equal(await driver.executeScript(() => history.length), entries);
    await driver.get(url);
    assert.equal(success(await harness.handle()).appState, "pending");
  });

  test("leaves a response in the address for handleRedirectCallback", async () => {
    const address = await harness.comeBack({}, { appState: "pending" });
    await harness.run(
      async ({ createClient }, options) => void (await createClient(options)),
      harness.options(),
    );
    success(await harness.attempt(renew));
    assert.equal(await driver.getCurrentUrl(), address);
    const signIn = success(await harness.attempt((client) => client.handleRedirectCallback()));
    assert.deepEqual([signIn.appState, signIn.claims.sub], ["pending", ADA]);
    assert.equal(await driver.getCurrentUrl(), `${harness.origin}/callback`);
  });

  test("both succeed at the same time", async () => {
    await harness.comeBack({}, { appState: "pending" });
    const ends = await harness.run(async ({ createClient }, options) => {
      const made = await createClient(options);
      const all = await Promise.all([made.handleRedirectCallback(), made.checkSession()]);
      return all.map(({ claims, appState }) => [claims.sub, appState ?? null]);
    }, harness.options());
    assert.deepEqual(ends, [
      [ADA, "pending"],
      [ADA, null],
    ]);
  });
});

suite("a logout in the middle", () => {
  const slowly = (target) =>
    tenant.faults.set("delay", { ms: 500 }, { times: 1, match: { target } });
  const nobody = async () => {
    assert.equal((await harness.session()).isAuthenticated, false);
    assert.equal(refusal(await harness.attempt(getUser)).code, "login_required");
  };

  test("a logout during a renewal is final: the renewal signs nobody in", async () => {
    await harness.signInByPopup();
    slowly("authorize");
    const ended = await harness.run(async ({ outcome, sleep }) => {
      const ending = outcome(() => client.checkSession());
      await sleep(150);
      await client.logout({ localOnly: true });
      return ending;
    });
    assert.equal(refusal(ended).code, "aborted");
    await nobody();
    assert.equal(await harness.changes(), 1);
    await harness.nothingRemains();
  });

  test("a logout during a renewal does not prevent the next sign-in", async () => {
    await harness.signInByPopup();
    slowly("authorize");
    const [before, after] = await harness.run(async ({ outcome, sleep }) => {
      const ending = outcome(() => client.checkSession());
      await sleep(150);
      await client.logout({ localOnly: true });
      const next = outcome(() => client.checkSession());
      return [await ending, await next];
    });
    refusal(before);
    assert.equal(success(after).claims.sub, ADA);
    assert.equal((await harness.session()).isAuthenticated, true);
    await harness.nothingRemains();
  });

  test("a logout during a renewal does not prevent later calls from sharing one frame", async () => {
    await harness.signInByPopup();
    tenant.faults.set("delay", { ms: 500 }, { times: 2, match: { target: "authorize" } });
    const ends = await harness.run(async ({ outcome, sleep }) => {
      const first = outcome(() => client.checkSession());
      await sleep(150);
      await client.logout({ localOnly: true });
      const second = outcome(() => client.checkSession());
      await first;
      return Promise.all([second, outcome(() => client.checkSession())]);
    });
    for (const end of ends) assert.equal(success(end).claims.sub, ADA);
    assert.equal(harness.authorizations().length, 2);
  });

  test("a subscriber that is notified of a renewal can log out", async () => {
    await harness.signInByPopup();
    const ended = await harness.run(async ({ outcome }) => {
      const stop = client.subscribe(() => {
        stop();
        void client.logout({ localOnly: true });
      });
      return outcome(() => client.checkSession());
    });
    assert.equal(refusal(ended).code, "aborted");
    await nobody();
  });

  test("a logout during a sign-in by redirect is final", async () => {
    const changes = { flow: "code" };
    await harness.comeBack(changes);
    slowly("token");
    const ended = await harness.run(async ({ createClient, outcome, sleep }, options) => {
      const made = await createClient(options);
      const ending = outcome(() => made.handleRedirectCallback());
      await sleep(150);
      await made.logout({ localOnly: true });
      return ending;
    }, harness.options(changes));
    assert.equal(refusal(ended).code, "aborted");
    await nobody();
  });

  test("a logout during a sign-in by popup is final", async () => {
    await harness.start();
    await harness.press((client) => client.loginWithPopup());
    await harness.inPopup(() => harness.formShown());
    success(await harness.attempt((client) => client.logout({ localOnly: true })));
    await harness.inPopup(() => harness.logIn("ada@example.com"));
    assert.equal(refusal(await harness.ended()).code, "aborted");
    await nobody();
    await harness.nothingRemains();
  });
});
