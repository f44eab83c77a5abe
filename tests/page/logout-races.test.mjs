// logout against what would undo it: guards that sign in, sign-ins under way, other tabs and other clients.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { ADA, startHarness, refusal, success } from "../harness/index.mjs";

const harness = await startHarness({ watched: true });
const { tenant, driver } = harness;

const loggedOut = () =>
  driver.wait(() => harness.requests("/v2/logout").length === 1, 5000, "no logout");
const isAuthenticated = () => driver.executeScript(() => client.isAuthenticated);

suite("a guard that signs in every signed-out visitor", () => {
  const GUARDS = {
    loginWithRedirect: "client.loginWithRedirect()",
    checkSession: "client.checkSession()",
    loginWithPopup: "client.loginWithPopup()",
  };
  for (const [name, guard] of Object.entries(GUARDS)) {
    test(`${name} in a listener is refused with aborted, and the logout reaches the tenant`, async () => {
      await harness.signInByPopup();
      const returnTo = `${harness.origin}/goodbye`;
      const ended = await harness.run(
        `async ({ outcome }, returnTo) => {
          let guard;
          client.subscribe(() => (guard ??= outcome(() => ${guard})));
          const left = client.logout({ returnTo });
          return [await outcome(left), await guard];
        }`,
        returnTo,
      );
      success(ended[0]);
      assert.equal(refusal(ended[1]).code, "aborted");
      await driver.wait(async () => (await driver.getCurrentUrl()) === returnTo, 5000);
      assert.equal(harness.requests("/v2/logout").length, 1);
      assert.deepEqual(harness.authorizations(), []);
    });
  }

  test("a guard with a client of its own is refused, too", async () => {
    await harness.signInByPopup();
    const ended = await harness.run(async ({ load, outcome }, options) => {
      const { createCurrentUserClient } = await load();
      const other = await createCurrentUserClient({ ...options, clientId: "another-client" });
      let guard;
      client.subscribe(() => (guard ??= outcome(() => other.loginWithRedirect())));
      client.logout();
      return guard;
    }, harness.options());
    assert.equal(refusal(ended).code, "aborted");
    await loggedOut();
    assert.deepEqual(harness.authorizations(), []);
  });

  test("the navigation has begun before listeners are told", async () => {
    await harness.signInByPopup();
    const order = await harness.run(() => {
      const order = [];
      navigation.addEventListener("navigate", ({ destination }) =>
        order.push(new URL(destination.url).pathname),
      );
      client.subscribe(() => order.push("listener"));
      const ending = client.logout();
      order.push("returned");
      return ending.then(() => order);
    });
    assert.deepEqual(order, ["/v2/logout", "listener", "returned"]);
  });

  test("signs in again where the page is still there ten seconds later", async () => {
    await harness.signInByPopup();
    const ends = await harness.run(async ({ outcome }) => {
      const { now } = Date;
      // The browser gives up the navigation, as it does when a person cancels it.
      client.logout();
      stop();
      const refused = await outcome(() => client.checkSession());
      Date.now = () => now() + 10_001;
      return [refused, await outcome(() => client.checkSession())];
    });
    assert.equal(refusal(ends[0]).code, "aborted");
    const { value, error } = ends[1];
    assert.ok(value?.claims.sub === ADA || error?.code === "login_required", JSON.stringify(ends));
  });
});

suite("sign-ins under way", () => {
  test("a renewal that ends after the logout does not sign in", async () => {
    await harness.signInByPopup();
    tenant.faults.set("delay", { ms: 400 }, { times: 1, match: { target: "authorize" } });
    const [renewal, live] = await harness.run(async ({ outcome }) => {
      const renewing = outcome(() => client.checkSession());
      await client.logout({ localOnly: true });
      return [await renewing, client.isAuthenticated];
    });
    assert.equal(refusal(renewal).code, "aborted");
    assert.equal(live, false);
  });

  test("a redirect sign-in that is being handled does not sign in", async () => {
    await harness.comeBack();
    tenant.faults.set("delay", { ms: 400 }, { match: { target: "jwks" } });
    const [handled, live] = await harness.run(async ({ createClient, outcome }, options) => {
      const made = await createClient(options);
      const handling = outcome(() => made.handleRedirectCallback());
      await made.logout({ localOnly: true });
      return [await handling, made.isAuthenticated];
    }, harness.options());
    assert.equal(refusal(handled).code, "aborted");
    assert.equal(live, false);
  });
});

