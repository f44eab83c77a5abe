// Starts the local tenant alone. `npm run tenant -- --help` lists its options.
import { runMain } from "./steps.mjs";
import { setupNpm } from "./setup.mjs";

await runMain(async () => {
  await setupNpm();
  const { main } = await import("../tenant/cli.mjs");
  process.exitCode = await main(process.argv.slice(2));
});
