// Compares the documents with the package: their TypeScript compiles, the commands, files and links that they name exist, and
// their figures and tables match the measurements and the matrix. examples.test.mjs runs their examples.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { existsSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { format, resolveConfig } from "prettier";
import ts from "typescript";
import { withFigures } from "../../bench/report.mjs";
import { BUNDLERS, EXAMPLES, MISSING } from "../matrix/expected.mjs";
import { installPackedPackage } from "./consumer.mjs";
import { DOCUMENTS, blocks, read, root } from "./documents.mjs";

let app;
before(async () => (app = await installPackedPackage()));
after(() => app?.remove());

test("the TypeScript in the documents compiles as an application's", () => {
  // docs/api.md shows signatures, which TypeDoc writes from the types.
  const files = new Map();
  for (const path of DOCUMENTS.filter((each) => each !== "docs/api.md"))
    for (const [index, code] of blocks(path, "ts").entries()) {
      const name = `${path.replaceAll("/", "-")}-${index}.ts`;
      app.write(name, `${code}\nexport {};\n`);
      files.set(join(app.folder, name), path);
    }
  // A guide's later examples use the client of its first example.
  app.write(
    "client.d.ts",
    'declare const client: import("auth0-current-user").CurrentUserClient;\n',
  );
  const program = ts.createProgram([join(app.folder, "client.d.ts"), ...files.keys()], {
    strict: true,
    exactOptionalPropertyTypes: true,
    noUnusedLocals: true,
    noEmit: true,
    types: [],
    target: ts.ScriptTarget.ES2022,
    lib: ["lib.es2022.d.ts", "lib.dom.d.ts"],
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
  });
  const problems = ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
    const line = file && file.text.slice(0, start).split("\n").length;
    const text = ts.flattenDiagnosticMessageText(messageText, "\n");
    return `${files.get(file?.fileName) ?? file?.fileName}, line ${line} of the block: ${text}`;
  });
  assert.deepEqual(problems, []);
  assert.ok(files.size >= 10, `${files.size} blocks read`);
});

test("the example in the README is short", () => {
  const [example] = blocks("README.md", "ts");
  assert.ok(example.trimEnd().split("\n").length <= 20);
});

/** The documents about the whole repository, whose paths start at its root. */
const OF_ALL = DOCUMENTS.filter((path) => !/^(examples|tenant|www)\//.test(path));

test("each command that the documents name exists", () => {
  const { scripts } = JSON.parse(read("package.json"));
  for (const document of OF_ALL) {
    const named = read(document).matchAll(/npm (?:run ([\w-]+)|(start|test))\b/g);
    for (const [command, script, short] of named)
      assert.ok((script ?? short) in scripts, `${document}: ${command}`);
  }
});

test("each file that the documents name exists", () => {
  for (const document of OF_ALL) {
    const named =
      /`((?:src|tests|tools|tenant|www|scripts|docs|bench|examples|fuzz|\.ci)\/[\w./-]*)`/g;
    for (const [, path] of read(document).matchAll(named))
      assert.ok(existsSync(join(root, path)), `${document}: ${path}`);
  }
});

test("each link leads to a file that is there, and to a heading that is in it", () => {
  const broken = [];
  const linked = new Set(["README.md"]);
  for (const document of DOCUMENTS) {
    const text = read(document).replace(/^```[^]*?^```/gm, "");
    for (const [, target] of text.matchAll(/\]\((?!https?:)([^)\s]+)\)/g)) {
      const [path, anchor] = target.split("#");
      const file = path === "" ? document : join(dirname(document), path);
      linked.add(relative(".", file));
      if (!existsSync(join(root, file))) broken.push(`${document}: ${target}`);
      else if (anchor && !anchors(file).has(anchor)) broken.push(`${document}: ${target}`);
    }
  }
  assert.deepEqual(broken, []);
  const lost = DOCUMENTS.filter(
    (document) => document.startsWith("docs/") && !linked.has(document),
  );
  assert.deepEqual(lost, [], "no document leads there");
});

/** The anchors that GitHub gives to the headings of a document. */
/** The anchors of a page's headings, as GitHub makes them: a repeated heading gets a number. */
const anchors = (path) => {
  const seen = new Map();
  const names = [...read(path).matchAll(/^#+ (.*)$/gm)].map(([, heading]) => {
    const name = heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-");
    const count = seen.get(name) ?? 0;
    seen.set(name, count + 1);
    return count === 0 ? name : `${name}-${count}`;
  });
  return new Set(names);
};

test("docs/loading.md gives the result of each bundler that the matrix asserts", () => {
  const said = {};
  let bundler;
  const section = /^## Bundlers\n([^]*?)^### /m.exec(read("docs/loading.md"))[1];
  for (const [, ...cells] of section.matchAll(/^\|(.*?)\|(.*?)\|(.*?)\|(.*?)\|(.*?)\|$/gm)) {
    const [name, mode, ...entries] = cells.map((cell) => cell.trim());
    if (name === "bundler" || /^-+$/.test(mode)) continue;
    if (name !== "") bundler = said[name.toLowerCase().replace(" ", "-")] = {};
    bundler[mode] = entries.map((entry) => (entry === "fails" ? MISSING : entry));
  }
  assert.deepEqual(said, BUNDLERS);
});

test("the settings in docs/loading.md are those that the matrix tests", () => {
  const [exclude] = blocks("docs/loading.md", "js");
  for (const name of ["vite-5", "vite-6", "vite-7"])
    assert.equal(read(`tests/matrix/apps/${name}/exclude.config.js`), exclude);
  const [copy] = blocks("docs/loading.md", "sh").map((code) => code.trim());
  for (const name of ["rollup-4", "esbuild"]) {
    const { scripts } = JSON.parse(read(`tests/matrix/apps/${name}/package.json`));
    assert.equal(scripts["build, .wasm copied"], `npm run build && ${copy}`);
  }
});

test("docs/benchmarks.md shows the figures of docs/bench.json", async () => {
  const page = read("docs/benchmarks.md");
  const expected = withFigures(page, JSON.parse(read("docs/bench.json")));
  const options = await resolveConfig(join(root, "docs/benchmarks.md"));
  assert.equal(page, await format(expected, { ...options, parser: "markdown" }));
});

test("docs/compatibility.md names the frameworks and bundlers that the matrix tests", () => {
  const page = read("docs/compatibility.md");
  for (const name of Object.keys(EXAMPLES)) assert.ok(page.includes(`examples/${name}/`), name);
  for (const name of Object.keys(BUNDLERS).map((each) => each.replace(/-\d+$/, "")))
    assert.match(page, name === "no-bundler" ? /<script type="module">/ : new RegExp(name, "i"));
});
