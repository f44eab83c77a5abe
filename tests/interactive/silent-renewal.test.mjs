// checkSession: renewal in a hidden frame, with and without third-party cookies.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { ADA, GRACE, once, startHarness, refusal, signedInAs, success } from "../harness/index.mjs";
import { getUser, renew, renewalSteps } from "./renewal-steps.mjs";

const harness = await startHarness({ watched: true });
const { tenant, driver } = harness;

const { tokenSent, sessionIsStill } = renewalSteps(harness);

suite("renewing in a hidden frame", () => {
  test("brings the identity again and a new token for the next call", async () => {
    await harness.signInByPopup();
    success(await harness.attempt(getUser));
    const before = tokenSent();
    const session = await harness.session();
    // Times in tokens have whole seconds.
    await new Promise((resolve) => setTimeout(resolve, 1100));
    const signIn = success(await harness.attempt(renew, { appState: { n: [1, "ü"] } }));
    assert.equal(signIn.claims.sub, ADA);
    assert.notEqual(signIn.claims.nonce, session.claims.nonce);
    assert.ok(signIn.expiresAt > session.expiresAt);
    assert.deepEqual(signIn.appState, { n: [1, "ü"] });
    assert.deepEqual((await harness.session()).claims, signIn.claims);
    assert.equal((await harness.session()).expiresAt, signIn.expiresAt);
    assert.equal(await harness.changes(), 1);
    success(await harness.attempt(getUser));
    assert.notEqual(tokenSent(), before);
    await harness.nothingRemains();
  });

  test("sends exactly the expected parameters, each once, without a window or a navigation", async () => {
    await harness.signInByPopup();
    success(await harness.attempt(renew));
    const [asked, ...more] = harness.authorizations();
    assert.deepEqual(more, []);
    const { state, nonce, ...rest } = once(asked);
    assert.deepEqual(rest, {
      audience: `http://${tenant.domain}/api/v2/`,
      scope: "openid profile email read:current_user update:current_user_identities",
      response_type: "token id_token",
      response_mode: "web_message",
      prompt: "none",
      client_id: "local-spa",
      redirect_uri: `${harness.origin}/callback`,
    });
    assert.match(state, /^[\w-]{22,}$/);
    assert.match(nonce, /^[\w-]{22,}$/);
    // The one window is the sign-in's popup.
    assert.equal(await driver.executeScript(() => watched.opened.length), 1);
    assert.equal(await driver.getCurrentUrl(), `${harness.origin}/`);
  });

  test("shows nothing: the frame is hidden and takes no focus", async () => {
    await harness.signInByPopup();
    tenant.faults.set("delay", { ms: 500 }, { times: 1, match: { target: "authorize" } });
    const [hidden, focus] = await harness.run(async ({ sleep }) => {
      const ending = client.checkSession();
      await sleep(200);
      const { width, height } = document.querySelector("iframe").getBoundingClientRect();
      const seen = [width * height, document.activeElement.localName];
      await ending;
      return seen;
    });
    assert.equal(hidden, 0);
    assert.notEqual(focus, "iframe");
  });

  test("restores the session after a reload, without any storage", async () => {
    await harness.signInByPopup();
    await driver.navigate().refresh();
    await harness.run(
      async ({ createClient }, options) => void (await createClient(options)),
      harness.options(),
    );
    assert.equal((await harness.session()).isAuthenticated, false);
    assert.equal(refusal(await harness.attempt(getUser)).code, "login_required");
    assert.equal(success(await harness.attempt(renew)).claims.sub, ADA);
    assert.equal(success(await harness.attempt(getUser)).user_id, ADA);
    assert.deepEqual(await driver.executeScript(() => watched.writes), []);
    await harness.nothingRemains();
  });

  test("works with storage that throws", async () => {
    await harness.signInByPopup();
    await driver.executeScript(() => {
      for (const name of ["sessionStorage", "localStorage"]) {
        Object.defineProperty(window, name, {
          get() {
            throw new DOMException("blocked", "SecurityError");
          },
        });
      }
    });
    assert.equal(success(await harness.attempt(renew)).claims.sub, ADA);
  });

  test("concurrent calls share one frame and one request", async () => {
    await harness.signInByPopup();
    const { subjects, nonces } = await harness.run(async () => {
      const ends = await Promise.all(Array.from({ length: 10 }, () => client.checkSession()));
      return {
        subjects: [...new Set(ends.map(({ claims }) => claims.sub))],
        nonces: [...new Set(ends.map(({ claims }) => claims.nonce))],
      };
    });
    assert.deepEqual(subjects, [ADA]);
    assert.equal(nonces.length, 1);
    assert.equal(harness.authorizations().length, 1);
    assert.equal(await driver.executeScript(() => watched.frames.length), 1);
    assert.equal(await harness.changes(), 1);
    await harness.nothingRemains();
    // The next renewal sends a new request.
    success(await harness.attempt(renew));
    assert.equal(harness.authorizations().length, 2);
  });

  test("concurrent calls fail together", async () => {
    await harness.start();
    const codes = await harness.run(async () => {
      const ends = await Promise.allSettled([1, 2, 3].map(() => client.checkSession()));
      return ends.map(({ reason }) => reason.code);
    });
    assert.deepEqual(codes, ["login_required", "login_required", "login_required"]);
    assert.equal(harness.authorizations().length, 1);
    await harness.nothingRemains();
  });

  test("concurrent calls with different options each get their own result", async () => {
    await harness.signInByPopup();
    tenant.faults.set("delay", { ms: 300 }, { match: { target: "authorize" } });
    const ends = await harness.run(async () => {
      const all = await Promise.all([
        client.checkSession({ appState: "one" }),
        client.checkSession({ appState: "two", scopes: ["read:current_user"] }),
      ]);
      return all.map(({ appState, grantedScopes }) => [appState, grantedScopes.length]);
    });
    assert.deepEqual(ends, [
      ["one", 2],
      ["two", 1],
    ]);
    await harness.nothingRemains();
  });

  test("a call that has ended does not displace another that later calls share", async () => {
    await harness.signInByPopup();
    tenant.faults.set("delay", { ms: 600 }, { match: { path: "^/authorize.*login_hint=slow" } });
    await harness.run(async () => {
      const quick = client.checkSession({ loginHint: "quick@example.com" });
      const slow = client.checkSession({ loginHint: "slow@example.com" });
      await quick;
      await Promise.all([slow, client.checkSession({ loginHint: "slow@example.com" })]);
    });
    assert.equal(harness.authorizations().length, 2);
    await harness.nothingRemains();
  });

  test("signs in on a page without a session if the tenant knows the person", async () => {
    await harness.signInByPopup();
    await harness.start();
    assert.equal(success(await harness.attempt(renew)).claims.sub, ADA);
    await harness.nothingRemains();
  });

  test("keeps the session when another user is signed in at the tenant, and signs that user in after a logout", async () => {
    await harness.signInByPopup("ada@example.com");
    success(await harness.attempt(getUser));
    assert.equal(signedInAs(tenant, harness.requests("/api/v2/").at(-1)), ADA);
    // Another user signs in at the tenant in another tab of the same browser.
    const main = await driver.getWindowHandle();
    await driver.switchTo().newWindow("tab");
    await harness.comeBack({}, { loginHint: "grace@example.com", prompt: "login" });
    await driver.close();
    await driver.switchTo().window(main);
    const before = await harness.session();
    const { code, reason } = refusal(await harness.attempt(renew));
    assert.deepEqual([code, reason], ["id_token_subject", "mismatch"]);
    assert.deepEqual(await harness.session(), before);
    assert.equal(await harness.changes(), 0);
    assert.equal(success(await harness.attempt(getUser)).user_id, ADA);
    assert.equal(signedInAs(tenant, harness.requests("/api/v2/").at(-1)), ADA);
    // Without a session, path and token change together.
    success(await harness.attempt((client) => client.logout({ localOnly: true })));
    assert.equal(success(await harness.attempt(renew)).claims.sub, GRACE);
    assert.equal(await harness.changes(), 2);
    assert.equal(success(await harness.attempt(getUser)).user_id, GRACE);
    assert.equal(signedInAs(tenant, harness.requests("/api/v2/").at(-1)), GRACE);
    await harness.nothingRemains();
  });
});

