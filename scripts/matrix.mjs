// The packed tarball in every bundler that people use, with every entry, signing in at the local tenant in a browser:
// `npm run matrix`, `npm run matrix -- vite-5 rollup-4` for some of them, `--offline` to leave out what is not installed.
// Exits 1 where anything is not as tests/matrix/expected.mjs has it, for better or worse.
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
  const { EXPECTED } = await import("../tests/matrix/expected.mjs");
  const unknown = chosen.filter((name) => !(name in EXPECTED));
  if (unknown.length > 0)
    throw new Refusal(`no \`${unknown[0]}\` here: ${Object.keys(EXPECTED).join(", ")}`);
  process.env.CHROMIUM = tools.chromium;
  process.env.CHROMEDRIVER = tools.chromedriver;
  const names = chosen.length > 0 ? chosen : Object.keys(EXPECTED);
  const rows = await inBrowser((stage) => runRows(names, stage));
  print(rows);
  if (rows.some(({ problems }) => problems.length > 0)) process.exitCode = 1;
});

/** Runs `use({ tarball, driver, tenant })`. */
async function inBrowser(use) {
  const { packPackage } = await import("../tests/package/consumer.mjs");
  const { openChromium } = await import("../tests/support/chromium.mjs");
  const { startTenant } = await import("../tenant/index.mjs");
  const folder = mkdtempSync(join(tmpdir(), "matrix-"));
  const { tarball } = await step("npm pack", () => packPackage(folder));
  const tenant = await startTenant({ autoLogin: true });
  const browser = await openChromium();
  try {
    return await use({ tarball, tenant, driver: browser.driver });
  } finally {
    await browser.close();
    await tenant.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** `{ name, version, mode, cells, problems }` for each bundler and mode; `cells` are words for the table. */
async function runRows(names, stage) {
  const { EXPECTED } = await import("../tests/matrix/expected.mjs");
  const { NotInstalled, install } = await import("../tests/matrix/application.mjs");
  const rows = [];
  for (const name of names) {
    let application;
    try {
      application = await step(`${name}: npm install`, () =>
        install(join(root, "tests/matrix/apps", name), stage.tarball),
      );
    } catch (error) {
      if (!(error instanceof NotInstalled)) throw error;
      const problems = given.offline ? [] : [`${name}: ${error.message}`];
      rows.push({ name, version: "", mode: "not installed", cells: ["–", "–", "–"], problems });
      continue;
    }
    try {
      for (const [mode, expected] of Object.entries(EXPECTED[name]))
        rows.push(
          await step(`${name}, ${mode}`, () => runRow(application, name, mode, expected, stage)),
        );
    } finally {
      application.remove();
    }
  }
  return rows;
}

async function runRow(application, name, mode, expected, stage) {
  const { ENTRIES } = await import("../tests/matrix/expected.mjs");
  const { visit } = await import("../tests/matrix/visit.mjs");
  const row = { name, version: application.version, mode, cells: [], problems: [] };
  for (const [column, entry] of ENTRIES.entries()) {
    const main = `import * as api from ${JSON.stringify(entry)};\nglobalThis.api = api;\n`;
    let outcome, why;
    try {
      const site = await application.start(mode, { files: { "main.js": main } });
      try {
        outcome = await visit({ ...stage, origin: site.origin });
      } finally {
        await site.close();
      }
    } catch (error) {
      outcome = "failed";
      why = error instanceof Refusal ? error.message : error.stack;
    }
    if (outcome === expected[column]) row.cells.push(`✓ ${outcome}`);
    else {
      row.cells.push(`✗ ${outcome}`);
      row.problems.push(
        `${name}, ${mode}, ${entry}: ${outcome}, expected ${expected[column]}\n${why ?? ""}`,
      );
    }
  }
  return row;
}

function print(rows) {
  const widths = [24, 24, 20, 20, 20];
  const line = (cells) =>
    console.log(cells.map((cell, index) => cell.padEnd(widths[index])).join(""));
  console.log();
  line(["bundler", "mode", "auto", "/slim", "/inline"]);
  for (const { name, version, mode, cells } of rows) line([`${name} ${version}`, mode, ...cells]);
  console.log(`
file: the .wasm, compiled while it streams; copy: the module in the JavaScript chunk; network_error: the entry needs the
setting that the line with a comma tests (docs/loading.md).`);
  for (const problem of rows.flatMap(({ problems }) => problems)) console.log(`\n${problem}`);
}
