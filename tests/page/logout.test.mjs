// logout: forgets the session in the page first, and then goes to the tenant.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { ADA, startHarness, refusal, success } from "../harness/index.mjs";

const harness = await startHarness({ watched: true });
const { tenant, driver } = harness;

/** Every member of a client without a session. */
const NOBODY = {
  isAuthenticated: false,
  sub: null,
  claims: null,
  grantedScopes: [],
  expiresAt: null,
  can: false,
};

async function forgotten() {
  assert.deepEqual(await harness.session(), NOBODY);
  assert.equal(await harness.changes(), 1);
  assert.deepEqual((await driver.executeScript(() => watched.leftovers())).timers, []);
  tenant.clearLog();
  assert.equal(refusal(await harness.attempt((client) => client.getUser())).code, "login_required");
  assert.deepEqual(tenant.log, []);
  await harness.nothingRemains();
}

suite("logout in this page only", () => {
  test("forgets the session, notifies the subscribers once, and does not navigate", async () => {
    await harness.signInByPopup();
    success(await harness.attempt((client) => client.logout({ localOnly: true })));
    await forgotten();
    assert.equal(await driver.getCurrentUrl(), `${harness.origin}/`);
  });

  test("leaves the person signed in at the tenant", async () => {
    await harness.signInByPopup();
    success(await harness.attempt((client) => client.logout({ localOnly: true })));
    assert.deepEqual(tenant.log, []);
    const signIn = success(await harness.attempt((client) => client.checkSession()));
    assert.equal(signIn.claims.sub, ADA);
  });

  test("has forgotten the session before logout returns", async () => {
    await harness.signInByPopup();
    const live = await harness.run(() => {
      const ending = client.logout({ localOnly: true });
      const now = client.isAuthenticated;
      return ending.then(() => now);
    });
    assert.equal(live, false);
  });

  test("is no error and notifies nobody the second time or without a session", async () => {
    await harness.start();
    for (const _ of [1, 2]) {
      success(await harness.attempt((client) => client.logout({ localOnly: true })));
    }
    assert.equal(await harness.changes(), 0);
    assert.deepEqual(await harness.session(), NOBODY);
  });

  test("forgets the last response, so that handling it again does not sign in", async () => {
    await harness.comeBack();
    success(await harness.handle());
    success(await harness.attempt((client) => client.logout({ localOnly: true })));
    assert.equal(success(await harness.attempt((client) => client.handleRedirectCallback())), null);
    assert.equal((await harness.session()).isAuthenticated, false);
  });

  test("a call in progress neither fails nor signs in again", async () => {
    await harness.signInByPopup();
    tenant.faults.set("delay", { ms: 300 }, { times: 1 });
    const [email, live] = await harness.run(async ({ sleep }) => {
      const ending = client.getUser();
      await sleep(100);
      await client.logout({ localOnly: true });
      const { email } = await ending;
      return [email, client.isAuthenticated];
    });
    assert.deepEqual([email, live], ["ada@example.com", false]);
  });
});

suite("logout at the tenant", () => {
  /** Logs out and waits until the browser has left the page. */
  async function leave(options) {
    await driver.executeScript((given) => void client.logout(given ?? undefined), options);
    const left = async () => (await driver.executeScript("return typeof watched")) === "undefined";
    const back = async () => (await driver.executeScript("return typeof client")) === "undefined";
    await driver.wait(async () => (await left()) || (await back()), 5000);
  }
  const asked = () => harness.requests("/v2/logout").map(({ url }) => url.split("?")[1]);

  for (const [what, options, expected] of [
    ["without options", undefined, "client_id=local-spa"],
    ["federated", { federated: true }, "client_id=local-spa&federated"],
    ["not federated", { federated: false, localOnly: false }, "client_id=local-spa"],
  ]) {
    test(`${what}: sends exactly ${expected}`, async () => {
      await harness.signInByPopup();
      await leave(options);
      assert.deepEqual(asked(), [expected]);
      assert.match(await driver.getPageSource(), /You have been logged out/);
    });
  }

  test("encodes returnTo, and the browser returns to it", async () => {
    await harness.signInByPopup();
    const returnTo = `${harness.origin}/basket?from=a%20b&to=c&client_id=other`;
    await leave({ returnTo, federated: true });
    assert.deepEqual(asked(), [
      `client_id=local-spa&returnTo=${encodeURIComponent(returnTo)}&federated`,
    ]);
    assert.equal(await driver.getCurrentUrl(), returnTo);
  });

  test("signs the person out at the tenant", async () => {
    await harness.signInByPopup();
    await leave({ returnTo: `${harness.origin}/` });
    await harness.run(
      async ({ createClient }, options) => void (await createClient(options)),
      harness.options(),
    );
    const ended = await harness.attempt((client) => client.checkSession());
    assert.equal(refusal(ended).code, "login_required");
  });

  test("forgets the session and notifies the subscribers before the page leaves", async () => {
    await harness.signInByPopup();
    const seen = await harness.run(() => {
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

  test("works without a session in this page", async () => {
    await harness.start();
    await leave();
    assert.deepEqual(asked(), ["client_id=local-spa"]);
  });
});

suite("options that are refused", () => {
  for (const [what, options] of [
    ["returnTo that runs script", { returnTo: "javascript:alert(1)" }],
    ["returnTo that is relative", { returnTo: "/" }],
    ["returnTo that is empty", { returnTo: "" }],
    ["returnTo with a user name", { returnTo: "https://app.example@evil.example/" }],
    ["returnTo that is not a string", { returnTo: 1 }],
    ["federated that is not a boolean", { federated: "yes" }],
    ["localOnly that is not a boolean", { localOnly: 1 }],
    ["an unknown option", { return_to: "https://app.example/" }],
    ["a string instead of options", "https://app.example/"],
    ["null", null],
    ["an array", []],
  ]) {
    test(`refuses ${what} with invalid_configuration, does not navigate, and forgets the session`, async () => {
      await harness.signInByPopup();
      const ended = await harness.attempt((client, given) => client.logout(given), options);
      assert.equal(refusal(ended).code, "invalid_configuration");
      await forgotten();
      assert.equal(await driver.getCurrentUrl(), `${harness.origin}/`);
    });
  }

  test("refuses a client secret with client_secret_forbidden", async () => {
    await harness.signInByPopup();
    const ended = await harness.attempt((client) => client.logout({ client_secret: "s3cr3t" }));
    const { code, message } = refusal(ended);
    assert.equal(code, "client_secret_forbidden");
    assert.doesNotMatch(message, /s3cr3t/);
    await forgotten();
  });
});
