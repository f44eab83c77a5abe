// What is checked before somebody is signed in, in the order in which the package checks it.
import type { ErrorCode, IdTokenClaims } from "auth0-current-user";
import { clientId, domain, tenantDomain } from "../client.js";
import { dateAndTime, h } from "../ui/dom.js";
import { redacted, type Verification } from "./record.js";

interface Check {
  /** What it fails with. */
  codes: ErrorCode[];
  what: string;
  /** What was found in the ID token. Signatures, hashes and random values are named and not shown. */
  found?: (claims: IdTokenClaims) => string | undefined;
}

const scheme = /^(localhost|127\.0\.0\.1|\[::1\])(:|$)/.test(domain) ? "http" : "https";
const issuer = `${scheme}://${domain}/`;
const audience = `${scheme}://${tenantDomain ?? domain}/api/v2/`;
const time = (seconds: number | undefined) =>
  seconds === undefined ? undefined : (dateAndTime(seconds * 1000)?.textContent ?? undefined);

const CHECKS: Check[] = [
  {
    codes: ["state_mismatch"],
    what: "state is one that this browser waits for, and good for one answer",
    found: () => "equal; used up now",
  },
  {
    codes: [
      "authorization_error",
      "login_required",
      "consent_required",
      "interaction_required",
      "access_denied",
    ],
    what: "The tenant did not answer with an error",
  },
  { codes: ["invalid_response"], what: "The answer has each part that it needs, once" },
  { codes: ["id_token_malformed"], what: "The ID token is a JWT: header, claims, signature" },
  { codes: ["id_token_algorithm"], what: "alg is RS256, and nothing else" },
  {
    codes: ["signing_key_not_found", "id_token_signature"],
    what: `The signature fits a key of ${issuer}.well-known/jwks.json`,
    found: () => "fits",
  },
  { codes: ["id_token_issuer"], what: `iss is ${issuer}`, found: ({ iss }) => iss },
  {
    codes: ["id_token_audience"],
    what: `aud is this application, ${clientId}`,
    found: ({ aud }) => [aud].flat().join(", "),
  },
  {
    codes: ["id_token_authorized_party"],
    what: "azp, where there is one, is this application too",
    found: ({ azp }) => azp ?? "not there",
  },
  { codes: ["id_token_subject"], what: "sub says who it is", found: ({ sub }) => sub },
  { codes: ["id_token_expired"], what: "exp is not past", found: ({ exp }) => time(exp) },
  {
    codes: ["id_token_issued_at"],
    what: "iat is not before this sign-in began, nor in the future",
    found: ({ iat }) => time(iat),
  },
  {
    codes: ["id_token_nonce"],
    what: "nonce is the one that was sent",
    found: ({ nonce }) => `equal: ${redacted(nonce)}`,
  },
  {
    codes: ["id_token_auth_time", "id_token_organization"],
    what: "max_age and organization, where asked for, are kept",
    found: () => "not asked for",
  },
  { codes: ["machine_token_forbidden"], what: "The access token is a person’s, not a machine’s" },
  {
    codes: ["access_token_hash"],
    what: "at_hash is the digest of the access token: the two belong together",
    found: ({ at_hash }) => (at_hash ? `equal: ${redacted(at_hash)}` : "not there"),
  },
  {
    codes: ["access_token_audience"],
    what: `The access token is for ${audience}`,
    found: () => audience,
  },
  {
    codes: ["access_token_subject"],
    what: "The access token is for the same person",
    found: ({ sub }) => sub,
  },
  { codes: ["token_expired"], what: "The access token is good for some time yet" },
];

const WORDS = { passed: "passed", failed: "failed", unreached: "not reached" };

export function verification(last: Verification | undefined): Node[] {
  if (!last)
    return [h("p", { class: "empty" }, "Nothing was verified since this page was loaded.")];
  const { claims, error } = last;
  const failing = CHECKS.findIndex(({ codes }) => error && codes.includes(error.code));
  if (error && failing < 0)
    return [
      h("p", { class: "empty" }, "There was no answer to verify: ", h("code", {}, error.code), "."),
    ];
  const row = ({ codes, what, found }: Check, index: number) => {
    const outcome =
      !error || index < failing ? "passed" : index === failing ? "failed" : "unreached";
    const value = outcome === "failed" ? error?.message : claims && found?.(claims);
    return h(
      "li",
      { "data-check": codes[0], class: outcome },
      h("span", {}, what, h("span", { class: "visually-hidden" }, `: ${WORDS[outcome]}`)),
      value !== undefined && h("code", {}, value),
      outcome === "failed" && h("code", {}, error?.code),
    );
  };
  const passed = error ? failing : CHECKS.length;
  return [
    h("p", {}, `${passed} of ${CHECKS.length} checks passed, `, dateAndTime(last.at), "."),
    h("ol", { class: "checks" }, ...CHECKS.map(row)),
  ];
}
