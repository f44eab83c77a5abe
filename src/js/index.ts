// The facade: loads the module, gives its class and its errors the shape that an application expects, and holds the
// documentation. Whatever is decided is decided in Rust.
import { CurrentUserError, toCurrentUserError } from "./error.js";
import { load, type WasmClient } from "./load.js";
import { OPERATION_SCOPES } from "./operations.generated.js";
import type {
  AuthorizeOptions,
  ClientOptions,
  CurrentUserScope,
  Enrollment,
  Identity,
  IdTokenClaims,
  NewDeviceCredential,
  Operation,
  RequestOptions,
  SignIn,
  UserProfile,
  WasmSource,
} from "./types.js";

export type * from "./types.js";
export { CurrentUserError, type ErrorCode } from "./error.js";

/** The least set of scopes that permits these operations, without duplicates. Works before the module is loaded. */
export function scopesFor(...operations: Operation[]): CurrentUserScope[] {
  const scopes = operations.map((operation) => {
    if (typeof operation !== "string" || !Object.hasOwn(OPERATION_SCOPES, operation)) {
      const given = typeof operation === "string" ? `\`${operation}\`` : "this";
      throw new CurrentUserError({
        code: "invalid_argument",
        message: `${given} is not an operation; there are ${Object.keys(OPERATION_SCOPES).join(", ")}`,
      });
    }
    return OPERATION_SCOPES[operation][0];
  });
  return [...new Set(scopes)];
}

/**
 * Loads the WebAssembly module (once, however often it is called), checks the options, and returns a client. Importing
 * the package touches neither window nor network, so server-side rendering can import it.
 *
 * `wasm` says where to take the module from on a host where the package cannot find it by itself; see docs/loading.md.
 *
 * Rejects with {@link CurrentUserError}: `invalid_configuration`, `client_secret_forbidden`, `scope_not_permitted`;
 * `network_error` where the module cannot be loaded, and `invalid_argument` where what `wasm` names is not this package's.
 */
export async function createCurrentUserClient(
  options: ClientOptions,
  wasm?: WasmSource,
): Promise<CurrentUserClient> {
  if (typeof location === "undefined") {
    throw new CurrentUserError({
      code: "invalid_configuration",
      message: "a client needs a browser: make it there, and not where a server renders the page",
    });
  }
  const Client = await load(wasm);
  return attempt(() => create((changed) => new Client(options, changed)));
}

/** The one way to a client: the constructor takes nothing that an application could make. */
let create: (make: (changed: () => void) => WasmClient) => CurrentUserClient;

/** One tenant, one application, one session. Made by {@link createCurrentUserClient}. */
export class CurrentUserClient {
  readonly #inner: WasmClient;
  readonly #listeners = new Set<() => void>();

  static {
    create = (make) => new CurrentUserClient(make);
  }

