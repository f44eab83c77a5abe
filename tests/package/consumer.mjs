// Installs the packed tarball into an application outside the repository, as a user does.
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const root = fileURLToPath(new URL("../..", import.meta.url));
const npm = (args, cwd) =>
  promisify(execFile)("npm", args, { cwd, env: { ...process.env, npm_config_loglevel: "error" } });

/** Packs what `npm run build` made into `folder`. Returns `{ tarball, packed }`; `packed` are the tarball's paths. */
export async function packPackage(folder) {
  const { stdout } = await npm(
    ["pack", "--json", "--ignore-scripts", "--pack-destination", folder],
    root,
  );
  const packs = JSON.parse(stdout);
  const [{ filename, files }] = Array.isArray(packs) ? packs : Object.values(packs);
  return { tarball: join(folder, filename), packed: files.map(({ path }) => path).sort() };
}

/** Packs the package and installs it. Returns `{ folder, installed, packed, write, read, remove }`:
 * `packed` are the tarball's paths, `read` reads one of them, `write` writes a file of the application. */
export async function installPackedPackage() {
  const folder = mkdtempSync(join(tmpdir(), "consumer-"));
  const { tarball, packed } = await packPackage(folder);
  const installed = join(folder, "node_modules/auth0-current-user");
  const write = (name, content) => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  };
  write("package.json", JSON.stringify({ name: "consumer", private: true, type: "module" }));
  // Offline, which proves that the package has no dependencies.
  await npm(["install", "--offline", "--no-audit", "--no-fund", tarball], folder);
  return {
    folder,
    installed,
    packed,
    write,
    read: (path) => readFileSync(join(installed, path)),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Options of a client that needs no server until it signs in. */
export const goodOptions = {
  domain: "acme.eu.auth0.com",
  clientId: "client",
  redirectUri: "https://app.example/callback",
  scopes: ["read:current_user"],
};
