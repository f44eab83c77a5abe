// The vectors in the repository equal the output of their generator, which checks each of them by jose.
import { execFileSync } from "node:child_process";
import test from "node:test";
import { fileURLToPath } from "node:url";

test("tests/vectors contains the output of generate.mjs", () => {
  const generator = fileURLToPath(new URL("../vectors/generate.mjs", import.meta.url));
  execFileSync(process.execPath, [generator, "--check"], { stdio: "pipe" });
});
