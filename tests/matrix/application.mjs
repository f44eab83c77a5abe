// An application outside the repository: its tools installed by npm, once per user and version; the packed tarball
// installed by npm for this run; built or served by a script of its own package.json.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { cacheFolder } from "../../scripts/setup.mjs";
import { Refusal, run } from "../../scripts/steps.mjs";
import { serve } from "../harness/serve.mjs";

const PACKAGE = "auth0-current-user";
const INSTALL_LIMIT_MS = 300_000;
const BUILD_LIMIT_MS = 120_000;
const START_LIMIT_MS = 30_000;

const npm = (args, options) =>
  run("npm", args, { ...options, env: { ...process.env, npm_config_loglevel: "error" } });

/**
 * The application's own script: it puts the package on `globalThis.api`, and says in `globalThis.compiled` how the module
 * came. In the page itself, since Firefox runs a driver's scripts beside it, with a WebAssembly of their own.
 */
export const mainScript = (entry) => `import * as api from ${JSON.stringify(entry)};

globalThis.compiled = "not at all";
for (const [name, means] of [
  ["compileStreaming", "streamed"],
  ["compile", "buffered"],
]) {
  const compile = WebAssembly[name];
  WebAssembly[name] = async (source) => {
    const module = await compile(source);
    globalThis.compiled = means;
    return module;
  };
}
globalThis.api = api;
`;

/** The application's tools are not there, and the registry is out of reach. */
export class NotInstalled extends Refusal {}

/**
 * Installs the application in `source`, with the package from `tarball`. Returns `{ version, run, remove }`; `version`
 * is that of its first tool. Throws `NotInstalled`.
 */
export async function install(source, tarball) {
  const { dependencies, devDependencies, ...manifest } = JSON.parse(
    readFileSync(join(source, "package.json"), "utf8"),
  );
  const { [PACKAGE]: _, ...tools } = { ...dependencies, ...devDependencies };
  const cached = await installTools(basename(source), tools);
  // Below the tools, so that node and npm find them on the way up, and the application has nothing but the package.
  const folder = mkdtempSync(join(cached, "run-"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const installed = join(folder, "installed");
  cpSync(source, installed, {
    recursive: true,
    filter: (path) => !/[\\/](?:node_modules|dist)$/.test(path),
  });
  writeFileSync(join(installed, "package.json"), JSON.stringify(manifest));
  await npm(["install", "--offline", "--no-audit", "--no-fund", tarball], { cwd: installed });
  return {
    version: Object.values(tools)[0] ?? "",
    remove,
    /**
     * Builds or serves a copy by the script `mode`, runs `use(origin)` and returns what that returns. `singlePage` as
     * `serve` has it.
     */
    async run(mode, { files = {}, env = {}, singlePage = false }, use) {
      const copy = mkdtempSync(join(folder, "app-"));
      cpSync(installed, copy, { recursive: true });
      for (const [name, text] of Object.entries(files)) writeFileSync(join(copy, name), text);
      const environment = { ...process.env, ...env, NODE_ENV: "", CI: "1" };
      const open = /^dev\b/.test(mode) ? serveByScript : buildByScript;
      const site = await open(mode, copy, environment, singlePage);
      try {
        return await use(site.origin);
      } finally {
        await site.close();
      }
    },
  };
}

async function installTools(name, tools) {
  const text = JSON.stringify({ private: true, dependencies: tools });
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 8);
  const folder = join(cacheFolder(), "matrix", `${name}-${hash}`);
  if (existsSync(folder)) return folder;
  const unfinished = `${folder}.${process.pid}`;
  mkdirSync(unfinished, { recursive: true });
  writeFileSync(join(unfinished, "package.json"), text);
  try {
    await npm(["install", "--no-audit", "--no-fund"], {
      cwd: unfinished,
      timeoutMs: INSTALL_LIMIT_MS,
    });
    renameSync(unfinished, folder);
    return folder;
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    const codes = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH|was ended after/;
    const [unreachable] = codes.exec(error.message) ?? [];
    if (unreachable)
      throw new NotInstalled(
        `its tools are not installed yet, and npm's registry is out of reach (${unreachable}): run this again with a network, or with --offline to leave it out`,
      );
    throw error;
  }
}

async function buildByScript(mode, folder, env, singlePage) {
  await run("npm", ["run", mode], { cwd: folder, env, timeoutMs: BUILD_LIMIT_MS });
  const dist = join(folder, "dist");
  if (!existsSync(join(dist, "index.html")))
    cpSync(join(folder, "index.html"), join(dist, "index.html"));
  return serve(dist, undefined, { singlePage });
}

async function serveByScript(mode, folder, env) {
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  // A process group of its own, which ends as a whole.
  const server = spawn("npm", ["run", mode, "--", "--port", String(port)], {
    cwd: folder,
    env,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [server.stdout, server.stderr])
    stream.setEncoding("utf8").on("data", (text) => (output += text));
  const ended = new Promise((resolve) => server.once("close", resolve));
  const close = async () => {
    if (server.exitCode === null) process.kill(-server.pid, "SIGTERM");
    await ended;
  };
  const late = Date.now() + START_LIMIT_MS;
  for (;;) {
    const answer = await fetch(origin).catch(() => undefined);
    if (answer?.ok) return { origin, close };
    if (server.exitCode !== null) throw new Refusal(`\`npm run ${mode}\` ended\n${output}`);
    if (Date.now() > late) {
      await close();
      throw new Refusal(`\`npm run ${mode}\` does not answer\n${output}`);
    }
    await sleep(100);
  }
}

/** A port that nobody listens on at the moment. */
export async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "localhost", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
