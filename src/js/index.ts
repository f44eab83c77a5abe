// The facade: loads the module, and gives its class and its errors the shape that an application expects. All decisions are
// in Rust. The documentation of the client's members is in client.ts.
import type { CurrentUserClient as ClientInterface } from "./client.js";
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
 * Notes the page's address when it is called, before anything is loaded, so that a router which changes the address meanwhile
 * does not lose the response: see {@link CurrentUserClient.handleRedirectCallback}.
 *
 * `wasm` says where to take the module from on a host where the package cannot find it by itself; see docs/loading.md.
 *
 * Rejects with {@link CurrentUserError}: `invalid_configuration`, also where the page has no WebCrypto (plain http);
 * `client_secret_forbidden`, `scope_not_permitted`; `network_error` where the module cannot be loaded, and `invalid_argument`
 * where what `wasm` names is not this package's.
 */
export async function createCurrentUserClient(
  options: ClientOptions,
  wasm?: WasmSource,
): Promise<CurrentUserClient> {
  // Noted before anything is loaded: a router may change the address meanwhile.
  const address = globalThis.location?.href;
  if (address === undefined) {
    throw new CurrentUserError({
      code: "invalid_configuration",
      message: "a client needs a browser: make it there, and not where a server renders the page",
    });
  }
  const WasmClient = await load(wasm);
  return attempt(() => create((changed) => new WasmClient(options, address, changed)));
}

/** The one way to a client: the constructor takes nothing that an application could make. */
let create: (make: (changed: () => void) => WasmClient) => CurrentUserClient;

class Client implements CurrentUserClient {
  readonly #inner: WasmClient;
  readonly #listeners = new Set<() => void>();

  static {
    create = (make) => new Client(make);
  }

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

/** One tenant, one application, one session. Made by {@link createCurrentUserClient}. */
export type CurrentUserClient = ClientInterface;

/** For `instanceof`. It cannot be constructed: {@link createCurrentUserClient} makes clients. */
export const CurrentUserClient: abstract new (make: never) => CurrentUserClient = Client;

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
