// The functions that scripts/bench.mjs calls in the page.
import { apiCall, growingProfiles } from "./api-call.js";
import { code, implicit } from "./authorize-url.js";
import { begin, firstRedirect, growingKeySets, manySignIns, redirects } from "./redirect.js";
import { startUp } from "./start-up.js";

// The module does not expose its memory, so this observes its instantiation.
let instance;
WebAssembly.Instance = new Proxy(WebAssembly.Instance, {
  construct: (target, args) => (instance = new target(...args)),
});
globalThis.wasmMemory = () =>
  Object.values(instance.exports).find((it) => it instanceof WebAssembly.Memory).buffer.byteLength;

globalThis.bench = {
  apiCall,
  begin,
  code,
  firstRedirect,
  growingKeySets,
  growingProfiles,
  implicit,
  manySignIns,
  redirects,
  startUp,
};
