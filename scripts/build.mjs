// Makes dist/, exactly what is published:
//   index.js, slim.js, inline.js   the three entries: facade and wasm-bindgen's JavaScript, bundled and minified
//   auth0_current_user.wasm        the module
//   inline-module.js               the same module as compressed text, fetched by `inline`, and by `index` where the .wasm is missing
//   index.d.ts and what it names   the types, the same for each entry
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { deflateRawSync } from "node:zlib";
import { Refusal, isMain, root, run, runMain, step } from "./steps.mjs";
import { setup } from "./setup.mjs";

const NAME = "auth0_current_user";
const LAYOUTS = { index: "auto", slim: "slim", inline: "inline" };
/** What the WebAssembly module imports from: wasm-bindgen's JavaScript and src/js/platform. wasm-opt gives one name to all. */
const GLUE_MODULE = `./${NAME}_bg.js`;
const PLATFORM_MODULE = /^\.\/snippets\/.*\/src\/js\/platform\/[a-z-]+\.js$/;
const MINIFIED_MODULE = "a";
const INLINE_CHUNK = "inline-module.js";
const work = join(root, "target/js");
/** Filled first and moved into place at the end, so that dist/ is whole at any time. */
const next = join(work, "dist");
/** Types and code that the build writes for the facade's sources to import; ignored by git. */
const generated = join(root, "src/js/wasm");
const tool = (...path) => join(root, "node_modules", ...path);

/** What rustc turns on for wasm32-unknown-unknown. wasm-opt must know it and must not use more: `--all-features` makes code that browsers refuse. */
const WASM_FEATURES = [
  "bulk-memory",
  "bulk-memory-opt",
  "multivalue",
  "mutable-globals",
  "nontrapping-float-to-int",
  "reference-types",
  "sign-ext",
];

/** Builds everything; `tools` is what `setup()` returned. */
export async function build(tools) {
  const names = await buildWasm(tools);
  await writeOperations(tools);
  await step("types", writeTypes);
  await step("JavaScript", (note) => bundle(names, note));
}

/** As far as the facade's sources need it to be type-checked: the module, wasm-bindgen's types, and the table of operations. */
export async function buildForTypes(tools) {
  await buildWasm(tools);
  await writeOperations(tools);
}

// ── WebAssembly ──────────────────────────────────────────────────────────────────────────────

/** Returns the map from the names in wasm-bindgen's JavaScript to the short ones in the final module. */
const buildWasm = once(async ({ wasm, wasmBindgen }) => {
  mkdirSync(work, { recursive: true });
  mkdirSync(generated, { recursive: true });
  await step("Rust to WebAssembly", () =>
    // The rlib beside it, for other crates, would keep everything alive that they could call.
    run("cargo", ["rustc", "--lib", "--crate-type", "cdylib", ...wasm.release.args], {
      env: wasm.release.env,
    }),
  );
  const compiled = join(
    wasm.env.CARGO_TARGET_DIR,
    "wasm32-unknown-unknown/release",
    `${NAME}.wasm`,
  );

  await step("wasm-bindgen", async () => {
    await run(wasmBindgen, [
      compiled,
      "--target",
      "web",
      "--omit-default-module-path",
      "--out-dir",
      join(work, "bindgen"),
    ]);
    replace(join(work, "bindgen", `${NAME}.d.ts`), join(generated, `${NAME}.d.ts`));
  });

  return step("wasm-opt", async (note) => {
    const optimised = join(work, `${NAME}.wasm`);
    const { stdout } = await optimise(
      optimised,
      ...["debug", "producers", "target-features"].map((section) => `--strip-${section}`),
      // Names in the module's import and export lists cost bytes twice; this prints old and new ones as JSON.
      "--minify-imports-and-exports-and-modules",
    );
    const bytes = readFileSync(optimised);
    const text = deflateRawSync(bytes, { level: 9 }).toString("base64");
    writeIfChanged(join(generated, "inline.js"), `export default ${JSON.stringify(text)};\n`);
    writeIfChanged(
      join(generated, "inline.d.ts"),
      "declare const base64: string;\nexport default base64;\n",
    );
    note(`${bytes.length} bytes`);
    return readNames(stdout);
  });
});

