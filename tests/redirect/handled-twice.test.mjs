// A response that several calls or clients handle, as React's StrictMode and impatient code do.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ADA, GRACE, startHarness } from "../harness/index.mjs";
import { APP_STATE, now, responseSteps } from "./response-steps.mjs";

const harness = await startHarness({ tenant: { customDomain: true } });
const { tenant } = harness;

const { pending, handleUrl } = responseSteps(harness);

describe("a response that is handled more than once", () => {
  const handleTwice = (how) =>
    harness.run(
      `async ({ createClient, outcome, load }, options) => {
        const first = await createClient(options);
        const results = await (${how})(first, () => createClient(options), outcome);
        return { results, authenticated: globalThis.client.isAuthenticated };
      }`,
      harness.options(),
    );
  // The ways of React's StrictMode and of impatient code.
  const WAYS = {
    "at once": (one, more, outcome) =>
      Promise.all([
        outcome(() => one.handleRedirectCallback()),
        outcome(() => one.handleRedirectCallback()),
      ]),
    "one after the other": async (one, more, outcome) => [
      await outcome(() => one.handleRedirectCallback()),
      await outcome(() => one.handleRedirectCallback()),
    ],
    "with the address given": (one, more, outcome) => {
      const address = location.href;
      return Promise.all([
        outcome(() => one.handleRedirectCallback(address)),
        outcome(() => one.handleRedirectCallback(address)),
      ]);
    },
    "by two clients of the same options": async (one, more, outcome) => {
      const two = await more();
      return Promise.all([
        outcome(() => one.handleRedirectCallback()),
        outcome(() => two.handleRedirectCallback()),
      ]);
    },
    "one after the other, each with the page's address": async (one, more, outcome) => [
      await outcome(() => one.handleRedirectCallback(location.href)),
      await outcome(() => one.handleRedirectCallback(location.href)),
    ],
    "one after the other, each with the hash": async (one, more, outcome) => [
      await outcome(() => one.handleRedirectCallback(location.hash)),
      await outcome(() => one.handleRedirectCallback(location.hash)),
    ],
    "first with the hash, then without an address": async (one, more, outcome) => [
      await outcome(() => one.handleRedirectCallback(location.hash)),
      await outcome(() => one.handleRedirectCallback()),
    ],
    "after a first call that takes 20 seconds": async (one, more, outcome) => {
      const first = outcome(() => one.handleRedirectCallback());
      const { now } = Date;
      Date.now = () => now() + 20_000;
      try {
        return [await first, await outcome(() => one.handleRedirectCallback())];
      } finally {
        Date.now = now;
      }
    },
    "by a client that is created after the first call has completed": async (
      one,
      more,
      outcome,
    ) => {
      const first = await outcome(() => one.handleRedirectCallback());
      return [first, await outcome(async () => (await more()).handleRedirectCallback())];
    },
  };
  for (const [how, way] of Object.entries(WAYS)) {
    test(`${how}: every call returns the same sign-in`, async () => {
      await harness.comeBack({}, { appState: APP_STATE });
      const { results, authenticated } = await handleTwice(way);
      assert.equal(results[0].value?.claims.sub, ADA, JSON.stringify(results));
      assert.deepEqual(results[1], results[0]);
      assert.equal(authenticated, true);
    });
    test(`${how}: every call is refused in the same way`, async () => {
      tenant.faults.set("wrong-nonce");
      await harness.comeBack({}, { appState: APP_STATE });
      const { results, authenticated } = await handleTwice(way);
      assert.equal(results[0].error?.code, "id_token_nonce");
      assert.deepEqual(results[1], results[0]);
      assert.equal(authenticated, false);
    });
  }

  for (const [what, changes] of Object.entries({
    flow: { flow: "code" },
    organization: { organization: "org_1" },
    audience: { tenantDomain: "canonical.example" },
    application: { clientId: "another-client" },
  })) {
    test(`a client with another ${what} gets no share of the result`, async () => {
      await harness.comeBack();
      const [first, second, authenticated] = await harness.run(
        async ({ createClient, outcome }, options, changes) => {
          const [one, two] = [
            await createClient(options),
            await createClient({ ...options, ...changes }),
          ];
          const first = outcome(() => one.handleRedirectCallback());
          return [
            await outcome(() => two.handleRedirectCallback()),
            await first,
            two.isAuthenticated,
          ];
        },
        harness.options(),
        changes,
      );
      assert.deepEqual([first, authenticated], [{ value: null }, false]);
      assert.equal(second.value?.claims.sub, ADA);
    });
  }

  for (const [what, address] of Object.entries({
    "the page's path": "/callback",
    "an empty string": "",
    "a route": "#/list",
    "another page": "https://elsewhere.example/",
    "another response": "/callback#access_token=a&id_token=b&state=forged",
  })) {
    test(`handling ${what} leaves a response in the address bar for a later call`, async () => {
      const waiting = await harness.comeBack();
      const { error, value } = await handleUrl(address, {});
      assert.equal(error?.code ?? value, what.includes("response") ? "state_mismatch" : null);
      assert.equal(await harness.driver.getCurrentUrl(), waiting);
      assert.equal((await handleUrl()).value?.claims.sub, ADA);
    });
  }

  for (const source of ["location", "new URL(location.href)", "null", "{}", "7"]) {
    test(`refuses ${source} as an address, and removes the response from the page's own`, async () => {
      await harness.comeBack();
      const { error } = await harness.run(
        `async ({ createClient, outcome }, options) => {
          const made = await createClient(options);
          return outcome(() => made.handleRedirectCallback(${source}));
        }`,
        harness.options(),
      );
      assert.equal(error?.code, "invalid_argument");
      assert.equal(await harness.driver.getCurrentUrl(), `${harness.origin}/callback`);
    });
  }

  test("removes the response as soon as the browser allows it if the page has replaced its address too often", async () => {
    await harness.comeBack();
    const { value } = await harness.run(async ({ createClient, outcome }, options) => {
      const made = await createClient(options);
      for (let index = 0; index < 400; index += 1) history.replaceState(index, "", location.href);
      return outcome(() => made.handleRedirectCallback());
    }, harness.options());
    assert.equal(value?.claims.sub, ADA);
    assert.match(await harness.driver.getCurrentUrl(), /token/);
    await harness.driver.wait(
      async () => (await harness.driver.getCurrentUrl()) === `${harness.origin}/callback`,
      20_000,
    );
  });

  test("keeps the result when another client was refused since", async () => {
    const [one] = await pending(1);
    const url = harness.forge(one);
    const first = await handleUrl(url);
    assert.equal(first.value?.claims.sub, ADA);
    const refused = await harness.run(
      async ({ createClient, outcome }, options, address) => {
        const ours = globalThis.client;
        const other = await createClient(options);
        globalThis.client = ours;
        return outcome(() => other.handleRedirectCallback(address));
      },
      harness.options({ clientId: "another-client" }),
      url,
    );
    assert.equal(refused.error?.code, "state_mismatch");
    assert.deepEqual(await handleUrl(url), first);
  });

  test("keeps the result when the client handles an address without a response", async () => {
    const [one] = await pending(1);
    assert.equal((await handleUrl(harness.forge(one))).value?.claims.sub, ADA);
    assert.deepEqual(await handleUrl(), { value: null });
    assert.deepEqual(await handleUrl(""), { value: null });
  });

  test("a client that logs out while it waits for the result stays logged out, whatever else it handles", async () => {
    const [one] = await pending(1);
    tenant.faults.set("delay", { ms: 600 }, { match: { target: "jwks" } });
    const authenticated = await harness.run(
      async ({ createClient, outcome }, options, url, forged) => {
        const first = globalThis.client;
        const second = await createClient(options);
        const ends = [first, second].map((it) => outcome(() => it.handleRedirectCallback(url)));
        await outcome(() => first.handleRedirectCallback(forged));
        await second.logout({ localOnly: true });
        await Promise.all(ends);
        return [first.isAuthenticated, second.isAuthenticated];
      },
      harness.options(),
      harness.forge(one),
      `${harness.origin}/callback#error=login_required`,
    );
    assert.deepEqual(authenticated, [true, false]);
  });

  test("a renewal that ends after another user's sign-in does not replace that user's session", async () => {
    await harness.signIn();
    tenant.faults.set("delay", { ms: 700 }, { times: 1, match: { target: "authorize" } });
    await harness.run(({ outcome }) => {
      globalThis.renewal = outcome(() => client.checkSession());
      return null;
    });
    const [one] = await pending(1, { keep: true });
    assert.equal((await handleUrl(harness.forge({ ...one, sub: GRACE }))).value?.claims.sub, GRACE);
    const { error } = await harness.run(() => renewal);
    assert.deepEqual([error?.code, error?.reason], ["id_token_subject", "mismatch"]);
    assert.equal(await harness.run(() => client.claims.sub), GRACE);
    const { error: next } = await harness.run(({ outcome }) =>
      outcome(() => client.checkSession()),
    );
    assert.deepEqual([next?.code, next?.reason], ["id_token_subject", "mismatch"]);
    assert.equal(await harness.run(() => client.claims.sub), GRACE);
  });

  test("subscribers are notified of a sign-in once, after it is complete", async () => {
    await harness.comeBack();
    const heard = await harness.run(async ({ createClient }, options) => {
      const made = await createClient(options);
      const heard = [];
      made.subscribe(() => heard.push(made.claims.sub));
      const stop = made.subscribe(() => heard.push("never"));
      stop();
      await Promise.all([made.handleRedirectCallback(), made.handleRedirectCallback()]);
      return heard;
    }, harness.options());
    assert.deepEqual(heard, [ADA]);
  });

  test("subscribers are notified when the session expires", async () => {
    tenant.setAccessTokenLifetime(2);
    await harness.signIn();
    const heard = await harness.run(async ({ sleep }) => {
      const heard = [];
      client.subscribe(() => heard.push(client.isAuthenticated));
      await sleep(client.expiresAt - Date.now() + 300);
      return heard;
    });
    assert.equal(heard.at(-1), false);
  });
});
