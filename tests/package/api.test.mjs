// Compares the published types with docs/api.md and public-api.d.ts.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { readFileSync } from "node:fs";
import { describeApi } from "../../scripts/api.mjs";
import { installPackedPackage } from "./consumer.mjs";

let app, pages;
before(async () => {
  app = await installPackedPackage();
  pages = await describeApi(app.installed);
});
after(() => app?.remove());

for (const path of ["tests/package/public-api.d.ts", "docs/api.md"]) {
  test(`${path} shows what the package exports; \`npm run api\` accepts a deliberate change`, () => {
    assert.equal(readFileSync(new URL(`../../${path}`, import.meta.url), "utf8"), pages[path]);
  });
}
