// Apart from load.ts, whose declarations name wasm-bindgen's and therefore are not published.

/**
 * Where to take the WebAssembly module from, on a host where the package cannot find it by itself: the address of
 * `auth0_current_user.wasm`, a response that holds it, its bytes, or the compiled module.
 */
export type WasmSource =
  string | URL | Response | PromiseLike<Response> | BufferSource | WebAssembly.Module;
