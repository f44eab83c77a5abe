// Checks that the tests which docs/threats.md names exist, and that docs/errors.md explains each code.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const root = new URL("../../", import.meta.url);
const rows = readFileSync(new URL("docs/threats.md", root), "utf8").matchAll(
  /^\|[^|]*\|\s*(.+?)\s*\|\s*\[.+?\]\(\.\.\/(.+?)\)\s*\|$/gm,
);

test("each threat's tests exist, by name", () => {
  const named = [...rows];
  const lost = named.filter(([, title, file]) => {
    const text = readFileSync(new URL(file, root), "utf8");
    return !(file.endsWith(".rs") ? new RegExp(`fn ${title}\\b`).test(text) : text.includes(title));
  });
  assert.deepEqual(
    lost.map(([, title, file]) => `${file}: ${title}`),
    [],
  );
  assert.ok(named.length > 80, `${named.length} rows read`);
});

test("each code is explained in docs/errors.md, and nothing else is", () => {
  const declared = readFileSync(new URL("src/js/error.ts", root), "utf8");
  const union = /type ErrorCode =([\s\S]*?);/.exec(declared)[1];
  const codes = [...union.matchAll(/"(\w+)"/g)].map(([, code]) => code);
  const page = readFileSync(new URL("docs/errors.md", root), "utf8").split("\n## ").slice(1);
  const explained = [...page.join("\n").matchAll(/^\| `(\w+)`/gm)].map(([, code]) => code);
  assert.deepEqual(explained.sort(), codes.sort());
});
