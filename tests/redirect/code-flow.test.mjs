// flow: "code". Authorization Code with PKCE, as a public client: by redirect, by popup, and silently.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { suite, test } from "node:test";
import {
  ADA,
  GRACE,
  answerWithScript,
  once,
  startHarness,
  refusal,
  success,
} from "../harness/index.mjs";

const harness = await startHarness({ watched: true });
const { tenant, driver } = harness;

// The tenant refuses the implicit grant to this application.
const CODE = { flow: "code", clientId: "local-spa-code-only" };
const login = (client, options) => client.loginWithPopup(options);
const redemptions = () => harness.requests("/oauth/token");

const stored = () =>
  driver.executeScript(() => Object.values({ ...sessionStorage, ...localStorage }));

/** Every string in storage that is the verifier of `challenge`. */
async function verifiersOf(challenge) {
  const texts = (await stored()).flatMap((record) => record.split("\n"));
  return texts.filter(
    (text) => createHash("sha256").update(text).digest("base64url") === challenge,
  );
}

suite("by redirect", () => {
  test("a person logs in at the tenant's form and returns signed in", async () => {
    await harness.start(CODE);
    await harness.press((client) => client.loginWithRedirect({ appState: { to: "/basket" } }));
    await harness.logIn("ada@example.com");
    const signIn = success(await harness.handle(CODE));
    assert.deepEqual([signIn.claims.sub, signIn.appState], [ADA, { to: "/basket" }]);
    assert.equal(await driver.getCurrentUrl(), `${harness.origin}/callback`);
    assert.equal(success(await harness.attempt((client) => client.getUser())).user_id, ADA);
    assert.doesNotMatch(JSON.stringify(await stored()), /eyJ|verifier/i);
  });

  test("sends the S256 challenge of a verifier that is in storage and in no URL", async () => {
    await harness.start(CODE);
    const url = await harness.run(() => client.buildAuthorizeUrl());
    const { state, nonce, code_challenge, ...rest } = once([...new URL(url).searchParams]);
    assert.deepEqual(rest, {
      audience: `http://${tenant.domain}/api/v2/`,
      scope: "openid profile email read:current_user update:current_user_identities",
      response_type: "code",
      client_id: "local-spa-code-only",
      redirect_uri: `${harness.origin}/callback`,
      code_challenge_method: "S256",
    });
    assert.notEqual(state, nonce);
    const [verifier, ...more] = await verifiersOf(code_challenge);
    assert.deepEqual(more, []);
    assert.match(verifier, /^[A-Za-z0-9._~-]{43,128}$/);
    assert.ok(!url.includes(verifier));
  });

  test("makes a new verifier for each sign-in", async () => {
    await harness.start(CODE);
    const urls = await harness.run(async () => {
      const urls = [];
      for (let n = 0; n < 10; n += 1) urls.push(await client.buildAuthorizeUrl());
      return urls;
    });
    const seen = urls.map((url) => new URL(url).searchParams.get("code_challenge"));
    assert.equal(new Set(seen).size, 10);
  });

  test("redeems the code once, without a secret and without cookies, and forgets the verifier", async () => {
    const address = await harness.comeBack(CODE);
    const code = new URL(address).searchParams.get("code");
    const [asked] = harness.authorizations();
    const [verifier] = await verifiersOf(once(asked).code_challenge);
    success(await harness.handle(CODE));
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
      redirect_uri: `${harness.origin}/callback`,
    });
    assert.ok(!JSON.stringify(await stored()).includes(verifier));
    assert.ok(!tenant.log.some(({ url }) => url.includes(verifier)));
  });

  test("removes the response from the query and keeps the application's own parameters", async () => {
    const changes = { ...CODE, redirectUri: `${harness.origin}/callback?keep=a%20b&q=%E2%9C%93` };
    const address = await harness.comeBack(changes);
    assert.match(address, /[?&]code=/);
    success(await harness.handle(changes));
    // The tenant encodes the space differently.
    const own = address
      .slice(address.indexOf("?") + 1)
      .split("&")
      .filter((pair) => /^(keep|q)=/.test(pair));
    assert.equal(own.length, 2);
    assert.equal(await driver.getCurrentUrl(), `${harness.origin}/callback?${own.join("&")}`);
  });

  test("handling the response twice returns the same result and redeems the code once", async () => {
    await harness.comeBack(CODE);
    const ends = await harness.run(async ({ createClient }, options) => {
      // React's StrictMode runs an effect twice, with one client or with two.
      const one = await createClient(options);
      const two = await createClient(options);
      const all = await Promise.all([
        one.handleRedirectCallback(),
        one.handleRedirectCallback(),
        two.handleRedirectCallback(),
      ]);
      return [...all.map(({ claims }) => claims.sub), one.isAuthenticated, two.isAuthenticated];
    }, harness.options(CODE));
    assert.deepEqual(ends, [ADA, ADA, ADA, true, true]);
    assert.equal(redemptions().length, 1);
  });

  test("refuses a used response with state_mismatch and does not send its code again", async () => {
    const address = await harness.comeBack(CODE);
    success(await harness.handle(CODE));
    tenant.clearLog();
    await harness.open(address);
    const { code, reason } = refusal(await harness.handle(CODE));
    assert.deepEqual([code, reason], ["state_mismatch", "used"]);
    assert.equal(await driver.getCurrentUrl(), `${harness.origin}/callback`);
    assert.deepEqual(redemptions(), []);
  });

  test("does not redeem a code whose state is not pending in this browser", async () => {
    for (const query of ["?code=abc&state=forged", "?code=abc&state="]) {
      await harness.open(`/callback${query}`);
      const ended = await harness.handle(CODE);
      if ("value" in ended) assert.equal(ended.value, null);
      else assert.equal(ended.error.code, "state_mismatch");
      assert.equal((await harness.session()).isAuthenticated, false);
    }
    assert.deepEqual(redemptions(), []);
  });

  test("leaves the application's own ?code= alone", async () => {
    for (const path of [
      "/basket?code=SUMMER",
      "/basket?a=1&code=SUMMER#/pay",
      "/basket?error=out%20of%20stock&code=5",
      "/basket#code=SUMMER",
    ]) {
      await harness.open(path);
      assert.equal(success(await harness.handle(CODE)), null, path);
      assert.equal(await driver.getCurrentUrl(), harness.origin + path);
    }
    assert.deepEqual(redemptions(), []);
  });

  test("a page of the application leaves a pending sign-in pending", async () => {
    await harness.start(CODE);
    const url = await harness.run(() => client.buildAuthorizeUrl({ loginHint: "ada@example.com" }));
    await harness.open("/basket?code=SUMMER");
    assert.equal(success(await harness.handle(CODE)), null);
    await driver.get(url);
    assert.equal(success(await harness.handle(CODE)).claims.sub, ADA);
  });

  test("reports an error in the query as the tenant's error", async () => {
    await harness.comeBack(CODE, { prompt: "none", appState: 5 });
    const { code, appState } = refusal(await harness.handle(CODE));
    assert.deepEqual([code, appState], ["login_required", 5]);
    assert.equal(await driver.getCurrentUrl(), `${harness.origin}/callback`);
  });

  for (const [what, place] of [
    ["tokens in the fragment", "#access_token=a.b.c&id_token=d.e.f&token_type=Bearer&state="],
    ["tokens in the query", "?access_token=a.b.c&id_token=d.e.f&token_type=Bearer&state="],
    ["the code in the fragment", "#code=abc&state="],
    ["an error with the code", "?code=abc&error=access_denied&state="],
    ["the code twice", "?code=abc&code=abc&state="],
    ["an empty code", "?code=&state="],
    ["another tenant's iss", "?code=abc&iss=https%3A%2F%2Fevil.example%2F&state="],
  ]) {
    test(`refuses ${what} with the right state as invalid_response, and sends nothing`, async () => {
      await harness.start(CODE);
      const url = await harness.run(() => client.buildAuthorizeUrl());
      const { state } = once([...new URL(url).searchParams]);
      tenant.clearLog();
      await harness.open(`/callback${place}${state}`);
      assert.equal(refusal(await harness.handle(CODE)).code, "invalid_response");
      assert.equal(await driver.getCurrentUrl(), `${harness.origin}/callback`);
      assert.deepEqual(redemptions(), []);
      assert.equal((await harness.session()).isAuthenticated, false);
    });
  }

  test("a client of the implicit flow refuses a response of this flow", async () => {
    const address = await harness.comeBack(CODE);
    const error = refusal(await harness.handle({ clientId: CODE.clientId }));
    assert.deepEqual([error.code, error.reason], ["state_mismatch", "other_client"]);
    assert.notEqual(await driver.getCurrentUrl(), address);
    assert.deepEqual(redemptions(), []);
    await driver.executeScript("history.replaceState(null, '', arguments[0])", address);
    assert.equal(success(await harness.handle(CODE)).claims.sub, ADA);
  });
});