  private constructor(make: (changed: () => void) => WasmClient) {
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
    const { prototype } = CurrentUserClient;
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

  /**
   * Makes `state` and `nonce` (256 bits each, from the platform's CSPRNG), stores the pending sign-in, and returns the
   * `/authorize` URL. For applications that navigate by themselves.
   *
   * Rejects with `invalid_configuration`, also where storage is blocked or full, `client_secret_forbidden`,
   * `scope_not_permitted`.
   */
  buildAuthorizeUrl(options?: AuthorizeOptions): Promise<string> {
    return settle(() => this.#inner.buildAuthorizeUrl(options));
  }

  /** {@link buildAuthorizeUrl}, then `location.assign`. */
  loginWithRedirect(options?: AuthorizeOptions): Promise<void> {
    return settle(() => this.#inner.loginWithRedirect(options));
  }

  /**
   * Reads the authorization response from `url` (default `location.href`): verifies it fully, installs the session, and
   * takes the response out of the address bar and the history entry, whether it succeeds or fails, before anything else
   * can fail; query and app routes stay. `null` where the URL holds no authorization response. A second call in the same
   * page for the same response gives the same answer as the first (React's StrictMode runs effects twice).
   *
   * Rejects with every code from `invalid_response` to `machine_token_forbidden`; with `token_expired` where the tokens have
   * expired on their way, `aborted` where the user was logged out here meanwhile, `invalid_configuration` where the page has no
   * WebCrypto or its storage cannot be written, `network_error`, `timeout`, and with `flow: "code"` `rate_limited`.
   */
  handleRedirectCallback<TAppState = unknown>(url?: string): Promise<SignIn<TAppState> | null> {
    return signIn(() => this.#inner.handleRedirectCallback(url));
  }

  /**
   * Opens a window and resolves when it has signed in; installs the session. Call it from a click. The person has
   * `timeoutMs` milliseconds, by default 300 000.
   *
   * Rejects with `popup_blocked`, `popup_closed`, `timeout`, and as {@link handleRedirectCallback}.
   */
  loginWithPopup(options?: AuthorizeOptions & { timeoutMs?: number }): Promise<SignIn> {
    return signIn(() => this.#inner.loginWithPopup(options));
  }

  /**
   * Renews without a page load: hidden iframe, `prompt=none`, `response_mode=web_message`. Calls at the same time with
   * the same options share one. Waits `timeoutMs` milliseconds, by default the client's `timeoutMs`.
   *
   * Rejects with `login_required`, `consent_required` and `interaction_required` when the tenant wants the user, and then
   * leaves the session as it was; `timeout`, and as {@link handleRedirectCallback}.
   */
  checkSession(options?: AuthorizeOptions & { timeoutMs?: number }): Promise<SignIn> {
    return signIn(() => this.#inner.checkSession(options));
  }

  /**
   * Forgets the session here, then goes to the tenant's logout, and from there to `returnTo`, which must be one of the
   * application's Allowed Logout URLs. `federated` also signs out of the connection's own provider; `localOnly` forgets
   * the session here and goes nowhere.
   *
   * Rejects with `invalid_configuration`; the session is forgotten all the same.
   */
  async logout(options?: {
    returnTo?: string;
    federated?: boolean;
    localOnly?: boolean;
  }): Promise<void> {
    attempt(() => this.#inner.logout(options));
  }

  // ── Session: in memory only; the access token is never handed out, logged or stored ───────────

  /** Is somebody signed in, and the access token not expired? */
  get isAuthenticated(): boolean {
    return attempt(() => this.#inner.isAuthenticated);
  }

  /** The verified claims of the signed-in user; the same object until they change. */
  get claims(): IdTokenClaims | undefined {
    return attempt(() => this.#inner.claims);
  }

  /** What the tenant granted, of what this library knows; the same array until it changes. */
  get grantedScopes(): CurrentUserScope[] {
    return attempt(() => this.#inner.grantedScopes);
  }

  /** When the access token expires, milliseconds since the epoch. */
  get expiresAt(): number | undefined {
    return attempt(() => this.#inner.expiresAt);
  }

  /** Would this operation be let through now, by session and granted scopes? For hiding buttons. */
  can(operation: Operation): boolean {
    return attempt(() => this.#inner.can(operation));
  }

  /**
   * `listener` runs after every change of the session: sign-in, renewal, logout, expiry. Returns the function that
   * unsubscribes. Fits useSyncExternalStore, signals and stores; like every method it can be handed on as it is.
   */
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

  /** The user's profile. Needs read:current_user. */
  getUser<TMetadata = Record<string, unknown>>(
    options?: RequestOptions,
  ): Promise<UserProfile<TMetadata>> {
    return settle(() => this.#inner.getUser(options));
  }

  /** The user's multifactor enrollments. Needs read:current_user. */
  getEnrollments(options?: RequestOptions): Promise<Enrollment[]> {
    return settle(() => this.#inner.getEnrollments(options));
  }

  /**
   * Links the account behind `idToken` (a second sign-in of the same person at this application). The token is verified
   * here first: signature, issuer, audience, times, and another `sub` than the session's. Needs
   * update:current_user_identities.
   *
   * Rejects also with the `id_token_…` codes, `signing_key_not_found` and `machine_token_forbidden`.
   */
  linkIdentity(idToken: string, options?: RequestOptions): Promise<Identity[]> {
    return settle(() => this.#inner.linkIdentity(idToken, options));
  }

  /**
   * {@link linkIdentity} with the second sign-in made for you: a popup (`prompt=login`, scope `openid`), whose ID token is
   * verified like any other, used for the one call and forgotten. The session stays. Call it from a click. Refused with
   * `id_token_subject` where the person signs in to the same account, or to one with an unverified e-mail address.
   */
  linkIdentityWithPopup(
    options?: AuthorizeOptions & RequestOptions & { timeoutMs?: number },
  ): Promise<Identity[]> {
    return settle(() => this.#inner.linkIdentityWithPopup(options));
  }

  /**
   * Makes a linked account a user of its own again. `userId` with or without its "provider|" prefix: sent without, since
   * the API answers a prefixed one with success and does nothing. Needs update:current_user_identities.
   */
  unlinkIdentity(provider: string, userId: string, options?: RequestOptions): Promise<Identity[]> {
    return settle(() => this.#inner.unlinkIdentity(provider, userId, options));
  }

  /**
   * Merges keys into `user_metadata`, shallowly, on the server; a key set to null is removed. An empty object would erase
   * everything, and is refused with `invalid_argument`: see {@link clearUserMetadata}. Needs
   * update:current_user_metadata or create:current_user_metadata.
   */
  patchUserMetadata<TMetadata = Record<string, unknown>>(
    metadata: Record<string, unknown>,
    options?: RequestOptions,
  ): Promise<UserProfile<TMetadata>> {
    return settle(() => this.#inner.patchUserMetadata(metadata, options));
  }

  /** Erases all of `user_metadata`. Permitted as {@link patchUserMetadata}. */
  clearUserMetadata(options?: RequestOptions): Promise<UserProfile> {
    return settle(() => this.#inner.clearUserMetadata(options));
  }

  /**
   * Removes the user's multifactor provider, such as "google-authenticator". Needs delete:current_user_metadata; newer
   * tenants demand a scope that only a server can hold, and answer 403.
   */
  deleteMultifactor(provider: string, options?: RequestOptions): Promise<void> {
    return settle(() => this.#inner.deleteMultifactor(provider, options));
  }

  /** Registers a device credential. Needs create:current_user_device_credentials. Keep the id: it cannot be listed. */
  createDeviceCredential(
    credential: NewDeviceCredential,
    options?: RequestOptions,
  ): Promise<{ id: string }> {
    return settle(() => this.#inner.createDeviceCredential(credential, options));
  }

  /** Removes a device credential. Needs delete:current_user_device_credentials. */
  deleteDeviceCredential(id: string, options?: RequestOptions): Promise<void> {
    return settle(() => this.#inner.deleteDeviceCredential(id, options));
  }
}

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