/**
 * Builds an application in Rust that uses the crate, without optimisation: its crate in `folder`, for the browser into `out`
 * as `NAME.js` and its module. Shares the folder of the crate's own tests, and with it the standard library.
 */
export async function buildRustPage({ wasm, wasmBindgen }, folder, name, out) {
  const { args, env } = wasm.debug;
  const cwd = join(root, folder);
  await run("cargo", ["build", "--locked", ...args], { cwd, env });
  const compiled = join(env.CARGO_TARGET_DIR, "wasm32-unknown-unknown/debug", `${name}.wasm`);
  await run(wasmBindgen, [compiled, "--target", "web", "--no-typescript", "--out-dir", out]);
}

/** Writes what wasm-bindgen made to `output` as the module that ships; `how` are further arguments of wasm-opt. */
export function optimise(output, ...how) {
  return run(process.execPath, [
    tool("binaryen/bin/wasm-opt"),
    join(work, "bindgen", `${NAME}_bg.wasm`),
    "-Oz",
    // Smaller when compressed, though larger before: repetition costs nothing then.
    "--one-caller-inline-max-function-size=50",
    "--skip-pass=local-cse",
    ...WASM_FEATURES.map((feature) => `--enable-${feature}`),
    ...how,
    "--output",
    output,
  ]);
}

/**
 * What wasm-opt prints, `{ imports: [[module, old, new], …], exports: [[old, new], …] }`, as `{ names, platform }`: `{ old: new }`
 * of what wasm-bindgen has named, and `[module, name, new]` of the functions that the module imports from src/js/platform.
 */
function readNames(json) {
  const { imports, exports } = JSON.parse(json);
  const names = { [GLUE_MODULE]: MINIFIED_MODULE };
  const platform = [];
  for (const [module, from, to] of imports) {
    if (PLATFORM_MODULE.test(module)) platform.push([module, from, to]);
    else if (module === GLUE_MODULE) names[from] = to;
    else
      throw new Refusal(
        `the WebAssembly module imports from \`${module}\`, which the loader does not provide`,
      );
  }
  for (const [from, to] of exports) names[from] = to;
  return { names, platform };
}

// ── Types ────────────────────────────────────────────────────────────────────────────────────

/** The operations' scopes for the facade, printed by the Rust code whose table they are. */
const writeOperations = once(async ({ host }) => {
  await step("table of operations", async () => {
    const { stdout } = await run("cargo", ["run", "--quiet", "--example", "operations"], {
      env: host.env,
    });
    writeIfChanged(join(root, "src/js/operations.generated.ts"), stdout);
  });
});

async function writeTypes() {
  const out = join(work, "types");
  rmSync(out, { recursive: true, force: true });
  await run(process.execPath, [
    tool("typescript/bin/tsc"),
    "--project",
    join(root, "tsconfig.build.json"),
  ]);
  rmSync(next, { recursive: true, force: true });
  mkdirSync(next);
  // Only what the entry's types reach is published; the loader's own, with wasm-bindgen's behind them, are not.
  const pending = ["index.d.ts"];
  for (const file of pending) {
    const text = readFileSync(join(out, file), "utf8");
    writeFileSync(join(next, file), text);
    for (const [, path] of text.matchAll(/(?:from|import\()\s*"(\.[^"]+)\.js"/g)) {
      const named = join(dirname(file), `${path}.d.ts`);
      if (!existsSync(join(out, named)))
        throw new Refusal(`the published types name ${named}, which is internal: see ${file}`);
      if (!pending.includes(named)) pending.push(named);
    }
  }
}

// ── JavaScript ───────────────────────────────────────────────────────────────────────────────