suite("without leaving the page", () => {
  test("a person presses a button, logs in at the tenant's form, and is signed in on this page", async () => {
    await harness.start(CODE);
    await harness.press(login, { appState: "mine" });
    await harness.inPopup(() => harness.logIn("ada@example.com"));
    const signIn = success(await harness.ended());
    assert.deepEqual([signIn.claims.sub, signIn.appState], [ADA, "mine"]);
    const { response_mode, response_type, code_challenge_method } = once(
      harness.authorizations()[0],
    );
    assert.deepEqual(
      [response_mode, response_type, code_challenge_method],
      ["web_message", "code", "S256"],
    );
    assert.equal(success(await harness.attempt((client) => client.getUser())).user_id, ADA);
    assert.deepEqual(await driver.executeScript(() => watched.writes), []);
    await harness.nothingRemains();
  });

  test("signs in silently, once for all concurrent calls", async () => {
    await harness.signInByPopup("ada@example.com", CODE);
    const subjects = await harness.run(async () => {
      const ends = await Promise.all([1, 2, 3].map(() => client.checkSession()));
      return ends.map(({ claims }) => claims.sub);
    });
    assert.deepEqual(subjects, [ADA, ADA, ADA]);
    const [{ headers, body }, ...more] = redemptions();
    assert.deepEqual(more, []);
    assert.equal(headers.cookie, undefined);
    const { code_verifier } = once([...new URLSearchParams(body)]);
    const { code_challenge, prompt } = once(harness.authorizations()[0]);
    assert.equal(createHash("sha256").update(code_verifier).digest("base64url"), code_challenge);
    assert.equal(prompt, "none");
    await harness.nothingRemains();
  });

  test("links another account", async () => {
    await harness.signInByPopup("ada@example.com", CODE);
    const before = await harness.session();
    await harness.press((client, options) => client.linkIdentityWithPopup(options), {
      loginHint: "grace@example.com",
    });
    assert.equal(success(await harness.ended()).length, 3);
    assert.equal(tenant.users.has(GRACE), false);
    assert.deepEqual(await harness.session(), before);
    await harness.nothingRemains();
  });

  test("refuses with login_required when nobody is signed in at the tenant", async () => {
    await harness.start(CODE);
    const ended = await harness.attempt((client) => client.checkSession());
    assert.equal(refusal(ended).code, "login_required");
    assert.deepEqual(redemptions(), []);
    await harness.nothingRemains();
  });

  test("refuses tokens by message with invalid_response when it asked for a code", async () => {
    await harness.signInByPopup("ada@example.com", CODE);
    const before = await harness.session();
    answerWithScript(
      tenant,
      `const state = new URLSearchParams(location.search).get("state");
       const response = { id_token: "a.b.c", access_token: "d.e.f", token_type: "Bearer", state };
       parent.postMessage({ type: "authorization_response", response }, "*");`,
    );
    const ended = await harness.attempt((client) => client.checkSession());
    assert.equal(refusal(ended).code, "invalid_response");
    assert.deepEqual(redemptions(), []);
    assert.deepEqual(await harness.session(), before);
  });
});