suite("when the tenant requires the user", () => {
  const explains = ({ message }) => {
    assert.match(message, /nobody is signed in/i);
    assert.match(message, /third-party cookies/i);
    assert.match(message, /loginWithRedirect|prompt/i);
    assert.match(message, /custom domain/i);
  };

  test("login_required names both causes and the remedy when nobody is signed in", async () => {
    await harness.start();
    const error = refusal(await harness.attempt(renew, { appState: 7 }));
    assert.deepEqual(
      [error.code, error.serverCode, error.appState],
      ["login_required", "login_required", 7],
    );
    explains(error);
    assert.equal((await harness.session()).isAuthenticated, false);
    await harness.nothingRemains();
  });

  test("is refused with login_required when third-party cookies are blocked, although the person is signed in", async () => {
    const here = harness.otherOrigin;
    const changes = { redirectUri: `${here}/callback` };
    await harness.start(changes, `${here}/`);
    await harness.press((client) => client.loginWithPopup({ loginHint: "ada@example.com" }));
    assert.equal(success(await harness.ended()).claims.sub, ADA);
    await driver.executeScript(() => (globalThis.changes = 0));
    const before = await harness.session();
    const error = refusal(await harness.attempt(renew));
    assert.equal(error.code, "login_required");
    explains(error);
    await sessionIsStill(before);
    assert.equal(success(await harness.attempt(getUser)).user_id, ADA);
    // The remedy in the message works here: a redirect of the whole page to the tenant.
    const url = await harness.run(() => client.buildAuthorizeUrl({ prompt: "none" }));
    await driver.get(url);
    assert.equal(success(await harness.handle(changes)).claims.sub, ADA);
  });

  test("a failed renewal leaves the session and its token alone", async () => {
    await harness.signInByPopup();
    success(await harness.attempt(getUser));
    const before = [await harness.session(), tokenSent()];
    tenant.clearSessions();
    assert.equal(refusal(await harness.attempt(renew)).code, "login_required");
    await sessionIsStill(before[0]);
    success(await harness.attempt(getUser));
    assert.equal(tokenSent(), before[1]);
  });

  for (const [error, code] of [
    ["consent_required", "consent_required"],
    ["interaction_required", "interaction_required"],
    ["access_denied", "access_denied"],
    ["server_error", "authorization_error"],
  ]) {
    test(`${error} is refused with ${code}`, async () => {
      await harness.signInByPopup();
      const before = await harness.session();
      tenant.faults.set("authorization-error", { error }, { times: 1 });
      const refused = refusal(await harness.attempt(renew));
      assert.deepEqual([refused.code, refused.serverCode], [code, error]);
      await sessionIsStill(before);
    });
  }
});

