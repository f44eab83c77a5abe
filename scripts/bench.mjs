// Compares this package with other libraries and the bare platform, which alternate in one page of a headless Chromium. Claims
// are ratios within a run. Prints a table, and writes target/bench/report.json and target/bench/report.svg.
//   --check     exits 1 if a budget is missed
//   --publish   also writes the figures to docs/bench.json, docs/images/bench.svg and docs/benchmarks.md
//   --rounds N  makes the run shorter or longer
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Refusal, root, runMain, step } from "./steps.mjs";
import { setup } from "./setup.mjs";
import { build } from "./build.mjs";
import { BUDGET, measure } from "./size.mjs";
import { LIBRARIES, bundle, bundleMainJob, isFallback } from "../bench/bundle.mjs";
import { draw } from "../bench/chart.mjs";
import { budgets, compare, describe, growth, toText, withFigures } from "../bench/report.mjs";
import { serve } from "../bench/server.mjs";

const USER = "auth0|5a620d29a840170a9ef43672";
const CLIENT_ID = "local-spa";
const PEERS = ["auth0-js", "@auth0/auth0-spa-js", "oidc-client-ts", "jose"];
const out = join(root, "target/bench");
const page = (text) => `<!doctype html><html lang=en><title>Benchmark</title>${text}`;

/** Opens the tenant, the site and the browser, measures everything, and returns the report. */
async function run({ rounds }) {
  const size = await step("size", measure);
  const { startTenant } = await import("../tenant/index.mjs");
  const { inPage, withChromium } = await import("../tests/harness/browser.mjs");
  const pages = new Map([
    ["/measure.html", page(`<script type=module src="/page/main.js"></script>`)],
  ]);
  await step("pages", () => addPages(pages));
  const tenant = await startTenant({
    settings: { keySetMaxAgeSeconds: 0, rateLimit: { limit: 1_000_000, windowSeconds: 1 } },
  });
  const site = await serve(pages);
  try {
    return await withChromium(async (driver) => {
      await driver.manage().setTimeouts({ script: 600_000 });
      const bench = { driver, site, tenant, rounds };
      /** Calls a function of bench/page/main.js in a fresh page. */
      bench.call = async (name, ...args) => {
        await driver.get(`${site.origin}/measure.html`);
        const call = async (name, args) => {
          while (!globalThis.bench) await new Promise((go) => setTimeout(go, 10));
          return globalThis.bench[name](...args);
        };
        return inPage(driver, call, name, args).catch(({ message }) => {
          throw new Refusal(`${name}: ${message}`);
        });
      };
      const measurements = {
        startUpFromMemory: await step("start-up from memory", () => startUpFromMemory(bench)),
        startUpColdPage: await step("start-up of a cold page", () => startUpColdPage(bench)),
        authorizeUrl: await step("authorize URL", () => authorizeUrl(bench)),
        authorizeUrlCode: await step("authorize URL with PKCE", () => authorizeUrlCode(bench)),
        redirectWarm: await step("redirect, keys at hand", () => redirectWarm(bench)),
        redirectFirst: await step("first redirect of a page", () => redirectFirst(bench)),
        redirectCold: await step("redirect, keys fetched", () => redirectCold(bench)),
        apiCall: await step("API call", () => apiCall(bench)),
      };
      const growths = {
        keys: await step("1 to 100 keys", () => keySets(bench)),
        profile: await step("1 kB to 1 MB of profile", () => profiles(bench)),
      };
      const memory = await step("1 to 1,000 sign-ins", () => signIns(bench));
      // The machine's load. If it is far above the number of cores, the spread is wide.
      const load = loadavg()[0];
      const chromium = (await driver.getCapabilities()).get("browserVersion");
      return {
        command: "npm run bench",
        machine: { cpu: cpus()[0].model.trim(), cores: cpus().length, load, chromium },
        versions: Object.fromEntries(PEERS.map((name) => [name, versionOf(name)])),
        size: { ...size, limit: { budget: BUDGET, met: size.total.brotli <= BUDGET } },
        measurements,
        growths,
        memory,
      };
    });
  } finally {
    await site.close();
    await tenant.close();
  }
}

