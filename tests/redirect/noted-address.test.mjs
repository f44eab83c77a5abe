// A response that routers, guards and other clients of the page meet before handleRedirectCallback does.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ADA, startHarness } from "../harness/index.mjs";
import { APP_STATE, responseSteps } from "./response-steps.mjs";

const harness = await startHarness({ tenant: { customDomain: true } });
const { tenant, driver } = harness;

const { assertNoTrace, pending, handleUrl } = responseSteps(harness);

const FLOWS = ["implicit", "code"];

describe("a router that changes the address first", () => {
  const MOMENTS = {
    "while the package is being loaded": async (load, options) => {
      const { createCurrentUserClient } = await load();
      const creating = createCurrentUserClient(options);
      history.replaceState({}, "", "/login?from=router");
      return creating;
    },
    "after the client was created": async (load, options) => {
      const { createCurrentUserClient } = await load();
      const made = await createCurrentUserClient(options);
      history.replaceState({}, "", "/login?from=router");
      return made;
    },
  };
  for (const flow of FLOWS) {
    for (const [when, moment] of Object.entries(MOMENTS)) {
      test(`does not lose the response ${when} (flow: ${flow})`, async () => {
        await harness.comeBack({ flow }, { appState: APP_STATE });
        const [first, second] = await harness.run(
          `async ({ load, outcome }, options) => {
            const made = (globalThis.client = await (${moment})(load, options));
            return [
              await outcome(() => made.handleRedirectCallback()),
              await outcome(() => made.handleRedirectCallback()),
            ];
          }`,
          harness.options({ flow }),
        );
        assert.equal(first.value?.claims.sub, ADA, JSON.stringify(first.error));
        assert.deepEqual(first.value.appState, APP_STATE);
        assert.deepEqual(second, first);
        assert.equal(await driver.getCurrentUrl(), `${harness.origin}/login?from=router`);
        await assertNoTrace();
      });

      test(`does not lose a refusal ${when} (flow: ${flow})`, async () => {
        tenant.faults.set("wrong-nonce");
        await harness.comeBack({ flow }, { appState: APP_STATE });
        const { error } = await harness.run(
          `async ({ load, outcome }, options) => {
            const made = (globalThis.client = await (${moment})(load, options));
            return outcome(() => made.handleRedirectCallback());
          }`,
          harness.options({ flow }),
        );
        assert.deepEqual([error?.code, error?.appState], ["id_token_nonce", APP_STATE]);
        assert.equal(await driver.getCurrentUrl(), `${harness.origin}/login?from=router`);
      });
    }
  }

  test("a noted response is handled once, and a later call finds none", async () => {
    await harness.comeBack();
    const results = await harness.run(async ({ createClient, outcome }, options) => {
      const made = await createClient(options);
      history.replaceState({}, "", "/login");
      const first = await outcome(() => made.handleRedirectCallback());
      history.replaceState({}, "", "/list");
      return [first, await outcome(() => made.handleRedirectCallback())];
    }, harness.options());
    assert.equal(results[0].value?.claims.sub, ADA);
    assert.deepEqual(results[1], { value: null });
  });

  test("a noted response is not handled after a logout", async () => {
    await harness.comeBack();
    const { value } = await harness.run(async ({ createClient, outcome }, options) => {
      const made = await createClient(options);
      history.replaceState({}, "", "/login");
      await made.logout({ localOnly: true });
      return outcome(() => made.handleRedirectCallback());
    }, harness.options());
    assert.equal(value, null);
    assert.equal(await harness.run(() => client.isAuthenticated), false);
  });
});

describe("a guard that signs in before the callback is handled", () => {
  for (const flow of FLOWS) {
    test(`is refused with aborted while the response waits, and the callback still works (flow: ${flow})`, async () => {
      const address = await harness.comeBack({ flow });
      tenant.clearLog();
      const [guard, result] = await harness.run(async ({ createClient, outcome }, options) => {
        const made = await createClient(options);
        const guard = await outcome(() => made.loginWithRedirect());
        return [guard, await outcome(() => made.handleRedirectCallback())];
      }, harness.options({ flow }));
      assert.equal(guard.error?.code, "aborted", JSON.stringify(guard));
      assert.match(guard.error.message, /handleRedirectCallback/);
      assert.equal(result.value?.claims.sub, ADA, JSON.stringify(result.error));
      assert.notEqual(address, await driver.getCurrentUrl());
      assert.deepEqual(harness.requests("/authorize"), []);
    });

    test(`is refused with aborted while the response is being handled (flow: ${flow})`, async () => {
      await harness.comeBack({ flow });
      tenant.clearLog();
      tenant.faults.set("delay", { ms: 400 }, { match: { target: "jwks" } });
      const [guard, result] = await harness.run(async ({ createClient, outcome }, options) => {
        const made = await createClient(options);
        const handling = outcome(() => made.handleRedirectCallback());
        return [await outcome(() => made.loginWithRedirect()), await handling];
      }, harness.options({ flow }));
      assert.equal(guard.error?.code, "aborted", JSON.stringify(guard));
      assert.equal(result.value?.claims.sub, ADA, JSON.stringify(result.error));
      assert.deepEqual(harness.requests("/authorize"), []);
    });
  }

  test("is refused with aborted where a router has moved on to the guarded page", async () => {
    await harness.comeBack();
    const [guard, result] = await harness.run(async ({ createClient, outcome }, options) => {
      const made = await createClient(options);
      history.replaceState({}, "", "/guarded");
      const guard = await outcome(() => made.loginWithRedirect());
      return [guard, await outcome(() => made.handleRedirectCallback())];
    }, harness.options());
    assert.equal(guard.error?.code, "aborted", JSON.stringify(guard));
    assert.equal(result.value?.claims.sub, ADA);
  });
});