async function bundle(names, note) {
  const esbuild = await import("esbuild");
  const glue = await shortenGlue(esbuild, names);
  const options = {
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    charset: "utf8",
    legalComments: "none",
    logLevel: "silent",
  };
  const inputs = {
    name: "what the build made",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /\/wasm\/auth0_current_user\.js$/ }, () => ({
        path: "glue",
        namespace: "built",
      }));
      // Beside it lie the functions of ours that it imports.
      const resolveDir = join(work, "bindgen");
      onLoad({ filter: /.*/, namespace: "built" }, () => ({
        contents: glue,
        loader: "js",
        resolveDir,
      }));
      // Fetched at need, from a file that the entries share.
      onResolve({ filter: /\/wasm\/inline\.js$/ }, () => ({
        path: `./${INLINE_CHUNK}`,
        external: true,
      }));
    },
  };
  for (const [entry, layout] of Object.entries(LAYOUTS)) {
    await esbuild.build({
      ...options,
      entryPoints: [join(root, "src/js/index.ts")],
      outfile: join(next, `${entry}.js`),
      define: { LAYOUT: JSON.stringify(layout) },
      plugins: [inputs],
    });
  }
  await esbuild.build({
    ...options,
    entryPoints: [join(generated, "inline.js")],
    outfile: join(next, INLINE_CHUNK),
  });
  copyFileSync(join(work, `${NAME}.wasm`), join(next, `${NAME}.wasm`));
  const dist = join(root, "dist");
  rmSync(dist, { recursive: true, force: true });
  renameSync(next, dist);
  note(`index.js ${statSync(join(dist, "index.js")).size} bytes`);
}

/** wasm-bindgen's JavaScript with the module's short names and the platform's functions, and without its own loader. */
async function shortenGlue(esbuild, { names, platform }) {
  let source = readFileSync(join(work, "bindgen", `${NAME}.js`), "utf8");
  const change = (from, to) => {
    if (!source.match(from))
      throw new Refusal(
        `wasm-bindgen's JavaScript has another shape than the build expects: no ${from} in it`,
      );
    source = source.replace(from, to);
  };
  change("export { initSync, __wbg_init as default };", "export { initSync };");
  // Its own function also takes what our loader never gives it.
  change(
    /^function initSync\(.*?^}$/ms,
    "function initSync({ module }) {" +
      "  return __wbg_finalize_init(new WebAssembly.Instance(module, __wbg_get_imports()), module);" +
      "}",
  );
  // Every browser that can run the module has it.
  change(/^if \(!\('encodeInto' in cachedTextEncoder\)\) {.*?^}$/ms, "");
  // The functions of src/js/platform become members of the one import object that wasm-opt has left.
  source = source.replaceAll(
    /^import \* as import\d+ from .*$|^\s+"\.\/snippets\/.*": import\d+,$/gm,
    "",
  );
  const imported = platform.map(
    ([module, name, to]) => `import { ${name} as platform_${to} } from ${JSON.stringify(module)};`,
  );
  change("const import0 = {", `$&${platform.map(([, , to]) => `${to}: platform_${to},`).join("")}`);
  source = `${imported.join("\n")}\n${source}`;
  const escape = (name) => name.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
  const { code, mangleCache } = await esbuild.transform(source, {
    mangleProps: new RegExp(`^(?:${Object.keys(names).map(escape).join("|")})$`),
    mangleQuoted: true,
    mangleCache: names,
  });
  for (const [from, to] of Object.entries(mangleCache)) {
    if (names[from] !== to)
      throw new Refusal(`esbuild and wasm-opt disagree about the short name of \`${from}\``);
  }
  return code;
}

/** Steps that two checks of one run both need. */
function once(action) {
  let result;
  return (argument) => (result ??= action(argument));
}

// ── Files ────────────────────────────────────────────────────────────────────────────────────

/** Leaves a file that already has this text as it is, so that nothing that watches it starts over. */
function writeIfChanged(path, text) {
  if (existsSync(path) && readFileSync(path, "utf8") === text) return;
  // Renamed into place: another command may be reading it.
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}`);
  writeFileSync(temporary, text);
  renameSync(temporary, resolve(path));
}

const replace = (from, to) => writeIfChanged(to, readFileSync(from, "utf8"));

if (isMain(import.meta.url)) await runMain(async () => build(await setup()));
