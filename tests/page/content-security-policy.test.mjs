// Strict content security policies.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ADA, startHarness } from "../harness/index.mjs";

const harness = await startHarness();
const { tenant } = harness;

const lines = async () =>
  (await harness.driver.manage().logs().get("browser")).map(({ message }) => message);

describe("Content Security Policy", () => {
  const strict = (connect) => ({
    "Content-Security-Policy": `default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src ${connect}; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'`,
  });

  test("a strict policy with Trusted Types permits sign-in and calls, and reports nothing", async () => {
    harness.site.headers = strict(`'self' ${tenant.url}`);
    await harness.comeBack();
    const { value } = await harness.handle();
    assert.equal(value?.claims.sub, ADA);
    const user = await harness.run(async () => {
      await client.patchUserMetadata({ a: 1 });
      return client.getUser();
    });
    assert.equal(user.user_id, ADA);
    assert.deepEqual(await lines(), []);
    // The policy is in force: the browser blocks what it forbids.
    const forbidden = await harness.run(async () => {
      const tries = [];
      try {
        document.body.innerHTML = "<b>x</b>";
        tries.push("markup");
      } catch {}
      try {
        (0, eval)("1");
        tries.push("eval");
      } catch {}
      return tries;
    });
    assert.deepEqual(forbidden, []);
  });

  test("a policy that forbids WebAssembly is refused each time with invalid_configuration, which names the remedy", async () => {
    harness.site.headers = { "Content-Security-Policy": "script-src 'self'" };
    await harness.open("/strict");
    for (let round = 0; round < 2; round += 1) {
      const { error } = await harness.run(
        ({ createClient, outcome }, options) => outcome(() => createClient(options)),
        harness.options(),
      );
      assert.equal(error?.code, "invalid_configuration", JSON.stringify(error));
      assert.match(error.message, /wasm-unsafe-eval/);
    }
  });

  test("a policy that forbids the tenant is refused with network_error, which names the policy, and nobody is signed in", async () => {
    await harness.comeBack();
    harness.site.headers = strict("'self'");
    const address = await harness.driver.getCurrentUrl();
    await harness.open(address);
    const { error } = await harness.handle({ retries: 0 });
    assert.equal(error?.code, "network_error", JSON.stringify(error));
    assert.match(error.message, /connect-src/);
    assert.equal(await harness.run(() => client.isAuthenticated), false);
    assert.doesNotMatch(await harness.driver.getCurrentUrl(), /token/);
    assert.deepEqual(
      tenant.log.filter(({ headers }) => headers.authorization),
      [],
    );
  });

  test("a policy that permits the page's own files as scripts only still loads the module, from a script", async () => {
    harness.site.headers = strict(tenant.url);
    await harness.open("/strict");
    const { value, error } = await harness.run(
      ({ createClient, outcome }, options) =>
        outcome(async () => (await createClient(options)).isAuthenticated),
      harness.options(),
    );
    assert.ok(value === false || error?.code === "network_error", JSON.stringify(error));
    if (error) assert.match(error.message, /connect-src/);
  });
});
