// Sign-in by redirect at a tenant that spoils its responses: each is refused with its code and leaves no trace.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { startHarness } from "../harness/index.mjs";
import { APP_STATE, responseSteps } from "./response-steps.mjs";

const harness = await startHarness({ tenant: { customDomain: true } });
const { tenant } = harness;

const { assertRefused } = responseSteps(harness);

const nameOf = (fault, options) =>
  Object.keys(options).length === 0 ? fault : `${fault} ${JSON.stringify(options)}`;

describe("responses that the tenant spoils", () => {
  // [fault, options of the fault, expected error, options of the sign-in]
  const FAULTS = [
    ["wrong-nonce", {}, { code: "id_token_nonce", reason: "mismatch" }],
    ["missing-nonce", {}, { code: "id_token_nonce", reason: "missing" }],
    ["wrong-audience", {}, { code: "id_token_audience", reason: "mismatch" }],
    ["several-audiences", {}, { code: "id_token_authorized_party", reason: "missing" }],
    ["wrong-authorized-party", {}, { code: "id_token_authorized_party", reason: "mismatch" }],
    ["missing-subject", {}, { code: "id_token_subject", reason: "missing" }],
    ["wrong-issuer", {}, { code: "id_token_issuer", reason: "mismatch" }],
    ["wrong-issuer", { issuer: "" }, { code: "id_token_issuer" }],
    ["expired-id-token", {}, { code: "id_token_expired", reason: "mismatch" }],
    ["expired-id-token", { seconds: 90 }, { code: "id_token_expired" }],
    // Up to a day, the device's clock is wrong instead.
    ["issued-in-future", { seconds: 90_000 }, { code: "id_token_issued_at", reason: "mismatch" }],
    ["issued-in-future", { seconds: -90_000 }, { code: "id_token_issued_at" }],
    ["stale-auth-time", {}, { code: "id_token_auth_time", reason: "mismatch" }, { maxAge: 60 }],
    [
      "tokens",
      { idToken: { drop: ["auth_time"] } },
      { code: "id_token_auth_time", reason: "missing" },
      { maxAge: 60 },
    ],
    [
      "wrong-organization",
      {},
      { code: "id_token_organization", reason: "mismatch" },
      { organization: "acme" },
    ],
    [
      "wrong-organization",
      {},
      { code: "id_token_organization" },
      { organization: "org_Zx8kQmT1vB3nR5yL" },
    ],
    [
      "tokens",
      { idToken: { drop: ["org_id", "org_name"] } },
      { code: "id_token_organization", reason: "missing" },
      { organization: "acme" },
    ],
    ["wrong-at-hash", {}, { code: "access_token_hash", reason: "mismatch" }],
    ["missing-at-hash", {}, { code: "access_token_hash", reason: "missing" }],
    ["algorithm-none", {}, { code: "id_token_algorithm" }],
    [
      "tokens",
      { idToken: { header: { alg: "nOnE" }, signature: "empty" } },
      { code: "id_token_algorithm" },
    ],
    ["algorithm-hs256", {}, { code: "id_token_algorithm" }],
    ["tampered-signature", {}, { code: "id_token_signature" }],
    ["foreign-signature", {}, { code: "id_token_signature" }],
    ["unknown-key", {}, { code: "signing_key_not_found" }],
    ["access-token-as-id-token", {}, { code: /^id_token_/ }],
    ["swapped-access-token", {}, { code: "access_token_hash", reason: "mismatch" }],
    ["foreign-access-token", {}, { code: "access_token_subject", reason: "mismatch" }],
    ["wrong-access-token-audience", {}, { code: "access_token_audience" }],
    [
      "wrong-access-token-audience",
      { audience: "http://localhost/api/v2/" },
      { code: "access_token_audience" },
    ],
    ["opaque-access-token", {}, { code: "access_token_audience" }],
    ["machine-access-token", {}, { code: "machine_token_forbidden" }],
    ["expired-access-token", {}, { code: "token_expired" }],
    ["missing-access-token", {}, { code: "invalid_response" }],
    ["missing-id-token", {}, { code: "invalid_response" }],
    ["wrong-token-type", {}, { code: "invalid_response" }],
    ["tokens", { response: { drop: ["token_type"] } }, { code: "invalid_response" }],
    ["tokens", { response: { set: { access_token: "" } } }, { code: "invalid_response" }],
    ["tokens", { response: { set: { id_token: "" } } }, { code: "invalid_response" }],
    ["tokens", { response: { set: { code: "abc" } } }, { code: "invalid_response" }],
    ["error-with-tokens", {}, { code: "invalid_response" }],
    ["wrong-issuer-parameter", {}, { code: "invalid_response" }],
    ["tokens-in-query", {}, { code: "invalid_response" }],
    [
      "authorization-error",
      { error: "access_denied", description: "<img src=x onerror=alert(1)>" },
      {
        code: "access_denied",
        serverCode: "access_denied",
        serverMessage: "<img src=x onerror=alert(1)>",
      },
    ],
    [
      "authorization-error",
      { error: "login_required" },
      { code: "login_required", serverCode: "login_required" },
    ],
    [
      "authorization-error",
      { error: "consent_required" },
      { code: "consent_required", serverCode: "consent_required" },
    ],
    [
      "authorization-error",
      { error: "interaction_required" },
      { code: "interaction_required", serverCode: "interaction_required" },
    ],
    [
      "authorization-error",
      { error: "unauthorized", description: "user is blocked" },
      { code: "authorization_error", serverCode: "unauthorized", serverMessage: "user is blocked" },
    ],
    [
      "authorization-error",
      { error: "server_error" },
      { code: "authorization_error", serverCode: "server_error" },
    ],
    [
      "authorization-error",
      { error: "__proto__" },
      { code: "authorization_error", serverCode: "__proto__" },
    ],
  ];
  for (const [fault, options, expected, authorize] of FAULTS) {
    test(`${nameOf(fault, options)} is refused with ${expected.code}`, async () => {
      tenant.faults.set(fault, options);
      await harness.comeBack({}, { appState: APP_STATE, ...authorize });
      await assertRefused(await harness.handle(), { appState: APP_STATE, ...expected });
      // The refusal has used up the state.
    });
  }

  const UNKNOWN_STATES = [
    ["missing-state", {}, { code: "state_mismatch", reason: "missing" }],
    ["altered-state", {}, { code: "state_mismatch", reason: "unknown" }],
    ["altered-state", { state: "__proto__" }, { code: "state_mismatch", reason: "unknown" }],
    ["tokens", { response: { set: { state: "" } } }, { code: "state_mismatch", reason: "missing" }],
    ["duplicated-parameter", { name: "state" }, { code: "invalid_response" }],
  ];
  for (const [fault, options, expected] of UNKNOWN_STATES) {
    test(`${nameOf(fault, options)} is refused with ${expected.code}, and appState stays secret`, async () => {
      tenant.faults.set(fault, options);
      await harness.comeBack({}, { appState: APP_STATE });
      const result = await harness.handle();
      assert.equal("appState" in result.error, false);
      await assertRefused(result, expected);
    });
  }

  for (const name of ["access_token", "id_token", "token_type", "expires_in", "scope"]) {
    test(`refuses a response in which ${name} occurs twice`, async () => {
      tenant.faults.set("duplicated-parameter", { name });
      const address = await harness.comeBack({}, { appState: APP_STATE });
      await assertRefused(await harness.handle(), {
        code: "invalid_response",
        appState: APP_STATE,
      });
      // The state occurred once and matched, so the refusal has used it up.
      const [page, hash] = address.split("#");
      const mended = hash.split("&").filter((pair, index, all) => all.indexOf(pair) === index);
      await harness.open(`${page}#${mended.join("&")}`);
      await assertRefused(await harness.handle(), { code: "state_mismatch", reason: "used" });
    });
  }

  test("removes tokens in the query from the address and keeps the application's own query", async () => {
    tenant.faults.set("tokens-in-query");
    const redirectUri = `${harness.origin}/callback?tab=1`;
    await harness.comeBack({ redirectUri });
    await assertRefused(await harness.handle({ redirectUri }), { code: "invalid_response" });
    assert.equal(await harness.driver.getCurrentUrl(), redirectUri);
  });

  test("refuses machine tokens by grant and by subject, however well they fit otherwise", async () => {
    const machines = [
      { gty: "client-credentials" },
      { gty: ["client-credentials"] },
      { sub: "local-m2m@clients" },
    ];
    for (const claims of machines) {
      tenant.faults.clear();
      tenant.faults.set("tokens", {
        accessToken: { claims },
        ...(claims.sub && { idToken: { claims: { sub: claims.sub } } }),
      });
      await harness.comeBack();
      await assertRefused(await harness.handle(), { code: "machine_token_forbidden" });
    }
  });
});
