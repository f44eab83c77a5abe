// Two views of the published types, both in the repository so that a change of either shows in review:
//   tests/package/public-api.d.ts   what is exported, without words: the snapshot that tests compare
//   docs/api.md                     the reference, with the words that editors show
// `npm run api` writes both after a deliberate change.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { format } from "prettier";
import ts from "typescript";
import { isMain, root, runMain, step } from "./steps.mjs";
import { setup } from "./setup.mjs";
import { build } from "./build.mjs";

/** `{ path: text }` of both, from the package's folder. */
export async function describeApi(folder) {
  const file = join(folder, "dist/index.d.ts");
  const program = ts.createProgram([file], { target: ts.ScriptTarget.ES2022, types: [] });
  const checker = program.getTypeChecker();
  const module = checker.getSymbolAtLocation(program.getSourceFile(file));
  const symbols = checker
    .getExportsOfModule(module)
    .map((symbol) =>
      symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol,
    )
    .sort((one, other) => one.name.localeCompare(other.name, "en"));
  const pages = {
    "tests/package/public-api.d.ts": snapshot(symbols),
    "docs/api.md": reference(symbols, checker),
  };
  for (const [path, text] of Object.entries(pages)) {
    const filepath = join(root, path);
    const options = JSON.parse(readFileSync(join(root, ".prettierrc"), "utf8"));
    pages[path] = await format(text, { ...options, filepath });
  }
  return pages;
}

const printer = ts.createPrinter({ removeComments: true });
const print = (node) =>
  printer.printNode(ts.EmitHint.Unspecified, node, node.getSourceFile()).replace(/^export /, "");

const snapshot = (symbols) =>
  `// What the package exports. Accept a deliberate change by \`npm run api\`.\n` +
  symbols
    .flatMap((symbol) => symbol.declarations)
    .map((declaration) => `\nexport ${print(declaration)}\n`)
    .join("");

// ── Reference ────────────────────────────────────────────────────────────────────────────────

function reference(symbols, checker) {
  const of = (flag) => symbols.filter((symbol) => symbol.flags & flag);
  const words = (symbol) => describe(symbol, checker);
  const chapters = [
    ...of(ts.SymbolFlags.Function).map((symbol) =>
      chapter("##", symbol.name, words(symbol), code(symbol.declarations)),
    ),
    ...of(ts.SymbolFlags.Class).map((symbol) => [
      chapter("##", symbol.name, words(symbol)),
      ...publicMembers(symbol).map((member) =>
        chapter("###", heading(symbol, member), words(member), code(member.declarations)),
      ),
    ]),
    ...of(ts.SymbolFlags.Interface).map((symbol) =>
      chapter("##", symbol.name, words(symbol), list(symbol, checker)),
    ),
    ...of(ts.SymbolFlags.TypeAlias).map((symbol) =>
      chapter("##", symbol.name, words(symbol), code(symbol.declarations)),
    ),
  ];
  return [
    "# API",
    "Made from the published types by `npm run api`; editors show the same words. The error codes, with cause and remedy, are in [errors.md](errors.md).",
    ...chapters.flat(),
  ].join("\n\n");
}

const chapter = (level, title, ...parts) =>
  [`${level} ${title}`, ...parts].filter(Boolean).join("\n\n");
const code = (declarations) =>
  `\`\`\`ts\n${declarations.map((each) => print(each).replace(/^declare /, "")).join("\n")}\n\`\`\``;
const heading = (owner, member) =>
  owner.name === "CurrentUserError" ? `error.${member.name}` : `client.${member.name}`;

/** What belongs to the interface or class itself: nothing private, nothing inherited. */
const publicMembers = (symbol) =>
  [...symbol.members.values()].filter(
    ({ declarations, flags }) =>
      flags & (ts.SymbolFlags.Property | ts.SymbolFlags.Method | ts.SymbolFlags.Accessor) &&
      declarations.every(
        (each) =>
          !ts.isPrivateIdentifier(each.name) &&
          !(ts.getCombinedModifierFlags(each) & ts.ModifierFlags.Private),
      ),
  );

const list = (symbol, checker) =>
  publicMembers(symbol)
    .map((member) => {
      const signature = member.declarations.map(print).join(" ").replace(/;$/, "");
      const words = describe(member, checker);
      return `- \`${signature.replace(/\s+/g, " ")}\`${words && `: ${words}`}`;
    })
    .join("\n");

/** The doc comment; lines that belong to one paragraph are joined, names of pages beside this one become links. */
function describe(symbol, checker) {
  return ts
    .displayPartsToString(symbol.getDocumentationComment(checker))
    .replace(/\{@link (\w+) *\}/g, (_, name) => `\`${name}\``)
    .replace(/\bdocs\/([\w-]+\.md)/g, "[$1]($1)")
    .split(/\n{2,}/)
    .map((paragraph) => paragraph.replace(/\n(?!- )/g, " "))
    .join("\n\n");
}

if (isMain(import.meta.url))
  await runMain(async () => {
    await build(await setup());
    await step("public API", async () => {
      for (const [path, text] of Object.entries(await describeApi(root)))
        writeFileSync(join(root, path), text);
    });
  });
