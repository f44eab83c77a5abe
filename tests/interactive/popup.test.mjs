// loginWithPopup for a person, and every way in which a popup brings no response.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { ADA, GRACE, once, startHarness, refusal, success } from "../harness/index.mjs";
import { login, popupSteps } from "./popup-steps.mjs";

const harness = await startHarness({ watched: true });
const { tenant, driver } = harness;

const { atTheForm, nobodyIsSignedIn } = popupSteps(harness);

suite("signing in by popup", () => {
  test("a person presses a button, logs in at the tenant's form, and is signed in on this page", async () => {
    await harness.start();
    await harness.press(login, { appState: { from: "/basket", items: [1, null] } });
    await atTheForm();
    const signIn = success(await harness.ended());
    assert.equal(signIn.claims.sub, ADA);
    assert.equal(signIn.claims.email, "ada@example.com");
    assert.deepEqual(signIn.appState, { from: "/basket", items: [1, null] });
    assert.deepEqual(signIn.grantedScopes, ["read:current_user", "update:current_user_identities"]);
    assert.deepEqual(signIn.missingScopes, []);
    const session = await harness.session();
    assert.deepEqual(session.claims, signIn.claims);
    assert.equal(session.isAuthenticated, true);
    assert.equal(session.expiresAt, signIn.expiresAt);
    assert.equal(await harness.changes(), 1);
    await harness.nothingRemains();
    assert.equal(
      success(await harness.attempt((client) => client.getUser())).email,
      "ada@example.com",
    );
  });

  test("sends exactly the expected parameters, each once", async () => {
    await harness.start();
    await harness.press(login, { loginHint: "ada@example.com", extraParams: { theme: "a b&c=d" } });
    success(await harness.ended());
    const [asked, ...more] = harness.authorizations();
    assert.deepEqual(more, []);
    const { state, nonce, ...rest } = once(asked);
    assert.deepEqual(rest, {
      audience: `http://${tenant.domain}/api/v2/`,
      scope: "openid profile email read:current_user update:current_user_identities",
      response_type: "token id_token",
      response_mode: "web_message",
      client_id: "local-spa",
      redirect_uri: `${harness.origin}/callback`,
      login_hint: "ada@example.com",
      theme: "a b&c=d",
    });
    assert.match(state, /^[\w-]{22,}$/);
    assert.match(nonce, /^[\w-]{22,}$/);
    assert.notEqual(state, nonce);
  });

  test("opens its window within the click, before it awaits anything", async () => {
    await harness.start();
    await harness.press((client) => {
      const ending = client.loginWithPopup({ loginHint: "ada@example.com" });
      globalThis.openedAtOnce = watched.opened.length;
      return ending;
    });
    success(await harness.ended());
    assert.equal(await driver.executeScript(() => openedAtOnce), 1);
    assert.equal(await driver.executeScript(() => watched.opened.length), 1);
  });

  test("writes nothing to storage and needs no storage", async () => {
    await harness.start();
    await driver.executeScript(() => {
      for (const name of ["sessionStorage", "localStorage"]) {
        Object.defineProperty(window, name, {
          get() {
            throw new DOMException("blocked", "SecurityError");
          },
        });
      }
    });
    await harness.press(login, { loginHint: "ada@example.com" });
    success(await harness.ended());
    assert.deepEqual(await driver.executeScript(() => watched.writes), []);
  });

  test("leaves the address bar and the history unchanged", async () => {
    await harness.start({}, "/basket?step=2#/pay");
    const length = await driver.executeScript(() => history.length);
    await harness.press(login, { loginHint: "ada@example.com" });
    success(await harness.ended());
    assert.equal(await driver.getCurrentUrl(), `${harness.origin}/basket?step=2#/pay`);
    assert.equal(await driver.executeScript(() => history.length), length);
  });

  test("two popups at the same time each get their own response", async () => {
    await harness.start();
    await harness.press((client) => client.loginWithPopup({ appState: "first" }));
    await harness.inPopup(() => harness.formShown());
    const [, firstWindow] = await driver.getAllWindowHandles();
    await driver.executeScript(() => void (globalThis.firstEnded = globalThis.ended));
    await harness.press((client) =>
      client.loginWithPopup({ appState: "second", loginHint: "grace@example.com" }),
    );
    const second = success(await harness.ended());
    assert.deepEqual([second.appState, second.claims.sub], ["second", GRACE]);
    const main = await driver.getWindowHandle();
    await driver.switchTo().window(firstWindow);
    await harness.logIn("ada@example.com");
    await driver.switchTo().window(main);
    await harness.windowsOpen(1);
    await driver.executeScript(() => void (globalThis.ended = globalThis.firstEnded));
    const first = success(await harness.ended());
    assert.deepEqual([first.appState, first.claims.sub], ["first", ADA]);
    assert.equal((await harness.session()).claims.sub, ADA);
    await harness.nothingRemains();
  });

  test("a new sign-in replaces the session and notifies the subscribers once", async () => {
    await harness.signInByPopup("ada@example.com");
    await harness.press(login, { prompt: "login" });
    await atTheForm("grace@example.com");
    assert.equal(success(await harness.ended()).claims.sub, GRACE);
    assert.equal(await harness.changes(), 1);
    assert.equal(success(await harness.attempt((client) => client.getUser())).user_id, GRACE);
    await harness.nothingRemains();
  });
});

