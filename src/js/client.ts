// The client's members: their documentation, and the class that hands each one on to the module. All decisions are in Rust.
import { CurrentUserError, toCurrentUserError } from "./error.js";
import type { WasmClient } from "./load.js";
import type {
  AuthorizeOptions,
  CurrentUserScope,
  Enrollment,
  Identity,
  IdTokenClaims,
  NewDeviceCredential,
  Operation,
  RequestOptions,
  SignIn,
  UserProfile,
} from "./types.js";

/**
 * One tenant, one application, one session. Made by {@link createCurrentUserClient}; `CurrentUserClient` as a value is for
 * `instanceof`. Every method can be handed on as it is: it is bound to its client.
 */
export interface CurrentUserClient {
  // ── Sign-in ────────────────────────────────────────────────────────────────────────────────
  /**
   * Makes `state` and `nonce` (256 bits each, from the platform's CSPRNG), stores the pending sign-in, and returns the
   * `/authorize` URL. For applications that navigate by themselves.
   *
   * Rejects with `invalid_configuration`, also where storage is blocked or full, `client_secret_forbidden`,
   * `scope_not_permitted`.
   */
  buildAuthorizeUrl(options?: AuthorizeOptions): Promise<string>;

  /**
   * {@link CurrentUserClient.buildAuthorizeUrl}, then `location.assign`.
   *
   * Rejects as that; with `invalid_configuration` where `redirectUri` is on another origin than the page, or where the browser
   * does not leave; and with `aborted` while a logout is leaving the page, and while a response to this client waits to be
   * handled, so that a guard which runs before the callback does not navigate away from the response.
   */
  loginWithRedirect(options?: AuthorizeOptions): Promise<void>;

  /**
   * Reads the authorization response from `url` (default `location.href`): verifies it fully, installs the session, and
   * takes the response out of the address bar and the history entry, whether it succeeds or fails, before anything else
   * can fail; query and app routes stay. It also takes the response out of `history.state`, where routers keep copies of the
   * address, and tells routers of the clean address by a `popstate` event. Without `url`, and where a router has changed the
   * address meanwhile, it reads the address that {@link createCurrentUserClient} has noted.
   *
   * `null` where the URL holds no response of this package, and the URL is then left alone. A response holds a `state` that this
   * package made, or both tokens, or without any `state` one of the tenant's errors. A response that another client of this page
   * began is refused and kept for that one. A second call in the same page for the same response gives the same answer as the
   * first (React's StrictMode runs effects twice).
   *
   * Rejects with every code from `invalid_response` to `machine_token_forbidden`; with `token_expired` where the tokens have
   * expired on their way, `aborted` where the user was logged out here meanwhile, `invalid_configuration` where the page has no
   * WebCrypto or its storage cannot be written, `network_error`, `timeout`, and with `flow: "code"` `rate_limited`.
   */
  handleRedirectCallback<TAppState = unknown>(url?: string): Promise<SignIn<TAppState> | null>;

  /**
   * Opens a window and resolves when it has signed in; installs the session. Call it from a click. The person has
   * `timeoutMs` milliseconds, by default 300 000.
   *
   * Rejects with `invalid_configuration` where `redirectUri` is on another origin than the page; `popup_blocked`;
   * `popup_closed`, also where a `Cross-Origin-Opener-Policy` cuts the window off; `timeout`; and as
   * {@link CurrentUserClient.handleRedirectCallback}.
   */
  loginWithPopup(options?: AuthorizeOptions & { timeoutMs?: number | undefined }): Promise<SignIn>;

