// linkIdentityWithPopup: a second sign-in beside the first, which stays as it is.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { ADA, ALAN, GRACE, once, openStage, refusal, signedInAs, success } from "../harness/stage.mjs";

const stage = await openStage();
const { tenant, driver } = stage;

const link = (client, options) => client.linkIdentityWithPopup(options);
const getUser = (client) => client.getUser();
const IDENTITIES = `/api/v2/users/${encodeURIComponent(ADA)}/identities`;

/** What the session is, and the token that the next call carries. */
async function primary() {
  success(await stage.attempt(getUser));
  const [call] = stage.requests("/api/v2/").slice(-1);
  assert.equal(signedInAs(tenant, call), ADA);
  return { session: await stage.session(), token: call.headers.authorization };
}

/** Refused, with the session as it was, and nothing sent that could have linked anything. */
async function refusedWith(code, before) {
  const error = refusal(await stage.ended());
  assert.equal(error.code, code);
  assert.deepEqual(
    stage.requests("/api/v2/").filter(({ method }) => method !== "GET"),
    [],
  );
  assert.equal(await stage.changes(), 0);
  assert.deepEqual(await primary(), before);
  await stage.nothingRemains();
  return error;
}

suite("linking another account", () => {
  test("a person presses a button, logs in to the other account, and it is linked", async () => {
    await stage.signIn();
    const before = await primary();
    await stage.press(link);
    await stage.inPopup(() => stage.logIn("grace@example.com"));
    const identities = success(await stage.ended());
    assert.deepEqual(
      identities.map(({ provider, user_id }) => `${provider}|${user_id}`),
      [ADA, "github|1815", GRACE],
    );
    assert.equal(tenant.users.has(GRACE), false);
    assert.equal(await stage.changes(), 0);
    assert.deepEqual(await primary(), before);
    await stage.nothingRemains();
  });

  test("asks for a log-in and for openid alone, each parameter once", async () => {
    await stage.signIn();
    await stage.press(link, { loginHint: "grace@example.com", connection: "google-oauth2" });
    success(await stage.ended());
    const [asked, ...more] = stage.authorizations();
    assert.deepEqual(more, []);
    const { state, nonce, ...rest } = once(asked);
    assert.deepEqual(rest, {
      audience: `http://${tenant.domain}/api/v2/`,
      scope: "openid",
      response_type: "token id_token",
      response_mode: "web_message",
      prompt: "login",
      client_id: "local-spa",
      redirect_uri: `${stage.origin}/callback`,
      login_hint: "grace@example.com",
      connection: "google-oauth2",
    });
    assert.notEqual(state, nonce);
  });

  test("sends link_with alone, with the session's token, once", async () => {
    await stage.signIn();
    const { token } = await primary();
    await stage.press(link, { loginHint: "grace@example.com" });
    success(await stage.ended());
    const [{ method, url, body, headers }, ...more] = stage.requests(IDENTITIES);
    assert.deepEqual(more, []);
    assert.deepEqual([method, url, headers.authorization], ["POST", IDENTITIES, token]);
    const { link_with, ...rest } = JSON.parse(body);
    assert.deepEqual(rest, {});
    assert.equal(tenant.readToken(link_with).claims.sub, GRACE);
    assert.equal(headers.cookie, undefined);
  });

  test("opens its window within the click", async () => {
    await stage.signIn();
    await stage.press((client) => {
      const ending = client.linkIdentityWithPopup({ loginHint: "grace@example.com" });
      globalThis.openedAtOnce = watched.opened.length;
      return ending;
    });
    success(await stage.ended());
    // The first one was the sign-in's.
    assert.equal(await driver.executeScript(() => openedAtOnce), 2);
  });

  test("the caller cannot make it silent or ask for more", async () => {
    await stage.signIn();
    await stage.press(link, {
      loginHint: "grace@example.com",
      scopes: ["read:current_user"],
      prompt: "none",
    });
    await stage.ended();
    for (const asked of stage.authorizations()) {
      const { prompt, scope } = once(asked);
      assert.deepEqual([prompt, scope], ["login", "openid"]);
    }
  });
});

