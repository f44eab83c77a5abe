// Signs in at the local tenant with the packed tarball, in every bundler, mode and entry, and in the examples, in a browser.
//   npm run matrix                        all applications, in Chromium
//   npm run matrix -- vite-5 react        some applications
//   npm run matrix -- --offline           skips applications whose dependencies are not installed yet
//   npm run matrix -- --browsers          some applications, and Rust's browser tests, in Chromium, Firefox and WebKit
//   npm run matrix -- --browser Firefox   the same in one engine
//   npm run matrix -- --routers           in applications with a client-side router: where the response stays, in Chromium
// Exits 1 if a result differs from tests/matrix/expected.mjs, also if it is better.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Refusal, root, runMain, step } from "./steps.mjs";
import { ENGINES, setup, setupEngine } from "./setup.mjs";
import { build } from "./build.mjs";
import { browserTest } from "./test.mjs";
import { packPackage } from "../tests/package/consumer.mjs";
import { NotInstalled, install, mainScript } from "../tests/matrix/application.mjs";
import { BUNDLERS, ENTRIES, EXAMPLES } from "../tests/matrix/expected.mjs";
import { FLOWS, ROUTERS, walkRouter } from "../tests/matrix/routers.mjs";

const { values: given, positionals: chosen } = parseArgs({
  allowPositionals: true,
  options: {
    offline: { type: "boolean", default: false },
    browser: { type: "string", multiple: true, default: [] },
    browsers: { type: "boolean", default: false },
    routers: { type: "boolean", default: false },
  },
});
/** Engines differ in what they run, not in what was bundled. So one page without a bundler and one whole page are enough. */
const IN_EVERY_ENGINE = ["no-bundler", "plain-typescript"];

await runMain(async () => {
  const all = given.routers
    ? Object.keys(ROUTERS)
    : [...Object.keys(BUNDLERS), ...Object.keys(EXAMPLES)];
  const engines = given.browsers ? Object.keys(ENGINES) : given.browser;
  refuseUnknown(chosen, all);
  refuseUnknown(engines, Object.keys(ENGINES));
  const tools = await setup();
  await build(tools);
  const rows = [];
  for (const name of engines.length > 0 ? engines : ["Chromium"]) {
    const engine = await setupEngine(name, tools.host);
    const whole = engines.length > 0 && !given.routers ? IN_EVERY_ENGINE : all;
    const found = await inEngine(engine, chosen.length > 0 ? chosen : whole);
    if (engines.length > 0 && !given.routers) found.push(await runRustTests(tools, engine));
    rows.push(...found.map((row) => ({ ...row, engine: name })));
  }
  print(rows);
  if (rows.some(({ problems }) => problems.length > 0)) process.exitCode = 1;
});

function refuseUnknown(names, known) {
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Refusal(`no \`${unknown}\` here: ${known.join(", ")}`);
}