suite("the token endpoint", () => {
  test("refuses a wrong verifier, and serverCode is the tenant's own code", async () => {
    const address = await harness.comeBack(CODE, { appState: "mine" });
    const [verifier] = await verifiersOf(once(harness.authorizations()[0]).code_challenge);
    await harness.open("/");
    await driver.executeScript((right) => {
      for (const [name, record] of Object.entries(sessionStorage))
        sessionStorage.setItem(name, record.replace(right, right.split("").reverse().join("")));
    }, verifier);
    await driver.get(address);
    const error = refusal(await harness.handle(CODE));
    assert.deepEqual(
      [error.code, error.serverCode, error.appState],
      ["authorization_error", "invalid_grant", "mine"],
    );
    assert.equal((await harness.session()).isAuthenticated, false);
    assert.equal(redemptions().length, 1);
  });

  test("refuses another user's code", async () => {
    const address = await harness.comeBack(CODE);
    await harness.open(address.replace(/code=[^&]+/, "code=invented"));
    const error = refusal(await harness.handle(CODE));
    assert.deepEqual([error.code, error.serverCode], ["authorization_error", "invalid_grant"]);
  });

  test("a rate limit has the time to wait", async () => {
    await harness.comeBack(CODE);
    const answer = {
      status: 429,
      headers: { "Retry-After": "7" },
      body: { error: "too_many_requests" },
    };
    tenant.faults.set("answer", answer, { match: { target: "token" } });
    const { code, status, serverCode, retryAfterMs } = refusal(await harness.handle(CODE));
    assert.deepEqual([code, status, serverCode], ["rate_limited", 429, "too_many_requests"]);
    assert.equal(retryAfterMs, 7000);
  });

  for (const [fault, code, options] of [
    ["dropped-connection", "network_error"],
    ["without-cors", "network_error"],
    ["redirect", "network_error"],
    ["stalled-body", "timeout"],
    ["html-answer", "authorization_error"],
    ["broken-json", "authorization_error"],
    ["empty-answer", "authorization_error"],
    ["answer", "invalid_response", { status: 200, body: {} }],
    ["answer", "authorization_error", { status: 200, body: [] }],
    ["answer", "authorization_error", { status: 500, body: "" }],
    ["answer", "authorization_error", { status: 403, body: { error: "access_denied" } }],
    ["answer", "authorization_error", { status: 401, body: { error: "invalid_client" } }],
    ["answer", "authorization_error", { status: 400, body: { error: "login_required" } }],
    ["answer", "rate_limited", { status: 429, body: { error: "too_many_requests" } }],
  ]) {
    const title = [fault, options && JSON.stringify(options)].filter(Boolean).join(" ");
    test(`${title} is refused with ${code}, without a second attempt`, async () => {
      const changes = { ...CODE, timeoutMs: 1000 };
      await harness.comeBack(changes);
      tenant.faults.set(fault, options, { match: { target: "token" } });
      const error = refusal(await harness.handle(changes));
      assert.equal(error.code, code);
      if (options && code !== "invalid_response") {
        const { status, body } = options;
        assert.deepEqual([error.status, error.serverCode], [status, body.error]);
      }
      // Counts fetch calls, because the browser itself repeats requests on reused connections in the tenant's log.
      const fetched = await driver.executeScript(() => watched.fetched);
      assert.equal(fetched.filter((url) => url.endsWith("/oauth/token")).length, 1);
      assert.equal((await harness.session()).isAuthenticated, false);
      assert.equal(await driver.getCurrentUrl(), `${harness.origin}/callback`);
    });
  }
});

