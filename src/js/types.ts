/** The only Management API scopes a single-page app can hold for its signed-in user. */
export type CurrentUserScope =
  | "read:current_user"
  | "update:current_user_identities"
  | "create:current_user_metadata"
  | "update:current_user_metadata"
  | "delete:current_user_metadata"
  | "create:current_user_device_credentials"
  | "delete:current_user_device_credentials";

/** OIDC scopes for claims in the ID token (OIDC Core 5.4). `openid` is always sent and need not be named. */
export type IdentityScope = "openid" | "profile" | "email" | "address" | "phone";

/** One name per permitted endpoint; each is also the name of the client's method. */
export type Operation =
  | "getUser"
  | "getEnrollments"
  | "linkIdentity"
  | "unlinkIdentity"
  | "patchUserMetadata"
  | "deleteMultifactor"
  | "createDeviceCredential"
  | "deleteDeviceCredential";

/** What {@link createCurrentUserClient} takes. An unknown member is refused with `invalid_configuration` naming it. */
export interface ClientOptions {
  /**
   * Host (and port) of the tenant or of its custom domain: "acme.eu.auth0.com". No scheme, path or user info. `https`
   * always, except for the loopback hosts localhost, 127.0.0.1 and [::1], which use `http`.
   */
  domain: string;
  /** Client ID of the application, whose type in the Auth0 dashboard is Single Page Application. */
  clientId: string;
  /**
   * Absolute http(s) URL without a fragment, one of the application's Allowed Callback URLs (RFC 6749 3.1.2). It is on the
   * page's own origin, and its query has no `code`, `state`, `error` or `iss`, because responses use these names.
   */
  redirectUri: string;
  /**
   * Asked for at sign-in. At least one {@link CurrentUserScope}; anything outside the two unions is refused with
   * `scope_not_permitted`, whose message names the permitted scope that was probably meant.
   */
  scopes: readonly (CurrentUserScope | IdentityScope)[];
  /**
   * The canonical tenant host ("acme.eu.auth0.com") when `domain` is a custom domain: only the audience is made from it,
   * https://{tenantDomain}/api/v2/. Issuer, keys and API calls stay on `domain`, because a token is only good on the host
   * that issued it. Default: `domain`.
   */
  tenantDomain?: string | undefined;
  /**
   * "implicit" (default): `response_type=token id_token` (OIDC Core 3.2). "code": Authorization Code with PKCE (S256) as a
   * public client (RFC 7636), for applications that have the implicit grant switched off.
   */
  flow?: "implicit" | "code" | undefined;
  /**
   * Where the pending sign-in waits for the redirect. "session" (default) is this tab alone; "local" survives a redirect
   * that comes back in another tab (magic links). One record per state, each usable once, for 24 hours, the newest 20. Popup
   * and checkSession keep theirs in memory and need no storage.
   */
  transactionStore?: "session" | "local" | undefined;
  /** Organization id (org_...) or name that the ID token must carry. */
  organization?: string | undefined;
  /**
   * Clock skew allowed when checking times, in seconds, 0 to 300. Default 60. It covers small differences between machines. A
   * device whose clock is wrong by up to 24 hours signs in whatever this says: the times of a sign-in and of its session are
   * judged by the tenant's time.
   */
  leewaySeconds?: number | undefined;
  /** Time allowed for one network request, in milliseconds, 1 to 2 147 483 647. Default 10 000. */
  timeoutMs?: number | undefined;
  /**
   * Extra attempts for a GET that met 429, 502, 503, 504 or a network fault; waits follow Retry-After or
   * X-RateLimit-Reset where readable, else exponential backoff with jitter. 0 to 5. Default 2. Writes are never repeated.
   */
  retries?: number | undefined;
}

