// loginWithPopup, as a person lives it and as a hostile page disturbs it.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import {
  ADA,
  GRACE,
  answerWithScript,
  once,
  openStage,
  PATIENCE_MS,
  refusal,
  success,
} from "../harness/stage.mjs";

const stage = await openStage();
const { tenant, driver } = stage;

const login = (client, options) => client.loginWithPopup(options);
const ERROR = { error: "access_denied", error_description: "forged" };

/** The person signs in at the form of the window that has opened. */
const atTheForm = (email = "ada@example.com") => stage.inPopup(() => stage.logIn(email));

async function nobodyIsSignedIn() {
  const { isAuthenticated, claims, expiresAt } = await stage.session();
  assert.deepEqual(
    { isAuthenticated, claims, expiresAt },
    { isAuthenticated: false, claims: null, expiresAt: null },
  );
  assert.equal(await stage.changes(), 0);
  await stage.nothingRemains();
}

suite("signing in by a window", () => {
  test("a person presses a button, logs in at the tenant's form, and is signed in here", async () => {
    await stage.start();
    await stage.press(login, { appState: { from: "/basket", items: [1, null] } });
    await atTheForm();
    const signIn = success(await stage.ended());
    assert.equal(signIn.claims.sub, ADA);
    assert.equal(signIn.claims.email, "ada@example.com");
    assert.deepEqual(signIn.appState, { from: "/basket", items: [1, null] });
    assert.deepEqual(signIn.grantedScopes, ["read:current_user", "update:current_user_identities"]);
    assert.deepEqual(signIn.missingScopes, []);
    const session = await stage.session();
    assert.deepEqual(session.claims, signIn.claims);
    assert.equal(session.isAuthenticated, true);
    assert.equal(session.expiresAt, signIn.expiresAt);
    assert.equal(await stage.changes(), 1);
    await stage.nothingRemains();
    assert.equal(
      success(await stage.attempt((client) => client.getUser())).email,
      "ada@example.com",
    );
  });

  test("asks for exactly what it should, each once", async () => {
    await stage.start();
    await stage.press(login, { loginHint: "ada@example.com", extraParams: { theme: "a b&c=d" } });
    success(await stage.ended());
    const [asked, ...more] = stage.authorizations();
    assert.deepEqual(more, []);
    const { state, nonce, ...rest } = once(asked);
    assert.deepEqual(rest, {
      audience: `http://${tenant.domain}/api/v2/`,
      scope: "openid profile email read:current_user update:current_user_identities",
      response_type: "token id_token",
      response_mode: "web_message",
      client_id: "local-spa",
      redirect_uri: `${stage.origin}/callback`,
      login_hint: "ada@example.com",
      theme: "a b&c=d",
    });
    assert.match(state, /^[\w-]{22,}$/);
    assert.match(nonce, /^[\w-]{22,}$/);
    assert.notEqual(state, nonce);
  });

  test("opens its window within the click, before anything is awaited", async () => {
    await stage.start();
    await stage.press((client) => {
      const ending = client.loginWithPopup({ loginHint: "ada@example.com" });
      globalThis.openedAtOnce = watched.opened.length;
      return ending;
    });
    success(await stage.ended());
    assert.equal(await driver.executeScript(() => openedAtOnce), 1);
    assert.equal(await driver.executeScript(() => watched.opened.length), 1);
  });

  test("writes nothing to storage, and needs none", async () => {
    await stage.start();
    await driver.executeScript(() => {
      for (const name of ["sessionStorage", "localStorage"]) {
        Object.defineProperty(window, name, {
          get() {
            throw new DOMException("blocked", "SecurityError");
          },
        });
      }
    });
    await stage.press(login, { loginHint: "ada@example.com" });
    success(await stage.ended());
    assert.deepEqual(await driver.executeScript(() => watched.writes), []);
  });

  test("leaves the address bar and the history as they were", async () => {
    await stage.start({}, "/basket?step=2#/pay");
    const length = await driver.executeScript(() => history.length);
    await stage.press(login, { loginHint: "ada@example.com" });
    success(await stage.ended());
    assert.equal(await driver.getCurrentUrl(), `${stage.origin}/basket?step=2#/pay`);
    assert.equal(await driver.executeScript(() => history.length), length);
  });

  test("two windows at once each get their own answer", async () => {
    await stage.start();
    await stage.press((client) => client.loginWithPopup({ appState: "first" }));
    await stage.inPopup(() => stage.formShown());
    const [, firstWindow] = await driver.getAllWindowHandles();
    await driver.executeScript(() => void (globalThis.firstEnded = globalThis.ended));
    await stage.press((client) =>
      client.loginWithPopup({ appState: "second", loginHint: "grace@example.com" }),
    );
    const second = success(await stage.ended());
    assert.deepEqual([second.appState, second.claims.sub], ["second", GRACE]);
    const main = await driver.getWindowHandle();
    await driver.switchTo().window(firstWindow);
    await stage.logIn("ada@example.com");
    await driver.switchTo().window(main);
    await stage.windowsOpen(1);
    await driver.executeScript(() => void (globalThis.ended = globalThis.firstEnded));
    const first = success(await stage.ended());
    assert.deepEqual([first.appState, first.claims.sub], ["first", ADA]);
    assert.equal((await stage.session()).claims.sub, ADA);
    await stage.nothingRemains();
  });

  test("a session in place is replaced by the new sign-in, and the listeners are told once", async () => {
    await stage.signIn("ada@example.com");
    await stage.press(login, { prompt: "login" });
    await atTheForm("grace@example.com");
    assert.equal(success(await stage.ended()).claims.sub, GRACE);
    assert.equal(await stage.changes(), 1);
    assert.equal(success(await stage.attempt((client) => client.getUser())).user_id, GRACE);
    await stage.nothingRemains();
  });
});

