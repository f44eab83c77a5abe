import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { installPackedPackage } from "./consumer.mjs";

let app;
before(async () => (app = await installPackedPackage()));
after(() => app.remove());

const read = (path) => readFileSync(join(app.installed, path), "utf8");
const declarations = () => app.packed.filter((path) => path.endsWith(".d.ts"));

test("the tarball holds the listed files and nothing else", () => {
  const required = [
    "dist/auth0_current_user.wasm",
    "dist/index.d.ts",
    "dist/index.js",
    "dist/inline-module.js",
    "dist/inline.js",
    "dist/slim.js",
    "inline/package.json",
    "package.json",
    "slim/package.json",
  ];
  const allowed = new Set([
    ...required,
    ...["README.md", "CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT"],
    ...[
      "dist/client.d.ts",
      "dist/error.d.ts",
      "dist/types.d.ts",
      "dist/load.d.ts",
      "dist/operations.generated.d.ts",
    ],
  ]);
  assert.deepEqual(
    required.filter((path) => !app.packed.includes(path)),
    [],
    "missing",
  );
  assert.deepEqual(
    app.packed.filter((path) => !allowed.has(path)),
    [],
    "not on the list",
  );
});

test("each path that `exports` names is in the tarball, types first", () => {
  const { exports, main, types } = JSON.parse(read("package.json"));
  const paths = [main, types];
  for (const target of Object.values(exports)) {
    if (typeof target === "object") assert.equal(Object.keys(target)[0], "types");
    paths.push(...(typeof target === "string" ? [target] : Object.values(target)));
  }
  for (const path of paths) assert.ok(app.packed.includes(path.replace(/^\.\//, "")), path);
});

test("resolvers that do not read `exports` find the other entries by their folders", () => {
  const { exports } = JSON.parse(read("package.json"));
  for (const entry of ["slim", "inline"]) {
    const { main, types } = JSON.parse(read(`${entry}/package.json`));
    const resolved = { types: resolveFrom(entry, types), default: resolveFrom(entry, main) };
    assert.deepEqual(resolved, exports[`./${entry}`]);
  }
});
const resolveFrom = (folder, path) => `./${join(folder, path)}`;

test("package, crate and changelog name the same version", () => {
  const { version } = JSON.parse(read("package.json"));
  const [manifest, crates, packages] = ["Cargo.toml", "Cargo.lock", "package-lock.json"].map(
    (path) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8"),
  );
  assert.equal(/^version = "(.+)"$/m.exec(manifest)[1], version);
  assert.match(crates, new RegExp(`^name = "auth0-current-user"\nversion = "${version}"$`, "m"));
  assert.equal(JSON.parse(packages).version, version);
  const released = [...read("CHANGELOG.md").matchAll(/^## \[(\d+\.\d+\.\d+)\]/gm)];
  // Until the first release there is no section but Unreleased.
  if (released.length > 0) assert.equal(released[0][1], version);
});

test("there are no dependencies and no install scripts", () => {
  const { dependencies, peerDependencies, optionalDependencies, scripts } = JSON.parse(
    read("package.json"),
  );
  assert.deepEqual(
    [dependencies, peerDependencies, optionalDependencies],
    [undefined, undefined, undefined],
  );
  for (const hook of ["preinstall", "install", "postinstall", "prepare"])
    assert.equal(scripts?.[hook], undefined, hook);
  assert.deepEqual(
    readdirSync(join(app.folder, "node_modules")).filter((name) => !name.startsWith(".")),
    ["auth0-current-user"],
  );
});

test("nothing of wasm-bindgen shows in the declarations", () => {
  for (const path of declarations()) {
    assert.doesNotMatch(
      read(path),
      /free\(\)|Symbol\.dispose|__wbg|__wbindgen|InitOutput|\.\/wasm\//,
      path,
    );
  }
});

test("the module and the JavaScript hold no path of the machine that built them and no client secret", () => {
  for (const path of app.packed.filter((each) => /\.(js|wasm)$/.test(each))) {
    const text = readFileSync(join(app.installed, path), "latin1");
    assert.doesNotMatch(text, /\/(root|home|Users|usr|tmp|work)\/|\.cargo|rustc\//, path);
    assert.doesNotMatch(text, /client_?secret["'`]?\s*[:=]\s*["'`]\w/i, path);
  }
});

test("the asset is named in the form that bundlers recognise", () => {
  for (const entry of ["index", "slim"]) {
    assert.ok(
      read(`dist/${entry}.js`).includes('new URL("./auth0_current_user.wasm",import.meta.url)'),
      entry,
    );
  }
  assert.ok(!read("dist/inline.js").includes('auth0_current_user.wasm",'), "inline");
});