suite("when no response comes", () => {
  for (const [why, fault, options] of [
    ["the tenant refuses to be framed", "framing-refused"],
    ["the tenant answers too late", "delay", { ms: 3000 }],
    ["the connection drops", "dropped-connection"],
    ["the tenant shows a page of its own", "html-answer"],
  ]) {
    test(`is refused with timeout where ${why}, and the session stays`, async () => {
      await harness.signInByPopup();
      const before = await harness.session();
      tenant.faults.set(fault, options, { match: { target: "authorize" } });
      const began = Date.now();
      assert.equal(refusal(await harness.attempt(renew, { timeoutMs: 700 })).code, "timeout");
      assert.ok(Date.now() - began < 2500);
      await sessionIsStill(before);
      tenant.faults.clear();
      assert.equal(success(await harness.attempt(renew)).claims.sub, ADA);
    });
  }

  test("the client's timeoutMs is the default", async () => {
    await harness.signInByPopup("ada@example.com", { timeoutMs: 600 });
    tenant.faults.set("framing-refused", {}, { times: 1 });
    assert.equal(refusal(await harness.attempt(renew)).code, "timeout");
    await harness.nothingRemains();
  });

  test("is refused with timeout where the page's policy allows no frame of the tenant", async () => {
    await harness.signInByPopup();
    await driver.executeScript(() => {
      const content = "frame-src 'none'";
      document.head.append(
        Object.assign(document.createElement("meta"), {
          httpEquiv: "Content-Security-Policy",
          content,
        }),
      );
    });
    assert.equal(refusal(await harness.attempt(renew, { timeoutMs: 500 })).code, "timeout");
    await harness.nothingRemains();
  });

  test("is refused with timeout where a script removes the frame from the page", async () => {
    await harness.signInByPopup();
    tenant.faults.set("delay", { ms: 400 }, { times: 1, match: { target: "authorize" } });
    const code = await harness.run(async ({ outcome, sleep }) => {
      const ending = outcome(() => client.checkSession({ timeoutMs: 900 }));
      await sleep(150);
      document.querySelector("iframe").remove();
      return (await ending).error.code;
    });
    assert.equal(code, "timeout");
    await harness.nothingRemains();
  });
});

suite("options", () => {
  for (const [what, options, code] of [
    ["another prompt than none", { prompt: "login" }, "invalid_configuration"],
    ["a timeout that is not a number", { timeoutMs: "1" }, "invalid_configuration"],
    ["an unknown option", { signal: null, x: 1 }, "invalid_configuration"],
    ["a scope that a browser cannot hold", { scopes: ["read:users"] }, "scope_not_permitted"],
    ["prompt by extraParams", { extraParams: { prompt: "login" } }, "invalid_configuration"],
  ]) {
    test(`${what} is refused, and no frame is inserted`, async () => {
      await harness.signInByPopup();
      const before = await harness.session();
      assert.equal(refusal(await harness.attempt(renew, options)).code, code);
      assert.deepEqual(await driver.executeScript(() => watched.frames), []);
      await sessionIsStill(before);
    });
  }

  test("accepts prompt none", async () => {
    await harness.signInByPopup();
    success(await harness.attempt(renew, { prompt: "none" }));
    assert.equal(once(harness.authorizations()[0]).prompt, "none");
  });
});
