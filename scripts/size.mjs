// What a visitor downloads: the WebAssembly module and the JavaScript of a Vite production build that imports everything.
// Exits 1 over budget.
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { isMain, root, runMain, step } from "./steps.mjs";
import { setup } from "./setup.mjs";
import { build } from "./build.mjs";
import { linkPackage } from "./link.mjs";

/** Bytes of brotli, module and JavaScript together. */
export const BUDGET = 20_000;

/** `{ rows, total }`; `total` is what the main entry downloads where its module loads as it should. */
export async function measure() {
  const rows = [];
  for (const entry of [
    "auth0-current-user",
    "auth0-current-user/slim",
    "auth0-current-user/inline",
  ]) {
    for (const { name, bytes } of await bundle(entry)) {
      rows.push({ entry, ...name, ...sizes(bytes) });
    }
  }
  const shipped = rows.filter(({ entry, fallback }) => entry === "auth0-current-user" && !fallback);
  const sum = (field) => shipped.reduce((total, row) => total + row[field], 0);
  return { rows, total: { raw: sum("raw"), gzip: sum("gzip"), brotli: sum("brotli") } };
}

function sizes(bytes) {
  const brotli = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
  return { raw: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length, brotli: brotli.length };
}

/** The files of an application that imports the whole of `entry` and does nothing else. */
async function bundle(entry) {
  const vite = await import("vite");
  const app = join(root, "target/size", entry.replace("/", "-"));
  rmSync(app, { recursive: true, force: true });
  mkdirSync(app, { recursive: true });
  linkPackage(app);
  writeFileSync(
    join(app, "main.js"),
    `import * as everything from ${JSON.stringify(entry)};\nglobalThis.app = everything;\n`,
  );
  await vite.build({
    root: app,
    configFile: false,
    logLevel: "silent",
    // A module asset below this would be put into the JavaScript as text.
    build: { assetsInlineLimit: 0, rollupOptions: { input: join(app, "main.js") } },
  });
  const out = join(app, "dist/assets");
  return readdirSync(out).map((file) => ({
    name: describe(file),
    bytes: readFileSync(join(out, file)),
  }));
}

function describe(file) {
  if (file.endsWith(".wasm")) return { part: "module" };
  return file.startsWith("inline-module")
    ? { part: "module as text", fallback: true }
    : { part: "JavaScript" };
}

function print({ rows, total }) {
  const line = (...cells) =>
    console.log(
      cells
        .map((cell, index) => (index < 2 ? String(cell).padEnd(26) : String(cell).padStart(8)))
        .join(""),
    );
  console.log();
  line("entry", "part", "raw", "gzip -9", "brotli");
  for (const { entry, part, fallback, raw, gzip, brotli } of rows) {
    const onlyAtNeed = fallback && entry === "auth0-current-user" ? " (at need)" : "";
    line(entry, part + onlyAtNeed, raw, gzip, brotli);
  }
  line("auth0-current-user", "total", total.raw, total.gzip, total.brotli);
  console.log(
    `\nbudget ${BUDGET} bytes brotli: ${total.brotli <= BUDGET ? `${BUDGET - total.brotli} to spare` : `${total.brotli - BUDGET} over`}`,
  );
}

if (isMain(import.meta.url)) {
  await runMain(async () => {
    await build(await setup());
    const measured = await step("size", measure);
    print(measured);
    if (measured.total.brotli > BUDGET) process.exitCode = 1;
  });
}