suite("the ID token is verified as in the implicit flow", () => {
  test("accepts an ID token without at_hash", async () => {
    tenant.faults.set("missing-at-hash");
    await harness.comeBack(CODE);
    assert.equal(success(await harness.handle(CODE)).claims.at_hash, undefined);
  });

  for (const [fault, code, options] of [
    ["wrong-at-hash", "access_token_hash"],
    ["wrong-nonce", "id_token_nonce"],
    ["missing-nonce", "id_token_nonce"],
    ["wrong-audience", "id_token_audience"],
    ["wrong-authorized-party", "id_token_authorized_party"],
    ["missing-subject", "id_token_subject"],
    ["wrong-issuer", "id_token_issuer"],
    ["expired-id-token", "id_token_expired"],
    ["issued-in-future", "id_token_issued_at", { seconds: 90_000 }],
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
    test(`${fault} is refused with ${code}, by redirect and silently`, async () => {
      await harness.comeBack(CODE, { appState: 3 });
      tenant.faults.set(fault, options);
      const error = refusal(await harness.handle(CODE));
      assert.deepEqual([error.code, error.appState], [code, 3]);
      assert.equal((await harness.session()).isAuthenticated, false);
      const silent = refusal(await harness.attempt((client) => client.checkSession()));
      assert.equal(silent.code, code);
      assert.equal((await harness.session()).isAuthenticated, false);
      tenant.faults.clear();
      success(await harness.attempt((client) => client.checkSession()));
    });
  }
});
