// Runs a list of suites for `npm test` and `npm run check`: one line for each, then the output of failed suites, then the counts.
import { Refusal, step } from "./steps.mjs";

/**
 * Runs all suites in order, or the suite `only`, and continues after a failure. A suite is `{ name, run }`. `run(note)` returns
 * `{ passed, failed }` if it counts tests. Otherwise it counts as one. Prints `N passed, N failed` and sets the exit code.
 */
export async function runSuites(suites, only) {
  const chosen = only === undefined ? suites : suites.filter(({ name }) => name === only);
  if (chosen.length === 0)
    throw new Refusal(`no \`${only}\` here: ${suites.map(({ name }) => name).join(", ")}`);
  const total = { passed: 0, failed: 0 };
  const failures = [];
  for (const { name, run } of chosen) {
    try {
      await step(name, async (note) => {
        const { passed = 1, failed = 0 } = (await run(note)) ?? {};
        total.passed += passed;
        total.failed += failed;
      });
    } catch (error) {
      total.passed += error.counted?.passed ?? 0;
      total.failed += Math.max(1, error.counted?.failed ?? 0);
      failures.push([name, error]);
    }
  }
  for (const [name, error] of failures) {
    console.log(`\n── ${name} failed ${"─".repeat(Math.max(0, 100 - name.length))}`);
    console.log(error instanceof Refusal ? error.message : error.stack);
  }
  console.log(`\n${total.passed} passed, ${total.failed} failed`);
  if (failures.length > 0 || total.failed > 0) process.exitCode = 1;
}
