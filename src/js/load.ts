// Brings the WebAssembly module in: once, at first use, and again after a failure. Importing this file does nothing.
//
// `./wasm/` is written by the build (`scripts/build.mjs`) and not committed: wasm-bindgen's JavaScript with its types, and
// the module as compressed text.
import { CurrentUserError } from "./error.js";
import type { WasmSource } from "./types.js";
import { Client, initSync } from "./wasm/auth0_current_user.js";

/**
 * The module's client, with a method for each one of the facade's class.
 *
 * @internal
 */
export type WasmClient = Client;

/**
 * Which of the three entries this is; the build puts the word in.
 *
 * - `auto` (main entry): the `.wasm` beside this file, compiled while it streams; where that cannot be loaded (a bundler
 *   that does not carry the asset over), the copy inside a JavaScript chunk, which is fetched only then.
 * - `slim`: the `.wasm` alone.
 * - `inline`: the chunk alone.
 */
declare const LAYOUT: "auto" | "slim" | "inline";

let loading: Promise<typeof Client> | undefined;

/**
 * Loads the WebAssembly module and resolves with its client class. However often it is called, the module is
 * loaded once; a failure is forgotten, so that the next call tries again. `source` counts only for the call that starts the loading.
 *
 * Rejects with `CurrentUserError`: `invalid_configuration` where the page's Content Security Policy forbids WebAssembly,
 * `network_error` where the module cannot be fetched or is not what it should be, `invalid_argument` where `source` is
 * not this package's module.
 *
 * @internal
 */
export function load(source?: WasmSource): Promise<typeof Client> {
  return (loading ??= start(source).catch((cause: unknown) => {
    loading = undefined;
    throw explain(cause, source);
  }));
}

async function start(source: WasmSource | undefined): Promise<typeof Client> {
  initSync({ module: await (source === undefined ? own() : given(source)) });
  return Client;
}

async function own(): Promise<WebAssembly.Module> {
  if (LAYOUT !== "inline") {
    try {
      // Bundlers recognise exactly this expression and carry the file over.
      return await streamed(
        await fetch(new URL("./auth0_current_user.wasm", import.meta.url), limited()),
      );
    } catch (error) {
      if (LAYOUT === "slim" || wasmForbidden()) throw error;
    }
  }
  const { default: text } = await import("./wasm/inline.js");
  return WebAssembly.compile(await inflate(text));
}

async function given(source: WasmSource): Promise<WebAssembly.Module> {
  const value = await source;
  if (value instanceof WebAssembly.Module) return value;
  if (typeof value === "string" || value instanceof URL)
    return streamed(await fetch(value, limited()));
  return value instanceof Response ? streamed(value) : WebAssembly.compile(value);
}

/** Time that the module's file has to arrive, in milliseconds. */
const FILE_TIMEOUT_MS = 30_000;

const limited = (): RequestInit =>
  ({ __proto__: null, signal: AbortSignal.timeout(FILE_TIMEOUT_MS) }) as RequestInit;

/** Compiles while bytes arrive, which browsers do only for exactly this MIME type; some hosts send another one. */
async function streamed(response: Response): Promise<WebAssembly.Module> {
  if (!response.ok) throw new TypeError(`status ${response.status} for ${response.url}`);
  return response.headers.get("Content-Type") === "application/wasm"
    ? WebAssembly.compileStreaming(response)
    : WebAssembly.compile(await response.arrayBuffer());
}

/** base64 of raw deflate. Through `writable`, because jsdom has no `Blob.stream()`. */
async function inflate(text: string): Promise<ArrayBuffer> {
  const stream = new DecompressionStream("deflate-raw");
  const writer = stream.writable.getWriter();
  // A failure here shows on the readable side as well, where it is awaited.
  writer.write(Uint8Array.from(atob(text), (char) => char.charCodeAt(0))).catch(() => {});
  writer.close().catch(() => {});
  return new Response(stream.readable).arrayBuffer();
}

/** Engines word the refusal by a Content Security Policy differently; refusing the smallest module there is says it plainly. */
function wasmForbidden(): boolean {
  try {
    new WebAssembly.Module(new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]));
    return false;
  } catch {
    return true;
  }
}

function explain(cause: unknown, source: WasmSource | undefined): CurrentUserError {
  if (wasmForbidden()) {
    return new CurrentUserError({
      code: "invalid_configuration",
      message:
        "this page may not run WebAssembly: allow `'wasm-unsafe-eval'` in the `script-src` of its Content Security Policy",
      cause,
    });
  }
  if (source === undefined || typeof source === "string" || source instanceof URL) {
    return new CurrentUserError({
      code: "network_error",
      message:
        "the WebAssembly module of this package could not be loaded: see that `auth0_current_user.wasm` is deployed beside " +
        "the JavaScript and that `connect-src` of the page's Content Security Policy allows it",
      cause,
    });
  }
  return new CurrentUserError({
    code: "invalid_argument",
    message: "the module given is not the WebAssembly module of this package",
    cause,
  });
}
