// What the tests use inside the page.
const load = () => import("/package/index.js");

/** Makes a client, which stays at hand as `client`. */
export async function make(options) {
  const { createCurrentUserClient } = await load();
  globalThis.client = await createCurrentUserClient(options);
  globalThis.changes = 0;
  globalThis.client.subscribe(() => (globalThis.changes += 1));
  return globalThis.client;
}

/** How something ended, as plain data: `{ value }` or `{ error }`. */
export async function outcome(action) {
  try {
    return { value: (await action()) ?? null };
  } catch (thrown) {
    const { CurrentUserError } = await load();
    if (!(thrown instanceof CurrentUserError)) return { foreign: String(thrown?.stack ?? thrown) };
    const { name, message, code, reason, serverCode, appState, requiredScopes } = thrown;
    const { status, retryAfterMs } = thrown;
    const error = { name, message, code, reason, serverCode, appState, requiredScopes };
    return { error: { ...error, status, retryAfterMs } };
  }
}

/** Who is signed in, by everything that a client says about it. */
export const session = (of = globalThis.client) => ({
  isAuthenticated: of.isAuthenticated,
  claims: of.claims ?? null,
  grantedScopes: of.grantedScopes,
  expiresAt: of.expiresAt ?? null,
  can: of.can("getUser"),
});

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
