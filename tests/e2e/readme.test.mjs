// What the README says: its example compiles, its commands and links exist.
import assert from "node:assert/strict";
import { test } from "node:test";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { linkPackage } from "../../scripts/link.mjs";

const at = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const documents = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"];
const read = (path) => readFileSync(at(path), "utf8");

/** Problems of `code` as a strict application sees them, compiled against the package's published types. */
function problemsOf(code) {
  linkPackage(at("www"));
  const file = at("www/readme-example.ts"); // never written: it stands where an application does
  const options = {
    strict: true,
    exactOptionalPropertyTypes: true,
    noUnusedLocals: true,
    noEmit: true,
    types: [],
    target: ts.ScriptTarget.ES2022,
    lib: ["lib.es2022.d.ts", "lib.dom.d.ts"],
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (path) => path === file || fileExists(path);
  host.getSourceFile = (path, ...rest) =>
    path === file ? ts.createSourceFile(path, code, ...rest) : getSourceFile(path, ...rest);
  return ts
    .getPreEmitDiagnostics(ts.createProgram([file], options, host))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
}

test("the example in the README compiles, and is short", () => {
  const examples = [...read("README.md").matchAll(/^```ts\n([^]*?)^```/gm)].map(([, code]) => code);
  assert.equal(examples.length, 1);
  const [example] = examples;
  assert.ok(example.includes('from "auth0-current-user"'));
  assert.deepEqual(problemsOf(example), []);
  assert.ok(example.trimEnd().split("\n").length <= 20);
});

test("each command that the documents name exists", () => {
  const { scripts } = JSON.parse(read("package.json"));
  for (const document of documents) {
    const named = read(document).matchAll(/npm (?:run ([\w-]+)|(start|test))\b/g);
    for (const [command, script, short] of named)
      assert.ok((script ?? short) in scripts, `${document}: ${command}`);
  }
});

test("each file that the documents name exists", () => {
  for (const document of documents) {
    const text = read(document);
    const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, path]) => path);
    const quoted = [
      ...text.matchAll(/`((?:src|tests|tenant|www|scripts|docs|\.ci)\/[\w./-]*)`/g),
    ].map(([, path]) => path);
    for (const path of [...links, ...quoted])
      assert.ok(existsSync(at(path)), `${document}: ${path}`);
  }
});
