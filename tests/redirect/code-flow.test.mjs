// flow: "code". Authorization Code with PKCE, as a public client: by redirect, by a window, and silently.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { suite, test } from "node:test";
import { ADA, GRACE, answerWithScript, once, openStage, refusal, success } from "../harness/stage.mjs";

const stage = await openStage();
const { tenant, driver } = stage;

// The tenant refuses the implicit grant to this application.
const CODE = { flow: "code", clientId: "local-spa-code-only" };
const login = (client, options) => client.loginWithPopup(options);
const redemptions = () => stage.requests("/oauth/token");

const stored = () =>
  driver.executeScript(() => Object.values({ ...sessionStorage, ...localStorage }));

/** Every string in what is stored that the challenge could have been made of. */
async function verifiersOf(challenge) {
  const texts = (await stored()).flatMap((record) => record.split("\n"));
  return texts.filter(
    (text) => createHash("sha256").update(text).digest("base64url") === challenge,
  );
}

suite("by redirect", () => {
  test("a person logs in at the tenant's form and comes back signed in", async () => {
    await stage.start(CODE);
    await stage.press((client) => client.loginWithRedirect({ appState: { to: "/basket" } }));
    await stage.logIn("ada@example.com");
    const signIn = success(await stage.handle(CODE));
    assert.deepEqual([signIn.claims.sub, signIn.appState], [ADA, { to: "/basket" }]);
    assert.equal(await driver.getCurrentUrl(), `${stage.origin}/callback`);
    assert.equal(success(await stage.attempt((client) => client.getUser())).user_id, ADA);
    assert.doesNotMatch(JSON.stringify(await stored()), /eyJ|verifier/i);
  });

  test("asks with the S256 challenge of a verifier that waits in storage and is in no URL", async () => {
    await stage.start(CODE);
    const url = await stage.run(() => client.buildAuthorizeUrl());
    const { state, nonce, code_challenge, ...rest } = once([...new URL(url).searchParams]);
    assert.deepEqual(rest, {
      audience: `http://${tenant.domain}/api/v2/`,
      scope: "openid profile email read:current_user update:current_user_identities",
      response_type: "code",
      client_id: "local-spa-code-only",
      redirect_uri: `${stage.origin}/callback`,
      code_challenge_method: "S256",
    });
    assert.notEqual(state, nonce);
    const [verifier, ...more] = await verifiersOf(code_challenge);
    assert.deepEqual(more, []);
    assert.match(verifier, /^[A-Za-z0-9._~-]{43,128}$/);
    assert.ok(!url.includes(verifier));
  });

  test("makes a fresh verifier each time", async () => {
    await stage.start(CODE);
    const urls = await stage.run(async () => {
      const urls = [];
      for (let n = 0; n < 10; n += 1) urls.push(await client.buildAuthorizeUrl());
      return urls;
    });
    const seen = urls.map((url) => new URL(url).searchParams.get("code_challenge"));
    assert.equal(new Set(seen).size, 10);
  });

  test("redeems the code once, without a secret and without cookies, and forgets the verifier", async () => {
    const address = await stage.comeBack(CODE);
    const code = new URL(address).searchParams.get("code");
    const [asked] = stage.authorizations();
    const [verifier] = await verifiersOf(once(asked).code_challenge);
    success(await stage.handle(CODE));
    const [{ method, headers, body }, ...more] = redemptions();
    assert.deepEqual(more, []);
    assert.equal(method, "POST");
    assert.equal(headers["content-type"].split(";")[0], "application/x-www-form-urlencoded");
    assert.equal(headers.cookie, undefined);
    assert.equal(headers.authorization, undefined);
    assert.deepEqual(once([...new URLSearchParams(body)]), {
      grant_type: "authorization_code",
      client_id: "local-spa-code-only",
      code,
      code_verifier: verifier,
      redirect_uri: `${stage.origin}/callback`,
    });
    assert.ok(!JSON.stringify(await stored()).includes(verifier));
    assert.ok(!tenant.log.some(({ url }) => url.includes(verifier)));
  });

  test("takes the response out of the query and leaves the application's own parameters", async () => {
    const changes = { ...CODE, redirectUri: `${stage.origin}/callback?keep=a%20b&q=%E2%9C%93` };
    const address = await stage.comeBack(changes);
    assert.match(address, /[?&]code=/);
    success(await stage.handle(changes));
    // The tenant writes the space in its own way.
    const own = address
      .slice(address.indexOf("?") + 1)
      .split("&")
      .filter((pair) => /^(keep|q)=/.test(pair));
    assert.equal(own.length, 2);
    assert.equal(await driver.getCurrentUrl(), `${stage.origin}/callback?${own.join("&")}`);
  });

  test("twice in a row gives the same answer, and redeems once", async () => {
    await stage.comeBack(CODE);
    const ends = await stage.run(async ({ make }, options) => {
      // React's StrictMode: an effect twice, each with a client of its own or with the same.
      const one = await make(options);
      const two = await make(options);
      const all = await Promise.all([
        one.handleRedirectCallback(),
        one.handleRedirectCallback(),
        two.handleRedirectCallback(),
      ]);
      return [...all.map(({ claims }) => claims.sub), one.isAuthenticated, two.isAuthenticated];
    }, stage.options(CODE));
    assert.deepEqual(ends, [ADA, ADA, ADA, true, true]);
    assert.equal(redemptions().length, 1);
  });

  test("a response that has been used is state_mismatch, and its code is not sent again", async () => {
    const address = await stage.comeBack(CODE);
    success(await stage.handle(CODE));
    tenant.clearLog();
    await stage.open(address);
    const { code, reason } = refusal(await stage.handle(CODE));
    assert.deepEqual([code, reason], ["state_mismatch", "used"]);
    assert.equal(await driver.getCurrentUrl(), `${stage.origin}/callback`);
    assert.deepEqual(redemptions(), []);
  });

  test("a code with a state that this browser does not wait for is not redeemed", async () => {
    for (const query of ["?code=abc&state=forged", "?code=abc&state="]) {
      await stage.open(`/callback${query}`);
      const ended = await stage.handle(CODE);
      if ("value" in ended) assert.equal(ended.value, null);
      else assert.equal(ended.error.code, "state_mismatch");
      assert.equal((await stage.session()).isAuthenticated, false);
    }
    assert.deepEqual(redemptions(), []);
  });

  test("the application's own ?code= is left alone", async () => {
    for (const path of [
      "/basket?code=SUMMER",
      "/basket?a=1&code=SUMMER#/pay",
      "/basket?error=out%20of%20stock&code=5",
      "/basket#code=SUMMER",
    ]) {
      await stage.open(path);
      assert.equal(success(await stage.handle(CODE)), null, path);
      assert.equal(await driver.getCurrentUrl(), stage.origin + path);
    }
    assert.deepEqual(redemptions(), []);
  });

  test("a page of the application while a sign-in is pending leaves it pending", async () => {
    await stage.start(CODE);
    const url = await stage.run(() => client.buildAuthorizeUrl({ loginHint: "ada@example.com" }));
    await stage.open("/basket?code=SUMMER");
    assert.equal(success(await stage.handle(CODE)), null);
    await driver.get(url);
    assert.equal(success(await stage.handle(CODE)).claims.sub, ADA);
  });

  test("an error in the query is the tenant's answer", async () => {
    await stage.comeBack(CODE, { prompt: "none", appState: 5 });
    const { code, appState } = refusal(await stage.handle(CODE));
    assert.deepEqual([code, appState], ["login_required", 5]);
    assert.equal(await driver.getCurrentUrl(), `${stage.origin}/callback`);
  });

  for (const [what, place] of [
    ["tokens in the fragment", "#access_token=a.b.c&id_token=d.e.f&token_type=Bearer&state="],
    ["tokens in the query", "?access_token=a.b.c&id_token=d.e.f&token_type=Bearer&state="],
    ["the code in the fragment", "#code=abc&state="],
    ["an error beside the code", "?code=abc&error=access_denied&state="],
    ["the code twice", "?code=abc&code=abc&state="],
    ["an empty code", "?code=&state="],
    ["another tenant's iss", "?code=abc&iss=https%3A%2F%2Fevil.example%2F&state="],
  ]) {
    test(`${what}, with the right state: invalid_response, and nothing is sent`, async () => {
      await stage.start(CODE);
      const url = await stage.run(() => client.buildAuthorizeUrl());
      const { state } = once([...new URL(url).searchParams]);
      tenant.clearLog();
      await stage.open(`/callback${place}${state}`);
      assert.equal(refusal(await stage.handle(CODE)).code, "invalid_response");
      assert.equal(await driver.getCurrentUrl(), `${stage.origin}/callback`);
      assert.deepEqual(redemptions(), []);
      assert.equal((await stage.session()).isAuthenticated, false);
    });
  }

  test("a response of this flow is nobody's for a client of the other", async () => {
    const address = await stage.comeBack(CODE);
    const error = refusal(await stage.handle({ clientId: CODE.clientId }));
    assert.deepEqual([error.code, error.reason], ["state_mismatch", "other_client"]);
    assert.notEqual(await driver.getCurrentUrl(), address);
    assert.deepEqual(redemptions(), []);
    await driver.executeScript("history.replaceState(null, '', arguments[0])", address);
    assert.equal(success(await stage.handle(CODE)).claims.sub, ADA);
  });
});

