// A page that stays open for days renews many times: memory and listeners must not grow.
// RENEWALS sets the number of renewals. The tests print the figures.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { startHarness, refusal, success } from "../harness/index.mjs";

const RENEWALS = Number(process.env.RENEWALS ?? 200);
const WARM_UP = 50;

const harness = await startHarness({ watched: true });
const { driver } = harness;
await driver.manage().setTimeouts({ script: 600_000 });

/** Kilobytes of JavaScript and WebAssembly, listeners and documents, after garbage collection. */
async function measure() {
  const command = (name) => driver.sendAndGetDevToolsCommand(name, {});
  const memory = await driver.executeScript(() => {
    // Discards what the test and the browser keep of past frames.
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

/** Renews `count` times in sequence and counts each outcome. */
const renew = (count) =>
  harness.run(async (_, times) => {
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
  // A few hundred bytes for each renewal would be a leak. The browser itself keeps less than that of past loads.
  const grown = (after.heap - before.heap) * 1024;
  assert.ok(grown < 100 * RENEWALS + 65_536, `the heap has grown by ${grown} bytes`);
  assert.ok(after.listeners <= before.listeners + 2, "listeners grow");
  assert.ok(after.documents <= before.documents + 2, "documents grow");
  assert.ok(after.nodes <= before.nodes + 10, "nodes grow");
  await harness.nothingRemains();
}

suite(`${RENEWALS} renewals in one page`, () => {
  test("successful renewals leave memory and listeners flat", async (t) => {
    await harness.signInByPopup();
    await staysFlat(t, "success");
    success(await harness.attempt((client) => client.getUser()));
  });

  test("failed renewals leave memory and listeners flat", async (t) => {
    await harness.start();
    await staysFlat(t, "login_required");
    refusal(await harness.attempt((client) => client.getUser()));
  });

  test("renewals with code and PKCE leave memory and listeners flat", async (t) => {
    await harness.signInByPopup("ada@example.com", { flow: "code" });
    await staysFlat(t, "success");
  });
});
