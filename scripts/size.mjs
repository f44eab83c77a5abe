// Prints what a visitor downloads with this package and with other libraries, and exits 1 over budget. `--where` also
// prints what the bytes of the module are for.
import { join } from "node:path";
import { parseArgs } from "node:util";
import { isMain, root, run, runMain, step } from "./steps.mjs";
import { setup, setupTwiggy } from "./setup.mjs";
import { build, optimise } from "./build.mjs";
import { LIBRARIES, bundleMainJob, bundleWhole, isFallback, sizesOf } from "../bench/bundle.mjs";

/** The most that module and JavaScript together may be, in bytes after brotli. */
export const BUDGET = 41_500;

/** How many parts of the module `--where` names. */
const LARGEST = 40;

const ENTRIES = ["auth0-current-user", "auth0-current-user/slim", "auth0-current-user/inline"];

/**
 * `{ entries, mainJob, total }`: the parts of each entry, imported whole; the main job with each library; and what the main entry
 * downloads if the `.wasm` is present, which the budget limits.
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

/** The module that ships, built with its names, as twiggy takes it apart: `[{ name, bytes }]`, largest first. */
async function findBytes(twiggy) {
  const named = join(root, "target/js/named.wasm");
  await optimise(named, "--debuginfo");
  const { stdout } = await run(twiggy, ["top", "--format", "json", named]);
  return (
    JSON.parse(stdout)
      .map(({ name, shallow_size: bytes }) => ({ name: name.replace(/\[[0-9a-f]+\]/g, ""), bytes }))
      // The module that ships has no names.
      .filter(({ name }) => !name.startsWith('"function names"'))
  );
}

/** The module of this crate, or the other crate, that an item belongs to; items that are not Rust's have no path. */
function ownerOf(name) {
  if (name.startsWith("data segment")) return "data";
  const path = /\w+(?:::\w+)+/.exec(name.replace(/^<(str|char|bool|[ui]\d+|\[.*?\])>/, "core"));
  if (!path || name.startsWith("import ")) return "imports, exports, tables, and what they call";
  const [crate, ...modules] = path[0].split("::");
  // The path ends with the name of the function or of its type.
  return crate === "auth0_current_user" ? [crate, ...modules.slice(0, -1)].join("::") : crate;
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

function printWhere(items) {
  const line = ({ name, bytes }) =>
    console.log(`${String(bytes).padStart(9)}  ${name.slice(0, 110)}`);
  const owners = new Map();
  for (const { name, bytes } of items)
    owners.set(ownerOf(name), (owners.get(ownerOf(name)) ?? 0) + bytes);
  console.log("\nthe module, by Rust module or crate, bytes before compression");
  [...owners]
    .map(([name, bytes]) => ({ name, bytes }))
    .sort((left, right) => right.bytes - left.bytes)
    .forEach(line);
  console.log(`\nits ${LARGEST} largest parts, of ${items.length}`);
  items.slice(0, LARGEST).forEach(line);
}

if (isMain(import.meta.url)) {
  const { where } = parseArgs({ options: { where: { type: "boolean" } } }).values;
  await runMain(async () => {
    const tools = await setup();
    await build(tools);
    const sizes = await step("bundles", measure);
    if (where) {
      const twiggy = await setupTwiggy(tools.host);
      printWhere(await step("where the bytes are", () => findBytes(twiggy)));
    }
    printSizes(sizes);
    const spare = BUDGET - sizes.total.brotli;
    console.log(
      `\nbudget ${BUDGET} bytes brotli: ${spare >= 0 ? `${spare} to spare` : `${-spare} over`}`,
    );
    if (spare < 0) process.exitCode = 1;
  });
}
