// The packed tarball in production builds with no configuration but an entry, and with no bundler, run in a real browser.
import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build as viteBuild } from "vite";
import webpack from "webpack";
import { inPage, openChromium } from "../harness/browser.mjs";
import { serve } from "../harness/serve.mjs";
import { goodOptions, installPackedPackage } from "./consumer.mjs";

let app, browser;
before(async () => {
  app = await installPackedPackage();
  browser = await openChromium();
});
after(async () => {
  await browser?.close();
  app?.remove();
});

const page = (head) =>
  `<!doctype html><meta charset="utf-8"><title>consumer</title><link rel="icon" href="data:,">${head}\n`;
const main = (entry) => `import * as api from ${JSON.stringify(entry)};\nglobalThis.api = api;\n`;

const builders = {
  async vite(entry, out) {
    app.write("index.html", page('<script type="module" src="./main.js"></script>'));
    app.write("main.js", main(entry));
    await viteBuild({ root: app.folder, logLevel: "error", build: { outDir: out } });
  },
  async webpack(entry, out) {
    app.write("main.js", main(entry));
    const compiler = webpack({
      mode: "production",
      context: app.folder,
      entry: "./main.js",
      output: { path: out },
    });
    const stats = await new Promise((resolve, reject) =>
      compiler.run((error, result) => (error ? reject(error) : resolve(result))),
    );
    await new Promise((resolve) => compiler.close(resolve));
    assert.ok(!stats.hasErrors() && !stats.hasWarnings(), stats.toString("errors-warnings"));
    writeFileSync(join(out, "index.html"), page('<script src="./main.js"></script>'));
  },
  async "no bundler"(entry, out) {
    mkdirSync(out);
    cpSync(join(app.installed, "dist"), join(out, "package"), { recursive: true });
    const file = {
      "auth0-current-user": "index",
      "auth0-current-user/slim": "slim",
      "auth0-current-user/inline": "inline",
    }[entry];
    const map = JSON.stringify({ imports: { [entry]: `./package/${file}.js` } });
    writeFileSync(
      join(out, "index.html"),
      page(`<script type="importmap">${map}</script><script type="module">${main(entry)}</script>`),
    );
  },
};

for (const [builder, build] of Object.entries(builders)) {
  for (const entry of [
    "auth0-current-user",
    "auth0-current-user/slim",
    "auth0-current-user/inline",
  ]) {
    suite(`${builder}, ${entry}`, () => {
      let site;
      before(async () => {
        const out = join(app.folder, `out-${builder}-${entry.replace("/", "-")}`.replace(" ", "-"));
        await build(entry, out);
        site = await serve(out);
        await browser.driver.get(site.origin);
      });
      after(() => site?.close());
      const asked = (pattern) => site.requests.filter((path) => pattern.test(path));

      test("the page asks for no module before it needs one", () => {
        assert.deepEqual(asked(/wasm|inline-module/), []);
      });

      test("makes a client, which is signed out and writes a sign-in URL", async () => {
        const seen = await inPage(
          browser.driver,
          async (options) => {
            const client = await globalThis.api.createCurrentUserClient(options);
            const url = new URL(await client.buildAuthorizeUrl());
            return [
              client.isAuthenticated,
              client instanceof globalThis.api.CurrentUserClient,
              url.host,
              url.searchParams.get("client_id"),
            ];
          },
          goodOptions,
        );
        assert.deepEqual(seen, [false, true, "acme.eu.auth0.com", "client"]);
      });

      test("a refusal is a CurrentUserError, the very class that is exported", async () => {
        const seen = await inPage(
          browser.driver,
          async (options) => {
            const { createCurrentUserClient, CurrentUserError } = globalThis.api;
            const error = await createCurrentUserClient(options).catch((reason) => reason);
            return [
              error instanceof CurrentUserError,
              error instanceof Error,
              error.name,
              error.code,
              error.constructor === CurrentUserError,
            ];
          },
          { ...goodOptions, domain: "https://acme.eu.auth0.com" },
        );
        assert.deepEqual(seen, [true, true, "CurrentUserError", "invalid_configuration", true]);
      });

      test("the module was loaded once, from where this entry takes it", () => {
        const [wasm, inline] = [
          asked(/\.wasm$/).length,
          site.requests.length - asked(/\.wasm$/).length,
        ];
        assert.equal(wasm, entry.endsWith("/inline") ? 0 : 1, site.requests.join(" "));
        // Bundlers name the chunk as they like: the page, its script, and for /inline one more.
        const scripts =
          { "no bundler": 1, vite: 1, webpack: 1 }[builder] + (entry.endsWith("/inline") ? 1 : 0);
        assert.equal(inline, 1 + scripts, site.requests.join(" "));
      });
    });
  }
}
