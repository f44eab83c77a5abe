// Shows the published types in two files of the repository, so that a change of the public API is part of a review:
//   docs/api.md                     the reference, written by TypeDoc
//   tests/package/public-api.d.ts   the declarations without comments, the snapshot that tests compare
// `npm run api` writes both after a deliberate change.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { format, resolveConfig } from "prettier";
import ts from "typescript";
import { Refusal, isMain, root, runMain, step } from "./steps.mjs";
import { setup } from "./setup.mjs";
import { build } from "./build.mjs";

/** `{ path: text }` of both files, from the package in `folder`. */
export async function describeApi(folder) {
  const declarations = join(folder, "dist/index.d.ts");
  const pages = {
    "docs/api.md": await writeReference(declarations),
    "tests/package/public-api.d.ts": writeSnapshot(declarations),
  };
  for (const [path, text] of Object.entries(pages)) {
    const filepath = join(root, path);
    pages[path] = await format(text, { ...(await resolveConfig(filepath)), filepath });
  }
  return pages;
}

/** The exported declarations in alphabetical order, without comments. */
function writeSnapshot(file) {
  const program = ts.createProgram([file], { target: ts.ScriptTarget.ES2022, types: [] });
  const checker = program.getTypeChecker();
  const printer = ts.createPrinter({ removeComments: true });
  const exported = checker
    .getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(file)))
    .map((symbol) =>
      symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol,
    )
    .sort((one, other) => one.name.localeCompare(other.name, "en"))
    .flatMap(({ declarations }) => declarations)
    // A variable's declaration stands in a statement of its own.
    .map((node) => (ts.isVariableDeclaration(node) ? node.parent.parent : node))
    .map((node) => printer.printNode(ts.EmitHint.Unspecified, node, node.getSourceFile()))
    .map((text) => `\nexport ${text.replace(/^export /, "")}\n`);
  return `// What the package exports. \`npm run api\` accepts a deliberate change.\n${exported.join("")}`;
}

async function writeReference(file) {
  const { Application } = await import("typedoc");
  const folder = mkdtempSync(join(tmpdir(), "api-"));
  try {
    writeFileSync(
      join(folder, "tsconfig.json"),
      JSON.stringify({
        compilerOptions: { strict: true, target: "es2022", lib: ["es2022", "dom"], types: [] },
        files: [file],
      }),
    );
    const application = await Application.bootstrapWithPlugins({
      entryPoints: [file],
      tsconfig: join(folder, "tsconfig.json"),
      plugin: ["typedoc-plugin-markdown"],
      out: folder,
      logLevel: "Warn",
      treatWarningsAsErrors: true,
      name: "API",
      readme: "none",
      disableGit: true,
      disableSources: true,
      excludePrivate: true,
      // What `Error` declares. Where the package is installed, its own types are in node_modules too.
      excludeExternals: true,
      externalPattern: ["**/node_modules/typescript/**"],
      sort: ["source-order"],
      groupOrder: ["Functions", "Classes", "Interfaces", "Variables", "Type Aliases"],
      // One page, which shows each signature as TypeScript and each interface as a table.
      outputFileStrategy: "modules",
      hidePageHeader: true,
      hideBreadcrumbs: true,
      hideGroupHeadings: true,
      useCodeBlocks: true,
      expandObjects: true,
      expandParameters: true,
      parametersFormat: "none",
      interfacePropertiesFormat: "table",
    });
    const project = await application.convert();
    if (!project) throw new Refusal("TypeDoc cannot read the published types");
    await application.generateOutputs(project);
    if (application.logger.hasErrors() || application.logger.hasWarnings())
      throw new Refusal("TypeDoc has warned about the published types");
    return readFileSync(join(folder, "README.md"), "utf8")
      .replace(
        "# API\n",
        "# API\n\nTypeDoc makes this page from the published types, whose comments editors show too: `npm run api`. " +
          "[errors.md](errors.md) explains each error code.\n",
      )
      .replace(/\bdocs\/([\w-]+\.md)/g, "[$1]($1)")
      .replace(/ *<a id="[^"]*"><\/a> */g, " ");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (isMain(import.meta.url))
  await runMain(async () => {
    await build(await setup());
    await step("public API", async () => {
      for (const [path, text] of Object.entries(await describeApi(root)))
        writeFileSync(join(root, path), text);
    });
  });
