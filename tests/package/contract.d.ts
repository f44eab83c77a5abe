// The public surface that this package promises, as a user's TypeScript sees it. types.test.mjs holds the shipped
// declarations against it: they may add, and must not change what stands here.
//
// Vocabulary: RFC 6749 (OAuth 2.0), OIDC Core 1.0, RFC 7515/7517/7519, Auth0 Management API v2.

// ── Scopes and operations ────────────────────────────────────────────────────────────────────

/** The only Management API scopes a single-page app can hold for its signed-in user. */
export type CurrentUserScope =
  | "read:current_user"
  | "update:current_user_identities"
  | "create:current_user_metadata"
  | "update:current_user_metadata"
  | "delete:current_user_metadata"
  | "create:current_user_device_credentials"
  | "delete:current_user_device_credentials";

/** OIDC scopes for claims in the ID token. `openid` is always sent and need not be named. */
export type IdentityScope = "openid" | "profile" | "email" | "address" | "phone";

/** One name per permitted endpoint; each is also the name of the client's method. */
export type Operation =
  | "getUser" // GET    /api/v2/users/{sub}                                  read:current_user
  | "getEnrollments" // GET    /api/v2/users/{sub}/enrollments                      read:current_user
  | "linkIdentity" // POST   /api/v2/users/{sub}/identities                       update:current_user_identities
  | "unlinkIdentity" // DELETE /api/v2/users/{sub}/identities/{provider}/{user_id}  update:current_user_identities
  | "patchUserMetadata" // PATCH  /api/v2/users/{sub}   update:current_user_metadata OR create:current_user_metadata
  | "deleteMultifactor" // DELETE /api/v2/users/{sub}/multifactor/{provider}           delete:current_user_metadata
  | "createDeviceCredential" // POST   /api/v2/device-credentials                           create:current_user_device_credentials
  | "deleteDeviceCredential"; // DELETE /api/v2/device-credentials/{id}                      delete:current_user_device_credentials

/** The least set of scopes that permits these operations, without duplicates. */
export function scopesFor(...operations: Operation[]): CurrentUserScope[];

// ── Making a client ──────────────────────────────────────────────────────────────────────────

export interface ClientOptions {
  /** Host (and port) of the tenant or of its custom domain: "acme.eu.auth0.com". No scheme, path or
   *  user info. `https` always, except loopback hosts (localhost, 127.0.0.1, [::1]), which use `http`. */
  domain: string;
  clientId: string;
  /** Absolute URL, one of the application's Allowed Callback URLs. */
  redirectUri: string;
  /** Asked for at sign-in. At least one CurrentUserScope; anything outside the two unions is refused
   *  with `scope_not_permitted`, whose message names the permitted scope that was probably meant
   *  ("update:users" -> "update:current_user_metadata"). */
  scopes: readonly (CurrentUserScope | IdentityScope)[];
  /** The canonical tenant host ("acme.eu.auth0.com") when `domain` is a custom domain: only the
   *  audience is made from it, https://{tenantDomain}/api/v2/. Issuer, keys and API calls stay on
   *  `domain`, because a token is only good on the host that issued it. Default: `domain`. */
  tenantDomain?: string;
  /** "implicit" (default): response_type "token id_token". "code": Authorization Code with PKCE
   *  (S256) as a public client, for applications that have the implicit grant switched off. */
  flow?: "implicit" | "code";
  /** Where the pending sign-in (state, nonce, appState, redirectUri, scopes) waits for the redirect.
   *  "session" (default) is this tab alone; "local" survives a redirect that comes back in another
   *  tab (magic links). One record per state, each usable once, for 24 hours, the newest 20 kept.
   *  Popup and checkSession keep theirs in memory and need no storage. */
  transactionStore?: "session" | "local";
  /** Organization id (org_...) or name that the ID token must carry. */
  organization?: string;
  /** Clock skew allowed when checking times, in seconds, 0 to 300. Default 60. */
  leewaySeconds?: number;
  /** Time allowed for one network request, in milliseconds. Default 10 000. */
  timeoutMs?: number;
  /** Extra attempts for a GET that met 429, 502, 503, 504 or a network fault; waits follow
   *  Retry-After / X-RateLimit-Reset where readable, else exponential backoff with jitter.
   *  0 to 5. Default 2. Writes are never repeated. */
  retries?: number;
}
// A key named client_secret / clientSecret, here or in `extraParams`, is refused with
// `client_secret_forbidden`. An unknown key is refused with `invalid_configuration` naming it.

/** Loads the WebAssembly module (once, however often it is called), checks the options, and
 *  returns a client. Rejects with CurrentUserError. Importing the package touches neither window
 *  nor network, so server-side rendering can import it. */
