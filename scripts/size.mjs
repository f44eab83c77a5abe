// What a visitor downloads, ours and others', and where our bytes are. `--where` also names the largest functions.
// Exits 1 over budget.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { isMain, root, runMain, step } from "./steps.mjs";
import { setup } from "./setup.mjs";
import { build, optimise } from "./build.mjs";
import { LIBRARIES, bundleMainJob, bundleWhole, isFallback, sizesOf } from "../bench/bundle.mjs";
import { ownerOf, readModule, readable } from "../bench/wasm-functions.mjs";

/** The most that module and JavaScript together may be, in bytes after brotli. */
export const BUDGET = 41_500;

/** How many functions `--where` names. */
const LARGEST = 40;

const ENTRIES = ["auth0-current-user", "auth0-current-user/slim", "auth0-current-user/inline"];

/**
 * `{ entries, mainJob, total }`: the parts of each of our entries, imported whole; what the main job costs with each
 * library; and what the main entry downloads where its module loads as it should, which the budget is for.
 */
export async function measure() {
  const entries = [];
  for (const entry of ENTRIES) {
    for (const { file, bytes } of await bundleWhole(entry)) {
      const spare = isFallback(file) && entry === ENTRIES[0];
      entries.push({ entry, part: describe(file), spare, ...sizesOf(bytes) });
    }
  }
  const mainJob = [];
  for (const library of LIBRARIES) {
    const files = (await bundleMainJob(library)).filter(({ file }) => !isFallback(file));
    mainJob.push({ library, ...sum(files.map(({ bytes }) => sizesOf(bytes))) });
  }
  const total = sum(entries.filter(({ entry, spare }) => entry === ENTRIES[0] && !spare));
  return { entries, mainJob, total };
}

function describe(file) {
  if (file.endsWith(".wasm")) return "module";
  return isFallback(file) ? "module as text" : "JavaScript";
}

function sum(rows) {
  const add = (field) => rows.reduce((total, row) => total + row[field], 0);
  return { raw: add("raw"), gzip: add("gzip"), brotli: add("brotli") };
}

/** The sections of the module that ships, and its functions, from a build of it that keeps their names; largest first. */
async function findBytes() {
  const named = join(root, "target/js/named.wasm");
  await optimise(named, "--debuginfo");
  const { sections, functions } = readModule(readFileSync(named));
  const owners = new Map();
  for (const { name, bytes } of functions)
    owners.set(ownerOf(name), (owners.get(ownerOf(name)) ?? 0) + bytes);
  const largestFirst = (left, right) => right.bytes - left.bytes;
  return {
    sections: sections.sort(largestFirst),
    owners: [...owners].map(([name, bytes]) => ({ name, bytes })).sort(largestFirst),
    functions: functions.sort(largestFirst),
  };
}

function printSizes({ entries, mainJob, total }) {
  const line = (name, part, ...numbers) =>
    console.log(
      `${name.padEnd(26)}${part.padEnd(26)}${numbers.map((it) => String(it).padStart(9)).join("")}`,
    );
  console.log();
  line("imported whole", "part", "raw", "gzip -9", "brotli");
  for (const { entry, part, spare, raw, gzip, brotli } of entries)
    line(entry, part + (spare ? " (at need)" : ""), raw, gzip, brotli);
  line("auth0-current-user", "total", total.raw, total.gzip, total.brotli);
  console.log();
  line("sign in, show the profile", "", "raw", "gzip -9", "brotli");
  for (const { library, raw, gzip, brotli } of mainJob) line(library, "", raw, gzip, brotli);
}

function printWhere({ sections, owners, functions }, withFunctions) {
  const line = (name, bytes) => console.log(`${String(bytes).padStart(9)}  ${name}`);
  console.log("\nthe module, bytes before compression");
  for (const { name, bytes } of sections) line(name, bytes);
  console.log("\nits code, by module or crate");
  for (const { name, bytes } of owners) line(name, bytes);
  if (!withFunctions) return console.log("\n`npm run size -- --where` names the largest functions");
  console.log(`\nits largest functions, of ${functions.length}`);
  for (const { name, bytes } of functions.slice(0, LARGEST))
    line(readable(name).slice(0, 110), bytes);
}

if (isMain(import.meta.url)) {
  const { where } = parseArgs({ options: { where: { type: "boolean" } } }).values;
  await runMain(async () => {
    await build(await setup());
    const sizes = await step("bundles", measure);
    const places = await step("where the bytes are", findBytes);
    printWhere(places, where);
    printSizes(sizes);
    const spare = BUDGET - sizes.total.brotli;
    console.log(
      `\nbudget ${BUDGET} bytes brotli: ${spare >= 0 ? `${spare} to spare` : `${-spare} over`}`,
    );
    if (spare < 0) process.exitCode = 1;
  });
}