/** What one sign-in asks for beyond the client's options; the parameters of `/authorize` (OIDC Core 3.1.2.1). */
export interface AuthorizeOptions {
  /** Comes back from handleRedirectCallback. Any JSON value; it stays in this browser. */
  appState?: unknown | undefined;
  /** Narrows or replaces the client's `scopes` for this sign-in. Same rules. */
  scopes?: readonly (CurrentUserScope | IdentityScope)[] | undefined;
  /** Instead of the client's. Same rules. */
  redirectUri?: string | undefined;
  /** Name of the connection to sign in with, such as "google-oauth2"; skips the choice. */
  connection?: string | undefined;
  /** Scopes to ask the connection's own provider for. */
  connectionScope?: string | undefined;
  /** Whether the tenant shows the user anything (OIDC Core 3.1.2.1). */
  prompt?: "none" | "login" | "consent" | "select_account" | undefined;
  /** Who is probably signing in, to fill the form. */
  loginHint?: string | undefined;
  /** Which screen to show first, such as "signup". */
  screenHint?: string | undefined;
  /** Seconds since the user last signed in; the ID token must then carry `auth_time`, and is checked against it. */
  maxAge?: number | undefined;
  /** Languages for the tenant's pages, preferred first, separated by spaces (BCP 47). */
  uiLocales?: string | undefined;
  /** Authentication Context Class References, preferred first, separated by spaces. */
  acrValues?: string | undefined;
  /** How the tenant shows its pages. */
  display?: "page" | "popup" | "touch" | "wap" | undefined;
  /** Instead of the client's: organization id (org_...) or name that the ID token must carry. */
  organization?: string | undefined;
  /** Ticket of an invitation to an organization. */
  invitation?: string | undefined;
  /** An ID token of the user who is expected to sign in. It travels in the address. */
  idTokenHint?: string | undefined;
  /** Any other parameter of /authorize. A name this library sets itself, or has an option for, is refused. */
  extraParams?: Record<string, string> | undefined;
}

/** A verified sign-in. */
export interface SignIn<TAppState = unknown> {
  /** The verified ID token's claims; `claims.sub` is the user every call is bound to. */
  claims: IdTokenClaims;
  /** What the tenant granted, of what this library knows. */
  grantedScopes: CurrentUserScope[];
  /** Asked for and not granted. Auth0 drops such scopes silently; this says so. */
  missingScopes: CurrentUserScope[];
  /** When the access token expires, milliseconds since the epoch. */
  expiresAt: number;
  /** What was given as `appState`. */
  appState: TAppState | undefined;
}

/**
 * What every call of the Management API takes.
 *
 * Each call first checks session, scope and arguments here (`login_required`, `token_expired`, `insufficient_scope`,
 * `invalid_argument`): what is not permitted is not sent. It may also reject with `unauthorized`, `not_found`, `rate_limited`,
 * `api_error`, `network_error`, `timeout` and `aborted`, and with `insufficient_scope` by the tenant, which has a `status`.
 */
export interface RequestOptions {
  /**
   * Stops the call: it rejects with `aborted`. Other members are ignored, and an Event counts as no options, so that a method
   * can be passed to a library or an event handler as it is.
   */
  signal?: AbortSignal | undefined;
}

/** Claims of a verified ID token (OIDC Core 2, 5.1; times in seconds since the epoch). */
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

/** An account of a user. The first one of a profile is the primary. */
export interface Identity {
  provider: string;
  /** Without the "provider|" prefix. */
  user_id: string;
  connection: string;
  isSocial: boolean;
  profileData?: Record<string, unknown>;
  [field: string]: unknown;
}

/** A user's profile as the Management API answers it; unknown fields pass through. */
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

/** A multifactor enrollment of a user. */
export interface Enrollment {
  id: string;
  status?: string;
  type?: string;
  auth_method?: string;
  [field: string]: unknown;
}

/** A device credential to register. */
export interface NewDeviceCredential {
  /** Name of the device, for people. */
  device_name: string;
  type: "public_key";
  /** The credential, base64. */
  value: string;
  /** Unique id of the device, at most 36 characters. */
  device_id: string;
  /** The application that the credential is for. */
  client_id?: string | undefined;
}

/**
 * Where to take the WebAssembly module from, on a host where the package cannot find it by itself: the address of
 * `auth0_current_user.wasm`, a response that holds it, its bytes, or the compiled module.
 */
export type WasmSource =
  string | URL | Response | PromiseLike<Response> | BufferSource | WebAssembly.Module;