suite("other tabs and clients", () => {
  /** Opens a second tab with a session of its own. Returns the handles of both. */
  async function twoTabs(changes = {}) {
    await harness.signInByPopup();
    const first = await driver.getWindowHandle();
    await driver.switchTo().newWindow("tab");
    const second = await driver.getWindowHandle();
    await harness.start(changes, "/second");
    success(
      await harness.attempt((client) => client.checkSession({ loginHint: "ada@example.com" })),
    );
    await driver.executeScript(() => (globalThis.changes = 0));
    return [first, second];
  }

  test("a logout ends the session in another tab and tells its listeners", async () => {
    const [first, second] = await twoTabs();
    await driver.switchTo().window(first);
    await driver.executeScript(() => void client.logout());
    await loggedOut();
    await driver.switchTo().window(second);
    await driver.wait(
      async () => !(await isAuthenticated()),
      5000,
      "the other tab stays signed in",
    );
    assert.equal(await harness.changes(), 1);
    assert.equal(await driver.getCurrentUrl(), `${harness.origin}/second`);
    const ended = await harness.attempt((client) => client.getUser());
    assert.equal(refusal(ended).code, "login_required");
  });

  test("a logout in this page only leaves another tab alone", async () => {
    const [first, second] = await twoTabs();
    await driver.switchTo().window(first);
    success(await harness.attempt((client) => client.logout({ localOnly: true })));
    await driver.switchTo().window(second);
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal(await isAuthenticated(), true);
  });

  test("a second tab in which nobody is signed in hears nothing", async () => {
    const [first, second] = await twoTabs();
    success(await harness.attempt((client) => client.logout({ localOnly: true })));
    await driver.executeScript(() => (globalThis.changes = 0));
    await driver.switchTo().window(first);
    await driver.executeScript(() => void client.logout());
    await loggedOut();
    await driver.switchTo().window(second);
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal(await harness.changes(), 0);
  });

  test("another tab may ask the tenant again after the logout", async () => {
    const [first, second] = await twoTabs();
    await driver.switchTo().window(first);
    await driver.executeScript(() => void client.logout());
    await loggedOut();
    await driver.switchTo().window(second);
    await driver.wait(async () => !(await isAuthenticated()), 5000);
    // The tenant is asked, and nobody is signed in there any more.
    const ended = await harness.attempt((client) => client.checkSession());
    assert.equal(refusal(ended).code, "login_required");
  });

  test("a logout ends the session of another client of the page with the same application", async () => {
    await harness.signInByPopup();
    const seen = await harness.run(async ({ load }, options) => {
      const { createCurrentUserClient } = await load();
      const other = await createCurrentUserClient(options);
      await other.checkSession();
      let heard = 0;
      other.subscribe(() => (heard += 1));
      client.logout();
      return [client.isAuthenticated, other.isAuthenticated, heard];
    }, harness.options());
    assert.deepEqual(seen, [false, false, 1]);
  });

  test("the name of a session that tabs tell each other holds no token and no user", async () => {
    await harness.signInByPopup();
    const told = await harness.run(async ({ sleep }) => {
      const told = [];
      const { postMessage } = BroadcastChannel.prototype;
      BroadcastChannel.prototype.postMessage = function post(message) {
        told.push(JSON.stringify(message));
        return postMessage.call(this, message);
      };
      client.logout();
      await sleep(0);
      return told;
    });
    assert.equal(told.length, 1);
    assert.doesNotMatch(told[0], /eyJ|auth0\||ada@/);
  });
});

suite("where a logout goes", () => {
  for (const returnTo of ["/#/goodbye", "/basket?from=a%20b#top", "/#"]) {
    test(`returnTo may have a fragment: ${returnTo}`, async () => {
      await harness.signInByPopup();
      const url = harness.origin + returnTo;
      await driver.executeScript((returnTo) => void client.logout({ returnTo }), url);
      await driver.wait(async () => (await driver.getCurrentUrl()) === url, 5000);
      const [{ url: asked }] = harness.requests("/v2/logout");
      assert.equal(asked.split("?")[1], `client_id=local-spa&returnTo=${encodeURIComponent(url)}`);
    });
  }
});