suite("accounts that are not linked", () => {
  test("the signed-in user again", async () => {
    await stage.signIn();
    const before = await primary();
    await stage.press(link, { loginHint: "ada@example.com" });
    const { message } = await refusedWith("id_token_subject", before);
    assert.match(message, /other account/);
  });

  test("the signed-in user by an account that is linked already", async () => {
    await stage.signIn();
    const before = await primary();
    await stage.press(link);
    await stage.inPopup(() => stage.logIn("ada-github@example.com"));
    await refusedWith("id_token_subject", before);
  });

  test("one whose e-mail the ID token calls unverified", async () => {
    await stage.signIn();
    const before = await primary();
    const claims = { email: "alan@example.com", email_verified: false };
    tenant.faults.set(
      "tokens",
      { idToken: { claims } },
      { match: { params: { prompt: "login" } } },
    );
    await stage.press(link, { loginHint: "alan@example.com" });
    const { message } = await refusedWith("id_token_subject", before);
    assert.match(message, /verif/);
  });

  test("while one whose e-mail it calls verified is linked", async () => {
    await stage.signIn();
    const claims = { email: "grace@example.com", email_verified: true };
    tenant.faults.set(
      "tokens",
      { idToken: { claims } },
      { match: { params: { prompt: "login" } } },
    );
    await stage.press(link, { loginHint: "grace@example.com" });
    assert.equal(success(await stage.ended()).length, 3);
  });

  for (const [fault, code, options] of [
    ["wrong-nonce", "id_token_nonce"],
    ["tampered-signature", "id_token_signature"],
    ["foreign-signature", "id_token_signature"],
    ["algorithm-none", "id_token_algorithm"],
    ["wrong-audience", "id_token_audience"],
    ["wrong-issuer", "id_token_issuer"],
    ["expired-id-token", "id_token_expired"],
    ["wrong-at-hash", "access_token_hash"],
    ["swapped-access-token", "access_token_hash", { subject: ALAN }],
    ["foreign-access-token", "access_token_subject", { subject: ALAN }],
    ["machine-access-token", "machine_token_forbidden"],
    ["missing-id-token", "invalid_response"],
  ]) {
    test(`${fault}: ${code}`, async () => {
      await stage.signIn();
      const before = await primary();
      tenant.faults.set(fault, options, { times: 1 });
      await stage.press(link, { loginHint: "grace@example.com" });
      await refusedWith(code, before);
    });
  }
});

suite("a link that does not come about leaves the session alone", () => {
  test("popup_closed when the person closes the window", async () => {
    await stage.signIn();
    const before = await primary();
    await stage.press(link);
    await stage.inPopup(async () => {
      await stage.formShown();
      await driver.close();
    });
    await refusedWith("popup_closed", before);
  });

  test("aborted by the signal, and the window is closed", async () => {
    await stage.signIn();
    const before = await primary();
    await stage.press((client) => {
      globalThis.controller = new AbortController();
      return client.linkIdentityWithPopup({ signal: controller.signal });
    });
    await stage.inPopup(() => stage.formShown());
    await driver.executeScript(() => controller.abort());
    await refusedWith("aborted", before);
  });

  test("aborted by a signal that had been given beforehand, and no window opens", async () => {
    await stage.signIn();
    const before = await primary();
    await driver.executeScript(() => (watched.opened.length = 0));
    await stage.press((client) => client.linkIdentityWithPopup({ signal: AbortSignal.abort() }));
    assert.equal(refusal(await stage.ended()).code, "aborted");
    assert.deepEqual(await driver.executeScript(() => watched.opened), []);
    await refusedWith("aborted", before);
  });

  test("aborted when the signal comes while the account is being linked", async () => {
    await stage.signIn();
    tenant.faults.set(
      "delay",
      { ms: 2000 },
      { times: 1, match: { path: "/identities$", method: "POST" } },
    );
    const before = await primary();
    await stage.press((client) => {
      globalThis.controller = new AbortController();
      return client.linkIdentityWithPopup({
        signal: controller.signal,
        loginHint: "grace@example.com",
      });
    });
    await stage.windowsOpen(1);
    await driver.wait(() => stage.requests(IDENTITIES).length === 1, 5000);
    await driver.executeScript(() => controller.abort());
    assert.equal(refusal(await stage.ended()).code, "aborted");
    assert.equal(await stage.changes(), 0);
    assert.deepEqual(await stage.session(), before.session);
    await stage.nothingRemains();
  });

  test("timeout when the person does not log in in time", async () => {
    await stage.signIn();
    const before = await primary();
    await stage.press(link, { timeoutMs: 700 });
    await refusedWith("timeout", before);
  });

  test("access_denied when the person cancels at the tenant", async () => {
    await stage.signIn();
    const before = await primary();
    await stage.press(link);
    await stage.inPopup(() => stage.cancel());
    await refusedWith("access_denied", before);
  });

  test("popup_blocked without a click", async () => {
    await stage.signIn();
    const before = await primary();
    // The permission of the click that signed in would last for five seconds.
    await new Promise((resolve) => setTimeout(resolve, 5100));
    await stage.run(async ({ outcome }) => {
      const ending = await outcome(() => client.linkIdentityWithPopup());
      globalThis.ended = Promise.resolve(ending);
    });
    await refusedWith("popup_blocked", before);
  });

  test("an error of the API comes as it is", async () => {
    await stage.signIn();
    const before = await primary();
    tenant.faults.set(
      "api-error",
      { error: "identity_conflict" },
      { times: 1, match: { method: "POST" } },
    );
    await stage.press(link, { loginHint: "grace@example.com" });
    assert.equal(refusal(await stage.ended()).status, 409);
    assert.equal(await stage.changes(), 0);
    assert.deepEqual(await primary(), before);
    await stage.nothingRemains();
  });

  for (const [what, options] of [
    ["a signal that is none", { signal: {} }],
    ["an unknown option", { idToken: "x" }],
    ["a timeout below zero", { timeoutMs: -1 }],
  ]) {
    test(`${what} is refused before any window opens`, async () => {
      await stage.signIn();
      const before = await primary();
      await driver.executeScript(() => (watched.opened.length = 0));
      await stage.press(link, options);
      const { code } = refusal(await stage.ended());
      assert.match(code, /^invalid_(argument|configuration)$/);
      assert.deepEqual(await driver.executeScript(() => watched.opened), []);
      assert.deepEqual(await primary(), before);
    });
  }
});

