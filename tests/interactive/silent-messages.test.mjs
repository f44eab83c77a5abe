// checkSession on a hostile page: which message is the response, and how it is verified.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { ADA, answerWithScript, startHarness, refusal, success } from "../harness/index.mjs";
import { renew, renewalSteps } from "./renewal-steps.mjs";

const harness = await startHarness({ watched: true });
const { tenant } = harness;

const { sessionIsStill } = renewalSteps(harness);

suite("hostile messages and responses", () => {
  test("ignores messages of other windows, even with the right state", async () => {
    await harness.signInByPopup();
    tenant.faults.set("delay", { ms: 1000 }, { times: 1, match: { target: "authorize" } });
    const { heard, sub } = await harness.run(async ({ sleep }, elsewhere) => {
      let heard = 0;
      addEventListener("message", () => (heard += 1));
      const ending = client.checkSession();
      await sleep(200);
      const state = new URL(document.querySelector("iframe").src).searchParams.get("state");
      const message = {
        type: "authorization_response",
        response: { error: "access_denied", state },
      };
      postMessage(message, "*");
      const hash = encodeURIComponent(JSON.stringify({ message }));
      const frame = document.createElement("iframe");
      frame.src = `${elsewhere}/harness/hostile.html#${hash}`;
      document.body.append(frame);
      const { claims } = await ending;
      frame.remove();
      return { heard, sub: claims.sub };
    }, harness.otherOrigin);
    assert.equal(heard, 3);
    assert.equal(sub, ADA);
    await harness.nothingRemains();
  });

  test("ignores malformed messages from the right frame, and accepts the real one", async () => {
    await harness.signInByPopup();
    answerWithScript(
      tenant,
      `const state = new URLSearchParams(location.search).get("state");
       for (const message of [null, 1, "x", { type: "authorization_response" },
         { type: "authorization_response", response: { error: "access_denied" } },
         { type: "authorization_response", response: { error: "access_denied", state: state + "x" } },
         JSON.parse('{"__proto__":{"type":"authorization_response"},"response":{"state":"' + state + '"}}'),
       ]) parent.postMessage(message, "*");
       location.replace(location.href);`,
    );
    assert.equal(success(await harness.attempt(renew)).claims.sub, ADA);
    await harness.nothingRemains();
  });

  test("accepts the first of several responses", async () => {
    await harness.signInByPopup();
    answerWithScript(
      tenant,
      `const state = new URLSearchParams(location.search).get("state");
       for (const error of ["access_denied", "consent_required", "server_error"])
         parent.postMessage({ type: "authorization_response", response: { error, state } }, "*");`,
    );
    const before = await harness.session();
    assert.equal(refusal(await harness.attempt(renew)).code, "access_denied");
    await sessionIsStill(before);
  });

  for (const [what, response, code] of [
    [
      "tokens and an error together",
      { id_token: "a.b.c", access_token: "a.b.c", error: "x" },
      "invalid_response",
    ],
    ["the state alone", {}, "invalid_response"],
    ["a code instead of tokens", { code: "abc" }, "invalid_response"],
    [
      "tokens that are not strings",
      { id_token: {}, access_token: [], token_type: "Bearer" },
      "invalid_response",
    ],
    [
      "an ID token that is not a JWT",
      { id_token: "x", access_token: "y", token_type: "Bearer" },
      "id_token_malformed",
    ],
    [
      "another tenant's iss",
      { error: "access_denied", iss: "https://evil.example/" },
      "invalid_response",
    ],
    ["an empty error", { error: "" }, "invalid_response"],
  ]) {
    test(`${what} is refused with ${code}`, async () => {
      await harness.signInByPopup();
      const before = await harness.session();
      answerWithScript(
        tenant,
        `const state = new URLSearchParams(location.search).get("state");
         const response = { ...${JSON.stringify(response)}, state };
         parent.postMessage({ type: "authorization_response", response }, "*");`,
      );
      assert.equal(refusal(await harness.attempt(renew)).code, code);
      await sessionIsStill(before);
    });
  }
});

suite("a response by message is verified like any other response", () => {
  for (const [fault, code, options] of [
    ["wrong-nonce", "id_token_nonce"],
    ["missing-nonce", "id_token_nonce"],
    ["wrong-audience", "id_token_audience"],
    ["several-audiences", "id_token_authorized_party"],
    ["wrong-authorized-party", "id_token_authorized_party"],
    ["missing-subject", "id_token_subject"],
    ["wrong-issuer", "id_token_issuer"],
    ["expired-id-token", "id_token_expired"],
    ["issued-in-future", "id_token_issued_at", { seconds: 90_000 }],
    ["wrong-at-hash", "access_token_hash"],
    ["missing-at-hash", "access_token_hash"],
    ["algorithm-none", "id_token_algorithm"],
    ["algorithm-hs256", "id_token_algorithm"],
    ["tampered-signature", "id_token_signature"],
    ["foreign-signature", "id_token_signature"],
    ["unknown-key", "signing_key_not_found"],
    ["swapped-access-token", "access_token_hash"],
    ["foreign-access-token", "access_token_subject"],
    ["wrong-access-token-audience", "access_token_audience"],
    ["opaque-access-token", "access_token_audience"],
    ["machine-access-token", "machine_token_forbidden"],
    ["expired-access-token", "token_expired"],
    ["missing-access-token", "invalid_response"],
    ["missing-id-token", "invalid_response"],
    ["wrong-token-type", "invalid_response"],
    ["error-with-tokens", "invalid_response"],
    ["wrong-issuer-parameter", "invalid_response"],
    ["tokens", "invalid_response", { response: { set: { code: "abc" } } }],
  ]) {
    test(`${fault}${options?.response ? " (with a code)" : ""} is refused with ${code}, and the session stays`, async () => {
      await harness.signInByPopup();
      const before = await harness.session();
      tenant.faults.set(fault, options, { times: 1 });
      assert.equal(refusal(await harness.attempt(renew)).code, code);
      await sessionIsStill(before);
      assert.equal(success(await harness.attempt(renew)).claims.sub, ADA);
      await harness.nothingRemains();
    });
  }

  test("unknown members and names of prototype members in the response have no effect", async () => {
    await harness.signInByPopup();
    tenant.faults.set("tokens", {
      response: {
        set: {
          constructor: "x",
          toString: "y",
          "a[b]": "c",
          Access_Token: "z",
          hasOwnProperty: "1",
        },
      },
    });
    assert.equal(success(await harness.attempt(renew)).claims.sub, ADA);
  });

  test("a scope that is no longer granted is gone after the renewal, whatever the response claims", async () => {
    await harness.signInByPopup();
    tenant.faults.set("missing-scope", { scope: "update:current_user_identities" });
    tenant.faults.set("granted-scope-tampered");
    const { grantedScopes, missingScopes } = success(await harness.attempt(renew));
    assert.deepEqual(grantedScopes, ["read:current_user"]);
    assert.deepEqual(missingScopes, ["update:current_user_identities"]);
    assert.equal(await harness.run(() => client.can("linkIdentity")), false);
  });
});
