// loginWithPopup on a hostile page: which message is the response, and how it is verified.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import {
  ADA,
  answerWithScript,
  once,
  startHarness,
  PATIENCE_MS,
  refusal,
  success,
} from "../harness/index.mjs";
import { login, popupSteps } from "./popup-steps.mjs";

const harness = await startHarness({ watched: true });
const { tenant, driver } = harness;

const { atTheForm, nobodyIsSignedIn } = popupSteps(harness);
const ERROR = { error: "access_denied", error_description: "forged" };

suite("hostile messages are ignored, and the real response still counts", () => {
  /** A message that would end the sign-in if the client accepted it. Its state is the right one. */
  async function forged() {
    const [asked] = harness.authorizations();
    return { type: "authorization_response", response: { ...ERROR, state: once(asked).state } };
  }
  const hash = (value) => `#${encodeURIComponent(JSON.stringify(value))}`;

  /** Opens a popup at the tenant's form. The page records the origins of its messages. */
  async function waiting() {
    await harness.start();
    await driver.executeScript(() => {
      globalThis.messages = [];
      addEventListener("message", ({ origin }) => messages.push(origin));
    });
    await harness.press(login);
    await harness.inPopup(() => harness.formShown());
  }
  const received = (count) =>
    driver.wait(
      () => driver.executeScript((least) => messages.length >= least, count),
      PATIENCE_MS,
    );

  test("ignores messages from another window of another origin", async () => {
    await waiting();
    const message = await forged();
    await driver.executeScript(() => void (globalThis.waitingFor = globalThis.ended));
    await harness.press(
      (_, url) => void open(url, "_blank"),
      `${harness.otherOrigin}/harness/hostile.html${hash({ message })}`,
    );
    await received(1);
    await driver.executeScript(() => void (globalThis.ended = globalThis.waitingFor));
    await closeTitled("Sent");
    await atTheForm();
    assert.equal(success(await harness.ended()).claims.sub, ADA);
    await harness.nothingRemains();
  });

  async function closeTitled(title) {
    const main = await driver.getWindowHandle();
    for (const handle of await driver.getAllWindowHandles()) {
      await driver.switchTo().window(handle);
      if ((await driver.getTitle()) === title) await driver.close();
    }
    await driver.switchTo().window(main);
  }

  test("ignores messages from a frame of another origin", async () => {
    await waiting();
    await embed(`${harness.otherOrigin}/harness/hostile.html${hash({ message: await forged() })}`);
    await received(1);
    await removeFrames();
    await atTheForm();
    assert.equal(success(await harness.ended()).claims.sub, ADA);
    await harness.nothingRemains();
  });

  test("ignores messages from a frame of the tenant's origin, which is not the popup", async () => {
    await waiting();
    const message = JSON.stringify(await forged());
    answerWithScript(tenant, `parent.postMessage(${message}, "*")`, {
      target: "any",
      path: "^/elsewhere",
    });
    await embed(`http://${tenant.domain}/elsewhere`);
    await received(1);
    assert.deepEqual(await driver.executeScript(() => messages), [`http://${tenant.domain}`]);
    await removeFrames();
    await atTheForm();
    assert.equal(success(await harness.ended()).claims.sub, ADA);
    await harness.nothingRemains();
  });

  test("ignores messages from the page itself", async () => {
    await waiting();
    await driver.executeScript((message) => postMessage(message, "*"), await forged());
    await received(1);
    await atTheForm();
    assert.equal(success(await harness.ended()).claims.sub, ADA);
  });

  const embed = (url) =>
    driver.executeScript((src) => {
      document.body.append(Object.assign(document.createElement("iframe"), { src }));
    }, url);
  const removeFrames = () =>
    driver.executeScript(() =>
      document.querySelectorAll("iframe").forEach((frame) => frame.remove()),
    );

  test("ignores messages from the popup while it shows another origin", async () => {
    await harness.start();
    const url = `${harness.otherOrigin}/harness/hostile.html`;
    answerWithScript(
      tenant,
      `const state = new URLSearchParams(location.search).get("state");
       const message = { type: "authorization_response", response: { error: "access_denied", state } };
       location.replace(${JSON.stringify(url)} + "#" +
         encodeURIComponent(JSON.stringify({ message, next: location.href })));`,
    );
    await driver.executeScript(() => {
      globalThis.messages = [];
      addEventListener("message", ({ origin }) => messages.push(origin));
    });
    await harness.press(login);
    await received(1);
    assert.deepEqual(await driver.executeScript(() => messages), [harness.otherOrigin]);
    await atTheForm();
    assert.equal(success(await harness.ended()).claims.sub, ADA);
    await harness.nothingRemains();
  });

  test("ignores malformed messages from the popup, and those with another state", async () => {
    await harness.start();
    await driver.executeScript(() => {
      globalThis.messages = [];
      addEventListener("message", ({ origin }) => messages.push(origin));
    });
    // Runs at the tenant. Each message would end in an error if the client took it for the response.
    answerWithScript(
      tenant,
      `const state = new URLSearchParams(location.search).get("state");
       const type = "authorization_response";
       const error = "access_denied";
       const circle = { type, response: { error, state: "circle" } };
       circle.circle = circle.response.circle = circle;
       let deep = { state };
       for (let depth = 0; depth < 500; depth += 1) deep = { response: deep };
       const own = JSON.parse('{"__proto__":' + JSON.stringify({ type, response: { error, state } }) + "}");
       for (const message of [
         null, undefined, true, 0, NaN, 10n, "", state, JSON.stringify({ type, response: { error, state } }),
         [], [type, { error, state }], new Map([["type", type], ["response", { error, state }]]), new Date(0),
         new ArrayBuffer(8), {}, { type }, { response: { error, state } }, { type, response: null },
         { type, response: "error=access_denied&state=" + state }, { type, response: [] },
         { type: "authorization_request", response: { error, state } },
         { type: [type], response: { error, state } }, { type: "AUTHORIZATION_RESPONSE", response: { error, state } },
         { type, response: {} }, { type, response: { error } }, { type, response: { error, state: "" } },
         { type, response: { error, state: null } }, { type, response: { error, state: [state] } },
         { type, response: { error, state: new String(state) } }, { type, response: { error, state: state + "x" } },
         { type, response: { error, state: state.slice(0, -1) } }, { type, response: { error, state: state.toUpperCase() } },
         { type, response: { error, STATE: state } }, { type, response: JSON.parse('{"__proto__":{"state":"' + state + '"}}') },
         { type, state, response: { error } }, own, { constructor: { prototype: { type, response: { error, state } } } },
         circle, deep,
       ]) opener.postMessage(message, "*");
       location.replace(location.href);`,
    );
    await harness.press(login);
    await received(37);
    await atTheForm();
    assert.equal(success(await harness.ended()).claims.sub, ADA);
    assert.deepEqual(await driver.executeScript(() => [{}.type, {}.response, {}.state, {}.error]), [
      null,
      null,
      null,
      null,
    ]);
    await harness.nothingRemains();
  });

  test("listens to no message after the real response", async () => {
    await harness.signInByPopup();
    await driver.executeScript(() => {
      postMessage({ type: "authorization_response", response: { error: "access_denied" } }, "*");
    });
    assert.equal((await harness.session()).isAuthenticated, true);
    await harness.nothingRemains();
  });
});

