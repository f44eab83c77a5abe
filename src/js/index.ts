// The facade: loads the module, and gives its class and its errors the shape that an application expects. All decisions are
// in Rust. The client's members and their documentation are in client.ts.
import { createClient, type CurrentUserClient } from "./client.js";
import { CurrentUserError } from "./error.js";
import { load } from "./load.js";
import { OPERATION_SCOPES } from "./operations.generated.js";
import type { ClientOptions, CurrentUserScope, Operation, WasmSource } from "./types.js";

export type * from "./types.js";
export { CurrentUserClient } from "./client.js";
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
  return createClient((changed) => new WasmClient(options, address, changed));
}
