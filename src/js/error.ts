import type { CurrentUserScope } from "./types.js";

/**
 * What kind of refusal a {@link CurrentUserError} is. Branch on it; messages may change. Each code with its cause and
 * remedy: docs/errors.md.
 */
export type ErrorCode =
  // before anything is sent
  | "invalid_configuration"
  | "client_secret_forbidden"
  | "scope_not_permitted"
  | "invalid_argument"
  // the authorization response
  | "invalid_response"
  | "state_mismatch"
  | "authorization_error"
  | "login_required"
  | "consent_required"
  | "interaction_required"
  | "access_denied"
  // the ID token
  | "id_token_malformed"
  | "id_token_algorithm"
  | "id_token_signature"
  | "signing_key_not_found"
  | "id_token_issuer"
  | "id_token_audience"
  | "id_token_authorized_party"
  | "id_token_subject"
  | "id_token_expired"
  | "id_token_issued_at"
  | "id_token_nonce"
  | "id_token_auth_time"
  | "id_token_organization"
  // the access token
  | "access_token_hash"
  | "access_token_audience"
  | "access_token_subject"
  | "machine_token_forbidden"
  // using it
  | "token_expired"
  | "insufficient_scope"
  | "rate_limited"
  | "api_error"
  | "not_found"
  | "unauthorized"
  // the way there
  | "network_error"
  | "timeout"
  | "aborted"
  | "popup_blocked"
  | "popup_closed";

/**
 * Every rejection and throw of this package. Holds no token, code, `state`, `nonce` or key; safe to log.
 */
export class CurrentUserError extends Error {
  /** What kind of refusal it is. */
  declare readonly code: ErrorCode;
  /**
   * Why, where one code has several causes: on `state_mismatch` "missing", "unknown", "used", "expired" or
   * "other_client"; on a claim error "missing", "malformed" or "mismatch".
   */
  declare readonly reason?: string;
  /** OAuth `error` or Management API `errorCode`, as the server sent it. */
  declare readonly serverCode?: string;
  /** OAuth `error_description` or Management API `message`: text by the server, never to be taken for markup. */
  declare readonly serverMessage?: string;
  /** HTTP status of an answer of the Management API or the token endpoint. */
  declare readonly status?: number;
  /** Milliseconds to wait, on `rate_limited`, where the server said so. */
  declare readonly retryAfterMs?: number;
  /** On `insufficient_scope`: scopes any one of which would do. */
  declare readonly requiredScopes?: CurrentUserScope[];
  /** On a failed sign-in whose state matched: what the application had given along. */
  declare readonly appState?: unknown;
  /** What the platform threw, on `network_error` and other failures of the platform. Never holds a token. */
  declare readonly cause?: unknown;

  /**
   * For applications' own tests: `new CurrentUserError({ code: "login_required", message: "nobody is signed in" })`.
   */
  constructor(
    details: { code: ErrorCode; message: string } & Partial<
      Pick<
        CurrentUserError,
        | "reason"
        | "serverCode"
        | "serverMessage"
        | "status"
        | "retryAfterMs"
        | "requiredScopes"
        | "appState"
        | "cause"
      >
    >,
  ) {
    super(details.message);
    // Defined and not assigned, since a page may have frozen Error.prototype; and with descriptors that inherit nothing,
    // since it may have put anything on Object.prototype.
    const define = (name: string, value: unknown, enumerable: boolean): void => {
      const descriptor = {
        __proto__: null,
        value,
        enumerable,
        configurable: true,
        writable: false,
      };
      Object.defineProperty(this, name, descriptor as PropertyDescriptor);
    };
    define("name", "CurrentUserError", false);
    for (const [name, value] of Object.entries(details)) {
      if (value !== undefined && name !== "message") define(name, value, name !== "cause");
    }
  }
}

type Details = ConstructorParameters<typeof CurrentUserError>[0];

/** @internal Turns whatever the WebAssembly module threw into the one class that this package throws. */
export function toCurrentUserError(thrown: unknown): CurrentUserError {
  if (thrown instanceof CurrentUserError) return thrown;
  // The module's refusals are JSON text that begins like this, alone or with the platform's own error; other texts are what
  // a patched platform throws.
  const [text, cause] = Array.isArray(thrown) ? thrown : [thrown];
  if (typeof text === "string" && text.startsWith('{"code":"')) {
    return new CurrentUserError({ ...(JSON.parse(text) as Details), cause });
  }
  // A trap, or an exception of the platform where none was expected: nothing of the person's doing.
  return new CurrentUserError({
    code: "api_error",
    message:
      "this library failed unexpectedly: reload the page, and report it with the steps that led here",
    cause: thrown,
  });
}