suite("a popup that brings no response", () => {
  test("without a click it is refused with popup_blocked and sends nothing", async () => {
    await harness.start();
    const ended = await harness.attempt(login, { loginHint: "ada@example.com", appState: 1 });
    assert.equal(refusal(ended).code, "popup_blocked");
    assert.deepEqual(
      tenant.log.filter(({ url }) => url.startsWith("/authorize")),
      [],
    );
    await nobodyIsSignedIn();
  });

  for (const [how, open] of [
    ["returns null", () => (globalThis.open = () => null)],
    ["returns undefined", () => (globalThis.open = () => undefined)],
    [
      "throws",
      () => {
        globalThis.open = () => {
          throw new Error("sandboxed");
        };
      },
    ],
  ]) {
    test(`is refused with popup_blocked if window.open ${how}`, async () => {
      await harness.start();
      await driver.executeScript(open);
      await harness.press(login);
      assert.equal(refusal(await harness.ended()).code, "popup_blocked");
      await nobodyIsSignedIn();
    });
  }

  test("is refused with popup_closed when the person closes it", async () => {
    await harness.start();
    await harness.press(login, { appState: 1 });
    await harness.inPopup(async () => {
      await harness.formShown();
      await driver.close();
    });
    assert.equal(refusal(await harness.ended()).code, "popup_closed");
    await nobodyIsSignedIn();
  });

  test("is refused with timeout when the person does not log in in time, and is closed", async () => {
    await harness.start();
    const before = Date.now();
    await harness.press(login, { timeoutMs: 800 });
    assert.equal(refusal(await harness.ended()).code, "timeout");
    assert.ok(Date.now() - before < 5000);
    await nobodyIsSignedIn();
  });

  test("is refused with access_denied when the person cancels at the tenant, with appState and the tenant's error", async () => {
    await harness.start();
    await harness.press(login, { appState: ["kept"] });
    await harness.inPopup(() => harness.cancel());
    const { code, serverCode, appState } = refusal(await harness.ended());
    assert.deepEqual([code, serverCode, appState], ["access_denied", "access_denied", ["kept"]]);
    await nobodyIsSignedIn();
  });

  test("is refused with login_required when nobody is signed in at the tenant and prompt is none", async () => {
    await harness.start();
    await harness.press(login, { prompt: "none" });
    assert.equal(refusal(await harness.ended()).code, "login_required");
    await nobodyIsSignedIn();
  });

  for (const [what, options, code] of [
    ["a timeout of zero", { timeoutMs: 0 }, "invalid_configuration"],
    ["an unknown option", { returnTo: "x" }, "invalid_configuration"],
    [
      "a response_mode in extraParams",
      { extraParams: { response_mode: "fragment" } },
      "invalid_configuration",
    ],
    ["a scope that a browser cannot hold", { scopes: ["update:users"] }, "scope_not_permitted"],
    ["a client secret", { extraParams: { client_secret: "s" } }, "client_secret_forbidden"],
  ]) {
    test(`${what} is refused before any window opens`, async () => {
      await harness.start();
      await harness.press(login, options);
      assert.equal(refusal(await harness.ended()).code, code);
      assert.deepEqual(await driver.executeScript(() => watched.opened), []);
      await nobodyIsSignedIn();
    });
  }

  test("the next attempt succeeds after each of them", async () => {
    await harness.start();
    await harness.press(login, { timeoutMs: 300 });
    refusal(await harness.ended());
    await harness.windowsOpen(1);
    await harness.press(login);
    await harness.inPopup(() => driver.close());
    refusal(await harness.ended());
    await harness.press(login);
    await atTheForm();
    assert.equal(success(await harness.ended()).claims.sub, ADA);
    await harness.nothingRemains();
  });
});