/** The applications `names`, one after the other, in one browser at one tenant. */
async function inEngine(engine, names) {
  // Imported here, because they need the npm dependencies, which the set-up installs.
  const { withEngine } = await import("../tests/matrix/engines.mjs");
  const { visit } = await import("../tests/matrix/visit.mjs");
  const { walk } = await import("../tests/matrix/walk.mjs");
  const { startTenant } = await import("../tenant/index.mjs");
  const folder = mkdtempSync(join(tmpdir(), "matrix-"));
  const { tarball } = await step("npm pack", () => packPackage(folder));
  const tenant = await startTenant({ autoLogin: true });
  try {
    return await withEngine(engine, async (driver) => {
      const stage = {
        tarball,
        domain: tenant.domain,
        visit: (origin) => visit({ driver, tenant, origin }),
        walk: (origin) => walk({ driver, tenant, origin }),
        walkRouter: (origin, how) => walkRouter({ driver, tenant, origin, ...how }),
      };
      const rows = [];
      for (const name of names) rows.push(...(await runApplication(name, stage)));
      return rows;
    });
  } finally {
    await tenant.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs the Rust tests of `src/browser` by wasm-bindgen's test runner, as `npm test` does in Chromium. */
async function runRustTests(tools, engine) {
  const row = { name: "src/browser", mode: "wasm-bindgen tests", problems: [] };
  let passed;
  const { why } = await attempt(() =>
    step(`wasm-bindgen tests in ${engine.name}`, async (note) => {
      ({ passed } = await browserTest(tools, engine, note));
    }),
  );
  if (why === "") return { ...row, cells: [`✓ ${passed} passed`] };
  return { ...row, cells: ["✗ failed"], problems: [`${engine.name}, wasm-bindgen tests: ${why}`] };
}

function folderOf(name) {
  if (name in ROUTERS) return "tests/matrix/routers";
  return name in BUNDLERS ? "tests/matrix/apps" : "examples";
}

/** `{ name, mode, cells, problems }` for each mode of an application. */
async function runApplication(name, stage) {
  const source = join(root, folderOf(name), name);
  let application;
  try {
    application = await step(`${name}: npm install`, () => install(source, stage.tarball));
  } catch (error) {
    if (!(error instanceof NotInstalled)) throw error;
    const problems = given.offline ? [] : [`${name}: ${error.message}`];
    return [{ name, mode: "not installed", cells: [], problems }];
  }
  const title = `${name} ${application.version}`.trim();
  const rows = [];
  try {
    for (const [mode, columns] of Object.entries(BUNDLERS[name] ?? {}))
      rows.push(
        await step(`${name}, ${mode}`, () => enter(application, title, mode, columns, stage)),
      );
    for (const mode of EXAMPLES[name] ?? [])
      rows.push(await step(`${name}, ${mode}`, () => goThrough(application, title, mode, stage)));
    for (const mode of Object.keys(ROUTERS[name]?.modes ?? {}))
      rows.push(
        ...(await step(`${name}, ${mode}`, () => route(application, title, name, mode, stage))),
      );
  } finally {
    application.remove();
  }
  return rows;
}

/** Runs one mode of a bundler, with an application for each entry. */
async function enter(application, name, mode, columns, stage) {
  const row = { name, mode, cells: [], problems: [] };
  for (const [column, entry] of ENTRIES.entries()) {
    const files = { "main.js": mainScript(entry) };
    const { outcome, why } = await attempt(() => application.run(mode, { files }, stage.visit));
    const right = outcome === columns[column];
    row.cells.push(`${right ? "✓" : "✗"} ${outcome}`);
    if (!right)
      row.problems.push(
        `${name}, ${mode}, ${entry}: ${outcome}, expected ${columns[column]}\n${why}`,
      );
  }
  return row;
}

/** Runs one mode of an example. */
async function goThrough(application, name, mode, stage) {
  const env = { VITE_AUTH0_DOMAIN: stage.domain, VITE_AUTH0_CLIENT_ID: "local-spa" };
  const { outcome, why } = await attempt(() => application.run(mode, { env }, stage.walk));
  if (why === "") return { name, mode, cells: ["✓ signs in"], problems: [] };
  return { name, mode, cells: [`✗ ${outcome}`], problems: [`${name}, ${mode}: ${why}`] };
}

/** One mode of an application with a router: a row for each kind of history and time of handling, a cell for each flow. */
async function route(application, title, name, mode, stage) {
  const session = readFileSync(join(root, "tests/matrix/routers/session.js"), "utf8");
  const settings = {
    files: { "session.js": session },
    env: { NEXT_TELEMETRY_DISABLED: "1" },
    singlePage: true,
  };
  const { histories, modes } = ROUTERS[name];
  const rows = [];
  const walkAll = async (origin) => {
    for (const history of histories) {
      for (const when of modes[mode]) {
        const row = { name: title, mode: `${mode}, ${history}, ${when}`, cells: [], problems: [] };
        for (const flow of FLOWS) {
          const how = { history, when, flow };
          const { outcome, why } = await attempt(() => stage.walkRouter(origin, how));
          const lines = outcome === "failed" ? [why] : outcome.map(sayProblem);
          row.cells.push(lines.length === 0 ? "✓ clean" : "✗");
          if (lines.length > 0)
            row.problems.push(`${title}, ${row.mode}, ${flow}:\n  ${lines.join("\n  ")}`);
        }
        rows.push(row);
      }
    }
  };
  const { why } = await attempt(() => application.run(mode, settings, walkAll));
  if (why !== "")
    rows.push({ name: title, mode, cells: ["✗"], problems: [`${title}, ${mode}: ${why}`] });
  return rows;
}

function sayProblem({ step, found }) {
  return `${step}: ${found.join(", ")}`;
}

async function attempt(action) {
  try {
    return { outcome: await action(), why: "" };
  } catch (error) {
    return { outcome: "failed", why: explain(error) };
  }
}

/** The text of an error. Errors thrown in a page arrive as plain data. */
function explain(error) {
  return error instanceof Refusal ? error.message : (error.stack ?? JSON.stringify(error));
}

function print(rows) {
  const widths = given.routers ? [10, 24, 24, 18, 18] : [10, 24, 22, 18, 18, 18];
  const line = (cells) =>
    console.log(cells.map((cell, index) => cell.padEnd(widths[index])).join(""));
  console.log();
  line(["", "", "mode", ...(given.routers ? FLOWS : ["auto", "/slim", "/inline"])]);
  for (const { engine, name, mode, cells } of rows) line([engine, name, mode, ...cells]);
  if (!given.routers)
    console.log(`
file: the .wasm, compiled while it streams. copy: the module in the JavaScript chunk. network_error: expected, because the
bundler needs a setting, which its next line tests (docs/loading.md).`);
  for (const problem of rows.flatMap(({ problems }) => problems)) console.log(`\n${problem}`);
}