suite("without leaving the page", () => {
  test("a person presses a button, logs in at the tenant's form, and is signed in here", async () => {
    await stage.start(CODE);
    await stage.press(login, { appState: "mine" });
    await stage.inPopup(() => stage.logIn("ada@example.com"));
    const signIn = success(await stage.ended());
    assert.deepEqual([signIn.claims.sub, signIn.appState], [ADA, "mine"]);
    const { response_mode, response_type, code_challenge_method } = once(stage.authorizations()[0]);
    assert.deepEqual(
      [response_mode, response_type, code_challenge_method],
      ["web_message", "code", "S256"],
    );
    assert.equal(success(await stage.attempt((client) => client.getUser())).user_id, ADA);
    assert.deepEqual(await driver.executeScript(() => watched.writes), []);
    await stage.nothingRemains();
  });

  test("silently, once for all who ask at the same time", async () => {
    await stage.signIn("ada@example.com", CODE);
    const subjects = await stage.run(async () => {
      const ends = await Promise.all([1, 2, 3].map(() => client.checkSession()));
      return ends.map(({ claims }) => claims.sub);
    });
    assert.deepEqual(subjects, [ADA, ADA, ADA]);
    const [{ headers, body }, ...more] = redemptions();
    assert.deepEqual(more, []);
    assert.equal(headers.cookie, undefined);
    const { code_verifier } = once([...new URLSearchParams(body)]);
    const { code_challenge, prompt } = once(stage.authorizations()[0]);
    assert.equal(createHash("sha256").update(code_verifier).digest("base64url"), code_challenge);
    assert.equal(prompt, "none");
    await stage.nothingRemains();
  });

  test("links another account", async () => {
    await stage.signIn("ada@example.com", CODE);
    const before = await stage.session();
    await stage.press((client, options) => client.linkIdentityWithPopup(options), {
      loginHint: "grace@example.com",
    });
    assert.equal(success(await stage.ended()).length, 3);
    assert.equal(tenant.users.has(GRACE), false);
    assert.deepEqual(await stage.session(), before);
    await stage.nothingRemains();
  });

  test("login_required when nobody is signed in at the tenant", async () => {
    await stage.start(CODE);
    const ended = await stage.attempt((client) => client.checkSession());
    assert.equal(refusal(ended).code, "login_required");
    assert.deepEqual(redemptions(), []);
    await stage.nothingRemains();
  });

  test("tokens by message, where a code was asked for: invalid_response", async () => {
    await stage.signIn("ada@example.com", CODE);
    const before = await stage.session();
    answerWithScript(
      tenant,
      `const state = new URLSearchParams(location.search).get("state");
       const response = { id_token: "a.b.c", access_token: "d.e.f", token_type: "Bearer", state };
       parent.postMessage({ type: "authorization_response", response }, "*");`,
    );
    const ended = await stage.attempt((client) => client.checkSession());
    assert.equal(refusal(ended).code, "invalid_response");
    assert.deepEqual(redemptions(), []);
    assert.deepEqual(await stage.session(), before);
  });
});

