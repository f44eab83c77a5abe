// Parameters of other programs in the address: they stay, and nobody is signed in by them.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ADA, startHarness } from "../harness/index.mjs";
import { responseSteps } from "./response-steps.mjs";

const harness = await startHarness();
const { tenant, driver } = harness;

const { pending, handleUrl, setAddress } = responseSteps(harness);

const TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl";

describe("responses to other programs of the page", () => {
  const FOREIGN = {
    "a code and the state of another provider": "?code=4%2F0AX4XfWh&state=security_token%3D138r5",
    "a code and a state of the same length as this package's": `?code=abc&state=${"A".repeat(48)}`,
    "a code and a session_state":
      "?code=abc&state=xyz&session_state=1&iss=https%3A%2F%2Fidp.example",
    "another provider's error": "?error=access_denied&error_description=no&state=xyz",
    "another provider's error in the fragment": "#error=access_denied&state=xyz",
    "another provider's token": `#access_token=${TOKEN}&token_type=Bearer&state=xyz&expires_in=3600`,
    "a token of an e-mail link": `#access_token=${TOKEN}&type=recovery`,
    "an ID token of another provider": `#id_token=${TOKEN}&state=xyz`,
    "a token in a query": `?access_token=${TOKEN}`,
    "a code without a state": "?code=SUMMER24",
    "a code behind a route": "#/redeem?code=SUMMER24&state=CA",
    "an error in a parameter of the application": "?message=error%3Daccess_denied",
    "an error behind a route": "#/login?error=access_denied",
  };
  for (const flow of ["implicit", "code"]) {
    for (const [what, address] of Object.entries(FOREIGN)) {
      test(`leaves ${what} alone (flow: ${flow})`, async () => {
        await pending(1, { options: { flow } });
        await setAddress(`/app${address}`);
        const before = await driver.getCurrentUrl();
        assert.deepEqual(await handleUrl(), { value: null });
        assert.deepEqual(await handleUrl(before), { value: null });
        assert.equal(await driver.getCurrentUrl(), before);
        assert.deepEqual(tenant.log, []);
      });
    }
  }

  for (const flow of ["implicit", "code"]) {
    test(`a sign-in is not disturbed by another program's response (flow: ${flow})`, async () => {
      const redirectUri = `${harness.origin}/callback`;
      const address = await harness.comeBack({ flow, redirectUri });
      await harness.open("/app?code=abc&state=xyz");
      assert.deepEqual(await handleUrl(undefined, { flow }), { value: null });
      await harness.open(address);
      assert.equal((await handleUrl(undefined, { flow })).value?.claims.sub, ADA);
    });
  }

  test("keeps another program's parameters beside a response", async () => {
    const [one] = await pending(1);
    const [, hash] = harness.forge(one).split("#");
    await setAddress(`/callback?code=SUMMER24&state=CA#${hash}`);
    assert.equal((await handleUrl()).value?.claims.sub, ADA);
    assert.equal(await driver.getCurrentUrl(), `${harness.origin}/callback?code=SUMMER24&state=CA`);
  });
});