describe("a response that another client of the page began", () => {
  const OTHERS = {
    application: { clientId: "another-client" },
    flow: { flow: "code" },
    tenant: { domain: tenant.customDomain.domain, tenantDomain: tenant.domain },
  };
  for (const [what, changes] of Object.entries(OTHERS)) {
    test(`is refused by a client with another ${what}, leaves the address, and is kept for its own client`, async () => {
      await harness.comeBack({}, { appState: APP_STATE });
      const [refused, url, guard, kept, again] = await harness.run(
        async ({ createClient, outcome }, options, changes) => {
          const other = await createClient({ ...options, ...changes });
          const refused = await outcome(() => other.handleRedirectCallback());
          const url = location.href;
          const own = await createClient(options);
          const guard = await outcome(() => own.loginWithRedirect());
          const kept = await outcome(() => own.handleRedirectCallback());
          return [refused, url, guard, kept, await outcome(() => own.handleRedirectCallback())];
        },
        harness.options(),
        changes,
      );
      assert.deepEqual(
        [refused.error?.code, refused.error?.reason],
        ["state_mismatch", "other_client"],
        JSON.stringify(refused),
      );
      assert.equal("appState" in refused.error, false);
      assert.equal(url, `${harness.origin}/callback`);
      assert.equal(guard.error?.code, "aborted");
      assert.equal(kept.value?.claims.sub, ADA, JSON.stringify(kept.error));
      assert.deepEqual(kept.value.appState, APP_STATE);
      assert.deepEqual(again, kept);
      await assertNoTrace();
    });

    test(`is kept where its own client was created before a client with another ${what} refuses it`, async () => {
      await harness.comeBack();
      const [refused, kept] = await harness.run(
        async ({ createClient, outcome }, options, changes) => {
          const own = await createClient(options);
          const other = await createClient({ ...options, ...changes });
          const refused = await outcome(() => other.handleRedirectCallback());
          return [refused, await outcome(() => own.handleRedirectCallback())];
        },
        harness.options(),
        changes,
      );
      assert.equal(refused.error?.reason, "other_client", JSON.stringify(refused));
      assert.equal(kept.value?.claims.sub, ADA, JSON.stringify(kept.error));
    });
  }

  test("is refused by a client that is given its address, and stays valid for its own client", async () => {
    const [one] = await pending(1);
    const url = harness.forge(one);
    const { error } = await handleUrl(url, { clientId: "another-client" });
    assert.deepEqual([error?.code, error?.reason], ["state_mismatch", "other_client"]);
    assert.equal((await handleUrl(url, {})).value?.claims.sub, ADA);
  });
});

// Last, because these tests leave responses in the history.
describe("a sign-in by redirect is not held up", () => {
  for (const [what, address] of Object.entries({
    "another program's response": "/callback?code=abc&state=xyz",
    "a forged response": "/callback#access_token=a&id_token=b&state=forged",
    "the tenant's error without a state": "/callback#error=login_required",
  })) {
    test(`leaves for the tenant where the address holds ${what}`, async () => {
      await harness.start({}, address);
      tenant.clearLog();
      await driver.executeScript(() => void client.loginWithRedirect());
      await driver.wait(() => harness.requests("/authorize").length === 1, 5000);
    });
  }

  test("leaves for the tenant after the response was handled, be it refused", async () => {
    tenant.faults.set("wrong-nonce");
    await harness.comeBack();
    assert.equal((await harness.handle()).error?.code, "id_token_nonce");
    tenant.clearLog();
    await driver.executeScript(() => void client.loginWithRedirect());
    await driver.wait(() => harness.requests("/authorize").length === 1, 5000);
  });
});
