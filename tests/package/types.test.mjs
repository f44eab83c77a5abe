// The shipped declarations against the contract, and in the hands of a user's compiler.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { installPackedPackage } from "./consumer.mjs";

const contractFile = fileURLToPath(new URL("contract.d.ts", import.meta.url));
const acceptFile = fileURLToPath(new URL("usage.ts", import.meta.url));

let app;
before(async () => (app = await installPackedPackage()));
after(() => app.remove());

/** A user's project: strict, nothing skipped, and none of the newest libraries. */
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
  const problems = ts
    .getPreEmitDiagnostics(program)
    .map(({ file: source, start, messageText }) => ({
      file: source?.fileName,
      line: source ? source.getLineAndCharacterOfPosition(start).line : -1,
      text: ts.flattenDiagnosticMessageText(messageText, "\n"),
    }));
  return { program, problems };
}

/** The exports of a module as `Map(name -> symbol)`. */
function exportsOf(program, file) {
  const checker = program.getTypeChecker();
  const module = checker.getSymbolAtLocation(program.getSourceFile(file));
  return new Map(
    checker.getExportsOfModule(module).map((symbol) => [symbol.name, resolve(checker, symbol)]),
  );
}
const resolve = (checker, symbol) =>
  symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
const membersOf = (symbol) =>
  symbol.flags & (ts.SymbolFlags.Class | ts.SymbolFlags.Interface)
    ? [...symbol.members.values()].filter(
        (member) =>
          member.flags &
          (ts.SymbolFlags.Property | ts.SymbolFlags.Method | ts.SymbolFlags.Accessor),
      )
    : [];

test("the package has all that the contract has", () => {
  copyFileSync(contractFile, join(app.folder, "contract.d.ts"));
  app.write("names.ts", 'import "./contract.js";\nimport "auth0-current-user";\n');
  const { program, problems } = compile("names.ts");
  assert.deepEqual(problems, []);
  const contract = exportsOf(program, join(app.folder, "contract.d.ts"));
  const shipped = exportsOf(program, join(app.installed, "dist/index.d.ts"));
  const names = (exported) =>
    [...exported].flatMap(([name, symbol]) => [
      name,
      ...membersOf(symbol).map((member) => `${name}.${member.name}`),
    ]);
  const ours = new Set(names(shipped));
  assert.deepEqual(
    names(contract).filter((name) => !ours.has(name)),
    [],
  );
});

const comparison = `import type * as C from "./contract.js";
import type * as S from "auth0-current-user";
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type Any<T> = 0 extends 1 & T ? true : false;
type Fits<A, B> = [A] extends [B] ? true : false;
type Both<A, B> = [Any<A>, Any<B>] extends [false, false] ? [Fits<A, B>, Fits<B, A>] : false;
type Both2 = [true, true];
type ReadOnly<T, K extends keyof T> = Same<Pick<T, K>, Readonly<Pick<T, K>>>;
// Ours stands in for theirs, takes and gives no less, and no more but for further parameters at the end.
type Shared<O extends unknown[], T extends unknown[]> = { [I in keyof T]: O[I & keyof O] };
type Call<O extends (...args: any) => any, T extends (...args: any) => any> = [
  Fits<O, T>, Fits<Parameters<T>, Parameters<O>>, Both<Shared<Parameters<O>, Parameters<T>>, Parameters<T>>, Any<Awaited<ReturnType<O>>>, Any<ReturnType<O>>,
];
type Right = [true, true, Both2, false, false];
declare function check<T>(): <U extends T>() => void;
`;

/** A line of TypeScript for each entry of the contract, which compiles where the package agrees. */
function compareTypes(name, symbol, checker) {
  const lines = [];
  const same = (entry, ours, theirs) =>
    lines.push([entry, `check<Both2>()<Both<${ours}, ${theirs}>>();`]);
  if (symbol.flags & ts.SymbolFlags.Function)
    lines.push([name, `check<Right>()<Call<typeof S.${name}, typeof C.${name}>>();`]);
  if (symbol.flags & ts.SymbolFlags.TypeAlias) same(name, `S.${name}`, `C.${name}`);
  if (symbol.flags & ts.SymbolFlags.Class) {
    same(
      `${name} (is an Error)`,
      `S.${name} extends Error ? 1 : 2`,
      `C.${name} extends Error ? 1 : 2`,
    );
    const newable = (side) => `typeof ${side}.${name} extends new (...args: any) => any ? 1 : 2`;
    same(`${name} (constructor)`, newable("S"), newable("C"));
  }
  // Shipped in the place of promised: what a user's variable of the promised type is given. Data goes the other way too.
  if (symbol.flags & ts.SymbolFlags.Class)
    lines.push([name, `check<true>()<Fits<S.${name}, C.${name}>>();`]);
  if (symbol.flags & ts.SymbolFlags.Interface) same(name, `S.${name}`, `C.${name}`);
  for (const member of membersOf(symbol)) {
    const key = JSON.stringify(member.name);
    const [ours, theirs] = [`S.${name}[${key}]`, `C.${name}[${key}]`];
    const entry = `${name}.${member.name}`;
    if (checker.getTypeOfSymbol(member).getCallSignatures().length > 0)
      lines.push([entry, `check<Right>()<Call<${ours}, ${theirs}>>();`]);
    // A type parameter's default stands for it; `any` on our side alone is not agreement, unknown values are compared as they are.
    else {
      same(entry, ours, theirs);
      same(`${entry} (readonly)`, `ReadOnly<S.${name}, ${key}>`, `ReadOnly<C.${name}, ${key}>`);
    }
  }
  return lines;
}

test("what the package has agrees with the contract, type by type and member by member", () => {
  copyFileSync(contractFile, join(app.folder, "contract.d.ts"));
  app.write("names.ts", 'import "./contract.js";\n');
  const { program } = compile("names.ts");
  const checker = program.getTypeChecker();
  const lines = [...exportsOf(program, join(app.folder, "contract.d.ts"))].flatMap(
    ([name, symbol]) => compareTypes(name, symbol, checker),
  );
  app.write("agree.ts", comparison + lines.map(([, line]) => line).join("\n"));
  const { problems } = compile("agree.ts");
  const first = comparison.split("\n").length - 1;
  const disagreeing = problems.map(({ file, line, text }) =>
    file?.endsWith("/agree.ts") && lines[line - first] ? lines[line - first][0] : text,
  );
  assert.deepEqual(disagreeing, []);
  assert.ok(lines.length > 20, "the contract was read");
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
    assert.deepEqual(compile("usage.ts", more).problems, []);
  });
}
