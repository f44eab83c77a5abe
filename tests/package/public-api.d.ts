// What the package exports. `npm run api` accepts a deliberate change.

export interface AuthorizeOptions {
  appState?: unknown;
  scopes?: readonly (CurrentUserScope | IdentityScope)[];
  redirectUri?: string;
  connection?: string;
  connectionScope?: string;
  prompt?: "none" | "login" | "consent" | "select_account";
  loginHint?: string;
  screenHint?: string;
  maxAge?: number;
  uiLocales?: string;
  acrValues?: string;
  display?: "page" | "popup" | "touch" | "wap";
  organization?: string;
  invitation?: string;
  idTokenHint?: string;
  extraParams?: Record<string, string>;
}

export interface ClientOptions {
  domain: string;
  clientId: string;
  redirectUri: string;
  scopes: readonly (CurrentUserScope | IdentityScope)[];
  tenantDomain?: string;
  flow?: "implicit" | "code";
  transactionStore?: "session" | "local";
  organization?: string;
  leewaySeconds?: number;
  timeoutMs?: number;
  retries?: number;
}

export declare function createCurrentUserClient(
  options: ClientOptions,
  wasm?: WasmSource,
): Promise<CurrentUserClient>;

export declare class CurrentUserClient {
  #private;
  private constructor();
  buildAuthorizeUrl(options?: AuthorizeOptions): Promise<string>;
  loginWithRedirect(options?: AuthorizeOptions): Promise<void>;
  handleRedirectCallback<TAppState = unknown>(url?: string): Promise<SignIn<TAppState> | null>;
  loginWithPopup(
    options?: AuthorizeOptions & {
      timeoutMs?: number;
    },
  ): Promise<SignIn>;
  checkSession(
    options?: AuthorizeOptions & {
      timeoutMs?: number;
    },
  ): Promise<SignIn>;
  logout(options?: { returnTo?: string; federated?: boolean; localOnly?: boolean }): Promise<void>;
  get isAuthenticated(): boolean;
  get claims(): IdTokenClaims | undefined;
  get grantedScopes(): CurrentUserScope[];
  get expiresAt(): number | undefined;
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
        timeoutMs?: number;
      },
  ): Promise<Identity[]>;
  unlinkIdentity(provider: string, userId: string, options?: RequestOptions): Promise<Identity[]>;
  patchUserMetadata<TMetadata = Record<string, unknown>>(
    metadata: Record<string, unknown>,
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
  client_id?: string;
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
  signal?: AbortSignal;
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
