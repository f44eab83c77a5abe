// A page that stays open for days renews again and again: nothing may grow.
// RENEWALS says how often; the figures are printed.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { openStage, refusal, success } from "../harness/stage.mjs";

const RENEWALS = Number(process.env.RENEWALS ?? 200);
const WARM_UP = 50;

const stage = await openStage();
const { driver } = stage;
await driver.manage().setTimeouts({ script: 600_000 });

/** Kilobytes of JavaScript and WebAssembly, listeners and documents, after everything unused has gone. */
async function measure() {
  const command = (name) => driver.sendAndGetDevToolsCommand(name, {});
  const memory = await driver.executeScript(() => {
    // What the test and the browser remember of past frames.
    watched.frames.length = 0;
    performance.clearResourceTimings();
    return watched.memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
  });
  for (const _ of [1, 2, 3]) await driver.sendDevToolsCommand("HeapProfiler.collectGarbage", {});
  const { usedSize } = await command("Runtime.getHeapUsage");
  const { documents, nodes, jsEventListeners } = await command("Memory.getDOMCounters");
  const heap = Math.round(usedSize / 1024);
  return { heap, wasm: memory / 1024, documents, nodes, listeners: jsEventListeners };
}

/** Renews `count` times, one after the other; `each` says how one ends. */
const renew = (count) =>
  stage.run(async (_, times) => {
    const ends = {};
    for (let n = 0; n < times; n += 1) {
      const end = await client.checkSession().then(
        () => "success",
        ({ code }) => code,
      );
      ends[end] = (ends[end] ?? 0) + 1;
    }
    return ends;
  }, count);

async function staysFlat(t, expected) {
  assert.deepEqual(await renew(WARM_UP), { [expected]: WARM_UP });
  const before = await measure();
  const began = Date.now();
  assert.deepEqual(await renew(RENEWALS), { [expected]: RENEWALS });
  const each = (Date.now() - began) / RENEWALS;
  const after = await measure();
  t.diagnostic(`${RENEWALS} renewals, ${each.toFixed(1)} ms each`);
  t.diagnostic(`heap and figures before ${JSON.stringify(before)}`);
  t.diagnostic(`heap and figures after  ${JSON.stringify(after)}`);
  assert.equal(after.wasm, before.wasm, "WebAssembly memory grows");
  // A few hundred bytes each would be a leak; what the browser itself keeps of past loads is below that.
  const grown = (after.heap - before.heap) * 1024;
  assert.ok(grown < 100 * RENEWALS + 65_536, `the heap has grown by ${grown} bytes`);
  assert.ok(after.listeners <= before.listeners + 2, "listeners grow");
  assert.ok(after.documents <= before.documents + 2, "documents grow");
  assert.ok(after.nodes <= before.nodes + 10, "nodes grow");
  await stage.nothingRemains();
}

suite(`${RENEWALS} renewals in one page`, () => {
  test("that succeed leave memory and listeners flat", async (t) => {
    await stage.signIn();
    await staysFlat(t, "success");
    success(await stage.attempt((client) => client.getUser()));
  });

  test("that fail leave memory and listeners flat", async (t) => {
    await stage.start();
    await staysFlat(t, "login_required");
    refusal(await stage.attempt((client) => client.getUser()));
  });

  test("with code and PKCE leave memory and listeners flat", async (t) => {
    await stage.signIn("ada@example.com", { flow: "code" });
    await staysFlat(t, "success");
  });
});
