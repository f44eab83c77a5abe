// What the tests use inside the page. Touches nothing when it is loaded, so that a page may be prepared first.

let loaded;
export const load = (entry = "/index.js") => (loaded ??= import(entry));

/** Makes a client; the last one is also at hand for the next `run` in this page. */
export async function client(options) {
  const { createCurrentUserClient } = await load();
  globalThis.client = await createCurrentUserClient(options);
  return globalThis.client;
}

/** How something ended, as plain data: `{ value }` or `{ error }`. `action` may throw, reject, resolve or return. */
export async function outcome(action) {
  try {
    const value = await (typeof action === "function" ? action() : action);
    return { value: value === undefined ? null : value };
  } catch (thrown) {
    return { error: await describe(thrown) };
  }
}

export async function describe(thrown) {
  const { CurrentUserError } = await load();
  if (!(thrown instanceof CurrentUserError)) return { foreign: String(thrown?.stack ?? thrown) };
  const { message, name } = thrown;
  const fields = Object.fromEntries(
    Object.getOwnPropertyNames(thrown).map((key) => [key, thrown[key]]),
  );
  delete fields.stack;
  if (thrown instanceof Error !== true) fields.foreign = "not an Error";
  if (fields.cause !== undefined) fields.cause = String(fields.cause);
  return { ...fields, name, message };
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Who is signed in, by everything that a client says about it. */
export const session = (of = globalThis.client) => ({
  isAuthenticated: of.isAuthenticated,
  sub: of.claims?.sub ?? null,
  grantedScopes: of.grantedScopes,
  expiresAt: of.expiresAt ?? null,
  can: of.can("getUser"),
});
