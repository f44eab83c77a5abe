// Which parameters are a response to this package, and percent-encoded copies of such a response.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ADA, startHarness } from "../harness/index.mjs";
import { responseSteps } from "./response-steps.mjs";

const harness = await startHarness();
const { driver } = harness;

const { assertNoTrace, assertRefused, pending, handleUrl, setAddress } = responseSteps(harness);

const TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl";

describe("recognising a response", () => {
  for (const error of ["access_denied", "login_required", "server_error"]) {
    test(`refuses the tenant's ${error} without a state, and removes it`, async () => {
      await pending(1);
      await setAddress(`/callback?tab=1#error=${error}&error_description=x`);
      await assertRefused(await handleUrl(), { code: "state_mismatch", reason: "missing" });
      assert.equal(await driver.getCurrentUrl(), `${harness.origin}/callback?tab=1`);
    });
  }

  test("a state that this package made is recognised when no sign-in waits for it, with a code or an error", async () => {
    const lost = await pending(2, { options: { flow: "code" } });
    await harness.run(() => sessionStorage.clear());
    for (const [index, parameters] of ["code=abc", "error=access_denied"].entries()) {
      await setAddress(`/callback?${parameters}&state=${lost[index].state}`);
      await assertRefused(await handleUrl(), { code: "state_mismatch", reason: "unknown" });
      assert.equal(await driver.getCurrentUrl(), `${harness.origin}/callback`);
    }
  });

  test("a state has 48 characters and differs each time", async () => {
    const states = (await pending(20)).map(({ state }) => state);
    assert.equal(new Set(states).size, states.length);
    for (const state of states) assert.match(state, /^[\w-]{48}$/);
  });
});

describe("percent-encoded copies of a response", () => {
  const encode = encodeURIComponent;
  const COPIES = {
    "a path of a hash router": (hash) => [`/app#/${encode(hash)}`, "/app"],
    "a path of a hash router with a route": (hash) => [`/app#!/${encode(hash)}`, "/app"],
    "the address to return to, in the query": (hash) => [
      `/login?redirect=${encode(`/callback#${hash}`)}`,
      "/login",
    ],
    "the address to return to, beside other parameters": (hash) => [
      `/login?lang=en&redirect=${encode(`/callback?tab=1#${hash}`)}&theme=dark#top`,
      "/login?lang=en&theme=dark#top",
    ],
    "the whole address to return to": (hash) => [
      `/login?returnTo=${encode(`${harness.origin}/callback#${hash}`)}`,
      "/login",
    ],
    "the address to return to, encoded twice": (hash) => [
      `/login?redirect=${encode(encode(`/callback#${hash}`))}`,
      "/login",
    ],
    "the address to return to, behind a route": (hash) => [
      `/app#/login?lang=en&redirect=${encode(`/callback#${hash}`)}`,
      "/app#/login?lang=en",
    ],
  };
  for (const [what, copy] of Object.entries(COPIES)) {
    test(`takes the response out of ${what}`, async () => {
      const [one] = await pending(1);
      const [address, clean] = copy(harness.forge(one).split("#")[1]);
      await setAddress(address);
      const { value, error } = await handleUrl();
      assert.ok(value?.claims.sub === ADA || error?.code, JSON.stringify({ value, error }));
      await assertNoTrace();
      assert.equal(await driver.getCurrentUrl(), harness.origin + clean);
    });

    test(`takes a forged response out of ${what}`, async () => {
      await pending(1);
      const forged = harness.forge({ state: "guessed", nonce: "guessed" });
      const [address, clean] = copy(forged.split("#")[1]);
      await setAddress(address);
      await assertRefused(await handleUrl(), { code: /^(state_mismatch|invalid_response)$/ });
      assert.equal(await driver.getCurrentUrl(), harness.origin + clean);
    });
  }

  test("takes a code out of the address to return to", async () => {
    const options = { flow: "code" };
    const address = new URL(await harness.comeBack(options));
    await harness.open(`/login?lang=en&redirect=${encode(address.pathname + address.search)}`);
    const { value, error } = await handleUrl(undefined, options);
    assert.ok(value?.claims.sub === ADA || error?.code, JSON.stringify({ value, error }));
    assert.equal(await driver.getCurrentUrl(), `${harness.origin}/login?lang=en`);
  });

  test("leaves an encoded copy of another program's response alone", async () => {
    await pending(1);
    await setAddress(`/login?redirect=${encode(`/cb?code=abc&state=xyz#access_token=${TOKEN}`)}`);
    const before = await driver.getCurrentUrl();
    assert.deepEqual(await handleUrl(), { value: null });
    assert.equal(await driver.getCurrentUrl(), before);
  });
});
