// Checks formatting, lints, types and documentation. `--fix` corrects what tools can correct. `--only NAME` runs one check.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Refusal, isMain, root, run, runMain } from "./steps.mjs";
import { setup } from "./setup.mjs";
import { build, buildForTypes } from "./build.mjs";
import { linkPackage } from "./link.mjs";
import { runSuites } from "./suites.mjs";

const node = (path, ...args) => run(process.execPath, [join(root, "node_modules", path), ...args]);

/** Cargo's arguments for the library and the browser tests. The other tests run on the host only. */
export function wasmTargets() {
  const tests = existsSync(join(root, "tests")) ? readdirSync(join(root, "tests")) : [];
  const browser = tests.flatMap((file) => /^(browser.*)\.rs$/.exec(file)?.[1] ?? []);
  return ["--lib", ...browser.flatMap((name) => ["--test", name])];
}

/** The Rust applications that use the crate. Each is a separate workspace. */
const RUST_PAGES = ["examples/rust-spa", "tests/rust-client/page"];

function suites(tools, fix) {
  const { host, wasm } = tools;
  let building;
  const built = () => (building ??= build(tools));
  const clippy = fix ? ["--fix", "--allow-dirty", "--allow-staged"] : [];
  const warnings = ["--", "--deny", "warnings"];
  return [
    {
      name: "rustfmt",
      run: async () => {
        for (const folder of [".", ...RUST_PAGES])
          await run("cargo", ["fmt", ...(fix ? [] : ["--check"]), "--", "--color", "never"], {
            cwd: join(root, folder),
            env: host.env,
          });
      },
    },
    {
      name: "clippy",
      run: () =>
        run("cargo", ["clippy", "--quiet", "--all-targets", ...clippy, ...warnings], {
          env: host.env,
        }),
    },
    {
      name: "clippy-wasm",
      run: () =>
        run(
          "cargo",
          ["clippy", "--quiet", ...wasm.debug.args, ...wasmTargets(), ...clippy, ...warnings],
          {
            env: wasm.debug.env,
          },
        ),
    },
    {
      name: "clippy-client",
      run: async () => {
        const { args, env } = wasm.debug;
        const cargo = ["clippy", "--quiet", ...args];
        const client = [...cargo, "--features", "client", "--lib", "--test", "browser_client"];
        await run("cargo", [...client, ...clippy, ...warnings], { env });
        for (const folder of RUST_PAGES) {
          const cwd = join(root, folder);
          await run("cargo", [...cargo, "--locked", ...clippy, ...warnings], { cwd, env });
        }
      },
    },
    {
      name: "rustdoc",
      run: async () => {
        const denied = { RUSTDOCFLAGS: "--deny warnings" };
        await run("cargo", ["doc", "--no-deps"], { env: { ...host.env, ...denied } });
        // With the features of docs.rs.
        const { args, env } = wasm.debug;
        const client = ["doc", "--no-deps", "--features", "client", ...args];
        await run("cargo", client, { env: { ...env, ...denied } });
      },
    },
    {
      name: "prettier",
      run: () =>
        node(
          "prettier/bin/prettier.cjs",
          "--log-level=warn",
          "--ignore-unknown",
          fix ? "--write" : "--check",
          ".",
        ),
    },
    {
      name: "types",
      run: async () => {
        await buildForTypes(tools);
        await node("typescript/bin/tsc", "--project", join(root, "tsconfig.json"));
        await node("typescript/bin/tsc", "--project", join(root, "tsconfig.platform.json"));
      },
    },
    {
      name: "page",
      run: async () => {
        await built();
        linkPackage(join(root, "www"));
        await node("typescript/bin/tsc", "--project", join(root, "www"));
      },
    },
    {
      name: "package",
      run: async () => {
        await built();
        await node("publint/src/cli.js", "run", "--strict", "--pack", "npm", root);
        // Applications import the .wasm as a URL (`?url`), not as a module with types.
        const addresses = ["--exclude-entrypoints", "auth0_current_user.wasm"];
        const attw = "@arethetypeswrong/cli/dist/index.js";
        await node(attw, "--pack", root, "--profile", "esm-only", ...addresses);
      },
    },
    { name: "advisories", run: (note) => advisories(tools, note) },
  ];
}

/**
 * Looks for known vulnerabilities in the dependencies. Without network, or without cargo-audit, it prints what it skipped and
 * passes, because only the crates of Cargo.toml are shipped.
 */
async function advisories({ host }, note) {
  const said = [];
  // Also returns the output of a command that failed.
  const outcome = (command, args, options) => run(command, args, options).catch((failed) => failed);
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const audit = await outcome(npm, ["audit", "--json"], { timeoutMs: 60_000 });
  const report = JSON.parse(audit.stdout || "{}");
  if (report.metadata === undefined) said.push("npm's list is out of reach");
  else if (report.metadata.vulnerabilities.total > 0) throw new Refusal(audit.stdout);
  const cargo = await outcome("cargo", ["audit"], { env: host.env, timeoutMs: 120_000 });
  if (/no such command/.test(cargo.stderr)) said.push("cargo-audit is not installed");
  else if (/fetch|git operation|was ended after/.test(`${cargo.stderr}${cargo.message}`))
    said.push("RustSec's list is out of reach");
  else if (cargo instanceof Refusal) throw cargo;
  note(said.length > 0 ? `not looked up: ${said.join("; ")}` : "none");
}

if (isMain(import.meta.url)) {
  const { fix, only } = parseArgs({
    options: { fix: { type: "boolean" }, only: { type: "string" } },
  }).values;
  await runMain(async () => runSuites(suites(await setup(), fix), only));
}