suite("no window opens", () => {
  const opened = () => driver.executeScript(() => watched.opened);

  test("without a session: login_required", async () => {
    await stage.start();
    await stage.press(link);
    assert.equal(refusal(await stage.ended()).code, "login_required");
    assert.deepEqual(await opened(), []);
    assert.deepEqual(stage.authorizations(), []);
    await stage.nothingRemains();
  });

  test("without the scope: insufficient_scope, naming it", async () => {
    await stage.signIn("ada@example.com", { scopes: ["read:current_user"] });
    await driver.executeScript(() => (watched.opened.length = 0));
    await stage.press(link);
    const { code, requiredScopes } = refusal(await stage.ended());
    assert.deepEqual(
      [code, requiredScopes],
      ["insufficient_scope", ["update:current_user_identities"]],
    );
    assert.deepEqual(await opened(), []);
    assert.deepEqual(tenant.log, []);
    await stage.nothingRemains();
  });

  test("after the token's end: token_expired", async () => {
    await stage.signIn();
    await driver.executeScript(() => {
      const later = Date.now() + 3 * 3_600_000;
      Date.now = () => later;
      watched.opened.length = 0;
    });
    await stage.press(link);
    assert.equal(refusal(await stage.ended()).code, "token_expired");
    assert.deepEqual(await opened(), []);
    assert.deepEqual(tenant.log, []);
  });
});

suite("the session changes while the person is at the window", () => {
  test("after a logout nothing is linked", async () => {
    await stage.signIn();
    await stage.press(link);
    await stage.inPopup(() => stage.formShown());
    await driver.executeScript(() => client.logout({ localOnly: true }));
    await stage.inPopup(() => stage.logIn("grace@example.com"));
    assert.equal(refusal(await stage.ended()).code, "login_required");
    assert.deepEqual(stage.requests("/api/v2/"), []);
    assert.equal(tenant.users.has(GRACE), true);
    await stage.nothingRemains();
  });

  test("as another user, nothing is linked to that one", async () => {
    await stage.signIn();
    await stage.press(link);
    await stage.inPopup(() => stage.formShown());
    // Meanwhile a renewal finds somebody else signed in at the tenant.
    const sub = { claims: { sub: ALAN } };
    const match = { params: { prompt: "none" } };
    tenant.faults.set("tokens", { idToken: sub, accessToken: sub }, { match });
    assert.equal(success(await stage.attempt((client) => client.checkSession())).claims.sub, ALAN);
    tenant.clearLog();
    await stage.inPopup(() => stage.logIn("grace@example.com"));
    refusal(await stage.ended());
    assert.deepEqual(stage.requests("/api/v2/"), []);
    assert.equal(tenant.users.has(GRACE), true);
    await stage.nothingRemains();
  });
});