export function createCurrentUserClient(options: ClientOptions): Promise<CurrentUserClient>;

// ── The client ───────────────────────────────────────────────────────────────────────────────

export interface AuthorizeOptions {
  /** Comes back from handleRedirectCallback. Any JSON value; it stays in this browser. */
  appState?: unknown;
  /** Narrows or replaces the client's `scopes` for this sign-in. Same rules. */
  scopes?: readonly (CurrentUserScope | IdentityScope)[];
  redirectUri?: string;
  connection?: string;
  connectionScope?: string;
  prompt?: "none" | "login" | "consent" | "select_account";
  loginHint?: string;
  screenHint?: string;
  /** Seconds; the ID token must then carry auth_time, and is checked against it. */
  maxAge?: number;
  uiLocales?: string;
  acrValues?: string;
  display?: "page" | "popup" | "touch" | "wap";
  organization?: string;
  invitation?: string;
  idTokenHint?: string;
  /** Any other parameter of /authorize. A name this library sets itself is refused. */
  extraParams?: Record<string, string>;
}

export interface SignIn<TAppState = unknown> {
  /** The verified ID token's claims; `claims.sub` is the user every call is bound to. */
  claims: IdTokenClaims;
  /** What the tenant granted, of what this library knows. */
  grantedScopes: CurrentUserScope[];
  /** Asked for and not granted. Auth0 drops such scopes silently; this says so. */
  missingScopes: CurrentUserScope[];
  /** When the access token expires, milliseconds since the epoch. */
  expiresAt: number;
  appState: TAppState | undefined;
}

export interface RequestOptions {
  signal?: AbortSignal;
}

export class CurrentUserClient {
  private constructor();

  // sign-in
  /** Makes state and nonce (>= 128 bits each, from the platform's CSPRNG), stores the pending
   *  sign-in, returns the /authorize URL. For apps that navigate by themselves. */
  buildAuthorizeUrl(options?: AuthorizeOptions): Promise<string>;
  /** buildAuthorizeUrl, then location.assign. */
  loginWithRedirect(options?: AuthorizeOptions): Promise<void>;
  /** Opens a window and resolves when it has signed in. Call it from a click. */
  loginWithPopup(options?: AuthorizeOptions & { timeoutMs?: number }): Promise<SignIn>;
  /** Renews without a page load: hidden iframe, prompt=none, response_mode=web_message.
   *  Rejects with `login_required` and its kin when the tenant wants the user. */
  checkSession(options?: AuthorizeOptions & { timeoutMs?: number }): Promise<SignIn>;
  /** Reads the authorization response from `url` (default location.href): verifies it fully,
   *  installs the session, and takes the response out of the address bar and the history entry,
   *  whether it succeeds or fails, before anything else can fail; query and app routes stay.
   *  `null` where the URL holds no authorization response (an app's own "#/route" is left alone).
   *  A second call in the same page for the same response gives the same answer as the first
   *  (React StrictMode runs effects twice). */
  handleRedirectCallback<TAppState = unknown>(url?: string): Promise<SignIn<TAppState> | null>;
  /** Forgets the session here, then goes to the tenant's logout. */
  logout(options?: { returnTo?: string; federated?: boolean; localOnly?: boolean }): Promise<void>;

  // session (in memory only; the access token is never handed out, logged, or stored)
  readonly isAuthenticated: boolean;
  readonly claims: IdTokenClaims | undefined;
  readonly grantedScopes: CurrentUserScope[];
  readonly expiresAt: number | undefined;
  /** Would this operation be let through now, by session and granted scopes? For hiding buttons. */
  can(operation: Operation): boolean;
  /** `listener` runs after every change of the session: sign-in, renewal, logout, expiry. Returns the
   *  function that unsubscribes. (Fits useSyncExternalStore, signals and stores.) */
  subscribe(listener: () => void): () => void;

