// Fuzzes one parser: `npm run fuzz -- TARGET --seconds N`. Exits 1 and prints the input if the parser panics, or accepts what an
// independent parser refuses.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { spawn } from "node:child_process";
import { Refusal, root, run, runMain, step } from "./steps.mjs";

await runMain(async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { seconds: { type: "string", default: "60" } },
  });
  const targets = readdirSync(join(root, "fuzz/fuzz_targets")).map((file) => file.slice(0, -3));
  const [target] = positionals;
  const seconds = Number(values.seconds);
  if (!targets.includes(target) || positionals.length !== 1 || !(seconds > 0))
    throw new Refusal(`npm run fuzz -- TARGET --seconds N, with one of: ${targets.join(", ")}`);

  await step("nightly Rust", () =>
    run("cargo", ["+nightly", "--version"]).catch(() => {
      throw new Refusal("Fuzzing needs nightly Rust: `rustup toolchain install nightly`");
    }),
  );
  await step("cargo-fuzz", async (note) => {
    if (await run("cargo", ["fuzz", "--version"]).catch(() => false)) return;
    await run("cargo", ["install", "cargo-fuzz"]);
    note("installed");
  });
  const options = [`-max_total_time=${seconds}`, "-dict=fuzz/dictionary.txt"];
  const fuzzer = spawn("cargo", ["+nightly", "fuzz", "run", target, "--", ...options], {
    cwd: root,
    stdio: "inherit",
  });
  process.exitCode = await new Promise((resolve) =>
    fuzzer.on("close", (code) => resolve(code ?? 1)),
  );
});
