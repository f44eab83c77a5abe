// WebAssembly memory does not grow after a warm-up, whether one client handles many redirects or the page forgets many
// clients. HANDLINGS sets the number of redirects. The tests print the figures.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { inPage, openChromium } from "../harness/browser.mjs";
import { serve } from "../harness/serve.mjs";
import { signIns } from "../vectors/load.mjs";

const HANDLINGS = Number(process.env.HANDLINGS ?? 1_000);
const WARM_UP = 200;
const page = {
  status: 200,
  body: "<!doctype html><title>memory</title>",
  headers: { "Content-Type": "text/html" },
};

let site, browser;
before(async () => {
  const folder = fileURLToPath(new URL("../../dist", import.meta.url));
  site = await serve(folder, (path) => (path === "/index.d.ts" ? page : undefined));
  browser = await openChromium();
  await browser.driver.manage().setTimeouts({ script: 300_000 });
});
after(async () => {
  await browser?.close();
  await site?.close();
});

/** Handles the same good response `count` times, each time as a new one, and returns the size of the memory. */
async function handle({ options, storage, jwks, url, now }, count) {
  if (globalThis.client === undefined) {
    const { Instance } = WebAssembly;
    WebAssembly.Instance = new Proxy(Instance, {
      construct(target, args) {
        globalThis.instance = new target(...args);
        return globalThis.instance;
      },
    });
    const real = globalThis.fetch;
    globalThis.fetch = (request, init) =>
      String(request).endsWith("/jwks.json")
        ? Promise.resolve(new Response(JSON.stringify(jwks)))
        : real(request, init);
    Date.now = () => now;
    const { createCurrentUserClient } = await import("/index.js");
    globalThis.client = await createCurrentUserClient(options);
    globalThis.number = 0;
  }
  for (let handled = 0; handled < count; handled += 1) {
    for (const [name, record] of Object.entries(storage)) sessionStorage.setItem(name, record);
    const signIn = await globalThis.client.handleRedirectCallback(
      `${url}&number=${(globalThis.number += 1)}`,
    );
    if (!signIn?.claims.sub) throw new Error("nobody was signed in");
  }
  const exported = Object.values(globalThis.instance.exports);
  return exported.find((it) => it instanceof WebAssembly.Memory).buffer.byteLength;
}

test("WebAssembly memory stays flat over many redirects", async (t) => {
  await browser.driver.get(`${site.origin}/index.d.ts`);
  const [good] = [...signIns()].filter(({ expect, url }) => expect.ok && url.includes("#"));
  const before = await inPage(browser.driver, handle, good, WARM_UP);
  const began = performance.now();
  const after = await inPage(browser.driver, handle, good, HANDLINGS);
  const each = (performance.now() - began) / HANDLINGS;
  t.diagnostic(
    `${HANDLINGS} redirects, ${each.toFixed(2)} ms each: ${before / 1024} KiB, then ${after / 1024} KiB`,
  );
  assert.equal(after, before);
});

test("the page collects a forgotten client, and reuses its WebAssembly memory", async () => {
  const collect = () => browser.driver.sendDevToolsCommand("HeapProfiler.collectGarbage", {});
  const make = async (options, count) => {
    const { createCurrentUserClient } = await import("/index.js");
    globalThis.made = [];
    for (let number = 0; number < count; number += 1) {
      const client = await createCurrentUserClient(options);
      client.subscribe(() => {});
      globalThis.made.push(new WeakRef(client));
    }
  };
  const look = async () => {
    // Finalizers run in a later task.
    await new Promise((go) => setTimeout(go, 50));
    const exported = Object.values(globalThis.instance.exports);
    return {
      left: globalThis.made.filter((client) => client.deref()).length,
      bytes: exported.find((it) => it instanceof WebAssembly.Memory).buffer.byteLength,
    };
  };
  const [{ options }] = signIns();
  const memory = [];
  for (let round = 0; round < 4; round += 1) {
    await inPage(browser.driver, make, options, 1_000);
    await collect();
    const { left, bytes } = await inPage(browser.driver, look);
    assert.ok(left <= 1, `${left} of 1,000 clients are left`);
    memory.push(bytes);
  }
  assert.equal(memory.at(-1), memory[1]);
});
