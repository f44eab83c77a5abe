// The vectors of tests/vectors in the package as it ships, with the browser's JSON, cryptography and storage.
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { inPage, openChromium } from "../harness/browser.mjs";
import { serve } from "../harness/serve.mjs";
import { signIns } from "../vectors/load.mjs";

const page = {
  status: 200,
  body: "<!doctype html><title>vectors</title>",
  headers: { "Content-Type": "text/html" },
};
/**
 * The number of cases in one page. Each loads the package again, so that no keys are cached, and a page has room for the
 * memory of about a hundred modules.
 */
const BATCH = 30;

let folder, site, browser;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), "vectors-"));
  const built = process.env.DIST ?? fileURLToPath(new URL("../../dist", import.meta.url));
  cpSync(built, folder, { recursive: true });
  site = await serve(folder, (path) => (path === "/page" ? page : undefined));
  browser = await openChromium();
});
after(async () => {
  await browser?.close();
  await site?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs cases in sequence inside the page and returns their outcomes. */
async function runCases(cases) {
  const realFetch = globalThis.fetch;
  const outcomes = [];
  for (const { options, storage, jwks, url, now } of cases) {
    Date.now = () => now;
    globalThis.fetch = (request, init) =>
      String(request).endsWith("/.well-known/jwks.json")
        ? Promise.resolve(
            new Response(typeof jwks === "string" ? jwks : JSON.stringify(jwks), { status: 200 }),
          )
        : String(request).startsWith(location.origin)
          ? realFetch(request, init)
          : Promise.reject(new TypeError(`unexpected: ${request}`));
    sessionStorage.clear();
    for (const [name, record] of Object.entries(storage)) sessionStorage.setItem(name, record);
    const { createCurrentUserClient } = await import(`/slim.js?${(globalThis.count ??= 0)}`);
    globalThis.count++;
    try {
      const client = await createCurrentUserClient({ ...options, retries: 0 });
      const signIn = await client.handleRedirectCallback(url);
      outcomes.push({
        ok: signIn && {
          sub: signIn.claims.sub,
          grantedScopes: signIn.grantedScopes,
          missingScopes: signIn.missingScopes,
          expiresAt: signIn.expiresAt,
          appState: JSON.stringify(signIn.appState),
        },
        signedIn: client.isAuthenticated,
      });
    } catch ({ name, code, reason, serverCode, message }) {
      outcomes.push(name === "CurrentUserError" ? { code, reason, serverCode } : { name, message });
    }
  }
  return outcomes;
}

const all = [...signIns()];
for (const file of new Set(all.map((one) => one.file))) {
  test(`${file}: each case gets its expected verdict`, async () => {
    const cases = all.filter((one) => one.file === file);
    const outcomes = [];
    for (let start = 0; start < cases.length; start += BATCH) {
      await browser.driver.get(`${site.origin}/page`);
      outcomes.push(...(await inPage(browser.driver, runCases, cases.slice(start, start + BATCH))));
    }
    const wrong = cases.flatMap(({ name, expect }, index) => {
      const outcome = outcomes[index];
      const fits =
        Object.entries(expect).every(([member, value]) => {
          const actual = outcome[member] ?? null;
          return JSON.stringify(sorted(actual)) === JSON.stringify(sorted(value));
        }) && (expect.ok ? outcome.signedIn : !outcome.signedIn);
      return fits ? [] : [{ name, expect, outcome }];
    });
    assert.deepEqual(wrong, []);
  });
}

/** The same value with the members of an object in one order. */
function sorted(value) {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
