// Bundles applications by Vite for production, to measure what a visitor downloads.
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { root } from "../scripts/steps.mjs";
import { linkPackage } from "../scripts/link.mjs";

const folder = join(root, "target/bench/bundles");

/** The libraries that `main-job/` compares, this package first. */
export const LIBRARIES = ["auth0-current-user", "auth0-js", "auth0-spa-js", "oidc-client-ts"];

/** The files of an application that does only the main job with a library. */
export const bundleMainJob = (library) =>
  bundle(`main-job-${library}`, join(root, "bench/main-job", `${library}.js`));

/** The files of an application that imports a whole entry of this package. */
export function bundleWhole(entry) {
  const name = `whole-${entry.replace("/", "-")}`;
  // In bench/, where the package's name can be resolved.
  const input = join(root, "bench/node_modules", `${name}.js`);
  linkPackage(join(root, "bench"));
  writeFileSync(input, `export * from ${JSON.stringify(entry)};\n`);
  return bundle(name, input);
}

/** Bundles the module at the path `input` with its exports: `[{ file, bytes }]`, `main.js` first. */
export async function bundle(name, input) {
  const vite = await import("vite");
  linkPackage(join(root, "bench"));
  const out = join(folder, name);
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  await vite.build({
    root: join(root, "bench"),
    configFile: false,
    logLevel: "silent",
    base: "./",
    build: {
      outDir: out,
      emptyOutDir: true,
      // Vite would inline smaller assets into the JavaScript as text.
      assetsInlineLimit: 0,
      modulePreload: false,
      rollupOptions: {
        input: { main: input },
        preserveEntrySignatures: "strict",
        output: {
          entryFileNames: "main.js",
          chunkFileNames: "[name].js",
          assetFileNames: "[name][extname]",
        },
      },
    },
  });
  const files = readdirSync(out).sort(
    (left, right) => (right === "main.js") - (left === "main.js"),
  );
  return files.map((file) => ({ file, bytes: readFileSync(join(out, file)) }));
}

/** Whether this is the chunk with the module as text, which the main entry fetches only if the `.wasm` is missing. */
export const isFallback = (file) => file.startsWith("inline-module");

/** The number of bytes: uncompressed, by gzip -9, by brotli 11. */
export function sizesOf(bytes) {
  const brotli = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
  return { raw: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length, brotli: brotli.length };
}