suite("the token endpoint", () => {
  test("refuses a wrong verifier: the tenant's word is in serverCode", async () => {
    const address = await stage.comeBack(CODE, { appState: "mine" });
    const [verifier] = await verifiersOf(once(stage.authorizations()[0]).code_challenge);
    await stage.open("/");
    await driver.executeScript((right) => {
      for (const [name, record] of Object.entries(sessionStorage))
        sessionStorage.setItem(name, record.replace(right, right.split("").reverse().join("")));
    }, verifier);
    await driver.get(address);
    const error = refusal(await stage.handle(CODE));
    assert.deepEqual(
      [error.code, error.serverCode, error.appState],
      ["authorization_error", "invalid_grant", "mine"],
    );
    assert.equal((await stage.session()).isAuthenticated, false);
    assert.equal(redemptions().length, 1);
  });

  test("refuses a code of somebody else's", async () => {
    const address = await stage.comeBack(CODE);
    await stage.open(address.replace(/code=[^&]+/, "code=invented"));
    const error = refusal(await stage.handle(CODE));
    assert.deepEqual([error.code, error.serverCode], ["authorization_error", "invalid_grant"]);
  });

  test("a rate limit says how long to wait", async () => {
    await stage.comeBack(CODE);
    const answer = {
      status: 429,
      headers: { "Retry-After": "7" },
      body: { error: "too_many_requests" },
    };
    tenant.faults.set("answer", answer, { match: { target: "token" } });
    const { code, status, serverCode, retryAfterMs } = refusal(await stage.handle(CODE));
    assert.deepEqual([code, status, serverCode], ["rate_limited", 429, "too_many_requests"]);
    assert.equal(retryAfterMs, 7000);
  });

  for (const [fault, code, options] of [
    ["dropped-connection", "network_error"],
    ["without-cors", "network_error"],
    ["redirect", "network_error"],
    ["stalled-body", "timeout"],
    ["html-answer", "invalid_response"],
    ["broken-json", "invalid_response"],
    ["empty-answer", "invalid_response"],
    ["answer", "invalid_response", { status: 200, body: {} }],
    ["answer", "invalid_response", { status: 200, body: [] }],
    ["answer", "invalid_response", { status: 500, body: "" }],
    ["answer", "access_denied", { status: 403, body: { error: "access_denied" } }],
    ["answer", "authorization_error", { status: 401, body: { error: "invalid_client" } }],
    ["answer", "rate_limited", { status: 429, body: { error: "too_many_requests" } }],
  ]) {
    const title = [fault, options && JSON.stringify(options)].filter(Boolean).join(" ");
    test(`${title}: ${code}, and no second attempt`, async () => {
      const changes = { ...CODE, timeoutMs: 1000 };
      await stage.comeBack(changes);
      tenant.faults.set(fault, options, { match: { target: "token" } });
      assert.equal(refusal(await stage.handle(changes)).code, code);
      // Not by the tenant's log: the browser itself tries again where a connection was reused.
      const fetched = await driver.executeScript(() => watched.fetched);
      assert.equal(fetched.filter((url) => url.endsWith("/oauth/token")).length, 1);
      assert.equal((await stage.session()).isAuthenticated, false);
      assert.equal(await driver.getCurrentUrl(), `${stage.origin}/callback`);
    });
  }
});

