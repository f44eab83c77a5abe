// checkSession: renewal in a hidden frame, with cookies that the tenant gets and cookies that the browser keeps from it.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import {
  ADA,
  GRACE,
  answerWithScript,
  once,
  openStage,
  refusal,
  signedInAs,
  success,
} from "../harness/stage.mjs";

const stage = await openStage();
const { tenant, driver } = stage;

const renew = (client, options) => client.checkSession(options);
const getUser = (client) => client.getUser();

/** The token with which the Management API was called last. */
const tokenSent = () => stage.requests("/api/v2/").at(-1).headers.authorization;

/** Nothing that a failed renewal could have touched has changed. */
async function sessionIsStill(before) {
  assert.deepEqual(await stage.session(), before);
  assert.equal(await stage.changes(), 0);
  await stage.nothingRemains();
}

suite("renewing in a hidden frame", () => {
  test("brings the identity again and a new token, which the next call uses", async () => {
    await stage.signIn();
    success(await stage.attempt(getUser));
    const before = tokenSent();
    const session = await stage.session();
    // Times in tokens have whole seconds.
    await new Promise((resolve) => setTimeout(resolve, 1100));
    const signIn = success(await stage.attempt(renew, { appState: { n: [1, "ü"] } }));
    assert.equal(signIn.claims.sub, ADA);
    assert.notEqual(signIn.claims.nonce, session.claims.nonce);
    assert.ok(signIn.expiresAt > session.expiresAt);
    assert.deepEqual(signIn.appState, { n: [1, "ü"] });
    assert.deepEqual((await stage.session()).claims, signIn.claims);
    assert.equal((await stage.session()).expiresAt, signIn.expiresAt);
    assert.equal(await stage.changes(), 1);
    success(await stage.attempt(getUser));
    assert.notEqual(tokenSent(), before);
    await stage.nothingRemains();
  });

  test("asks for exactly what it should, each once, and never by a window or a navigation", async () => {
    await stage.signIn();
    success(await stage.attempt(renew));
    const [asked, ...more] = stage.authorizations();
    assert.deepEqual(more, []);
    const { state, nonce, ...rest } = once(asked);
    assert.deepEqual(rest, {
      audience: `http://${tenant.domain}/api/v2/`,
      scope: "openid profile email read:current_user update:current_user_identities",
      response_type: "token id_token",
      response_mode: "web_message",
      prompt: "none",
      client_id: "local-spa",
      redirect_uri: `${stage.origin}/callback`,
    });
    assert.match(state, /^[\w-]{22,}$/);
    assert.match(nonce, /^[\w-]{22,}$/);
    // One window: that of the sign-in before.
    assert.equal(await driver.executeScript(() => watched.opened.length), 1);
    assert.equal(await driver.getCurrentUrl(), `${stage.origin}/`);
  });

  test("shows nothing: the frame is hidden and takes no focus", async () => {
    await stage.signIn();
    tenant.faults.set("delay", { ms: 500 }, { times: 1, match: { target: "authorize" } });
    const [hidden, focus] = await stage.run(async ({ sleep }) => {
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

  test("a reload after sign-in recovers, without any storage", async () => {
    await stage.signIn();
    await driver.navigate().refresh();
    await stage.run(async ({ make }, options) => void (await make(options)), stage.options());
    assert.equal((await stage.session()).isAuthenticated, false);
    assert.equal(refusal(await stage.attempt(getUser)).code, "login_required");
    assert.equal(success(await stage.attempt(renew)).claims.sub, ADA);
    assert.equal(success(await stage.attempt(getUser)).user_id, ADA);
    assert.deepEqual(await driver.executeScript(() => watched.writes), []);
    await stage.nothingRemains();
  });

  test("storage that throws is no obstacle", async () => {
    await stage.signIn();
    await driver.executeScript(() => {
      for (const name of ["sessionStorage", "localStorage"]) {
        Object.defineProperty(window, name, {
          get() {
            throw new DOMException("blocked", "SecurityError");
          },
        });
      }
    });
    assert.equal(success(await stage.attempt(renew)).claims.sub, ADA);
  });

  test("calls at the same time share one frame and one request", async () => {
    await stage.signIn();
    const { subjects, nonces } = await stage.run(async () => {
      const ends = await Promise.all(Array.from({ length: 10 }, () => client.checkSession()));
      return {
        subjects: [...new Set(ends.map(({ claims }) => claims.sub))],
        nonces: [...new Set(ends.map(({ claims }) => claims.nonce))],
      };
    });
    assert.deepEqual(subjects, [ADA]);
    assert.equal(nonces.length, 1);
    assert.equal(stage.authorizations().length, 1);
    assert.equal(await driver.executeScript(() => watched.frames.length), 1);
    assert.equal(await stage.changes(), 1);
    await stage.nothingRemains();
    // And the next one is a new one.
    success(await stage.attempt(renew));
    assert.equal(stage.authorizations().length, 2);
  });

  test("calls at the same time fail together, too", async () => {
    await stage.start();
    const codes = await stage.run(async () => {
      const ends = await Promise.allSettled([1, 2, 3].map(() => client.checkSession()));
      return ends.map(({ reason }) => reason.code);
    });
    assert.deepEqual(codes, ["login_required", "login_required", "login_required"]);
    assert.equal(stage.authorizations().length, 1);
    await stage.nothingRemains();
  });

  test("calls that ask for different things get what they asked for", async () => {
    await stage.signIn();
    tenant.faults.set("delay", { ms: 300 }, { match: { target: "authorize" } });
    const ends = await stage.run(async () => {
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
    await stage.nothingRemains();
  });

  test("one that has ended does not take another one's place from those that would share it", async () => {
    await stage.signIn();
    tenant.faults.set("delay", { ms: 600 }, { match: { path: "^/authorize.*login_hint=slow" } });
    await stage.run(async () => {
      const quick = client.checkSession({ loginHint: "quick@example.com" });
      const slow = client.checkSession({ loginHint: "slow@example.com" });
      await quick;
      await Promise.all([slow, client.checkSession({ loginHint: "slow@example.com" })]);
    });
    assert.equal(stage.authorizations().length, 2);
    await stage.nothingRemains();
  });

  test("signs in a page that nobody has signed in at before, where the tenant knows the person", async () => {
    await stage.signIn();
    await stage.start();
    assert.equal(success(await stage.attempt(renew)).claims.sub, ADA);
    await stage.nothingRemains();
  });

  test("as another user, path and token change together", async () => {
    await stage.signIn("ada@example.com");
    success(await stage.attempt(getUser));
    assert.equal(signedInAs(tenant, stage.requests("/api/v2/").at(-1)), ADA);
    // Somebody else signs in at the tenant in another tab of the same browser.
    const main = await driver.getWindowHandle();
    await driver.switchTo().newWindow("tab");
    await stage.comeBack({}, { loginHint: "grace@example.com", prompt: "login" });
    await driver.close();
    await driver.switchTo().window(main);
    assert.equal(success(await stage.attempt(renew)).claims.sub, GRACE);
    assert.equal(await stage.changes(), 1);
    assert.equal(success(await stage.attempt(getUser)).user_id, GRACE);
    assert.equal(signedInAs(tenant, stage.requests("/api/v2/").at(-1)), GRACE);
    await stage.nothingRemains();
  });
});

suite("when the tenant wants the user", () => {
  const explains = ({ message }) => {
    assert.match(message, /nobody is signed in/i);
    assert.match(message, /third-party cookies/i);
    assert.match(message, /loginWithRedirect|prompt/i);
    assert.match(message, /custom domain/i);
  };

  test("login_required names both causes and what to do, when nobody is signed in", async () => {
    await stage.start();
    const error = refusal(await stage.attempt(renew, { appState: 7 }));
    assert.deepEqual(
      [error.code, error.serverCode, error.appState],
      ["login_required", "login_required", 7],
    );
    explains(error);
    assert.equal((await stage.session()).isAuthenticated, false);
    await stage.nothingRemains();
  });

  test("login_required, when third-party cookies are blocked, although the person is signed in", async () => {
    const here = stage.elsewhere;
    const changes = { redirectUri: `${here}/callback` };
    await stage.start(changes, `${here}/`);
    await stage.press((client) => client.loginWithPopup({ loginHint: "ada@example.com" }));
    assert.equal(success(await stage.ended()).claims.sub, ADA);
    await driver.executeScript(() => (globalThis.changes = 0));
    const before = await stage.session();
    const error = refusal(await stage.attempt(renew));
    assert.equal(error.code, "login_required");
    explains(error);
    await sessionIsStill(before);
    assert.equal(success(await stage.attempt(getUser)).user_id, ADA);
    // What the message recommends works there: the whole page goes to the tenant.
    const url = await stage.run(() => client.buildAuthorizeUrl({ prompt: "none" }));
    await driver.get(url);
    assert.equal(success(await stage.handle(changes)).claims.sub, ADA);
  });

  test("a failed renewal leaves the session and its token alone", async () => {
    await stage.signIn();
    success(await stage.attempt(getUser));
    const before = [await stage.session(), tokenSent()];
    tenant.clearSessions();
    assert.equal(refusal(await stage.attempt(renew)).code, "login_required");
    await sessionIsStill(before[0]);
    success(await stage.attempt(getUser));
    assert.equal(tokenSent(), before[1]);
  });

  for (const [error, code] of [
    ["consent_required", "consent_required"],
    ["interaction_required", "interaction_required"],
    ["access_denied", "access_denied"],
    ["server_error", "authorization_error"],
  ]) {
    test(`${error} is ${code}`, async () => {
      await stage.signIn();
      const before = await stage.session();
      tenant.faults.set("authorization-error", { error }, { times: 1 });
      const refused = refusal(await stage.attempt(renew));
      assert.deepEqual([refused.code, refused.serverCode], [code, error]);
      await sessionIsStill(before);
    });
  }
});

suite("when no answer comes", () => {
  for (const [why, fault, options] of [
    ["the tenant refuses to be framed", "framing-refused"],
    ["the tenant answers too late", "delay", { ms: 3000 }],
    ["the connection drops", "dropped-connection"],
    ["the tenant shows a page of its own", "html-answer"],
  ]) {
    test(`timeout where ${why}, and the session stays`, async () => {
      await stage.signIn();
      const before = await stage.session();
      tenant.faults.set(fault, options, { match: { target: "authorize" } });
      const began = Date.now();
      assert.equal(refusal(await stage.attempt(renew, { timeoutMs: 700 })).code, "timeout");
      assert.ok(Date.now() - began < 2500);
      await sessionIsStill(before);
      tenant.faults.clear();
      assert.equal(success(await stage.attempt(renew)).claims.sub, ADA);
    });
  }

  test("the client's timeoutMs is the default", async () => {
    await stage.signIn("ada@example.com", { timeoutMs: 600 });
    tenant.faults.set("framing-refused", {}, { times: 1 });
    assert.equal(refusal(await stage.attempt(renew)).code, "timeout");
    await stage.nothingRemains();
  });

  test("timeout where the page's policy allows no frame of the tenant's", async () => {
    await stage.signIn();
    await driver.executeScript(() => {
      const content = "frame-src 'none'";
      document.head.append(
        Object.assign(document.createElement("meta"), {
          httpEquiv: "Content-Security-Policy",
          content,
        }),
      );
    });
    assert.equal(refusal(await stage.attempt(renew, { timeoutMs: 500 })).code, "timeout");
    await stage.nothingRemains();
  });

  test("timeout where somebody takes the frame out of the page", async () => {
    await stage.signIn();
    tenant.faults.set("delay", { ms: 400 }, { times: 1, match: { target: "authorize" } });
    const code = await stage.run(async ({ outcome, sleep }) => {
      const ending = outcome(() => client.checkSession({ timeoutMs: 900 }));
      await sleep(150);
      document.querySelector("iframe").remove();
      return (await ending).error.code;
    });
    assert.equal(code, "timeout");
    await stage.nothingRemains();
  });
});

suite("options", () => {
  for (const [what, options, code] of [
    ["another prompt than none", { prompt: "login" }, "invalid_configuration"],
    ["a timeout that is no number", { timeoutMs: "1" }, "invalid_configuration"],
    ["an unknown option", { signal: null, x: 1 }, "invalid_configuration"],
    ["a scope that a browser cannot hold", { scopes: ["read:users"] }, "scope_not_permitted"],
    ["prompt by extraParams", { extraParams: { prompt: "login" } }, "invalid_configuration"],
  ]) {
    test(`${what} is refused, and no frame is made`, async () => {
      await stage.signIn();
      const before = await stage.session();
      assert.equal(refusal(await stage.attempt(renew, options)).code, code);
      assert.deepEqual(await driver.executeScript(() => watched.frames), []);
      await sessionIsStill(before);
    });
  }

  test("prompt none may be said", async () => {
    await stage.signIn();
    success(await stage.attempt(renew, { prompt: "none" }));
    assert.equal(once(stage.authorizations()[0]).prompt, "none");
  });
});

suite("beside a sign-in by redirect", () => {
  const waiting = () => driver.executeScript(() => ({ ...sessionStorage }));

  test("the pending one is not disturbed, nor the address bar", async () => {
    await stage.signIn();
    await stage.open("/basket?step=2#/pay");
    await stage.run(async ({ make }, options) => void (await make(options)), stage.options());
    const url = await stage.run(() => client.buildAuthorizeUrl({ appState: "pending" }));
    const records = await waiting();
    assert.equal(Object.keys(records).length, 1);
    const entries = await driver.executeScript(() => history.length);
    success(await stage.attempt(renew));
    tenant.faults.set("authorization-error", {}, { times: 1 });
    refusal(await stage.attempt(renew));
    assert.deepEqual(await waiting(), records);
    assert.equal(await driver.getCurrentUrl(), `${stage.origin}/basket?step=2#/pay`);
    assert.equal(await driver.executeScript(() => history.length), entries);
    await driver.get(url);
    assert.equal(success(await stage.handle()).appState, "pending");
  });

  test("a response that waits in the address is left for handleRedirectCallback", async () => {
    const address = await stage.comeBack({}, { appState: "pending" });
    await stage.run(async ({ make }, options) => void (await make(options)), stage.options());
    success(await stage.attempt(renew));
    assert.equal(await driver.getCurrentUrl(), address);
    const signIn = success(await stage.attempt((client) => client.handleRedirectCallback()));
    assert.deepEqual([signIn.appState, signIn.claims.sub], ["pending", ADA]);
    assert.equal(await driver.getCurrentUrl(), `${stage.origin}/callback`);
  });

  test("both at the same time succeed", async () => {
    await stage.comeBack({}, { appState: "pending" });
    const ends = await stage.run(async ({ make }, options) => {
      const made = await make(options);
      const all = await Promise.all([made.handleRedirectCallback(), made.checkSession()]);
      return all.map(({ claims, appState }) => [claims.sub, appState ?? null]);
    }, stage.options());
    assert.deepEqual(ends, [
      [ADA, "pending"],
      [ADA, null],
    ]);
  });
});

suite("hostile messages and answers", () => {
  test("messages of others are ignored, even with the right state", async () => {
    await stage.signIn();
    tenant.faults.set("delay", { ms: 1000 }, { times: 1, match: { target: "authorize" } });
    const { heard, sub } = await stage.run(async ({ sleep }, elsewhere) => {
      let heard = 0;
      addEventListener("message", () => (heard += 1));
      const ending = client.checkSession();
      await sleep(200);
      const state = new URL(document.querySelector("iframe").src).searchParams.get("state");
      const message = {
        type: "authorization_response",
        response: { error: "access_denied", state },
      };
      postMessage(message, "*");
      const hash = encodeURIComponent(JSON.stringify({ message }));
      const frame = document.createElement("iframe");
      frame.src = `${elsewhere}/hostile.html#${hash}`;
      document.body.append(frame);
      const { claims } = await ending;
      frame.remove();
      return { heard, sub: claims.sub };
    }, stage.elsewhere);
    assert.equal(heard, 3);
    assert.equal(sub, ADA);
    await stage.nothingRemains();
  });

  test("malformed ones from the right frame are ignored, and the real one counts", async () => {
    await stage.signIn();
    answerWithScript(
      tenant,
      `const state = new URLSearchParams(location.search).get("state");
       for (const message of [null, 1, "x", { type: "authorization_response" },
         { type: "authorization_response", response: { error: "access_denied" } },
         { type: "authorization_response", response: { error: "access_denied", state: state + "x" } },
         JSON.parse('{"__proto__":{"type":"authorization_response"},"response":{"state":"' + state + '"}}'),
       ]) parent.postMessage(message, "*");
       location.replace(location.href);`,
    );
    assert.equal(success(await stage.attempt(renew)).claims.sub, ADA);
    await stage.nothingRemains();
  });

  test("of several answers the first counts", async () => {
    await stage.signIn();
    answerWithScript(
      tenant,
      `const state = new URLSearchParams(location.search).get("state");
       for (const error of ["access_denied", "consent_required", "server_error"])
         parent.postMessage({ type: "authorization_response", response: { error, state } }, "*");`,
    );
    const before = await stage.session();
    assert.equal(refusal(await stage.attempt(renew)).code, "access_denied");
    await sessionIsStill(before);
  });

  for (const [what, response, code] of [
    [
      "tokens and an error together",
      { id_token: "a.b.c", access_token: "a.b.c", error: "x" },
      "invalid_response",
    ],
    ["nothing but the state", {}, "invalid_response"],
    ["a code where tokens were asked for", { code: "abc" }, "invalid_response"],
    [
      "tokens that are no text",
      { id_token: {}, access_token: [], token_type: "Bearer" },
      "invalid_response",
    ],
    [
      "an ID token that is none",
      { id_token: "x", access_token: "y", token_type: "Bearer" },
      "id_token_malformed",
    ],
    [
      "another tenant's iss",
      { error: "access_denied", iss: "https://evil.example/" },
      "invalid_response",
    ],
    ["an empty error", { error: "" }, "invalid_response"],
  ]) {
    test(`${what}: ${code}`, async () => {
      await stage.signIn();
      const before = await stage.session();
      answerWithScript(
        tenant,
        `const state = new URLSearchParams(location.search).get("state");
         const response = { ...${JSON.stringify(response)}, state };
         parent.postMessage({ type: "authorization_response", response }, "*");`,
      );
      assert.equal(refusal(await stage.attempt(renew)).code, code);
      await sessionIsStill(before);
    });
  }
});

suite("what comes by message is verified like any other response", () => {
  for (const [fault, code, options] of [
    ["wrong-nonce", "id_token_nonce"],
    ["missing-nonce", "id_token_nonce"],
    ["wrong-audience", "id_token_audience"],
    ["several-audiences", "id_token_authorized_party"],
    ["wrong-authorized-party", "id_token_authorized_party"],
    ["missing-subject", "id_token_subject"],
    ["wrong-issuer", "id_token_issuer"],
    ["expired-id-token", "id_token_expired"],
    ["issued-in-future", "id_token_issued_at"],
    ["wrong-at-hash", "access_token_hash"],
    ["missing-at-hash", "access_token_hash"],
    ["algorithm-none", "id_token_algorithm"],
    ["algorithm-hs256", "id_token_algorithm"],
    ["tampered-signature", "id_token_signature"],
    ["foreign-signature", "id_token_signature"],
    ["unknown-key", "signing_key_not_found"],
    ["swapped-access-token", "access_token_hash"],
    ["foreign-access-token", "access_token_subject"],
    ["wrong-access-token-audience", "access_token_audience"],
    ["opaque-access-token", "access_token_audience"],
    ["machine-access-token", "machine_token_forbidden"],
    ["expired-access-token", "token_expired"],
    ["missing-access-token", "invalid_response"],
    ["missing-id-token", "invalid_response"],
    ["wrong-token-type", "invalid_response"],
    ["error-with-tokens", "invalid_response"],
    ["wrong-issuer-parameter", "invalid_response"],
    ["tokens", "invalid_response", { response: { set: { code: "abc" } } }],
  ]) {
    test(`${fault}${options ? " (a code beside)" : ""} is ${code}, and the session stays`, async () => {
      await stage.signIn();
      const before = await stage.session();
      tenant.faults.set(fault, options, { times: 1 });
      assert.equal(refusal(await stage.attempt(renew)).code, code);
      await sessionIsStill(before);
      assert.equal(success(await stage.attempt(renew)).claims.sub, ADA);
      await stage.nothingRemains();
    });
  }

  test("unknown members and names of prototypes in the response do no harm", async () => {
    await stage.signIn();
    tenant.faults.set("tokens", {
      response: {
        set: {
          constructor: "x",
          toString: "y",
          "a[b]": "c",
          Access_Token: "z",
          hasOwnProperty: "1",
        },
      },
    });
    assert.equal(success(await stage.attempt(renew)).claims.sub, ADA);
  });

  test("a scope that is no longer granted is gone after the renewal, whatever the response says", async () => {
    await stage.signIn();
    tenant.faults.set("missing-scope", { scope: "update:current_user_identities" });
    tenant.faults.set("granted-scope-tampered");
    const { grantedScopes, missingScopes } = success(await stage.attempt(renew));
    assert.deepEqual(grantedScopes, ["read:current_user"]);
    assert.deepEqual(missingScopes, ["update:current_user_identities"]);
    assert.equal(await stage.run(() => client.can("linkIdentity")), false);
  });
});

suite("a logout in the middle", () => {
  const slowly = (target) =>
    tenant.faults.set("delay", { ms: 500 }, { times: 1, match: { target } });
  const nobody = async () => {
    assert.equal((await stage.session()).isAuthenticated, false);
    assert.equal(refusal(await stage.attempt(getUser)).code, "login_required");
  };

  test("of a renewal stays a logout: what was under way signs nobody in again", async () => {
    await stage.signIn();
    slowly("authorize");
    const ended = await stage.run(async ({ outcome, sleep }) => {
      const ending = outcome(() => client.checkSession());
      await sleep(150);
      await client.logout({ localOnly: true });
      return ending;
    });
    assert.equal(refusal(ended).code, "aborted");
    await nobody();
    assert.equal(await stage.changes(), 1);
    await stage.nothingRemains();
  });

  test("of a renewal does not keep the next one from signing in", async () => {
    await stage.signIn();
    slowly("authorize");
    const [before, after] = await stage.run(async ({ outcome, sleep }) => {
      const ending = outcome(() => client.checkSession());
      await sleep(150);
      await client.logout({ localOnly: true });
      const next = outcome(() => client.checkSession());
      return [await ending, await next];
    });
    refusal(before);
    assert.equal(success(after).claims.sub, ADA);
    assert.equal((await stage.session()).isAuthenticated, true);
    await stage.nothingRemains();
  });

  test("of a renewal does not keep those that follow from sharing one", async () => {
    await stage.signIn();
    tenant.faults.set("delay", { ms: 500 }, { times: 2, match: { target: "authorize" } });
    const ends = await stage.run(async ({ outcome, sleep }) => {
      const first = outcome(() => client.checkSession());
      await sleep(150);
      await client.logout({ localOnly: true });
      const second = outcome(() => client.checkSession());
      await first;
      return Promise.all([second, outcome(() => client.checkSession())]);
    });
    for (const end of ends) assert.equal(success(end).claims.sub, ADA);
    assert.equal(stage.authorizations().length, 2);
  });

  test("by whoever is told of a renewal is one", async () => {
    await stage.signIn();
    const ended = await stage.run(async ({ outcome }) => {
      const stop = client.subscribe(() => {
        stop();
        void client.logout({ localOnly: true });
      });
      return outcome(() => client.checkSession());
    });
    assert.equal(refusal(ended).code, "aborted");
    await nobody();
  });

  test("of a sign-in by redirect", async () => {
    const changes = { flow: "code" };
    await stage.comeBack(changes);
    slowly("token");
    const ended = await stage.run(async ({ make, outcome, sleep }, options) => {
      const made = await make(options);
      const ending = outcome(() => made.handleRedirectCallback());
      await sleep(150);
      await made.logout({ localOnly: true });
      return ending;
    }, stage.options(changes));
    assert.equal(refusal(ended).code, "aborted");
    await nobody();
  });

  test("of a sign-in by a window", async () => {
    await stage.start();
    await stage.press((client) => client.loginWithPopup());
    await stage.inPopup(() => stage.formShown());
    success(await stage.attempt((client) => client.logout({ localOnly: true })));
    await stage.inPopup(() => stage.logIn("ada@example.com"));
    assert.equal(refusal(await stage.ended()).code, "aborted");
    await nobody();
    await stage.nothingRemains();
  });
});
