// The copies of a response that routers keep in `history.state` and write back into the address.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ADA, startHarness } from "../harness/index.mjs";
import { responseSteps } from "./response-steps.mjs";

const harness = await startHarness();
const { tenant, driver } = harness;

const { pending, handleUrl } = responseSteps(harness);

const CALLBACK = () => `${harness.origin}/callback`;
const FLOWS = ["implicit", "code"];
const OUTCOMES = ["success", "refusal"];

/** Everything a page can read of its address and of this history entry. */
const visible = () => harness.run(() => [location.href, JSON.stringify(history.state)]);

async function assertNothingVisible(secrets) {
  for (const place of await visible()) {
    let text = place;
    for (const _ of [0, 1, 2]) {
      for (const secret of secrets) assert.equal(text.includes(secret), false, text);
      try {
        text = decodeURIComponent(text);
      } catch {
        break;
      }
    }
  }
}

const secretsOf = (address) => {
  const { hash, search } = new URL(address);
  const parameters = new URLSearchParams(hash ? hash.slice(1) : search);
  return ["access_token", "id_token", "code", "state"]
    .map((name) => parameters.get(name))
    .filter(Boolean);
};

/** Comes back from the tenant with a good response, or with one that is refused after its state has matched. */
async function comeBack(flow, outcome) {
  if (outcome === "refusal") tenant.faults.set("wrong-nonce");
  const address = await harness.comeBack({ flow });
  return { address, secrets: secretsOf(address) };
}

function assertOutcome({ value, error }, outcome) {
  if (outcome === "success") assert.equal(value?.claims.sub, ADA, JSON.stringify(error));
  else assert.equal(error?.code, "id_token_nonce", JSON.stringify(value));
}

describe("copies of a response in history.state", () => {
  const COPIES = {
    "the address": (url) => url,
    "a member": (url) => ({ current: url, position: 3 }),
    "a path as vue-router keeps it": ({ path }) => ({
      back: null,
      current: path,
      forward: null,
      replaced: true,
      position: 1,
    }),
    "a nested member": ({ path }) => ({ usr: { from: { to: [{ path }] } }, key: "k3y", idx: 0 }),
    "arrays in arrays": (url) => [["/list"], [[url]], 7],
    "the parameters alone, decoded": ({ values }) => ({ params: values, tab: "keys" }),
    "a percent-encoded copy": ({ path }) => ({ to: `/login?next=${encodeURIComponent(path)}` }),
    "a copy that is percent-encoded twice": ({ path }) => ({
      to: `/login?next=${encodeURIComponent(encodeURIComponent(path))}`,
    }),
    "the name of a member": ({ path }) => ({ scroll: { [path]: 40, "/list": 7 } }),
  };
  for (const flow of FLOWS) {
    for (const outcome of OUTCOMES) {
      test(`are gone after a ${outcome}, and the rest of the state stays (flow: ${flow})`, async () => {
        for (const [what, copy] of Object.entries(COPIES)) {
          const { address, secrets } = await comeBack(flow, outcome);
          const { pathname, search, hash } = new URL(address);
          const given = Object.assign(new String(address), {
            path: pathname + search + hash,
            values: secrets,
          });
          const state = JSON.parse(JSON.stringify(copy(given)));
          await harness.run((_, state) => history.replaceState(state, ""), state);
          assertOutcome(await harness.handle({ flow }), outcome);
          await assertNothingVisible(secrets);
          const [url, left] = await visible();
          assert.equal(url, CALLBACK(), what);
          for (const own of ["position", "k3y", "keys", "/list", "forward"]) {
            const had = JSON.stringify(state).includes(own);
            assert.equal(left.includes(own), had, `${what}: ${own} in ${left}`);
          }
          await harness.reset();
        }
      });
    }
  }

  test("a state without a copy stays as it is, dates, maps and cycles included", async () => {
    await harness.comeBack();
    await harness.run(() => {
      const state = { at: new Date(7), map: new Map([["a", 1]]), list: [1, , 3] };
      state.self = state;
      history.replaceState(state, "");
    });
    assertOutcome(await harness.handle(), "success");
    const kept = await harness.run(() => {
      const { at, map, list, self } = history.state;
      return [at.getTime(), [...map], list.length, 1 in list, self === history.state];
    });
    assert.deepEqual(kept, [7, [["a", 1]], 3, false, true]);
  });

  test("a date, a map and a cycle beside a copy stay", async () => {
    const { secrets } = await comeBack("implicit", "success");
    await harness.run(() => {
      const state = { at: new Date(7), map: new Map([["a", 1]]), url: location.href };
      state.self = state;
      history.replaceState(state, "");
    });
    assertOutcome(await harness.handle(), "success");
    const kept = await harness.run(() => {
      const { at, map, url, self } = history.state;
      return [at.getTime(), [...map], url, self === history.state];
    });
    assert.deepEqual(kept, [7, [["a", 1]], CALLBACK(), true]);
    assert.equal(secrets.length, 3);
  });
});

describe("a router that writes the response back", () => {
  for (const flow of FLOWS) {
    for (const outcome of OUTCOMES) {
      test(`loses it again after a ${outcome} (flow: ${flow})`, async () => {
        const { address, secrets } = await comeBack(flow, outcome);
        const ended = await harness.handle({ flow });
        assertOutcome(ended, outcome);
        for (const how of ["replaceState", "pushState"]) {
          for (const written of [
            address,
            `/login?redirect=${encodeURIComponent(address)}`,
            `/app#/${encodeURIComponent(new URL(address).hash || new URL(address).search)}`,
          ]) {
            await harness.run(
              async ({ sleep }, how, url) => {
                history[how]({ current: url }, "", url);
                await sleep(300);
              },
              how,
              written,
            );
            await assertNothingVisible(secrets);
          }
        }
      });
    }
  }

  test("is told the new address by popstate, after the response has left it", async () => {
    await harness.comeBack();
    const told = await harness.run(async ({ createClient }, options) => {
      const made = await createClient(options);
      history.replaceState({ current: location.href, position: 1 }, "");
      const told = [];
      addEventListener("popstate", ({ state }) => told.push([location.href, state]));
      await made.handleRedirectCallback();
      return told;
    }, harness.options());
    assert.deepEqual(told, [[CALLBACK(), { current: CALLBACK(), position: 1 }]]);
  });

  test("hears no popstate where the address holds no response", async () => {
    const [one] = await pending(1);
    const url = harness.forge(one);
    const told = await harness.run(async (_, url) => {
      let told = 0;
      addEventListener("popstate", () => (told += 1));
      await client.handleRedirectCallback();
      await client.handleRedirectCallback(url);
      return told;
    }, url);
    assert.equal(told, 0);
  });

  test("keeps the addresses of its own navigations", async () => {
    await harness.comeBack();
    assertOutcome(await harness.handle(), "success");
    const addresses = await harness.run(async ({ sleep }) => {
      const addresses = [];
      for (const url of ["/orders?page=2#top", "/login?code=abc&state=xyz", "/#/settings"]) {
        history.pushState({ current: url }, "", url);
        await sleep(200);
        addresses.push([location.href.slice(location.origin.length), history.state.current]);
      }
      return addresses;
    });
    for (const [url, current] of addresses) assert.equal(url, current);
    assert.deepEqual(await handleUrl("/none"), { value: null });
  });
});
