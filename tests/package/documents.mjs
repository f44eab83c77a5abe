// Finds the documents and the code in them.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));
export const read = (path) => readFileSync(join(root, path), "utf8");

export const DOCUMENTS = [".", "docs", "examples", "tenant", "www"].flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith(".md"))
    .map((name) => join(folder, name)),
);

/** The code blocks of a document: `[{ language, code }]`. */
export const codeIn = (path) =>
  [...read(path).matchAll(/^```(\w*)\n([^]*?)^```/gm)].map(([, language, code]) => ({
    language,
    code,
  }));

/** The code blocks of a document in one language. */
export const blocks = (path, wanted) =>
  codeIn(path).flatMap(({ language, code }) => (language === wanted ? [code] : []));
