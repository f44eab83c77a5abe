// Sign-ins whose answer cannot arrive: a redirectUri on another origin, and a browser that is offline.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { ADA, startHarness, refusal, success } from "../harness/index.mjs";
import { getUser, renew, renewalSteps } from "./renewal-steps.mjs";

const harness = await startHarness({ watched: true });
const { tenant, driver } = harness;

const { sessionIsStill } = renewalSteps(harness);

const SIGN_INS = {
  loginWithRedirect: (client, options) => client.loginWithRedirect(options),
  loginWithPopup: (client, options) => client.loginWithPopup(options),
  checkSession: (client, options) => client.checkSession(options),
};

suite("a redirectUri on another origin than the page's", () => {
  const elsewhere = `${harness.otherOrigin}/callback`;
  for (const [name, call] of Object.entries(SIGN_INS)) {
    for (const [whose, client, options] of [
      ["the client's", { redirectUri: elsewhere }, {}],
      ["one sign-in's", {}, { redirectUri: elsewhere }],
    ]) {
      test(`${name} refuses ${whose} with invalid_configuration, and nothing is opened or sent`, async () => {
        await harness.start(client);
        await harness.press(call, options);
        const { code, message } = refusal(await harness.ended());
        assert.equal(code, "invalid_configuration");
        assert.match(message, /redirectUri/);
        assert.deepEqual(tenant.log, []);
        assert.deepEqual(await driver.executeScript(() => watched.opened), []);
        assert.deepEqual(await driver.executeScript(() => watched.frames), []);
        assert.equal(await driver.getCurrentUrl(), `${harness.origin}/`);
        await harness.nothingRemains();
      });
    }
  }

  test("buildAuthorizeUrl accepts it, for pages that another origin finishes", async () => {
    await harness.start({ redirectUri: elsewhere });
    const url = success(await harness.attempt((client) => client.buildAuthorizeUrl()));
    assert.equal(new URL(url).searchParams.get("redirect_uri"), elsewhere);
  });

  test("a client whose own redirectUri is elsewhere signs in with one of the page's origin", async () => {
    await harness.start({ redirectUri: elsewhere });
    await harness.press((client, redirectUri) => {
      return client.loginWithPopup({ redirectUri, loginHint: "ada@example.com" });
    }, `${harness.origin}/callback`);
    assert.equal(success(await harness.ended()).claims.sub, ADA);
  });

  test("a live session survives the refusal", async () => {
    await harness.signInByPopup();
    const before = await harness.session();
    const ended = await harness.attempt(renew, { redirectUri: elsewhere });
    assert.equal(refusal(ended).code, "invalid_configuration");
    await sessionIsStill(before);
  });
});

suite("a browser that is offline", () => {
  const offline = async (use) => {
    const conditions = { download_throughput: -1, upload_throughput: -1, latency: 0 };
    await driver.setNetworkConditions({ offline: true, ...conditions });
    try {
      return await use();
    } finally {
      await driver.deleteNetworkConditions();
    }
  };
  /** The outcome of a renewal and how long it took. */
  const timedRenewal = () =>
    harness.run(async ({ outcome }) => {
      const began = performance.now();
      return { ...(await outcome(() => client.checkSession())), ms: performance.now() - began };
    });

  test("refuses a renewal with network_error at once, and the session stays", async () => {
    await harness.signInByPopup();
    const before = await harness.session();
    const ended = await offline(timedRenewal);
    assert.equal(refusal(ended).code, "network_error");
    assert.ok(ended.ms < 1000, `${ended.ms} ms`);
    assert.deepEqual(await driver.executeScript(() => watched.frames), []);
    await sessionIsStill(before);
    assert.deepEqual(harness.authorizations(), []);
  });

  test("renews again as soon as it is online", async () => {
    await harness.signInByPopup();
    assert.equal(refusal(await offline(timedRenewal)).code, "network_error");
    assert.equal(success(await harness.attempt(renew)).claims.sub, ADA);
    assert.equal(success(await harness.attempt(getUser)).user_id, ADA);
  });

  test("gives every call that shares a renewal its own refusal", async () => {
    await harness.signInByPopup();
    const ends = await offline(() =>
      harness.run(({ outcome }) =>
        Promise.all([1, 2, 3].map(() => outcome(() => client.checkSession()))),
      ),
    );
    for (const ended of ends) assert.equal(refusal(ended).code, "network_error");
  });
});