const versionOf = (name) =>
  JSON.parse(readFileSync(join(root, "node_modules", name, "package.json"), "utf8")).version;

// ── Pages ────────────────────────────────────────────────────────────────────────────────────

/** Adds the measuring page, each library's main job, and a page that starts it as the library's documentation advises. */
async function addPages(pages) {
  const add = (folder, files) => {
    // Omits the fallback chunk, so that a page that requests it fails instead of measuring the wrong thing.
    for (const { file, bytes } of files)
      if (!isFallback(file)) pages.set(`${folder}/${file}`, bytes);
  };
  add("/page", await bundle("page", join(root, "bench/page/main.js")));
  for (const [file, bytes] of Object.entries(TWO_EMPTY_FILES)) pages.set(`/empty/${file}`, bytes);
  for (const library of LIBRARIES) {
    const files = await bundleMainJob(library);
    add(`/${library}`, files);
    const hints = files.map(({ file }) => hint(`/${library}/${file}`)).join("");
    pages.set(
      `/${library}.html`,
      page(`<script>const began = performance.now()</script>${hints}<script type=module>
        import { start } from "/${library}/main.js";
        await start(${JSON.stringify(optionsFor("https://app.example"))});
        const ready = performance.now() - began;
        fetch("/say", { method: "POST", body: JSON.stringify({ ready }) });
      </script>`),
    );
  }
}

/** The hints that docs/loading.md recommends. */
function hint(path) {
  if (path.endsWith("/main.js")) return `<link rel=modulepreload href="${path}">`;
  return path.endsWith(".wasm") ? `<link rel=preload as=fetch crossorigin href="${path}">` : "";
}

/** An empty JavaScript module and an empty WebAssembly module: the lower bound for loading two files. */
const TWO_EMPTY_FILES = {
  "main.js": `export const start = async () =>
    WebAssembly.compileStreaming(await fetch(new URL("empty.wasm", import.meta.url)));`,
  "empty.wasm": Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]),
};

const optionsFor = (origin, domain = "acme.eu.auth0.com") => ({
  domain,
  clientId: CLIENT_ID,
  redirectUri: `${origin}/callback`,
});

// ── Start-up ─────────────────────────────────────────────────────────────────────────────────

const others = LIBRARIES.slice(1);
const beside = (peers, limits = {}) =>
  Object.fromEntries(peers.map((peer) => [peer, limits[peer] ?? {}]));

/** Uses several pages, because the first import in a page also pays for what later imports reuse. */
async function startUpFromMemory({ call, site, rounds }) {
  const empty = Object.keys(TWO_EMPTY_FILES);
  const files = { "two empty files": empty.map((file) => ({ file, url: `/empty/${file}` })) };
  for (const library of LIBRARIES) {
    const bundled = await bundleMainJob(library);
    files[library] = bundled
      .filter(({ file }) => !isFallback(file))
      .map(({ file }) => ({ file, url: `/${library}/${file}` }));
  }
  const samples = {};
  const perPage = 6;
  for (let round = 0; round < rounds; round += perPage)
    append(samples, await call("startUp", files, optionsFor(site.origin), perPage));
  const peers = [...others, "two empty files"];
  return compare("start-up from memory", samples, beside(peers, { "auth0-js": { budget: 0.3 } }));
}

/**
 * The time from a page's first line until its client is ready. Each load has a separate host name, and therefore a new process and
 * empty caches. Loads vary more than other measurements, so there are twice as many rounds.
 */
async function startUpColdPage({ driver, site, rounds }) {
  const samples = {};
  const { port } = new URL(site.origin);
  let loads = 0;
  for (let round = -1; round < 2 * rounds; round += 1) {
    for (const library of round % 2 ? LIBRARIES : LIBRARIES.toReversed()) {
      // Lets the previous page end, and a spare process start, as a visitor's browser does.
      await driver.get("about:blank");
      await new Promise((go) => setTimeout(go, 150));
      const heard = site.heard();
      await driver.get(`http://load-${(loads += 1)}.localhost:${port}/${library}.html`);
      const { ready } = await heard;
      if (round >= 0) append(samples, { [library]: [ready] });
    }
  }
  return compare(
    "start-up of a cold page",
    samples,
    beside(others, { "auth0-js": { budget: 0.75 } }),
  );
}