  // the permitted endpoints, always for the signed-in user; none takes a user id of another user.
  // Each first checks session and scope HERE (`login_required`, `token_expired`,
  // `insufficient_scope`): a call that is not permitted sends no request.
  getUser<TMetadata = Record<string, unknown>>(
    options?: RequestOptions,
  ): Promise<UserProfile<TMetadata>>;
  getEnrollments(options?: RequestOptions): Promise<Enrollment[]>;
  /** Links the account behind `idToken` (a second sign-in of the same person at this application).
   *  The token is verified here first: signature, issuer, audience, times, and another `sub` than
   *  the session's. Sends link_with and nothing else. */
  linkIdentity(idToken: string, options?: RequestOptions): Promise<Identity[]>;
  /** linkIdentity with the second sign-in made for you: a popup (prompt=login, scope openid), whose
   *  ID token is verified like any other, used for the one call and forgotten. The session stays. */
  linkIdentityWithPopup(
    options?: AuthorizeOptions & RequestOptions & { timeoutMs?: number },
  ): Promise<Identity[]>;
  /** `userId` with or without its "provider|" prefix: sent without, since the API answers a prefixed
   *  one with success and does nothing. */
  unlinkIdentity(provider: string, userId: string, options?: RequestOptions): Promise<Identity[]>;
  /** Shallow merge on the server; a key set to null is removed. Sends user_metadata and nothing else.
   *  An empty object would erase everything: refused with `invalid_argument`, see clearUserMetadata. */
  patchUserMetadata<TMetadata = Record<string, unknown>>(
    metadata: Record<string, unknown>,
    options?: RequestOptions,
  ): Promise<UserProfile<TMetadata>>;
  /** Erases all of user_metadata. Guarded as patchUserMetadata. */
  clearUserMetadata(options?: RequestOptions): Promise<UserProfile>;
  deleteMultifactor(provider: string, options?: RequestOptions): Promise<void>;
  createDeviceCredential(
    credential: NewDeviceCredential,
    options?: RequestOptions,
  ): Promise<{ id: string }>;
  deleteDeviceCredential(id: string, options?: RequestOptions): Promise<void>;
}

// ── Errors ───────────────────────────────────────────────────────────────────────────────────

/** Every rejection and throw of this package. `name` is "CurrentUserError". */
export class CurrentUserError extends Error {
  readonly code: ErrorCode;
  /** Why, where one code has several causes: on `state_mismatch` "missing" | "unknown" | "used" |
   *  "expired" | "other_client"; on a claim error "missing" | "malformed" | "mismatch". */
  readonly reason?: string;
  /** OAuth `error` / Management API `errorCode`, as the server sent it. */
  readonly serverCode?: string;
  /** HTTP status of a Management API answer. */
  readonly status?: number;
  /** Milliseconds to wait, on `rate_limited`, where the server said so. */
  readonly retryAfterMs?: number;
  /** On `insufficient_scope`: scopes any one of which would do. */
  readonly requiredScopes?: CurrentUserScope[];
  /** On a failed sign-in whose state matched. */
  readonly appState?: unknown;
  readonly cause?: unknown;
}

export type ErrorCode =
  // before anything is sent
  | "invalid_configuration"
  | "client_secret_forbidden"
  | "scope_not_permitted"
  | "invalid_argument"
  // the authorization response
  | "invalid_response" // malformed: unreadable, repeated parameter, no tokens, wrong token_type, tokens in the query, foreign `iss` parameter (RFC 9207)
  | "state_mismatch" // no state, or none that this browser is waiting for, or used before, or too old
  | "authorization_error" // the tenant answered error=...; serverCode holds it
  | "login_required"
  | "consent_required"
  | "interaction_required"
  | "access_denied"
  // the ID token (RFC 7519, OIDC Core 3.2.2.11)
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
  | "access_token_hash" // at_hash missing or wrong (OIDC Core 3.2.2.9)
  | "access_token_audience" // not for the tenant's Management API, or opaque (no audience was asked for)
  | "access_token_subject" // another user's than the ID token's
  | "machine_token_forbidden" // a client-credentials token: needs a secret, must never be in a browser
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

// ── Data ─────────────────────────────────────────────────────────────────────────────────────

export interface IdTokenClaims {
  iss: string;
  sub: string;
  aud: string | string[];
  exp: number;
  iat: number;
  nonce: string;
  azp?: string;
  auth_time?: number;
  at_hash?: string;
  org_id?: string;
  org_name?: string;
  name?: string;
  nickname?: string;
  picture?: string;
  email?: string;
  email_verified?: boolean;
  updated_at?: string;
  [claim: string]: unknown;
}
export interface Identity {
  provider: string;
  user_id: string;
  connection: string;
  isSocial: boolean;
  profileData?: Record<string, unknown>;
  [field: string]: unknown;
}
export interface UserProfile<TMetadata = Record<string, unknown>> {
  user_id: string;
  email?: string;
  email_verified?: boolean;
  name?: string;
  nickname?: string;
  picture?: string;
  created_at?: string;
  updated_at?: string;
  last_login?: string;
  logins_count?: number;
  identities?: Identity[];
  user_metadata?: TMetadata;
  app_metadata?: Record<string, unknown>;
  [field: string]: unknown;
}
export interface Enrollment {
  id: string;
  status?: string;
  type?: string;
  auth_method?: string;
  [field: string]: unknown;
}
export interface NewDeviceCredential {
  device_name: string;
  type: "public_key";
  value: string;
  device_id: string;
  client_id?: string;
}