  /**
   * Renews without a page load: hidden iframe, `prompt=none`, `response_mode=web_message`. Calls at the same time with
   * the same options share one. Waits `timeoutMs` milliseconds, by default the client's `timeoutMs`.
   *
   * Never changes the user of a live session. Without a session, signs in the user who is signed in at the tenant.
   *
   * Rejects with `login_required`, `consent_required` and `interaction_required` when the tenant wants the user;
   * `id_token_subject` where the tenant signed in another user than that of the live session; `network_error` at once where the
   * browser is offline; `invalid_configuration` where `redirectUri` is on another origin than the page; `timeout`; and as
   * {@link CurrentUserClient.handleRedirectCallback}. The session then stays as it was.
   */
  checkSession(options?: AuthorizeOptions & { timeoutMs?: number | undefined }): Promise<SignIn>;

  /**
   * Forgets the session here and in the browser's other tabs (same origin, tenant, application and organization), then goes to
   * the tenant's logout, and from there to `returnTo`, which must be one of the application's Allowed Logout URLs and may have a
   * fragment. The navigation starts before listeners are told, and until the page is gone every sign-in of it rejects with
   * `aborted`. `federated` also signs out of the connection's own provider; `localOnly` forgets this client's session alone and
   * goes nowhere.
   *
   * Rejects with `invalid_configuration`; the session is forgotten all the same.
   */
  logout(options?: {
    returnTo?: string | undefined;
    federated?: boolean | undefined;
    localOnly?: boolean | undefined;
  }): Promise<void>;

  // ── Session: in memory only; the access token is never handed out, logged or stored ───────────
  /** Is somebody signed in, and the access token not expired? */
  readonly isAuthenticated: boolean;

  /** The verified claims of the signed-in user; the same object until they change. */
  readonly claims: IdTokenClaims | undefined;

  /** What the tenant granted, of what this library knows; the same array until it changes. */
  readonly grantedScopes: CurrentUserScope[];

  /** When the access token expires, milliseconds since the epoch. */
  readonly expiresAt: number | undefined;

  /** Would this operation be let through now, by session and granted scopes? For hiding buttons. */
  can(operation: Operation): boolean;

  /**
   * `listener` runs after every change of the session: sign-in, renewal, logout, expiry. Returns the function that
   * unsubscribes. Fits useSyncExternalStore, signals and stores; like every method it can be handed on as it is.
   */
  subscribe(listener: () => void): () => void;

  // ── The permitted endpoints, always for the signed-in user ────────────────────────────────────
  /** The user's profile. Needs read:current_user. */
  getUser<TMetadata = Record<string, unknown>>(
    options?: RequestOptions,
  ): Promise<UserProfile<TMetadata>>;

  /** The user's multifactor enrollments. Needs read:current_user. */
  getEnrollments(options?: RequestOptions): Promise<Enrollment[]>;

  /**
   * Links the account behind `idToken` (a second sign-in of the same person at this application). The token is verified
   * here first: signature, issuer, audience, times, and another `sub` than the session's. What counts is that the person has
   * signed in to both accounts; `email_verified` is not looked at. Needs update:current_user_identities.
   *
   * Rejects also with the `id_token_…` codes, `signing_key_not_found` and `machine_token_forbidden`.
   */
  linkIdentity(idToken: string, options?: RequestOptions): Promise<Identity[]>;

  /**
   * {@link CurrentUserClient.linkIdentity} with the second sign-in made for you: a popup (`prompt=login`, scope `openid`), whose ID token is
   * verified like any other, used for the one call and forgotten. The session stays. Call it from a click. Refused with
   * `id_token_subject` where the person signs in to the same account.
   *
   * Rejects as {@link CurrentUserClient.loginWithPopup} and {@link CurrentUserClient.linkIdentity}; without session and scope no
   * window opens.
   */
  linkIdentityWithPopup(
    options?: AuthorizeOptions & RequestOptions & { timeoutMs?: number | undefined },
  ): Promise<Identity[]>;

  /**
   * Makes a linked account a user of its own again. `userId` with or without its "provider|" prefix: sent without, since
   * the API answers a prefixed one with success and does nothing. Needs update:current_user_identities.
   */
  unlinkIdentity(provider: string, userId: string, options?: RequestOptions): Promise<Identity[]>;