suite("a response by message is verified like any other response", () => {
  for (const [fault, code, options] of [
    ["wrong-nonce", "id_token_nonce"],
    ["missing-nonce", "id_token_nonce"],
    ["tampered-signature", "id_token_signature"],
    ["foreign-signature", "id_token_signature"],
    ["algorithm-none", "id_token_algorithm"],
    ["wrong-at-hash", "access_token_hash"],
    ["swapped-access-token", "access_token_hash"],
    ["machine-access-token", "machine_token_forbidden"],
    ["missing-access-token", "invalid_response"],
    ["wrong-token-type", "invalid_response"],
    ["authorization-error", "authorization_error", { error: "temporarily_unavailable" }],
  ]) {
    test(`${fault} is refused with ${code}, and the next sign-in succeeds`, async () => {
      await harness.start();
      tenant.faults.set(fault, options, { times: 1 });
      await harness.press(login, { loginHint: "ada@example.com", appState: "mine" });
      const error = refusal(await harness.ended());
      assert.deepEqual([error.code, error.appState], [code, "mine"]);
      await nobodyIsSignedIn();
      assert.deepEqual(harness.requests("/api/v2/"), []);
      await harness.press(login, { loginHint: "ada@example.com" });
      assert.equal(success(await harness.ended()).claims.sub, ADA);
      await harness.nothingRemains();
    });
  }

  // The tenant's page closes its window after its response.
  for (const fault of ["altered-state", "missing-state"]) {
    test(`${fault} is not a response at all`, async () => {
      await harness.start();
      tenant.faults.set(fault, {}, { times: 1 });
      await harness.press(login, { loginHint: "ada@example.com", timeoutMs: 1500 });
      assert.match(refusal(await harness.ended()).code, /^(popup_closed|timeout)$/);
      await nobodyIsSignedIn();
    });
  }
});
