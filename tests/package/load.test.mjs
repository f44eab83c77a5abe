// Loading where the host does not help: no bundler, the package's files as they are.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { readFileSync } from "node:fs";
import { inPage, openChromium } from "../harness/browser.mjs";
import { serve } from "../harness/serve.mjs";
import { goodOptions, installPackedPackage } from "./consumer.mjs";

const guide = new URL("../../docs/loading.md", import.meta.url);

let app, browser;
before(async () => {
  app = await installPackedPackage();
  app.write(
    "node_modules/auth0-current-user/page.html",
    '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">',
  );
  browser = await openChromium();
});
after(async () => {
  await browser?.close();
  app?.remove();
});

/** Opens a page of a server that answers as `answer` says, and runs `action(file, options)` there. */
async function visit(entry, answer, action) {
  const site = await serve(app.installed, answer);
  try {
    await browser.driver.get(`${site.origin}/page.html`);
    const seen = await inPage(browser.driver, action, `/dist/${entry}.js`, goodOptions);
    return { seen, wasm: count(site, /\.wasm$/), inline: count(site, /inline-module/) };
  } finally {
    await site.close();
  }
}
const count = ({ requests }, pattern) => requests.filter((path) => pattern.test(path)).length;

const makeClient = async (file, options) => {
  const { createCurrentUserClient } = await import(file);
  return (await createCurrentUserClient(options)).isAuthenticated;
};
const failure = async (file, options) => {
  const { createCurrentUserClient, CurrentUserError } = await import(file);
  const error = await createCurrentUserClient(options).then(
    () => "no error",
    (reason) => reason,
  );
  return {
    ours: error instanceof CurrentUserError,
    code: error.code,
    message: error.message,
    cause: String(error.cause),
  };
};
const onWasm = (change) => (path) => (path.endsWith(".wasm") ? change : undefined);
const policy = (value) => (path) =>
  path === "/page.html" ? { headers: { "Content-Security-Policy": value } } : undefined;

test("clients made at the same time load the module once", async () => {
  const { seen, wasm, inline } = await visit("index", undefined, async (file, options) => {
    const { createCurrentUserClient } = await import(file);
    const clients = await Promise.all([1, 2, 3].map(() => createCurrentUserClient(options)));
    return new Set(clients).size;
  });
  assert.deepEqual([seen, wasm, inline], [3, 1, 0]);
});

test("a preload hint brings the module in early, and once", async () => {
  const hint = '<link rel="preload" as="fetch" crossorigin href="/dist/auth0_current_user.wasm">';
  assert.ok(readFileSync(guide, "utf8").includes(hint.slice(0, hint.indexOf(" href="))));
  const answer = (path) =>
    path === "/page.html"
      ? { body: `<!doctype html>${hint}<link rel="icon" href="data:,">` }
      : undefined;
  const { seen, wasm } = await visit("slim", answer, async (file, options) => {
    while (performance.getEntriesByType("resource").length === 0)
      await new Promise((resolve) => setTimeout(resolve, 20));
    const { createCurrentUserClient } = await import(file);
    return (await createCurrentUserClient(options)).isAuthenticated;
  });
  assert.deepEqual([seen, wasm], [false, 1]);
});

test("a wrong MIME type does not matter", async () => {
  for (const type of ["application/octet-stream", "application/wasm; charset=utf-8"]) {
    const answer = onWasm({ headers: { "Content-Type": type } });
    assert.deepEqual(
      await visit("slim", answer, makeClient),
      { seen: false, wasm: 1, inline: 0 },
      type,
    );
  }
});

test("where the .wasm does not arrive in time, the main entry takes the copy, and /slim says network_error", async () => {
  // More bytes are announced than ever come. The half minute that they have passes sooner here.
  const answer = onWasm({ headers: { "Content-Length": "1000000" } });
  const hasten = (action) =>
    `async (file, options) => {
      const { timeout } = AbortSignal;
      AbortSignal.timeout = (ms) => timeout.call(AbortSignal, ms / 100);
      const began = performance.now();
      const end = await (${action})(file, options);
      const ms = performance.now() - began;
      return ms < 250 ? "at once" : end;
    }`;
  assert.deepEqual(await visit("index", answer, hasten(makeClient)), {
    seen: false,
    wasm: 1,
    inline: 1,
  });
  assert.equal((await visit("slim", answer, hasten(failure))).seen.code, "network_error");
});

