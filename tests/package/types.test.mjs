// The published types in a user's compiler. api.test.mjs compares them with their snapshot, public-api.d.ts.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { installPackedPackage } from "./consumer.mjs";

const acceptFile = fileURLToPath(new URL("usage.ts", import.meta.url));

let app;
before(async () => (app = await installPackedPackage()));
after(() => app.remove());

/** A user's project: strict, without `skipLibCheck`, with older libraries. */
const options = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noEmit: true,
  skipLibCheck: false,
  types: [],
  target: ts.ScriptTarget.ES2020,
  lib: ["lib.es2020.d.ts", "lib.dom.d.ts"],
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
};

function compile(file, more = {}) {
  const program = ts.createProgram([join(app.folder, file)], { ...options, ...more });
  return ts.getPreEmitDiagnostics(program).map(({ file: source, start, messageText }) => ({
    file: source?.fileName,
    line: source ? source.getLineAndCharacterOfPosition(start).line : -1,
    text: ts.flattenDiagnosticMessageText(messageText, "\n"),
  }));
}

test("the published types hold no `any`, which would accept every value", () => {
  const words = app.packed
    .filter((path) => path.endsWith(".d.ts"))
    .flatMap((path) => {
      const text = app.read(path).toString();
      const source = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
      const found = [];
      const visit = (node) => {
        if (node.kind === ts.SyntaxKind.AnyKeyword) found.push(`${path}: ${node.parent.getText()}`);
        ts.forEachChild(node, visit);
      };
      visit(source);
      return found;
    });
  assert.deepEqual(words, []);
});

const projects = {
  "module nodenext": {},
  "module esnext, moduleResolution bundler": {
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
  },
};
for (const [name, more] of Object.entries(projects)) {
  test(`a user's code compiles, and wrong code does not (${name})`, () => {
    copyFileSync(acceptFile, join(app.folder, "usage.ts"));
    assert.deepEqual(compile("usage.ts", more), []);
  });
}
