// The README's example and the policy of docs/content-security-policy.md, as they stand, in a browser at the local tenant.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { readFileSync } from "node:fs";
import { By, logging, until } from "selenium-webdriver";
import ts from "typescript";
import { startTenant } from "../../tenant/index.mjs";
import { inPage, openChromium } from "../support/chromium.mjs";
import { serve } from "../support/serve.mjs";
import { installPackedPackage } from "./consumer.mjs";

const PATIENCE_MS = 10_000;
const document = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const block = (path, language) =>
  new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, "m").exec(document(path))[1];

let app, browser, tenant, site;
/** What the page at / sends along with its HTML. */
let headers = {};
before(async () => {
  app = await installPackedPackage();
  tenant = await startTenant();
  browser = await openChromium();
  site = await serve(app.folder, (path) => (path === "/" ? { headers } : undefined));
});
after(async () => {
  await browser?.close();
  await site?.close();
  await tenant?.close();
  app?.remove();
});

const page = (body) => `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">
${body}<button id="go">Go</button>`;
const package_ = "./node_modules/auth0-current-user/dist/index.js";

async function logIn(email) {
  const { driver } = browser;
  const field = await driver.wait(until.elementLocated(By.id("email")), PATIENCE_MS);
  await field.sendKeys(email);
  await driver.findElement(By.id("password")).sendKeys("correct horse");
  await driver.findElement(By.css("button[value=login]")).click();
}

test("the example in the README signs in, writes the preference and says hello", async () => {
  const { driver } = browser;
  const example = block("README.md", "ts")
    .replace("acme.eu.auth0.com", tenant.domain)
    .replace("YOUR_CLIENT_ID", "local-spa")
    .replace("http://localhost:5173/", `${site.origin}/`);
  const { outputText } = ts.transpileModule(example, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
  });
  const map = JSON.stringify({ imports: { "auth0-current-user": package_ } });
  app.write("main.js", outputText);
  app.write(
    "index.html",
    page(`<script type="importmap">${map}</script><script type="module" src="main.js"></script>`),
  );
  headers = {};
  const ada = () => tenant.users.get("auth0|5a620d29a840170a9ef43672");
  ada().user_metadata.theme = "light";
  await driver.get(site.origin);
  await logIn("ada@example.com");
  const said = [];
  await driver.wait(async () => {
    for (const { message } of await driver.manage().logs().get(logging.Type.BROWSER))
      said.push(message);
    return said.some((line) => line.includes("Hello"));
  }, PATIENCE_MS);
  assert.match(said.join("\n"), /Hello Ada Lovelace/);
  assert.match(said.join("\n"), /"not granted:" Array\(0\)/);
  assert.equal(ada().user_metadata.theme, "dark");
  assert.equal(await driver.getCurrentUrl(), `${site.origin}/`);
});

/** The guide's policy for this tenant, changed by `change`. */
const policy = (change = (text) => text) => {
  const [, value] = /^Content-Security-Policy:\s*([^]*)$/.exec(
    block("docs/content-security-policy.md", "http"),
  );
  const here = value.replaceAll("https://acme.eu.auth0.com", `http://${tenant.domain}`);
  return change(here.replace(/\s+/g, " ").trim());
};

/** A page under `given` headers with a client at hand, whose visitor is signed in at the tenant. */
async function openUnder(given) {
  headers = given;
  app.write("index.html", page(""));
  tenant.reset();
  tenant.clearSessions();
  tenant.configure({ autoLogin: true });
  await browser.driver.get("about:blank");
  await browser.driver.get(site.origin);
  const options = {
    domain: tenant.domain,
    clientId: "local-spa",
    redirectUri: `${site.origin}/`,
    scopes: ["read:current_user"],
    timeoutMs: 3_000,
  };
  await inPage(
    browser.driver,
    async (path, settings) => {
      const { createCurrentUserClient } = await import(path);
      globalThis.client = await createCurrentUserClient(settings);
    },
    package_,
    options,
  );
}

/** Presses the button, for a window that only a click may open; how that ended. */
async function popup() {
  const { driver } = browser;
  await inPage(driver, () => {
    document.querySelector("#go").onclick = () => {
      globalThis.ended = globalThis.client
        .loginWithPopup({ loginHint: "ada@example.com", timeoutMs: 5_000 })
        .then(
          ({ claims }) => claims.sub,
          (error) => error.code,
        );
    };
  });
  await driver.findElement(By.id("go")).click();
  return inPage(driver, () => globalThis.ended);
}
const silently = () =>
  inPage(browser.driver, () =>
    globalThis.client.checkSession().then(
      () => "renewed",
      (error) => error.code,
    ),
  );
const readUser = () =>
  inPage(browser.driver, async () => (await globalThis.client.getUser()).user_id);

test("the policy in the guide lets everything through: a window, a hidden frame, a call", async () => {
  await openUnder({ "Content-Security-Policy": policy() });
  assert.equal(await popup(), "auth0|5a620d29a840170a9ef43672");
  assert.equal(await silently(), "renewed");
  assert.equal(await readUser(), "auth0|5a620d29a840170a9ef43672");
});

test("without `frame-src`, `checkSession` ends as the guide says", async () => {
  const without = policy((text) => text.replace(/frame-src [^;]+;/, ""));
  await openUnder({ "Content-Security-Policy": without });
  assert.equal(await popup(), "auth0|5a620d29a840170a9ef43672");
  assert.equal(await silently(), "timeout");
});

test("a page that is cut off from its windows ends as the guide says; `same-origin-allow-popups` is not", async () => {
  await openUnder({ "Cross-Origin-Opener-Policy": "same-origin" });
  assert.equal(await popup(), "popup_closed");
  await openUnder({ "Cross-Origin-Opener-Policy": "same-origin-allow-popups" });
  assert.equal(await popup(), "auth0|5a620d29a840170a9ef43672");
});