suite("the ID token is verified as in the implicit flow", () => {
  test("at_hash may be absent", async () => {
    tenant.faults.set("missing-at-hash");
    await stage.comeBack(CODE);
    assert.equal(success(await stage.handle(CODE)).claims.at_hash, undefined);
  });

  for (const [fault, code] of [
    ["wrong-at-hash", "access_token_hash"],
    ["wrong-nonce", "id_token_nonce"],
    ["missing-nonce", "id_token_nonce"],
    ["wrong-audience", "id_token_audience"],
    ["wrong-authorized-party", "id_token_authorized_party"],
    ["missing-subject", "id_token_subject"],
    ["wrong-issuer", "id_token_issuer"],
    ["expired-id-token", "id_token_expired"],
    ["issued-in-future", "id_token_issued_at"],
    ["algorithm-none", "id_token_algorithm"],
    ["algorithm-hs256", "id_token_algorithm"],
    ["tampered-signature", "id_token_signature"],
    ["foreign-signature", "id_token_signature"],
    ["unknown-key", "signing_key_not_found"],
    ["foreign-access-token", "access_token_subject"],
    ["wrong-access-token-audience", "access_token_audience"],
    ["opaque-access-token", "access_token_audience"],
    ["machine-access-token", "machine_token_forbidden"],
    ["expired-access-token", "token_expired"],
    ["missing-access-token", "invalid_response"],
    ["missing-id-token", "invalid_response"],
    ["wrong-token-type", "invalid_response"],
  ]) {
    test(`${fault}: ${code}, by redirect and silently`, async () => {
      await stage.comeBack(CODE, { appState: 3 });
      tenant.faults.set(fault);
      const error = refusal(await stage.handle(CODE));
      assert.deepEqual([error.code, error.appState], [code, 3]);
      assert.equal((await stage.session()).isAuthenticated, false);
      const silent = refusal(await stage.attempt((client) => client.checkSession()));
      assert.equal(silent.code, code);
      assert.equal((await stage.session()).isAuthenticated, false);
      tenant.faults.clear();
      success(await stage.attempt((client) => client.checkSession()));
    });
  }
});
