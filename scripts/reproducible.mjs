// Checks that a build is reproducible. Builds the committed state twice from a clean clone, with different folder names, time
// zones and languages, and compares the tarballs file by file. Takes some ten minutes. Exits 1 if a file differs. Both builds use
// this machine's toolchain and Node.js, so their versions affect the result.
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
  if (changes !== "") console.log("  uncommitted changes are not built");
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

/** `Map(path -> sha256)` of the packed files and of the tarball. */
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
