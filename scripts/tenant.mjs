// The local tenant alone; see `npm run tenant -- --help`.
import { runMain } from "./steps.mjs";
import { setupNpm } from "./setup.mjs";

await runMain(async () => {
  await setupNpm();
  const { main } = await import("../tenant/cli.mjs");
  process.exitCode = await main(process.argv.slice(2));
});
