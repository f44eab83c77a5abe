// logout: forgets here first, and then goes to the tenant.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { ADA, openStage, refusal, success } from "../harness/stage.mjs";

const stage = await openStage();
const { tenant, driver } = stage;

/** Everything that a client says when nobody is signed in. */
const NOBODY = {
  isAuthenticated: false,
  claims: null,
  grantedScopes: [],
  expiresAt: null,
  can: false,
};

async function forgotten() {
  assert.deepEqual(await stage.session(), NOBODY);
  assert.equal(await stage.changes(), 1);
  assert.deepEqual((await driver.executeScript(() => watched.leftovers())).timers, []);
  tenant.clearLog();
  assert.equal(refusal(await stage.attempt((client) => client.getUser())).code, "login_required");
  assert.deepEqual(tenant.log, []);
  await stage.nothingRemains();
}

suite("here alone", () => {
  test("forgets the session, tells the listeners once, and goes nowhere", async () => {
    await stage.signIn();
    success(await stage.attempt((client) => client.logout({ localOnly: true })));
    await forgotten();
    assert.equal(await driver.getCurrentUrl(), `${stage.origin}/`);
  });

  test("leaves the person signed in at the tenant", async () => {
    await stage.signIn();
    success(await stage.attempt((client) => client.logout({ localOnly: true })));
    assert.deepEqual(tenant.log, []);
    const signIn = success(await stage.attempt((client) => client.checkSession()));
    assert.equal(signIn.claims.sub, ADA);
  });

  test("has forgotten before logout returns", async () => {
    await stage.signIn();
    const live = await stage.run(() => {
      const ending = client.logout({ localOnly: true });
      const now = client.isAuthenticated;
      return ending.then(() => now);
    });
    assert.equal(live, false);
  });

  test("twice, or with nobody signed in, is no error and tells nobody", async () => {
    await stage.start();
    for (const _ of [1, 2]) {
      success(await stage.attempt((client) => client.logout({ localOnly: true })));
    }
    assert.equal(await stage.changes(), 0);
    assert.deepEqual(await stage.session(), NOBODY);
  });

  test("forgets the last response, too: handling it again does not sign in", async () => {
    await stage.comeBack();
    success(await stage.handle());
    success(await stage.attempt((client) => client.logout({ localOnly: true })));
    assert.equal(success(await stage.attempt((client) => client.handleRedirectCallback())), null);
    assert.equal((await stage.session()).isAuthenticated, false);
  });

  test("a call that is under way neither fails nor signs in again", async () => {
    await stage.signIn();
    tenant.faults.set("delay", { ms: 300 }, { times: 1 });
    const [email, live] = await stage.run(async ({ sleep }) => {
      const ending = client.getUser();
      await sleep(100);
      await client.logout({ localOnly: true });
      const { email } = await ending;
      return [email, client.isAuthenticated];
    });
    assert.deepEqual([email, live], ["ada@example.com", false]);
  });
});

suite("at the tenant", () => {
  /** Logs out and waits until the browser has arrived somewhere else. */
  async function leave(options) {
    await driver.executeScript((given) => void client.logout(given ?? undefined), options);
    const left = async () => (await driver.executeScript("return typeof watched")) === "undefined";
    const back = async () => (await driver.executeScript("return typeof client")) === "undefined";
    await driver.wait(async () => (await left()) || (await back()), 5000);
  }
  const asked = () => stage.requests("/v2/logout").map(({ url }) => url.split("?")[1]);

  for (const [what, options, expected] of [
    ["without options", undefined, "client_id=local-spa"],
    ["federated", { federated: true }, "client_id=local-spa&federated"],
    ["not federated", { federated: false, localOnly: false }, "client_id=local-spa"],
  ]) {
    test(`${what}: exactly ${expected}`, async () => {
      await stage.signIn();
      await leave(options);
      assert.deepEqual(asked(), [expected]);
      assert.match(await driver.getPageSource(), /You have been logged out/);
    });
  }

  test("returnTo is encoded, and the browser comes back to it", async () => {
    await stage.signIn();
    const returnTo = `${stage.origin}/basket?from=a%20b&to=c&client_id=other`;
    await leave({ returnTo, federated: true });
    assert.deepEqual(asked(), [
      `client_id=local-spa&returnTo=${encodeURIComponent(returnTo)}&federated`,
    ]);
    assert.equal(await driver.getCurrentUrl(), returnTo);
  });

  test("the person is signed out there as well", async () => {
    await stage.signIn();
    await leave({ returnTo: `${stage.origin}/` });
    await stage.run(async ({ make }, options) => void (await make(options)), stage.options());
    const ended = await stage.attempt((client) => client.checkSession());
    assert.equal(refusal(ended).code, "login_required");
  });

  test("the session is forgotten, and the listeners told, before the page leaves", async () => {
    await stage.signIn();
    const seen = await stage.run(() => {
      const seen = [];
      client.subscribe(() => seen.push([client.isAuthenticated, location.pathname]));
      const ending = client.logout({ returnTo: `${location.origin}/basket` });
      seen.push([client.isAuthenticated, location.pathname]);
      return ending.then(() => seen);
    });
    assert.deepEqual(seen, [
      [false, "/"],
      [false, "/"],
    ]);
  });

  test("works with nobody signed in here", async () => {
    await stage.start();
    await leave();
    assert.deepEqual(asked(), ["client_id=local-spa"]);
  });
});

suite("options that are refused", () => {
  for (const [what, options] of [
    ["returnTo that runs script", { returnTo: "javascript:alert(1)" }],
    ["returnTo that is relative", { returnTo: "/" }],
    ["returnTo that is empty", { returnTo: "" }],
    ["returnTo with a user in it", { returnTo: "https://app.example@evil.example/" }],
    ["returnTo that is no text", { returnTo: 1 }],
    ["federated that is no boolean", { federated: "yes" }],
    ["localOnly that is no boolean", { localOnly: 1 }],
    ["an unknown option", { return_to: "https://app.example/" }],
    ["no object", "https://app.example/"],
    ["null", null],
    ["an array", []],
  ]) {
    test(`${what}: invalid_configuration, nobody leaves, and the session is forgotten`, async () => {
      await stage.signIn();
      const ended = await stage.attempt((client, given) => client.logout(given), options);
      assert.equal(refusal(ended).code, "invalid_configuration");
      await forgotten();
      assert.equal(await driver.getCurrentUrl(), `${stage.origin}/`);
    });
  }

  test("a client secret: client_secret_forbidden", async () => {
    await stage.signIn();
    const ended = await stage.attempt((client) => client.logout({ client_secret: "s3cr3t" }));
    const { code, message } = refusal(ended);
    assert.equal(code, "client_secret_forbidden");
    assert.doesNotMatch(message, /s3cr3t/);
    await forgotten();
  });
});