const append = (samples, more) => {
  for (const [name, values] of Object.entries(more)) (samples[name] ??= []).push(...values);
};

// ── Authorize URL ────────────────────────────────────────────────────────────────────────────

/** Warm-up rounds after which the engine has optimised the code. */
const HOT = 100;

async function authorizeUrl({ call, site, tenant, rounds }) {
  const options = optionsFor(site.origin, tenant.domain);
  const samples = await call("implicit", { ...options, how: { rounds, calls: 24, warmUp: HOT } });
  return compare("authorize URL", samples, {
    "auth0-js": {},
    "URLSearchParams, stored": { budget: 1 },
    "URLSearchParams alone": {},
  });
}

async function authorizeUrlCode({ call, site, tenant, rounds }) {
  const options = optionsFor(site.origin, tenant.domain);
  const samples = await call("code", { ...options, how: { rounds, calls: 12, warmUp: HOT } });
  return compare("authorize URL with PKCE", samples, { "auth0-spa-js": {}, "oidc-client-ts": {} });
}

// ── Redirect ─────────────────────────────────────────────────────────────────────────────────

/** The subjects' input: one valid response to one sign-in, and the same response forged in several ways. */
async function makeInput({ call, site, tenant }) {
  const { accessTokenHash } = await import("../tenant/keys/jws.mjs");
  const options = {
    ...optionsFor(site.origin, tenant.domain),
    scopes: ["profile", "email", "read:current_user", "update:current_user_metadata"],
  };
  const begun = await call("begin", options);
  const accessToken = (claims = {}) =>
    tenant.mintToken({
      claims: { sub: USER, scope: ["openid", ...options.scopes].join(" "), ...claims },
    });
  const access_token = accessToken();
  const idToken = (signature) =>
    tenant.mintToken({
      claims: {
        sub: USER,
        aud: CLIENT_ID,
        nonce: begun.nonce,
        at_hash: accessTokenHash(access_token),
        nickname: "ada",
        name: "Ada Lovelace",
        picture:
          "https://s.gravatar.com/avatar/1c4f6d5a9b0e3d7f8a2b4c6d8e0f1a3b?s=480&r=pg&d=ada.png",
        updated_at: "2026-01-01T12:00:00.000Z",
        email: "ada@example.com",
        email_verified: true,
        sid: "q1w2e3r4t5y6u7i8o9p0a1s2d3f4g5h6",
      },
      drop: ["scope", "azp"],
      signature,
    });
  const id_token = idToken();
  const { state } = begun;
  const response = (changes) => {
    const all = {
      access_token,
      id_token,
      state,
      token_type: "Bearer",
      expires_in: "7200",
      ...changes,
    };
    return `${options.redirectUri}#${new URLSearchParams(all)}`;
  };
  return {
    options,
    begun,
    sub: USER,
    issuer: tenant.issuer,
    audience: tenant.audience,
    jwksUrl: `${tenant.issuer}.well-known/jwks.json`,
    jwks: { keys: tenant.keys },
    url: response(),
    forged: {
      "a signature that is off by one bit": response({ id_token: idToken("tampered") }),
      "a stranger's signature": response({ id_token: idToken("stranger") }),
      "another access token": response({ access_token: accessToken({ jti: "another" }) }),
    },
  };
}

async function redirectWarm(bench) {
  const input = await makeInput(bench);
  const samples = await bench.call("redirects", input, {
    rounds: bench.rounds,
    calls: 15,
    warmUp: 3,
  });
  return compare("redirect handling, keys at hand", samples, {
    jose: { budget: 1 },
    "auth0-js": { budget: 0.3 },
    "subtle.verify + digest": { aim: 2 },
  });
}