suite("a window that brings nobody back", () => {
  test("popup_blocked without a click, and nothing is sent", async () => {
    await stage.start();
    const ended = await stage.attempt(login, { loginHint: "ada@example.com", appState: 1 });
    assert.equal(refusal(ended).code, "popup_blocked");
    assert.deepEqual(
      tenant.log.filter(({ url }) => url.startsWith("/authorize")),
      [],
    );
    await nobodyIsSignedIn();
  });

  for (const [how, open] of [
    ["answers null", () => (globalThis.open = () => null)],
    ["answers undefined", () => (globalThis.open = () => undefined)],
    [
      "throws",
      () => {
        globalThis.open = () => {
          throw new Error("sandboxed");
        };
      },
    ],
  ]) {
    test(`popup_blocked where window.open ${how}`, async () => {
      await stage.start();
      await driver.executeScript(open);
      await stage.press(login);
      assert.equal(refusal(await stage.ended()).code, "popup_blocked");
      await nobodyIsSignedIn();
    });
  }

  test("popup_closed when the person closes it", async () => {
    await stage.start();
    await stage.press(login, { appState: 1 });
    await stage.inPopup(async () => {
      await stage.formShown();
      await driver.close();
    });
    assert.equal(refusal(await stage.ended()).code, "popup_closed");
    await nobodyIsSignedIn();
  });

  test("timeout when the person does not log in in time, and the window is closed", async () => {
    await stage.start();
    const before = Date.now();
    await stage.press(login, { timeoutMs: 800 });
    assert.equal(refusal(await stage.ended()).code, "timeout");
    assert.ok(Date.now() - before < 5000);
    await nobodyIsSignedIn();
  });

  test("access_denied when the person cancels at the tenant, with appState and the tenant's word", async () => {
    await stage.start();
    await stage.press(login, { appState: ["kept"] });
    await stage.inPopup(() => stage.cancel());
    const { code, serverCode, appState } = refusal(await stage.ended());
    assert.deepEqual([code, serverCode, appState], ["access_denied", "access_denied", ["kept"]]);
    await nobodyIsSignedIn();
  });

  test("login_required when nobody is at the tenant and prompt is none", async () => {
    await stage.start();
    await stage.press(login, { prompt: "none" });
    assert.equal(refusal(await stage.ended()).code, "login_required");
    await nobodyIsSignedIn();
  });

  for (const [what, options, code] of [
    ["a timeout of zero", { timeoutMs: 0 }, "invalid_configuration"],
    ["an unknown option", { returnTo: "x" }, "invalid_configuration"],
    [
      "a response_mode of the caller's",
      { extraParams: { response_mode: "fragment" } },
      "invalid_configuration",
    ],
    ["a scope that a browser cannot hold", { scopes: ["update:users"] }, "scope_not_permitted"],
    ["a client secret", { extraParams: { client_secret: "s" } }, "client_secret_forbidden"],
  ]) {
    test(`${what} is refused before any window opens`, async () => {
      await stage.start();
      await stage.press(login, options);
      assert.equal(refusal(await stage.ended()).code, code);
      assert.deepEqual(await driver.executeScript(() => watched.opened), []);
      await nobodyIsSignedIn();
    });
  }

  test("the next attempt works after each of them", async () => {
    await stage.start();
    await stage.press(login, { timeoutMs: 300 });
    refusal(await stage.ended());
    await stage.windowsOpen(1);
    await stage.press(login);
    await stage.inPopup(() => driver.close());
    refusal(await stage.ended());
    await stage.press(login);
    await atTheForm();
    assert.equal(success(await stage.ended()).claims.sub, ADA);
    await stage.nothingRemains();
  });
});

