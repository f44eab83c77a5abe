// What every test here stands on: a tenant, a static site with a copy of the built package, a browser that blocks
// popups as people's browsers do, and a page with one button.
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { after, beforeEach } from "node:test";
import { fileURLToPath } from "node:url";
import { By, until } from "selenium-webdriver";
import { startTenant } from "../../tenant/index.mjs";
import { inPage, openChromium } from "./browser.mjs";
import { serve } from "./serve.mjs";

export const ADA = "auth0|5a620d29a840170a9ef43672";
export const GRACE = "google-oauth2|103547991597142817347";
export const ALAN = "auth0|66d1f0a2b8c4e97d30f15a88";
export const PASSWORD = "correct horse";
export const PATIENCE_MS = 10_000;

const PAGE = `<!doctype html>
<html lang="en"><meta charset="utf-8"><link rel="icon" href="data:,"><title>Application</title>
<script src="/watch.js"></script>
<button id="go">Go</button></html>`;

/**
 * The stage of all tests of one file: set anew before each, closed after the last.
 * `DIST` names another build than dist/; `tenantOptions` are those of `startTenant`.
 */
export async function openStage(tenantOptions = {}) {
  const folder = mkdtempSync(join(tmpdir(), "sessions-"));
  const local = (path) => fileURLToPath(new URL(path, import.meta.url));
  // A copy, since another build may replace dist/ meanwhile.
  cpSync(process.env.DIST ?? local("../../dist"), join(folder, "package"), { recursive: true });
  cpSync(local("page"), folder, { recursive: true });
  const tenant = await startTenant({ autoLogin: true, ...tenantOptions });
  for (const name of ["index.html", "callback", "basket"]) writeFileSync(join(folder, name), PAGE);
  const html = { headers: { "Content-Type": "text/html; charset=utf-8" } };
  const site = await serve(folder, (path) => (extname(path) === "" ? html : undefined));
  const { driver, close: closeBrowser } = await openChromium({ blocksPopups: true });
  after(async () => {
    await closeBrowser();
    await site.close();
    await tenant.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const place = {
    tenant,
    driver,
    origin: site.origin,
    /** The same site by another name: another origin, and for the tenant's cookies a third party. */
    elsewhere: site.origin.replace("localhost", "127.0.0.1"),
  };
  const stage = { ...place, ...steps(place) };
  beforeEach(() => stage.reset());
  return stage;
}

function steps({ tenant, driver, origin }) {
  const handles = () => driver.getAllWindowHandles();
  let main;

  const options = (changes = {}) => ({
    domain: tenant.domain,
    clientId: "local-spa",
    redirectUri: `${origin}/callback`,
    scopes: ["read:current_user", "update:current_user_identities", "profile", "email"],
    ...changes,
  });

  /** Loads a page of the site as a new document, in the window that is in front. */
  const open = async (path = "/") => {
    await driver.get("about:blank");
    await driver.get(path.startsWith("http") ? path : origin + path);
  };

  /** Runs `action(kit, ...args)` in the page; `kit` is page/kit.js. */
  const run = (action, ...args) =>
    inPage(driver, `async (...args) => (${action})(await import("/kit.js"), ...args)`, ...args);

  /** A fresh page with a client in it. */
  const start = async (changes = {}, path = "/") => {
    await open(path);
    await run(async ({ make }, given) => void (await make(given)), options(changes));
  };

  /** What `action(client, ...args)` in the page ends with: `{ value }` or `{ error }`. */
  const attempt = (action, ...args) =>
    inPage(
      driver,
      `async (...args) => {
         const { outcome } = await import("/kit.js");
         return outcome(() => (${action})(globalThis.client, ...args));
       }`,
      ...args,
    );

  /** A person presses the button, whose handler is `action(client, ...args)`; `ended()` says how that ends. */
  const press = async (action, ...args) => {
    await inPage(
      driver,
      `async (...args) => {
         const { outcome } = await import("/kit.js");
         document.querySelector("#go").onclick = () => {
           globalThis.ended = outcome(() => (${action})(globalThis.client, ...args));
         };
       }`,
      ...args,
    );
    await driver.findElement(By.id("go")).click();
  };
  const ended = () => inPage(driver, () => globalThis.ended);

  const windowsOpen = (count) =>
    driver.wait(
      async () => (await handles()).length === count,
      PATIENCE_MS,
      `not ${count} windows`,
      20,
    );

  /** Types into the tenant's login form. */
  const logIn = async (email) => {
    const field = await driver.wait(until.elementLocated(By.id("email")), PATIENCE_MS);
    await field.clear();
    await field.sendKeys(email);
    await driver.findElement(By.id("password")).sendKeys(PASSWORD);
    await driver.findElement(By.css("button[value=login]")).click();
  };

  return {
    options,
    open,
    run,
    start,
    attempt,
    press,
    ended,
    logIn,
    windowsOpen,
    session: () => run(({ session }) => session()),
    /** How often the listeners of the session have been told. */
    changes: () => driver.executeScript(() => globalThis.changes),

    /** The window that the page has opened. `act` happens in it; then the page is in front again. */
    async inPopup(act = () => {}) {
      const known = [main];
      const handle = await driver.wait(
        async () => (await handles()).find((each) => !known.includes(each)),
        PATIENCE_MS,
        "no window has opened",
        20,
      );
      await driver.switchTo().window(handle);
      await act(handle);
      await driver.switchTo().window(main);
    },

    /** A person cancels at the login page. */
    async cancel() {
      const button = By.css("button[value=cancel]");
      await (await driver.wait(until.elementLocated(button), PATIENCE_MS)).click();
    },

    /** The login form is there. */
    formShown: () => driver.wait(until.elementLocated(By.id("email")), PATIENCE_MS),

    /** Somebody signs in by a window, without the form; the log begins afterwards. */
    async signIn(email = "ada@example.com", changes = {}) {
      await start(changes);
      await press((client, hint) => client.loginWithPopup({ loginHint: hint }), email);
      const { value, error } = await ended();
      if (error) throw new Error(`not signed in: ${JSON.stringify(error)}`);
      await windowsOpen(1);
      await driver.executeScript(() => (globalThis.changes = 0));
      tenant.clearLog();
      return value;
    },

    /** From a fresh page by redirect to the callback, whose address holds the response. */
    async comeBack(changes = {}, authorize = {}) {
      await start(changes);
      const url = await run((_, more) => client.buildAuthorizeUrl(more), {
        loginHint: "ada@example.com",
        ...authorize,
      });
      await driver.get(url);
      const address = await driver.getCurrentUrl();
      if (!address.startsWith(origin)) throw new Error(`not sent back: ${address}`);
      return address;
    },

    /** The callback's page handles what its address holds. */
    handle: (changes = {}) =>
      run(async ({ make, outcome }, given) => {
        const made = await make(given);
        return outcome(() => made.handleRedirectCallback());
      }, options(changes)),

    /** Nothing remains of a popup, a silent sign-in or a link but the session's own timer. */
    async nothingRemains({ records = 0 } = {}) {
      await windowsOpen(1);
      const left = await driver.executeScript(() => ({
        ...watched.leftovers(),
        live: client.isAuthenticated,
      }));
      assert.equal(left.frames, 0, "a frame remains");
      assert.deepEqual(left.listeners, [], "a listener remains");
      assert.equal(left.timers.length, left.live ? 1 : 0, `timers remain: ${left.timers}`);
      assert.equal(left.records.length, records, `stored: ${left.records}`);
    },

    /** One window, nobody signed in anywhere, nothing stored, no fault. */
    async reset() {
      main ??= await driver.getWindowHandle();
      for (const handle of await handles()) {
        if (handle === main) continue;
        await driver.switchTo().window(handle);
        await driver.close();
      }
      await driver.switchTo().window(main);
      tenant.reset();
      tenant.clearSessions();
      await open("/");
      await driver.executeScript(() => (sessionStorage.clear(), localStorage.clear()));
      tenant.clearLog();
    },

    /** Requests in the tenant's log whose path begins so, without preflights. */
    requests: (path) =>
      tenant.log.filter(({ method, url }) => method !== "OPTIONS" && url.startsWith(path)),
    /** The parameters of every request to /authorize. */
    authorizations: () =>
      tenant.log
        .filter(({ url }) => url.startsWith("/authorize?"))
        .map(({ url }) => [...new URL(url, "http://tenant.invalid").searchParams]),
  };
}

/** Pairs of parameters as an object, none of which may be there twice. */
export function once(pairs) {
  assert.equal(
    new Set(pairs.map(([name]) => name)).size,
    pairs.length,
    "a parameter is there twice",
  );
  return Object.fromEntries(pairs);
}

/** The error that something ended with, which must be one. */
export function refusal(ended) {
  assert.ok(ended.error, `no refusal: ${JSON.stringify(ended)}`);
  assert.equal(ended.error.name, "CurrentUserError");
  assert.ok(ended.error.message.length > 10);
  assert.doesNotMatch(JSON.stringify(ended.error), /eyJ/);
  return ended.error;
}

/** What something ended with, which must be no error. */
export function success(ended) {
  assert.ok("value" in ended, `refused: ${JSON.stringify(ended)}`);
  return ended.value;
}

/** A page of the tenant's own origin instead of the answer to /authorize: `script` runs in it, once. */
export function answerWithScript(tenant, script, match = { target: "authorize" }) {
  const headers = { "content-type": "text/html; charset=utf-8" };
  const body = `<!doctype html><title>Tenant</title><script>{${script}}</script>`;
  return tenant.faults.set("answer", { status: 200, headers, body }, { times: 1, match });
}

/** The user on whose behalf a request of the Management API was made; path and token must name the same. */
export function signedInAs(tenant, { url, headers }) {
  const { sub } = tenant.readToken(headers.authorization.replace("Bearer ", "")).claims;
  assert.equal(
    decodeURIComponent(url.split(/[/?]/)[4]),
    sub,
    "path and token name different users",
  );
  return sub;
}
