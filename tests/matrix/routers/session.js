// Shared by the applications of this folder: the client, and when it handles the response.
import { createCurrentUserClient } from "auth0-current-user";

// The walk writes the settings before the sign-in begins. A server that renders the page has no storage.
const { options, history, when } = JSON.parse(
  globalThis.sessionStorage?.getItem("settings") ?? "{}",
);

/** Whether the router is to keep its addresses behind the `#`. */
export const behindHash = history === "hash";

/**
 * When the response is handled: "before" the router is made; once it is "made"; "after" it has drawn its first page; in
 * a "guard", while its first navigation waits; in a guard that goes elsewhere then ("redirect"); or by the page that a
 * guard has "copied" the address to, as in `/login?redirect=%2Fcallback%23access_token%3D…`.
 */
export { when };

let client;
let result;

const makeClient = () => (client ??= createCurrentUserClient(options));

/** Handles the response in the address, once. */
export const handleResponse = () => (result ??= handle());

async function handle() {
  if (options === undefined) return;
  try {
    const signIn = await (await makeClient()).handleRedirectCallback();
    globalThis.outcome = signIn ? "signed in" : "no response";
  } catch (error) {
    globalThis.outcome = error.code ?? String(error);
  }
}

let arrived = options === undefined;

/** What a guard does until the application has arrived at its first page. Returns where to go instead, if anywhere. */
export async function guard(path) {
  if (path.startsWith("/login")) arrived = true;
  if (arrived) return;
  if (when === "guard" || when === "redirect") await handleResponse();
  if (when === "redirect") return "/login";
  if (when === "copied") return `/login?redirect=${encodeURIComponent(path)}`;
}

/** Hands `{ push, replace, refresh }` of the router to the walk. */
export function expose(router) {
  Object.assign(globalThis, {
    router,
    signIn: async () => (await makeClient()).loginWithRedirect({ loginHint: "ada@example.com" }),
    isAuthenticated: async () => (await makeClient()).isAuthenticated,
  });
}
