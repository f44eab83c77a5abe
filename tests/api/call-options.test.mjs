// What a call ignores in the place of its options: contexts of libraries, and events.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ADA, apiRequests, startHarness } from "../harness/index.mjs";

const harness = await startHarness();
const { tenant, driver } = harness;

/** The outcome of `source`, an expression of the page. */
const outcomeOf = (source) => harness.run(`async ({ outcome }) => outcome(() => (${source}))`);

const CONTEXTS = {
  "a query context":
    "{ queryKey: ['user'], meta: undefined, pageParam: 1, signal: new AbortController().signal }",
  "a query context with a lazy signal":
    "Object.defineProperty({ client: {}, queryKey: ['user'] }, 'signal', { get: () => new AbortController().signal, enumerable: true })",
  "unknown members": "{ fields: 'email', headers: { Authorization: 'Bearer x' }, user_id: 'x' }",
  "members whose getters throw": "{ get queryKey() { throw new Error('no'); } }",
  "a proxy whose keys cannot be listed": "new Proxy({}, { ownKeys() { throw 'text'; } })",
  "a signal that is undefined": "{ signal: undefined }",
  "an inherited signal": "Object.create({ signal: 7 })",
  "an instance of a class": "new (class { #own = 1; queryKey = 2; })()",
  "an event": "new Event('click')",
  "a click": "new PointerEvent('click')",
  "a custom event with a signal": "new CustomEvent('go', { detail: { signal: 7 } })",
  "a synthetic event": "{ nativeEvent: new Event('click'), type: 'click', signal: 7 }",
};

describe("the place of a call's options", () => {
  for (const [what, source] of Object.entries(CONTEXTS)) {
    test(`${what} changes nothing about a call`, async () => {
      await harness.signIn();
      const { value, error } = await outcomeOf(`client.getUser(${source})`);
      assert.equal(value?.user_id, ADA, JSON.stringify(error));
      const patched = await outcomeOf(`client.patchUserMetadata({ a: 1 }, ${source})`);
      assert.equal(patched.value?.user_metadata.a, 1, JSON.stringify(patched.error));
      const [get, patch] = apiRequests(tenant);
      assert.equal(get.url, `/api/v2/users/${encodeURIComponent(ADA)}`);
      assert.equal(patch.body, '{"user_metadata":{"a":1}}');
      for (const { headers } of [get, patch]) assert.match(headers.authorization, /^Bearer eyJ/);
    });
  }

  test("the signal of a query context aborts the call", async () => {
    await harness.signIn();
    tenant.faults.set("delay", { ms: 1000 });
    const { error } = await harness.run(({ outcome }) => {
      const controller = new AbortController();
      setTimeout(() => controller.abort(), 100);
      return outcome(() => client.getUser({ queryKey: ["user"], signal: controller.signal }));
    });
    assert.equal(error?.code, "aborted");
  });

  for (const wrong of ["null", "7", "'text'", "true", "{ signal: 7 }", "{ signal: {} }"]) {
    test(`${wrong} is refused with invalid_argument, and nothing is sent`, async () => {
      await harness.signIn();
      const { error } = await outcomeOf(`client.getUser(${wrong})`);
      assert.equal(error?.code, "invalid_argument");
      assert.deepEqual(apiRequests(tenant), []);
    });
  }

  test("a method is an event handler by itself", async () => {
    await harness.signIn();
    const ended = await harness.run(async ({ sleep }) => {
      const button = document.createElement("button");
      document.body.append(button);
      const failures = [];
      addEventListener("unhandledrejection", ({ reason }) => failures.push(String(reason)));
      button.onclick = client.getUser;
      button.click();
      await sleep(500);
      return failures;
    });
    assert.deepEqual(ended, []);
    assert.equal(apiRequests(tenant).length, 1);
  });

  for (const [what, event] of [
    ["a click", "new PointerEvent('click')"],
    ["a synthetic event", "{ nativeEvent: new Event('click'), type: 'click' }"],
  ]) {
    test(`logout takes ${what} for no options and goes to the tenant`, async () => {
      await harness.signIn();
      await driver.executeScript(`client.logout(${event})`);
      await driver.wait(() => harness.requests("/v2/logout").length === 1, 5000);
      const [{ url }] = harness.requests("/v2/logout");
      assert.equal(url, "/v2/logout?client_id=local-spa");
    });

    test(`loginWithRedirect takes ${what} for no options`, async () => {
      await harness.start();
      tenant.clearLog();
      await driver.executeScript(`client.loginWithRedirect(${event})`);
      await driver.wait(() => harness.requests("/authorize").length === 1, 5000);
    });
  }

  test("options of a logout that are unknown are still refused", async () => {
    await harness.signIn();
    const { error } = await outcomeOf("client.logout({ nativeEvent: {} })");
    assert.equal(error?.code, "invalid_configuration");
  });
});