suite("hostile messages are ignored, and the real answer still counts", () => {
  /** What would sign in or fail the sign-in, if it counted; even the state is right. */
  async function forged() {
    const [asked] = stage.authorizations();
    return { type: "authorization_response", response: { ...ERROR, state: once(asked).state } };
  }
  const hash = (value) => `#${encodeURIComponent(JSON.stringify(value))}`;

  /** A window is open at the tenant's form, and the page counts the messages that reach it. */
  async function waiting() {
    await stage.start();
    await driver.executeScript(() => {
      globalThis.messages = [];
      addEventListener("message", ({ origin }) => messages.push(origin));
    });
    await stage.press(login);
    await stage.inPopup(() => stage.formShown());
  }
  const received = (count) =>
    driver.wait(
      () => driver.executeScript((least) => messages.length >= least, count),
      PATIENCE_MS,
    );

  test("from another window of another origin", async () => {
    await waiting();
    const message = await forged();
    await driver.executeScript(() => void (globalThis.waitingFor = globalThis.ended));
    await stage.press(
      (_, url) => void open(url, "_blank"),
      `${stage.elsewhere}/hostile.html${hash({ message })}`,
    );
    await received(1);
    await driver.executeScript(() => void (globalThis.ended = globalThis.waitingFor));
    await closeTitled("Sent");
    await atTheForm();
    assert.equal(success(await stage.ended()).claims.sub, ADA);
    await stage.nothingRemains();
  });

  async function closeTitled(title) {
    const main = await driver.getWindowHandle();
    for (const handle of await driver.getAllWindowHandles()) {
      await driver.switchTo().window(handle);
      if ((await driver.getTitle()) === title) await driver.close();
    }
    await driver.switchTo().window(main);
  }

  test("from a frame of another origin", async () => {
    await waiting();
    await embed(`${stage.elsewhere}/hostile.html${hash({ message: await forged() })}`);
    await received(1);
    await removeFrames();
    await atTheForm();
    assert.equal(success(await stage.ended()).claims.sub, ADA);
    await stage.nothingRemains();
  });

  test("from a frame of the tenant's own origin, which is not the window that was opened", async () => {
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
    assert.equal(success(await stage.ended()).claims.sub, ADA);
    await stage.nothingRemains();
  });

  test("from the page itself", async () => {
    await waiting();
    await driver.executeScript((message) => postMessage(message, "*"), await forged());
    await received(1);
    await atTheForm();
    assert.equal(success(await stage.ended()).claims.sub, ADA);
  });

  const embed = (url) =>
    driver.executeScript((src) => {
      document.body.append(Object.assign(document.createElement("iframe"), { src }));
    }, url);
  const removeFrames = () =>
    driver.executeScript(() =>
      document.querySelectorAll("iframe").forEach((frame) => frame.remove()),
    );

  test("from the right window while it shows another origin", async () => {
    await stage.start();
    const url = `${stage.elsewhere}/hostile.html`;
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
    await stage.press(login);
    await received(1);
    assert.deepEqual(await driver.executeScript(() => messages), [stage.elsewhere]);
    await atTheForm();
    assert.equal(success(await stage.ended()).claims.sub, ADA);
    await stage.nothingRemains();
  });

  test("from the right window and origin, malformed or with another state", async () => {
    await stage.start();
    await driver.executeScript(() => {
      globalThis.messages = [];
      addEventListener("message", ({ origin }) => messages.push(origin));
    });
    // Runs at the tenant: each of these would be an error if it were taken for the answer.
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
    await stage.press(login);
    await received(37);
    await atTheForm();
    assert.equal(success(await stage.ended()).claims.sub, ADA);
    assert.deepEqual(await driver.executeScript(() => [{}.type, {}.response, {}.state, {}.error]), [
      null,
      null,
      null,
      null,
    ]);
    await stage.nothingRemains();
  });

  test("after the real one, nothing listens any more", async () => {
    await stage.signIn();
    await driver.executeScript(() => {
      postMessage({ type: "authorization_response", response: { error: "access_denied" } }, "*");
    });
    assert.equal((await stage.session()).isAuthenticated, true);
    await stage.nothingRemains();
  });
});

suite("what comes by message is verified like any other response", () => {
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
    test(`${fault} is ${code}, and the next sign-in works`, async () => {
      await stage.start();
      tenant.faults.set(fault, options, { times: 1 });
      await stage.press(login, { loginHint: "ada@example.com", appState: "mine" });
      const error = refusal(await stage.ended());
      assert.deepEqual([error.code, error.appState], [code, "mine"]);
      await nobodyIsSignedIn();
      assert.deepEqual(stage.requests("/api/v2/"), []);
      await stage.press(login, { loginHint: "ada@example.com" });
      assert.equal(success(await stage.ended()).claims.sub, ADA);
      await stage.nothingRemains();
    });
  }

  // The tenant's page closes its window once it has answered.
  for (const fault of ["altered-state", "missing-state"]) {
    test(`${fault} is no answer at all`, async () => {
      await stage.start();
      tenant.faults.set(fault, {}, { times: 1 });
      await stage.press(login, { loginHint: "ada@example.com", timeoutMs: 1500 });
      assert.match(refusal(await stage.ended()).code, /^(popup_closed|timeout)$/);
      await nobodyIsSignedIn();
    });
  }
});
