// The example in Rust, by the same steps as the examples in JavaScript.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { startTenant } from "../../tenant/index.mjs";
import { walk } from "../matrix/walk.mjs";
import { withChromium } from "../harness/browser.mjs";
import { serve } from "../harness/serve.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));

test("signs in, shows the profile, saves metadata, signs out, and refuses forged responses", async () => {
  const folder = join(root, "target/rust-client/rust-spa");
  const tenant = await startTenant();
  const page = readFileSync(join(root, "examples/rust-spa/index.html"), "utf8");
  assert.match(page, /localhost:4400/);
  const body = page.replace("localhost:4400", tenant.domain);
  const isPage = (path) => path === "/" || path === "/index.html";
  const site = await serve(folder, (path) => (isPage(path) ? { body } : undefined));
  try {
    await withChromium((driver) => walk({ driver, tenant, origin: site.origin }));
  } finally {
    await site.close();
    await tenant.close();
  }
});

test("docs/rust.md shows the example's own code", () => {
  const read = (path) => readFileSync(join(root, path), "utf8");
  const code = read("examples/rust-spa/src/main.rs");
  const blocks = [...read("docs/rust.md").matchAll(/^```rust\n([^]*?)^```/gm)];
  assert.ok(blocks.length >= 5);
  for (const [, block] of blocks) assert.ok(code.includes(block), block);
});
