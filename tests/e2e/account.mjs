// The account page as it would be deployed: built by Vite, served as files, with a local tenant.
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
import { PASSWORD, PATIENCE_MS } from "../harness/fixtures.mjs";
import { serve } from "../harness/serve.mjs";
import { screenOf } from "./screens.mjs";

const PAGE = fileURLToPath(new URL("../../www", import.meta.url));
const POLL_MS = 20;

/** Opens the page for the tests of one file. Each test finds it in its initial state. */
export async function useAccountPage() {
  const page = await openAccountPage();
  after(page.close);
  beforeEach(page.forgetEverything);
  return page;
}

/** Starts tenant, page and browser, and returns the steps of the tests. `close` ends all three. */
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
    /** From now on the browser may cache the site, so that it can open it again without a network. */
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

/** The steps of a person, by the texts on the page. A control that is covered, cut off or out of reach is an error. */
function steps(driver, tenant, site) {
  const { look, hindrances, reach } = screenOf(driver);
  let offline = false;
  const wait = (condition, message) => driver.wait(condition, PATIENCE_MS, message, POLL_MS);
  const find = (css) => wait(until.elementLocated(By.css(css)), `no ${css}`);
  const text = async (css) => (await find(css)).getText();

  /** Waits until the text of `css` matches `pattern`. */
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

  /** The button with that accessible name. */
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

  /** Clicks the middle of a control by the browser's own input, so that an element on top would get the click. */
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

  /** Requests to the Management API since the log was cleared, without preflights. */
  const apiRequests = () =>
    tenant.log
      .filter(({ url, method }) => url.includes("/api/v2/") && method !== "OPTIONS")
      .map(({ method, url }) => `${method} ${decodeURIComponent(url.replace(/^.*\/api\/v2/, ""))}`);

  /** Switches the browser's network on or off. */
  const network = (on) => {
    offline = !on;
    const unlimited = { latency: 0, download_throughput: -1, upload_throughput: -1 };
    return driver.setNetworkConditions({ offline, ...unlimited });
  };

  /** Fills in the tenant's login form and submits it. */
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

    /** Resets tenant, windows, storage and network. */
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

    /** Signs in from the page by the login form. `without` are scopes to leave out. */
    async signIn(email, { without = [] } = {}) {
      await driver.get(site.origin);
      for (const scope of without) await pick(`input[value="${scope}"]`);
      await press("#sign-in", "Continue to sign in");
      await logIn(email);
      await wait(until.urlContains(site.origin));
    },

    /** Runs `open`, which opens a window, runs `inWindow` in it, and waits until it has closed. */
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

    /** Logs in and stops before the page has read the response. Returns the address of the response. */
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

    /** Everything that outlives the page: address, history entry, storage, cookies, names and resource timings. */
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
          // Without the navigation entry, in which the browser keeps the document's first address. No script can change it.
          performance
            .getEntries()
            .filter(({ entryType }) => entryType !== "navigation")
            .map(({ name }) => name),
        ]),
      ]),

    apiRequests,
    apiWrites: () => apiRequests().filter((request) => !request.startsWith("GET ")),

    network,

    /** The id or the text of the focused element. */
    focus: () =>
      driver.executeScript(() => document.activeElement.id || document.activeElement.innerText),
  };
}