test("where the .wasm is missing, the main entry takes the copy in the JavaScript chunk", async () => {
  assert.deepEqual(await visit("index", onWasm({ status: 404 }), makeClient), {
    seen: false,
    wasm: 1,
    inline: 1,
  });
});

test("where a host answers with its index page instead of the .wasm, the main entry takes the copy", async () => {
  const answer = onWasm({ body: "<!doctype html>", headers: { "Content-Type": "text/html" } });
  assert.deepEqual(await visit("index", answer, makeClient), { seen: false, wasm: 1, inline: 1 });
});

test("where the .wasm is missing, /slim says so with network_error", async () => {
  const { seen } = await visit("slim", onWasm({ status: 404 }), failure);
  assert.deepEqual([seen.ours, seen.code], [true, "network_error"]);
  assert.match(seen.message, /auth0_current_user\.wasm/);
  assert.match(seen.cause, /status 404/);
});

test("where the .wasm is broken, /slim says so with network_error", async () => {
  const { seen } = await visit(
    "slim",
    onWasm({ body: Buffer.from("\0asm\x01\0\0\0broken", "latin1") }),
    failure,
  );
  assert.deepEqual([seen.ours, seen.code], [true, "network_error"]);
});

test("after a failure the next call tries again", async () => {
  let first = true;
  const answer = (path) => {
    if (!path.endsWith(".wasm") || !first) return undefined;
    first = false;
    return { status: 503 };
  };
  const { seen, wasm } = await visit("slim", answer, async (file, options) => {
    const { createCurrentUserClient } = await import(file);
    const code = await createCurrentUserClient(options).catch((error) => error.code);
    return [code, (await createCurrentUserClient(options)).isAuthenticated];
  });
  assert.deepEqual([seen, wasm], [["network_error", false], 2]);
});

const sources = {
  "an address": () => "/elsewhere/module.wasm",
  "a URL": () => new URL("/elsewhere/module.wasm", location.href),
  "a response": () => fetch("/elsewhere/module.wasm"),
  "the bytes": async () => (await fetch("/elsewhere/module.wasm")).arrayBuffer(),
  "the compiled module": () => WebAssembly.compileStreaming(fetch("/elsewhere/module.wasm")),
};
for (const [name, source] of Object.entries(sources)) {
  test(`takes the module from where it is told to: ${name}`, async () => {
    app.write(
      "node_modules/auth0-current-user/elsewhere/module.wasm",
      app.read("dist/auth0_current_user.wasm"),
    );
    const action = `async (file, options) => {
      const { createCurrentUserClient } = await import(file);
      const source = (${source})();
      // A promise is passed on as it is only where it is one for a response.
      return (await createCurrentUserClient(options, ${name === "a response" ? "source" : "await source"})).isAuthenticated;
    }`;
    assert.deepEqual(await visit("index", undefined, action), { seen: false, wasm: 1, inline: 0 });
  });
}

test("another module than this package's is refused with invalid_argument", async () => {
  const { seen } = await visit("index", undefined, async (file, options) => {
    const { createCurrentUserClient } = await import(file);
    const bytes = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
    return createCurrentUserClient(options, bytes).catch((error) => [error.name, error.code]);
  });
  assert.deepEqual(seen, ["CurrentUserError", "invalid_argument"]);
});

for (const entry of ["index", "slim", "inline"]) {
  test(`a Content Security Policy that forbids WebAssembly ends in invalid_configuration with the remedy (${entry})`, async () => {
    const { seen, inline } = await visit(entry, policy("script-src 'self'"), failure);
    assert.deepEqual([seen.ours, seen.code], [true, "invalid_configuration"]);
    assert.match(seen.message, /'wasm-unsafe-eval'/);
    if (entry === "index") assert.equal(inline, 0, "the copy would fail as well");
  });
}

test("'wasm-unsafe-eval' and `connect-src 'self'` are enough", async () => {
  const answer = policy(
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'",
  );
  assert.deepEqual(await visit("index", answer, makeClient), { seen: false, wasm: 1, inline: 0 });
});

test("'wasm-unsafe-eval' alone is enough for the copy in the chunk", async () => {
  const answer = policy("default-src 'none'; script-src 'self' 'wasm-unsafe-eval'");
  assert.deepEqual(await visit("index", answer, makeClient), { seen: false, wasm: 0, inline: 1 });
});
