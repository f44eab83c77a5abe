// The account page as it would be deployed: built by Vite, served as files, signing in at a local tenant of its own.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, beforeEach } from "node:test";
import { fileURLToPath } from "node:url";
import { By, until } from "selenium-webdriver";
import { build } from "vite";
import { linkPackage } from "../../scripts/link.mjs";
import { startTenant } from "../../tenant/index.mjs";
import { openChromium } from "../harness/browser.mjs";
import { serve } from "../harness/serve.mjs";
import { screenOf } from "./screens.mjs";

const PAGE = fileURLToPath(new URL("../../www", import.meta.url));
const PATIENCE_MS = 10_000;
const POLL_MS = 20;
export const PASSWORD = "correct horse";

/** The page for the tests of one file: each of them meets it as if for the first time. */
export async function useAccountPage() {
  const page = await openAccountPage();
  after(page.close);
  beforeEach(page.forgetEverything);
  return page;
}

/** Starts tenant, page and browser. Returns what tests do with them; `close` ends all three. */
export async function openAccountPage() {
  const tenant = await startTenant();
  const folder = mkdtempSync(join(tmpdir(), "account-page-"));
  await buildPage(folder, tenant.domain);
  const headers = {};
  const site = await serve(folder, () => ({ headers }));
  const { driver, close } = await openChromium();
  const page = steps(driver, tenant, site);
  await page.look();
  return {
    tenant,
    driver,
    origin: site.origin,
    /** From here on, what the browser was sent may be opened again without a network. */
    keepPages: () => (headers["Cache-Control"] = "max-age=600"),
    ...page,
    async close() {
      await close();
      await site.close();
      await tenant.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function buildPage(outDir, domain) {
  linkPackage(PAGE);
  const env = { VITE_AUTH0_DOMAIN: domain, VITE_AUTH0_CLIENT_ID: "local-spa" };
  await build({
    root: PAGE,
    logLevel: "error",
    define: Object.fromEntries(
      Object.entries(env).map(([name, value]) => [
        `import.meta.env.${name}`,
        JSON.stringify(value),
      ]),
    ),
    build: { outDir, emptyOutDir: true },
  });
}

/** What a person does, in the words of the page. Whatever hinders them on the screen they have is an error. */
function steps(driver, tenant, site) {
  const { look, hindrances, reach } = screenOf(driver);
  let offline = false;
  const wait = (condition, message) => driver.wait(condition, PATIENCE_MS, message, POLL_MS);
  const find = (css) => wait(until.elementLocated(By.css(css)), `no ${css}`);
  const text = async (css) => (await find(css)).getText();

  /** Waits until `css` says something that `pattern` matches. */
  const reads = async (css, pattern) => {
    let last;
    const said = async () => {
      last = await driver.executeScript(
        (selector) => document.querySelector(selector)?.innerText ?? "",
        css,
      );
      return pattern.test(last);
    };
    await wait(said).catch(() => {
      throw new Error(`${css} says ${JSON.stringify(last)}, not ${pattern}`);
    });
    assert.deepEqual(await hindrances({ css }), []);
    return last;
  };

  /** The button of that name, as a screen reader would call it. */
  const button = async (within, name) => {
    await find(within);
    const found = () =>
      driver.executeScript(
        (scope, wanted) =>
          [...document.querySelectorAll(`${scope} button`)].find(
            (each) => (each.getAttribute("aria-label") ?? each.innerText).trim() === wanted,
          ),
        within,
        name,
      );
    return wait(found, `no button "${name}" in ${within}`);
  };

  /** Presses the middle of it, by the browser's own input: whatever is on top there gets it. */
  const pressOn = async (control) => {
    await reach(control);
    await control.click();
  };
  const press = async (within, name) => pressOn(await button(within, name));
  const pick = async (css) => pressOn(await find(css));
  const type = async (css, value) => {
    const field = await find(css);
    await reach(field);
    await field.clear();
    await field.sendKeys(value);
  };

  /** Requests that the Management API has seen since the log was cleared, without preflights. */
  const apiRequests = () =>
    tenant.log
      .filter(({ url, method }) => url.includes("/api/v2/") && method !== "OPTIONS")
      .map(({ method, url }) => `${method} ${decodeURIComponent(url.replace(/^.*\/api\/v2/, ""))}`);

  /** The browser's network goes, or comes back. */
  const network = (on) => {
    offline = !on;
    const unlimited = { latency: 0, download_throughput: -1, upload_throughput: -1 };
    return driver.setNetworkConditions({ offline, ...unlimited });
  };

  /** Types into the tenant's own login form. */
  const logIn = async (email) => {
    await type("#email", email);
    await type("#password", PASSWORD);
    await press("form", "Continue");
  };

  return {
    find,
    text,
    reads,
    button,
    press,
    pick,
    type,
    look,
    hindrances,
    logIn,
    exists: async (css) => (await driver.findElements(By.css(css))).length > 0,
    open: (path = "/") => driver.get(site.origin + path),

    /** Nobody is signed in at the tenant, and the browser remembers nothing, whatever the last test has left. */
    async forgetEverything() {
      tenant.reset();
      if (offline) await network(true);
      const [main, ...others] = await driver.getAllWindowHandles();
      for (const other of others) {
        await driver.switchTo().window(other);
        await driver.close();
      }
      await driver.switchTo().window(main);
      await driver.get(site.origin);
      await driver.executeScript(() => (localStorage.clear(), sessionStorage.clear()));
    },

    /** From the page to the login form and back; `without` are scopes to be left out. */
    async signIn(email, { without = [] } = {}) {
      await driver.get(site.origin);
      for (const scope of without) await pick(`input[value="${scope}"]`);
      await press("#sign-in", "Continue to sign in");
      await logIn(email);
      await wait(until.urlContains(site.origin));
    },

    /** Presses what opens a window, does `inWindow` there, and waits until it has closed. */
    async inWindowOpenedBy(open, inWindow) {
      const [main] = await driver.getAllWindowHandles();
      await open();
      const opened = await wait(async () => {
        const handles = await driver.getAllWindowHandles();
        return handles.find((handle) => handle !== main);
      });
      await driver.switchTo().window(opened);
      await look();
      await inWindow();
      const closed = async () => (await driver.getAllWindowHandles()).length === 1;
      await wait(closed, "the window stays open");
      await driver.switchTo().window(main);
    },

    /** Logs in and stops before the page has read the response: returns the callback's address. */
    async interceptResponse(email) {
      await driver.get(site.origin);
      await press("#sign-in", "Continue to sign in");
      await find("#email");
      const scripts = (disabled) =>
        driver.sendDevToolsCommand("Emulation.setScriptExecutionDisabled", { value: disabled });
      await scripts(true);
      await logIn(email);
      await wait(until.urlContains("access_token="));
      const url = await driver.getCurrentUrl();
      await scripts(false);
      await driver.get("about:blank");
      return url;
    },

    /** Everything that outlives the page: the address, the history entry, both storages. */
    traces: async () =>
      JSON.stringify([
        await driver.getCurrentUrl(),
        await driver.executeScript(() => [
          history.state,
          { ...sessionStorage },
          { ...localStorage },
          document.cookie,
          document.referrer,
          window.name,
          // All but one: the browser keeps the address that a document was loaded from, where no script can change it.
          performance
            .getEntries()
            .filter(({ entryType }) => entryType !== "navigation")
            .map(({ name }) => name),
        ]),
      ]),

    apiRequests,
    apiWrites: () => apiRequests().filter((request) => !request.startsWith("GET ")),

    network,

    /** What has the focus: its id, or the words on it. */
    focus: () =>
      driver.executeScript(() => document.activeElement.id || document.activeElement.innerText),
  };
}
