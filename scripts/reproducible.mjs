// Is the package the same bytes, whoever builds it? Builds what is committed twice, from nothing, in two folders of
// different names and with another time zone and language, and compares the tarballs file by file: some ten minutes.
// Exits 1 where they differ. Toolchain and Node.js are this machine's for both: their versions are part of the report.
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Refusal, root, run, runMain, step } from "./steps.mjs";

const PLACES = [
  { folder: "one", env: { TZ: "UTC", LC_ALL: "C" } },
  { folder: "another-place/of-a-longer-name", env: { TZ: "Pacific/Auckland", LC_ALL: "C.UTF-8" } },
];

await runMain(async () => {
  const { stdout: commit } = await run("git", ["rev-parse", "HEAD"]);
  const { stdout: changes } = await run("git", ["status", "--porcelain"]);
  if (changes !== "") console.log("  changes that are not committed are not built");
  const work = mkdtempSync(join(tmpdir(), "reproducible-"));
  try {
    const builds = [];
    for (const { folder, env } of PLACES)
      builds.push(
        await step(`build in ${folder}`, () =>
          buildIn(join(work, folder), { ...process.env, ...env }),
        ),
      );
    report(commit.trim(), builds);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
});

/** `Map(path -> sha256)` of the packed package, and of the tarball itself. */
async function buildIn(folder, env) {
  await run("git", ["clone", "--quiet", "--local", root, folder]);
  await run("npm", ["ci", "--prefer-offline", "--no-audit", "--no-fund"], { cwd: folder, env });
  await run("npm", ["run", "build"], { cwd: folder, env });
  const packed = join(folder, "packed");
  mkdirSync(packed);
  const { stdout } = await run(
    "npm",
    ["pack", "--json", "--ignore-scripts", "--pack-destination", packed],
    {
      cwd: folder,
      env,
    },
  );
  const packs = JSON.parse(stdout);
  const [{ filename, files }] = Array.isArray(packs) ? packs : Object.values(packs);
  const hash = (path) => createHash("sha256").update(readFileSync(path)).digest("hex");
  return new Map([
    ...files.map(({ path }) => [path, hash(join(folder, path))]),
    [filename, hash(join(packed, filename))],
  ]);
}

function report(commit, [one, other]) {
  const paths = [...new Set([...one.keys(), ...other.keys()])];
  const differing = paths.filter((path) => one.get(path) !== other.get(path));
  console.log(`\ncommit ${commit}, Node.js ${process.version}\n`);
  for (const path of paths)
    console.log(
      `${differing.includes(path) ? "✗" : "✓"} ${one.get(path) ?? "missing".padEnd(64)}  ${path}`,
    );
  if (differing.length > 0) throw new Refusal(`${differing.length} files differ`);
}
