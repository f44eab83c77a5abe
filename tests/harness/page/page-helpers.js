// Helpers inside the page. Loading this file loads nothing else, so that a test can prepare the page before it calls
// `load`.

let loaded;
/** The package. */
export const load = (entry = "/package/index.js") => (loaded ??= import(entry));

/**
 * Creates a client and keeps it as the page's `client`. In a watched page, counts its notifications in `changes`.
 */
export async function createClient(options) {
  const { createCurrentUserClient } = await load();
  globalThis.client = await createCurrentUserClient(options);
  if (globalThis.watched) {
    globalThis.changes = 0;
    globalThis.client.subscribe(() => (globalThis.changes += 1));
  }
  return globalThis.client;
}

/**
 * The outcome of `action` as plain data: `{ value }` or `{ error }`. `action` is a promise, or a function that may
 * throw, reject, resolve or return.
 */
export async function outcome(action) {
  try {
    const value = await (typeof action === "function" ? action() : action);
    return { value: value === undefined ? null : value };
  } catch (thrown) {
    return { error: await describe(thrown) };
  }
}

/** An error as plain data, or `{ foreign }` for one that is not the package's. */
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

/** Who is signed in, according to every member of `of`. */
export const session = (of = globalThis.client) => ({
  isAuthenticated: of.isAuthenticated,
  sub: of.claims?.sub ?? null,
  claims: of.claims ?? null,
  grantedScopes: of.grantedScopes,
  expiresAt: of.expiresAt ?? null,
  can: of.can("getUser"),
});