  /**
   * Merges keys into `user_metadata`, shallowly, on the server; a key set to null is removed. An empty object would erase
   * everything, and is refused with `invalid_argument`: see {@link CurrentUserClient.clearUserMetadata}. Needs
   * update:current_user_metadata or create:current_user_metadata.
   */
  patchUserMetadata<TMetadata = Record<string, unknown>>(
    metadata: object,
    options?: RequestOptions,
  ): Promise<UserProfile<TMetadata>>;

  /** Erases all of `user_metadata`. Permitted as {@link CurrentUserClient.patchUserMetadata}. */
  clearUserMetadata(options?: RequestOptions): Promise<UserProfile>;

  /**
   * Removes the user's multifactor provider, such as "google-authenticator". Needs delete:current_user_metadata; newer
   * tenants demand a scope that only a server can hold, and answer 403.
   */
  deleteMultifactor(provider: string, options?: RequestOptions): Promise<void>;

  /** Registers a device credential. Needs create:current_user_device_credentials. Keep the id: it cannot be listed. */
  createDeviceCredential(
    credential: NewDeviceCredential,
    options?: RequestOptions,
  ): Promise<{ id: string }>;

  /** Removes a device credential. Needs delete:current_user_device_credentials. */
  deleteDeviceCredential(id: string, options?: RequestOptions): Promise<void>;
}

class Client implements CurrentUserClient {
  readonly #inner: WasmClient;
  readonly #listeners = new Set<() => void>();

