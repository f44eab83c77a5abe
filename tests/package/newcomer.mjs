// Acts as a newcomer who follows the documents: installs the packed package, serves it without a bundler as docs/loading.md
// describes, pastes examples into the page, and signs in at a local tenant, in Chromium.
import assert from "node:assert/strict";
import { cpSync } from "node:fs";
import { extname, join } from "node:path";
import { after, afterEach, beforeEach } from "node:test";
import { By, logging, until } from "selenium-webdriver";
import ts from "typescript";
import { startTenant } from "../../tenant/index.mjs";
import { inPage, openChromium } from "../harness/browser.mjs";
import { serve } from "../harness/serve.mjs";
import { installPackedPackage } from "./consumer.mjs";
import { blocks } from "./documents.mjs";

const PATIENCE_MS = 10_000;

/** Opens a newcomer for all tests of a file. Before each test the tenant is reset, and no user is signed in. */
export async function openNewcomer() {
  const app = await installPackedPackage();
  cpSync(join(app.installed, "dist"), join(app.folder, "auth0-current-user"), { recursive: true });
  const tenant = await startTenant({ customDomain: true });
  let headers;
  const site = await serve(app.folder, (path) => (extname(path) === "" ? { headers } : undefined));
  const { driver, close } = await openChromium({ blocksPopups: true });
  after(async () => {
    await close();
    await site.close();
    await tenant.close();
    app.remove();
  });

  const [importMap] = blocks("docs/loading.md", "html");
  /** The documents' code that a page has run. */
  const ran = new Set([importMap]);
  /** The page's console output. */
  const said = [];
  const listen = async () => {
    for (const { message } of await driver.manage().logs().get(logging.Type.BROWSER))
      said.push(message);
  };

  beforeEach(async () => {
    tenant.reset();
    tenant.clearSessions();
    await listen();
    said.length = 0;
  });
  afterEach(async () => {
    await listen();
    assert.deepEqual(
      said.filter((line) => line.includes("Uncaught")),
      [],
    );
  });

  /** Writes `code` into a file of the site, with the local tenant and site in place of the document's invented names. */
  const paste = (name, code, ending = "") => {
    ran.add(code);
    const known = {
      "acme.eu.auth0.com": tenant.domain,
      "login.acme.example": tenant.customDomain.domain,
      YOUR_CLIENT_ID: "local-spa",
      "http://localhost:5173": site.origin,
      "https://app.example": site.origin,
      "https://app.acme.example": site.origin,
    };
    const here = code.replaceAll(new RegExp(Object.keys(known).join("|"), "g"), (it) => known[it]);
    const { outputText } = ts.transpileModule(here + ending, {
      compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
    });
    app.write(name, outputText);
  };

  /** Loads a page, at / and at /account, with `example` as its main.ts. The example's `client` becomes global at its end. */
  const open = async (example, { html = "", headers: given = {} } = {}) => {
    ran.add(html);
    headers = given;
    paste("main.js", example, "\nglobalThis.client = client;");
    const icon = '<link rel="icon" href="data:,">';
    const page = `<!doctype html><meta charset="utf-8">${icon}\n${importMap}${html}`;
    app.write("index.html", page);
    app.write("account/index.html", page);
    await driver.get("about:blank");
    await driver.get(site.origin);
  };

  let pasted = 0;
  /** Runs `code` in the page with the `client` of the example, then `action(its exports, ...args)`. */
  const goOn = async (code, action = () => {}, ...args) => {
    const name = `goes-on-${++pasted}.js`;
    paste(name, code);
    const script = `async (path, ...args) => (${action})(await import(path), ...args)`;
    return inPage(driver, script, `/${name}`, ...args);
  };

  const find = (css) => driver.wait(until.elementLocated(By.css(css)), PATIENCE_MS);
  const press = async (css) => (await find(css)).click();
  const windows = () => driver.getAllWindowHandles();

  return {
    app,
    tenant,
    driver,
    site,
    ran,
    open,
    goOn,
    press,

    /** Types into the tenant's login form. */
    async logIn(email) {
      await (await find("#email")).sendKeys(email);
      await (await find("#password")).sendKeys("correct horse");
      await press("button[value=login]");
    },

    /** Waits until the example has finished and a user is signed in. */
    signedIn: () =>
      driver.wait(
        () => driver.executeScript(() => globalThis.client?.isAuthenticated),
        PATIENCE_MS,
        "nobody is signed in",
      ),

    /** Waits for console output that `pattern` matches. Resolves with all output. */
    async says(pattern) {
      await driver.wait(
        async () => (await listen(), said.some((line) => pattern.test(line))),
        PATIENCE_MS,
        `the console says nothing like ${pattern}`,
      );
      return said.join("\n");
    },

    /** Runs `act` in the window that opens, waits until it has closed, and returns to the page. */
    async inWindow(act) {
      const main = await driver.getWindowHandle();
      const other = async () => (await windows()).find((each) => each !== main);
      await driver.switchTo().window(await driver.wait(other, PATIENCE_MS, "no window"));
      await act();
      await driver.wait(async () => (await windows()).length === 1, PATIENCE_MS, "it stays open");
      await driver.switchTo().window(main);
    },
  };
}
