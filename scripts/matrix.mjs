// The packed tarball where its users are: in every bundler, mode and entry, and in the examples, signing in at the local
// tenant in a real browser.
//   npm run matrix                        all of it
//   npm run matrix -- vite-5 react        some of it
//   npm run matrix -- --offline           without what is not installed yet
// Exits 1 where anything is not as tests/matrix/expected.mjs has it, for worse or for better.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Refusal, root, runMain, step } from "./steps.mjs";
import { setup } from "./setup.mjs";
import { build } from "./build.mjs";

const { values: given, positionals: chosen } = parseArgs({
  allowPositionals: true,
  options: { offline: { type: "boolean", default: false } },
});

await runMain(async () => {
  const tools = await setup({ browser: true });
  await build(tools);
  const { BUNDLERS, EXAMPLES } = await import("../tests/matrix/expected.mjs");
  const all = [...Object.keys(BUNDLERS), ...Object.keys(EXAMPLES)];
  const unknown = chosen.find((name) => !all.includes(name));
  if (unknown !== undefined) throw new Refusal(`no \`${unknown}\` here: ${all.join(", ")}`);
  const names = chosen.length > 0 ? chosen : all;
  process.env.CHROMIUM = tools.chromium;
  process.env.CHROMEDRIVER = tools.chromedriver;
  const rows = await onStage(async (stage) => {
    const done = [];
    for (const name of names) done.push(...(await runApplication(name, stage)));
    return done;
  });
  print(rows);
  if (rows.some(({ problems }) => problems.length > 0)) process.exitCode = 1;
});

/** Runs `use({ tarball, tenant, driver })`. */
async function onStage(use) {
  const { packPackage } = await import("../tests/package/consumer.mjs");
  const { withChromium } = await import("../tests/support/chromium.mjs");
  const { startTenant } = await import("../tenant/index.mjs");
  const folder = mkdtempSync(join(tmpdir(), "matrix-"));
  const { tarball } = await step("npm pack", () => packPackage(folder));
  const tenant = await startTenant({ autoLogin: true });
  try {
    return await withChromium((driver) => use({ tarball, tenant, driver }));
  } finally {
    await tenant.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** `{ name, mode, cells, problems }` for each mode of an application. */
async function runApplication(name, stage) {
  const { BUNDLERS, EXAMPLES } = await import("../tests/matrix/expected.mjs");
  const { NotInstalled, install } = await import("../tests/matrix/application.mjs");
  const source = join(root, name in BUNDLERS ? "tests/matrix/apps" : "examples", name);
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
  } finally {
    application.remove();
  }
  return rows;
}

/** One mode of a bundler: an application for each entry, and what came of it. */
async function enter(application, name, mode, columns, stage) {
  const { ENTRIES } = await import("../tests/matrix/expected.mjs");
  const { visit } = await import("../tests/matrix/visit.mjs");
  const row = { name, mode, cells: [], problems: [] };
  for (const [column, entry] of ENTRIES.entries()) {
    const main = `import * as api from ${JSON.stringify(entry)};\nglobalThis.api = api;\n`;
    const files = { "main.js": main };
    const { outcome, why } = await attempt(() =>
      application.run(mode, { files }, (origin) => visit({ ...stage, origin })),
    );
    const right = outcome === columns[column];
    row.cells.push(`${right ? "✓" : "✗"} ${outcome}`);
    if (!right)
      row.problems.push(
        `${name}, ${mode}, ${entry}: ${outcome}, expected ${columns[column]}\n${why}`,
      );
  }
  return row;
}

/** One mode of an example. */
async function goThrough(application, name, mode, stage) {
  const { walk } = await import("../tests/matrix/walk.mjs");
  const env = { VITE_AUTH0_DOMAIN: stage.tenant.domain, VITE_AUTH0_CLIENT_ID: "local-spa" };
  const { outcome, why } = await attempt(() =>
    application.run(mode, { env }, async (origin) => {
      await walk({ ...stage, origin });
      return "signs in";
    }),
  );
  return why === ""
    ? { name, mode, cells: [`✓ ${outcome}`], problems: [] }
    : { name, mode, cells: [`✗ ${outcome}`], problems: [`${name}, ${mode}: ${why}`] };
}

async function attempt(action) {
  try {
    return { outcome: await action(), why: "" };
  } catch (error) {
    return { outcome: "failed", why: error instanceof Refusal ? error.message : error.stack };
  }
}

function print(rows) {
  const widths = [24, 24, 18, 18, 18];
  const line = (cells) =>
    console.log(cells.map((cell, index) => cell.padEnd(widths[index])).join(""));
  console.log();
  line(["", "mode", "auto", "/slim", "/inline"]);
  for (const { name, mode, cells } of rows) line([name, mode, ...cells]);
  console.log(`
file: the .wasm, compiled while it streams; copy: the module in the JavaScript chunk; network_error: documented, that
bundler needs the setting of its next line (docs/loading.md).`);
  for (const problem of rows.flatMap(({ problems }) => problems)) console.log(`\n${problem}`);
}
