// Runs all test suites. `--only NAME` runs one.
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Refusal, isMain, root, run, runMain } from "./steps.mjs";
import { setup } from "./setup.mjs";
import { build, buildRustPage } from "./build.mjs";
import { wasmTargets } from "./check.mjs";
import { runSuites } from "./suites.mjs";

const BROWSER_LIMIT_S = 60;

function suites(tools) {
  let building;
  const built = () => (building ??= build(tools));
  const chromium = { variable: "CHROMEDRIVER", driver: tools.chromedriver };
  return [
    { name: "native", run: (note) => cargoTest(["test"], tools.host.env, note) },
    { name: "wasm", run: (note) => browserTest(tools, chromium, note) },
    ...nodeSuite("differential", tools),
    ...nodeSuite("tenant", tools),
    ...nodeSuite("package", tools, built),
    ...nodeSuite("redirect", tools, built),
    ...nodeSuite("interactive", tools, built),
    ...nodeSuite("api", tools, built),
    ...nodeSuite("page", tools, built),
    ...nodeSuite("e2e", tools, built),
    ...nodeSuite("rust-client", tools, () => buildRustPages(tools)),
  ];
}

// ── Rust ─────────────────────────────────────────────────────────────────────────────────────

/** cargo prints one `test result` line for each test binary. */
async function cargoTest(args, env, note, [command, ...before] = ["cargo"]) {
  const running = run(command, [...before, ...args, "--no-fail-fast"], { env });
  return counted(running, note, (output) => {
    const results = [...output.matchAll(/^test result: .*? (\d+) passed; (\d+) failed/gm)];
    const sum = (group) => results.reduce((total, match) => total + Number(match[group]), 0);
    return { passed: sum(1), failed: sum(2) };
  });
}

/** The library's own tests for the browser and tests/browser*.rs, with everything that there is in it, in one of the engines that `setupEngine` finds. */
export async function browserTest({ wasm, wasmBindgenTestRunner }, engine, note) {
  // A home of its own: Chromium's crash handler and caches leave nothing behind, and find nothing.
  const home = mkdtempSync(join(tmpdir(), "browser-test-"));
  try {
    const env = {
      ...wasm.debug.env,
      CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER: "node scripts/browser-runner.mjs",
      WASM_BINDGEN_TEST_RUNNER: wasmBindgenTestRunner,
      // The runner takes the first that it finds of these.
      GECKODRIVER: undefined,
      SAFARIDRIVER: undefined,
      CHROMEDRIVER: undefined,
      [engine.variable]: engine.driver,
      WASM_BINDGEN_USE_BROWSER: "1",
      RUST_BACKTRACE: "0", // of the runner itself, which buries the failure
      WASM_BINDGEN_TEST_TIMEOUT: String(BROWSER_LIMIT_S),
      XDG_CONFIG_HOME: home,
      XDG_CACHE_HOME: home,
    };
    const command = engine.display ? [engine.display, "-a", "cargo"] : ["cargo"];
    const args = ["test", "--features", "client", ...wasm.debug.args, ...wasmTargets()];
    return await cargoTest(args, env, note, command);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

/** The applications that tests/rust-client opens, each in target/rust-client/NAME. */
async function buildRustPages(tools) {
  const pages = join(root, "target/rust-client");
  await buildRustPage(tools, "examples/rust-spa", "rust-spa", join(pages, "rust-spa/pkg"));
  const ours = "tests/rust-client/page";
  await buildRustPage(tools, ours, "rust_client_page", join(pages, "page/pkg"));
}

// ── Node ─────────────────────────────────────────────────────────────────────────────────────

/** tests/NAME/*.test.mjs after `prepare`, one file after the other: they share the machine's browser and ports. */
function nodeSuite(name, { chromium, chromedriver }, prepare) {
  const folder = join(root, "tests", name);
  const files = existsSync(folder)
    ? readdirSync(folder).filter((file) => file.endsWith(".test.mjs"))
    : [];
  if (files.length === 0) return [];
  const args = [
    "--test",
    "--test-concurrency=1",
    "--test-reporter=spec",
    ...files.map((file) => join(folder, file)),
  ];
  // Where they were found, for the tests that drive a browser themselves.
  const env = { ...process.env, CHROMIUM: chromium, CHROMEDRIVER: chromedriver };
  return [
    {
      name,
      run: async (note) => {
        await prepare?.();
        return counted(run(process.execPath, args, { env }), note, (output) => {
          const number = (word) =>
            Number(new RegExp(`^ℹ ${word} (\\d+)`, "m").exec(output)?.[1] ?? 0);
          return { passed: number("pass"), failed: number("fail") + number("cancelled") };
        });
      },
    },
  ];
}

// ── Counting ─────────────────────────────────────────────────────────────────────────────────

async function counted(running, note, count) {
  try {
    const { output } = await running;
    const counts = count(output);
    note(`${counts.passed} passed`);
    if (counts.passed === 0) throw new Refusal(`no test ran\n${output}`);
    return counts;
  } catch (error) {
    if (error.output !== undefined) error.counted = count(error.output);
    throw error;
  }
}

if (isMain(import.meta.url)) {
  const { only } = parseArgs({ options: { only: { type: "string" } } }).values;
  await runMain(async () => runSuites(suites(await setup({ browser: true })), only));
}
