// The vectors in the repository are what their generator writes, and jose agrees with them while it writes.
import { execFileSync } from "node:child_process";
import test from "node:test";
import { fileURLToPath } from "node:url";

test("tests/vectors holds what generate.mjs writes", () => {
  const generator = fileURLToPath(new URL("../vectors/generate.mjs", import.meta.url));
  execFileSync(process.execPath, [generator, "--check"], { stdio: "pipe" });
});
