// The form of a response: encodings, duplicates, unknown parameters, appState, error texts.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ADA, startHarness } from "../harness/index.mjs";
import { responseSteps } from "./response-steps.mjs";

const harness = await startHarness({ tenant: { customDomain: true } });
const { tenant } = harness;

const { pending, handleUrl } = responseSteps(harness);

describe("the form of a response", () => {
  const GOOD = {
    "with its parameters in another order": (hash) => hash.split("&").reverse().join("&"),
    "with unknown parameters": (hash) => `${hash}&session_state=1&foo=bar&not_before=0`,
    "with an empty parameter": (hash) => `&${hash}&&=&=x&`,
    "with names of prototype members": (hash) =>
      `__proto__=1&constructor=2&toString=3&${hash}&__proto__[access_token]=x&hasOwnProperty=4`,
    "with arrays in brackets": (hash) => `${hash}&state[]=x&state[0]=y&access_token[]=z`,
    "with broken percent signs elsewhere": (hash) => `${hash}&foo=%zz&%=%&bar=%E0%A4%A`,
    "with every character percent-encoded": (hash) =>
      hash
        .split("&")
        .map((pair) =>
          pair
            .split("=")
            .map((text) =>
              [...Buffer.from(decodeURIComponent(text))]
                .map((byte) => `%${byte.toString(16).padStart(2, "0")}`)
                .join(""),
            )
            .join("="),
        )
        .join("&"),
    "with a lower-case token type": (hash) => hash.replace("Bearer", "bearer"),
    "with an upper-case token type": (hash) => hash.replace("Bearer", "BEARER"),
    "with a + in a value": (hash) => `${hash}&scope=openid+read%3Acurrent_user`,
    "with the tenant's own iss": (hash) => `${hash}&iss=${encodeURIComponent(tenant.issuer)}`,
    "without expires_in": (hash) => hash.replace(/&expires_in=\d+/, ""),
    "with nonsense in expires_in": (hash) => hash.replace(/expires_in=\d+/, "expires_in=soon"),
    "with a negative expires_in": (hash) => hash.replace(/expires_in=\d+/, "expires_in=-5"),
    "with an endless expires_in": (hash) =>
      hash.replace(/expires_in=\d+/, "expires_in=99999999999999999999"),
    "with ten thousand parameters": (hash) =>
      `${hash}&${Array.from({ length: 10_000 }, (none, index) => `p${index}=x`).join("&")}`,
    "with a megabyte in a parameter": (hash) => `${hash}&foo=${"x".repeat(1 << 20)}`,
  };
  for (const [what, change] of Object.entries(GOOD)) {
    test(`accepts a response ${what}, but no longer than the token's own lifetime`, async () => {
      const [one] = await pending(1);
      const [page, hash] = harness.forge(one).split("#");
      const { value, error } = await handleUrl(`${page}#${change(hash)}`);
      assert.equal(value?.claims.sub, ADA, JSON.stringify(error));
      assert.ok(value.expiresAt <= Date.now() + 7200e3 + 2000);
      assert.equal(await harness.run(() => ({}).access_token ?? null), null);
    });
  }

  const BAD = {
    "tokens of white space": [(hash) => hash.replace(/access_token=[^&]+/, "access_token=+"), /.*/],
    "a parameter twice with one value": [(hash) => `${hash}&token_type=Bearer`, "invalid_response"],
    "a parameter twice, once percent-encoded": [
      (hash) => `${hash}&%69d_token=x`,
      "invalid_response",
    ],
    "state in another case": [(hash) => hash.replace("state=", "State="), "state_mismatch"],
    "a token type with a blank": [
      (hash) => hash.replace("Bearer", "Bearer%20"),
      "invalid_response",
    ],
    "another token type": [(hash) => hash.replace("Bearer", "DPoP"), "invalid_response"],
    "an empty error with the tokens": [(hash) => `${hash}&error=`, "invalid_response"],
    "an empty iss": [(hash) => `${hash}&iss=`, "invalid_response"],
    "iss without its slash": [
      (hash) => `${hash}&iss=${encodeURIComponent(tenant.issuer.slice(0, -1))}`,
      "invalid_response",
    ],
  };
  for (const [what, [change, code]] of Object.entries(BAD)) {
    test(`${what}: the response is ${code instanceof RegExp ? "refused" : `refused with ${code}`}`, async () => {
      const [one] = await pending(1);
      const [page, hash] = harness.forge(one).split("#");
      const { error } = await handleUrl(`${page}#${change(hash)}`);
      if (code instanceof RegExp) assert.ok(error?.code);
      else assert.equal(error?.code, code, JSON.stringify(error));
      assert.equal(await harness.run(() => client.isAuthenticated), false);
    });
  }

  test("appState is returned unchanged, whatever JSON it is", async () => {
    const values = [
      null,
      false,
      0,
      -0.5,
      "",
      "text",
      [],
      {},
      [[[]]],
      { "": { "é漢🙂": "\u2028\u0000" } },
      JSON.parse('{"__proto__":{"a":1},"constructor":2}'),
      "x".repeat(50_000),
      "<script>alert(1)</script>",
      "https://evil.invalid/",
    ];
    for (const appState of values) {
      const text = JSON.stringify(appState);
      const back = await harness.run(
        async ({ createClient }, options, given) => {
          const made = await createClient(options);
          const { searchParams } = new URL(
            await made.buildAuthorizeUrl({ appState: JSON.parse(given) }),
          );
          return {
            state: searchParams.get("state"),
            nonce: searchParams.get("nonce"),
            all: searchParams.toString(),
          };
        },
        harness.options(),
        text,
      );
      assert.equal(back.all.includes("alert"), false);
      const result = await harness.run(
        async (pageHelpers, url) =>
          JSON.stringify((await client.handleRedirectCallback(url)).appState),
        harness.forge(back),
      );
      assert.equal(result, text);
    }
    const [one] = await pending(1);
    assert.equal(
      await harness.run(
        async (pageHelpers, url) =>
          (await client.handleRedirectCallback(url)).appState === undefined,
        harness.forge(one),
      ),
      true,
    );
    assert.equal(new URL(await harness.driver.getCurrentUrl()).origin, harness.origin);
  });

  test("the tenant's error text never becomes markup or an address", async () => {
    const [one] = await pending(1);
    const description = '<img src=x onerror="document.title=1"><a href="javascript:alert(1)">';
    const { error } = await handleUrl(
      `${harness.origin}/callback#${new URLSearchParams({ error: "x", error_description: description, error_uri: "https://evil.invalid/", state: one.state })}`,
    );
    assert.equal(error.serverMessage, description);
    assert.equal(error.message.includes("<"), false);
    assert.doesNotMatch(await harness.run(() => document.documentElement.outerHTML), /onerror/);
  });
});