  constructor(make: (changed: () => void) => WasmClient) {
    if (typeof make !== "function") {
      throw new CurrentUserError({
        code: "invalid_configuration",
        message: "a client is made by `await createCurrentUserClient(options)`",
      });
    }
    // Weakly, since each keeps the other: a client that the application has forgotten goes, with its part in the module.
    const reference = new WeakRef(this);
    this.#inner = make(() => {
      const client = reference.deref();
      if (client) client.#changed();
    });
    // A member may be handed on by itself (useSyncExternalStore) or asked through a proxy (Vue's ref), and is this client's.
    const { prototype } = Client;
    for (const name of Object.getOwnPropertyNames(prototype)) {
      if (name === "constructor") continue;
      const own = Object.getOwnPropertyDescriptor(prototype, name);
      const member = { __proto__: null, ...own } as PropertyDescriptor;
      member.get &&= member.get.bind(this);
      if (typeof member.value === "function") member.value = member.value.bind(this);
      Object.defineProperty(this, name, member);
    }
  }

  #changed(): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener();
      } catch (error) {
        // One listener's failure does not concern the others, nor the sign-in.
        reportError(error);
      }
    }
  }

  // ── Sign-in ────────────────────────────────────────────────────────────────────────────────
  buildAuthorizeUrl(options?: AuthorizeOptions): Promise<string> {
    return settle(() => this.#inner.buildAuthorizeUrl(options));
  }

  loginWithRedirect(options?: AuthorizeOptions): Promise<void> {
    return settle(() => this.#inner.loginWithRedirect(options));
  }

  handleRedirectCallback<TAppState = unknown>(url?: string): Promise<SignIn<TAppState> | null> {
    return signIn(() => this.#inner.handleRedirectCallback(url));
  }

  loginWithPopup(options?: AuthorizeOptions & { timeoutMs?: number | undefined }): Promise<SignIn> {
    return signIn(() => this.#inner.loginWithPopup(options));
  }

  checkSession(options?: AuthorizeOptions & { timeoutMs?: number | undefined }): Promise<SignIn> {
    return signIn(() => this.#inner.checkSession(options));
  }

  async logout(options?: {
    returnTo?: string | undefined;
    federated?: boolean | undefined;
    localOnly?: boolean | undefined;
  }): Promise<void> {
    attempt(() => this.#inner.logout(options));
  }

  // ── Session: in memory only; the access token is never handed out, logged or stored ───────────
  get isAuthenticated(): boolean {
    return attempt(() => this.#inner.isAuthenticated);
  }

  get claims(): IdTokenClaims | undefined {
    return attempt(() => this.#inner.claims);
  }

  get grantedScopes(): CurrentUserScope[] {
    return attempt(() => this.#inner.grantedScopes);
  }

  get expiresAt(): number | undefined {
    return attempt(() => this.#inner.expiresAt);
  }

  can(operation: Operation): boolean {
    return attempt(() => this.#inner.can(operation));
  }

  subscribe(listener: () => void): () => void {
    if (typeof listener !== "function") {
      throw new CurrentUserError({
        code: "invalid_argument",
        message: "`listener` must be a function",
      });
    }
    // A function of its own for each subscription, so that one listener may subscribe twice.
    const subscription = () => listener();
    this.#listeners.add(subscription);
    return () => void this.#listeners.delete(subscription);
  }

  // ── The permitted endpoints, always for the signed-in user ────────────────────────────────────
  getUser<TMetadata = Record<string, unknown>>(
    options?: RequestOptions,
  ): Promise<UserProfile<TMetadata>> {
    return settle(() => this.#inner.getUser(options));
  }

  getEnrollments(options?: RequestOptions): Promise<Enrollment[]> {
    return settle(() => this.#inner.getEnrollments(options));
  }

  linkIdentity(idToken: string, options?: RequestOptions): Promise<Identity[]> {
    return settle(() => this.#inner.linkIdentity(idToken, options));
  }

  linkIdentityWithPopup(
    options?: AuthorizeOptions & RequestOptions & { timeoutMs?: number | undefined },
  ): Promise<Identity[]> {
    return settle(() => this.#inner.linkIdentityWithPopup(options));
  }

  unlinkIdentity(provider: string, userId: string, options?: RequestOptions): Promise<Identity[]> {
    return settle(() => this.#inner.unlinkIdentity(provider, userId, options));
  }

  patchUserMetadata<TMetadata = Record<string, unknown>>(
    metadata: object,
    options?: RequestOptions,
  ): Promise<UserProfile<TMetadata>> {
    return settle(() => this.#inner.patchUserMetadata(metadata, options));
  }

  clearUserMetadata(options?: RequestOptions): Promise<UserProfile> {
    return settle(() => this.#inner.clearUserMetadata(options));
  }

  deleteMultifactor(provider: string, options?: RequestOptions): Promise<void> {
    return settle(() => this.#inner.deleteMultifactor(provider, options));
  }

  createDeviceCredential(
    credential: NewDeviceCredential,
    options?: RequestOptions,
  ): Promise<{ id: string }> {
    return settle(() => this.#inner.createDeviceCredential(credential, options));
  }

  deleteDeviceCredential(id: string, options?: RequestOptions): Promise<void> {
    return settle(() => this.#inner.deleteDeviceCredential(id, options));
  }
}

/** For `instanceof`. It cannot be constructed: {@link createCurrentUserClient} makes clients. */
export const CurrentUserClient: abstract new (make: never) => CurrentUserClient = Client;

/** @internal Makes a client around what `make` makes in the module. */
export const createClient = (make: (changed: () => void) => WasmClient): CurrentUserClient =>
  attempt(() => new Client(make));

/** Calls what answers at once. Whatever it throws becomes a `CurrentUserError`. */
function attempt<T>(call: () => T): T {
  try {
    return call();
  } catch (thrown) {
    throw toCurrentUserError(thrown);
  }
}

/** Calls what answers later. Whatever it throws or rejects with becomes a `CurrentUserError`; this never throws. */
async function settle<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (thrown) {
    throw toCurrentUserError(thrown);
  }
}

/** A sign-in arrives as JSON text, because several callers may wait for the same one and each gets an object of its own. */
async function signIn<T>(call: () => Promise<string | null>): Promise<T> {
  const text = await settle(call);
  return text === null ? (null as T) : (JSON.parse(text) as T);
}