/** The time a visitor waits: the first response in a page, with cold code. */
async function redirectFirst(bench) {
  const input = await makeInput(bench);
  const samples = {};
  const subjects = ["auth0-current-user", "jose", "auth0-js"];
  for (let round = 0; round < bench.rounds; round += 1) {
    for (const subject of round % 2 ? subjects : subjects.toReversed())
      append(samples, { [subject]: [await bench.call("firstRedirect", input, subject)] });
  }
  return compare("first redirect of a page", samples, { jose: {}, "auth0-js": {} });
}

async function redirectCold(bench) {
  const input = await makeInput(bench);
  const how = { rounds: bench.rounds, calls: 4, warmUp: 2, cold: true };
  const samples = await bench.call("redirects", input, how);
  return compare("redirect handling, keys fetched", samples, { jose: {}, "auth0-js": {} });
}

// ── API, growth ──────────────────────────────────────────────────────────────────────────────

async function apiCall(bench) {
  const input = await makeInput(bench);
  const samples = await bench.call("apiCall", input, { rounds: bench.rounds, calls: 5, warmUp: 2 });
  return compare("API call at the local tenant", samples, { fetch: {} });
}

async function keySets(bench) {
  const input = await makeInput(bench);
  const counts = [1, 10, 100];
  const how = { rounds: bench.rounds, calls: 5, counts };
  const { samples, memory } = await bench.call("growingKeySets", input, how);
  const rows = counts.map((size) => ({
    size,
    ms: describe(samples[size]).median,
    memory: memory[size],
  }));
  return growth("sign-in that reads a key set, from memory", "keys", rows);
}

async function profiles(bench) {
  const input = await makeInput(bench);
  const sizes = [1_000, 10_000, 100_000, 1_000_000];
  const how = { rounds: bench.rounds, calls: 4, warmUp: 2, sizes };
  const measured = await bench.call("growingProfiles", input, how);
  const rows = measured.map(({ size, samples, memory }) => ({
    size,
    ms: describe(samples["auth0-current-user"]).median,
    fetch: describe(samples.fetch).median,
    memory,
  }));
  return growth("getUser, answered from memory", "bytes", rows);
}

async function signIns(bench) {
  const signIns = 1_000;
  const input = await makeInput(bench);
  const rows = await bench.call("manySignIns", input, { count: signIns, steps: 5 });
  const growth = rows.at(-1).memory - rows[0].memory;
  return {
    title: "memory after 1,000 sign-ins, bytes more",
    signIns,
    rows,
    growth,
    met: growth <= 0,
  };
}

// ── Output ───────────────────────────────────────────────────────────────────────────────────

async function publish(report) {
  mkdirSync(join(root, "docs/images"), { recursive: true });
  copyFileSync(join(out, "report.json"), join(root, "docs/bench.json"));
  copyFileSync(join(out, "report.svg"), join(root, "docs/images/bench.svg"));
  const path = join(root, "docs/benchmarks.md");
  const { format, resolveConfig } = await import("prettier");
  const page = withFigures(readFileSync(path, "utf8"), report);
  writeFileSync(path, await format(page, { ...(await resolveConfig(path)), parser: "markdown" }));
}

const options = parseArgs({
  options: {
    check: { type: "boolean" },
    publish: { type: "boolean" },
    rounds: { type: "string", default: "30" },
  },
}).values;
await runMain(async () => {
  const tools = await setup({ browser: true });
  await build(tools);
  process.env.CHROMIUM = tools.chromium;
  process.env.CHROMEDRIVER = tools.chromedriver;
  const report = await run({ rounds: Number(options.rounds) });
  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, "report.json"), `${JSON.stringify(report, null, 2)}\n`);
  writeFileSync(join(out, "report.svg"), draw(report));
  console.log(toText(report));
  if (options.publish) await step("docs/", () => publish(report));
  if (options.check && budgets(report).some(({ met }) => !met)) process.exitCode = 1;
});
