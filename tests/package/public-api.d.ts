// What the package exports. `npm run api` accepts a deliberate change.

export interface AuthorizeOptions {
  appState?: unknown | undefined;
  scopes?: readonly (CurrentUserScope | IdentityScope)[] | undefined;
  redirectUri?: string | undefined;
  connection?: string | undefined;
  connectionScope?: string | undefined;
  prompt?: "none" | "login" | "consent" | "select_account" | undefined;
  loginHint?: string | undefined;
  screenHint?: string | undefined;
  maxAge?: number | undefined;
  uiLocales?: string | undefined;
  acrValues?: string | undefined;
  display?: "page" | "popup" | "touch" | "wap" | undefined;
  organization?: string | undefined;
  invitation?: string | undefined;
  idTokenHint?: string | undefined;
  extraParams?: Record<string, string> | undefined;
}

export interface ClientOptions {
  domain: string;
  clientId: string;
  redirectUri: string;
  scopes: readonly (CurrentUserScope | IdentityScope)[];
  tenantDomain?: string | undefined;
  flow?: "implicit" | "code" | undefined;
  transactionStore?: "session" | "local" | undefined;
  organization?: string | undefined;
  leewaySeconds?: number | undefined;
  timeoutMs?: number | undefined;
  retries?: number | undefined;
}

export declare function createCurrentUserClient(
  options: ClientOptions,
  wasm?: WasmSource,
): Promise<CurrentUserClient>;

export interface CurrentUserClient {
  buildAuthorizeUrl(options?: AuthorizeOptions): Promise<string>;
  loginWithRedirect(options?: AuthorizeOptions): Promise<void>;
  handleRedirectCallback<TAppState = unknown>(url?: string): Promise<SignIn<TAppState> | null>;
  loginWithPopup(
    options?: AuthorizeOptions & {
      timeoutMs?: number | undefined;
    },
  ): Promise<SignIn>;
  checkSession(
    options?: AuthorizeOptions & {
      timeoutMs?: number | undefined;
    },
  ): Promise<SignIn>;
  logout(options?: {
    returnTo?: string | undefined;
    federated?: boolean | undefined;
    localOnly?: boolean | undefined;
  }): Promise<void>;
  readonly isAuthenticated: boolean;
  readonly claims: IdTokenClaims | undefined;
  readonly grantedScopes: CurrentUserScope[];
  readonly expiresAt: number | undefined;
  can(operation: Operation): boolean;
  subscribe(listener: () => void): () => void;
  getUser<TMetadata = Record<string, unknown>>(
    options?: RequestOptions,
  ): Promise<UserProfile<TMetadata>>;
  getEnrollments(options?: RequestOptions): Promise<Enrollment[]>;
  linkIdentity(idToken: string, options?: RequestOptions): Promise<Identity[]>;
  linkIdentityWithPopup(
    options?: AuthorizeOptions &
      RequestOptions & {
        timeoutMs?: number | undefined;
      },
  ): Promise<Identity[]>;
  unlinkIdentity(provider: string, userId: string, options?: RequestOptions): Promise<Identity[]>;
  patchUserMetadata<TMetadata = Record<string, unknown>>(
    metadata: object,
    options?: RequestOptions,
  ): Promise<UserProfile<TMetadata>>;
  clearUserMetadata(options?: RequestOptions): Promise<UserProfile>;
  deleteMultifactor(provider: string, options?: RequestOptions): Promise<void>;
  createDeviceCredential(
    credential: NewDeviceCredential,
    options?: RequestOptions,
  ): Promise<{
    id: string;
  }>;
  deleteDeviceCredential(id: string, options?: RequestOptions): Promise<void>;
}

export declare const CurrentUserClient: abstract new (make: never) => CurrentUserClient;

export declare class CurrentUserError extends Error {
  readonly code: ErrorCode;
  readonly reason?: string;
  readonly serverCode?: string;
  readonly serverMessage?: string;
  readonly status?: number;
  readonly retryAfterMs?: number;
  readonly requiredScopes?: CurrentUserScope[];
  readonly appState?: unknown;
  readonly cause?: unknown;
  constructor(
    details: {
      code: ErrorCode;
      message: string;
    } & Partial<
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
  );
}

export type CurrentUserScope =
  | "read:current_user"
  | "update:current_user_identities"
  | "create:current_user_metadata"
  | "update:current_user_metadata"
  | "delete:current_user_metadata"
  | "create:current_user_device_credentials"
  | "delete:current_user_device_credentials";

export interface Enrollment {
  id: string;
  status?: string;
  type?: string;
  auth_method?: string;
  [field: string]: unknown;
}

export type ErrorCode =
  | "invalid_configuration"
  | "client_secret_forbidden"
  | "scope_not_permitted"
  | "invalid_argument"
  | "invalid_response"
  | "state_mismatch"
  | "authorization_error"
  | "login_required"
  | "consent_required"
  | "interaction_required"
  | "access_denied"
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
  | "access_token_hash"
  | "access_token_audience"
  | "access_token_subject"
  | "machine_token_forbidden"
  | "token_expired"
  | "insufficient_scope"
  | "rate_limited"
  | "api_error"
  | "not_found"
  | "unauthorized"
  | "network_error"
  | "timeout"
  | "aborted"
  | "popup_blocked"
  | "popup_closed";

export interface Identity {
  provider: string;
  user_id: string;
  connection: string;
  isSocial: boolean;
  profileData?: Record<string, unknown>;
  [field: string]: unknown;
}

export type IdentityScope = "openid" | "profile" | "email" | "address" | "phone";

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

export interface NewDeviceCredential {
  device_name: string;
  type: "public_key";
  value: string;
  device_id: string;
  client_id?: string | undefined;
}

export type Operation =
  | "getUser"
  | "getEnrollments"
  | "linkIdentity"
  | "unlinkIdentity"
  | "patchUserMetadata"
  | "deleteMultifactor"
  | "createDeviceCredential"
  | "deleteDeviceCredential";

export interface RequestOptions {
  signal?: AbortSignal | undefined;
}

export declare function scopesFor(...operations: Operation[]): CurrentUserScope[];

export interface SignIn<TAppState = unknown> {
  claims: IdTokenClaims;
  grantedScopes: CurrentUserScope[];
  missingScopes: CurrentUserScope[];
  expiresAt: number;
  appState: TAppState | undefined;
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

export type WasmSource =
  string | URL | Response | PromiseLike<Response> | BufferSource | WebAssembly.Module;
