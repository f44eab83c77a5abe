// What a test does with the application's page.
import { inPage } from "./browser.mjs";

export function pageSteps({ driver, tenant, origin, scopes }) {
  /** Options of a client that work, with `changes`. */
  const options = (changes = {}) => ({
    domain: tenant.domain,
    clientId: "local-spa",
    redirectUri: `${origin}/callback`,
    scopes,
    ...changes,
  });

  /** Loads a page of the site, as a new document even if only the hash differs. */
  const open = async (path = "/") => {
    const address = path.startsWith("http") ? path : origin + path;
    const present = await driver.getCurrentUrl();
    if (present.split("#")[0] === address.split("#")[0]) await driver.get("about:blank");
    await driver.get(address);
  };

  /** Runs `action(pageHelpers, ...args)` in the page and returns its result. `pageHelpers` is page/page-helpers.js. */
  const run = (action, ...args) =>
    inPage(
      driver,
      `async (...args) => (${action})(await import("/harness/page-helpers.js"), ...args)`,
      ...args,
    );

  /** Opens a page and creates a client in it. */
  const start = async (changes = {}, path = "/") => {
    await open(path);
    await run(
      async ({ createClient }, given) => void (await createClient(given)),
      options(changes),
    );
  };

  /** The outcome of `action(client, ...args)` in the page: `{ value }` or `{ error }`. */
  const attempt = (action, ...args) =>
    inPage(
      driver,
      `async (...args) => {
         const { outcome } = await import("/harness/page-helpers.js");
         return outcome(() => (${action})(globalThis.client, ...args));
       }`,
      ...args,
    );

  /** Who is signed in, according to the page's client. */
  const session = () => run(({ session }) => session());

  /** How often the client has notified its subscribers. Pages of a watched harness count this. */
  const changes = () => driver.executeScript(() => globalThis.changes);

  return { options, open, run, start, attempt, session, changes };
}
