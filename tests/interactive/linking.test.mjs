// linkIdentityWithPopup: a second sign-in, which leaves the session unchanged.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import {
  ADA,
  ALAN,
  GRACE,
  once,
  startHarness,
  refusal,
  signedInAs,
  success,
} from "../harness/index.mjs";

const harness = await startHarness({ watched: true });
const { tenant, driver } = harness;

const link = (client, options) => client.linkIdentityWithPopup(options);
const getUser = (client) => client.getUser();
const IDENTITIES = `/api/v2/users/${encodeURIComponent(ADA)}/identities`;

/** The session, and the token of the next call. */
async function primary() {
  success(await harness.attempt(getUser));
  const [call] = harness.requests("/api/v2/").slice(-1);
  assert.equal(signedInAs(tenant, call), ADA);
  return { session: await harness.session(), token: call.headers.authorization };
}

/** Asserts a refusal that left the session unchanged and sent no request to link. */
async function refusedWith(code, before) {
  const error = refusal(await harness.ended());
  assert.equal(error.code, code);
  assert.deepEqual(
    harness.requests("/api/v2/").filter(({ method }) => method !== "GET"),
    [],
  );
  assert.equal(await harness.changes(), 0);
  assert.deepEqual(await primary(), before);
  await harness.nothingRemains();
  return error;
}

suite("linking another account", () => {
  test("a person presses a button, logs in to the other account, and it is linked", async () => {
    await harness.signInByPopup();
    const before = await primary();
    await harness.press(link);
    await harness.inPopup(() => harness.logIn("grace@example.com"));
    const identities = success(await harness.ended());
    assert.deepEqual(
      identities.map(({ provider, user_id }) => `${provider}|${user_id}`),
      [ADA, "github|1815", GRACE],
    );
    assert.equal(tenant.users.has(GRACE), false);
    assert.equal(await harness.changes(), 0);
    assert.deepEqual(await primary(), before);
    await harness.nothingRemains();
  });

  test("asks for a login and for openid alone, each parameter once", async () => {
    await harness.signInByPopup();
    await harness.press(link, { loginHint: "grace@example.com", connection: "google-oauth2" });
    success(await harness.ended());
    const [asked, ...more] = harness.authorizations();
    assert.deepEqual(more, []);
    const { state, nonce, ...rest } = once(asked);
    assert.deepEqual(rest, {
      audience: `http://${tenant.domain}/api/v2/`,
      scope: "openid",
      response_type: "token id_token",
      response_mode: "web_message",
      prompt: "login",
      client_id: "local-spa",
      redirect_uri: `${harness.origin}/callback`,
      login_hint: "grace@example.com",
      connection: "google-oauth2",
    });
    assert.notEqual(state, nonce);
  });

  test("sends link_with alone, with the session's token, once", async () => {
    await harness.signInByPopup();
    const { token } = await primary();
    await harness.press(link, { loginHint: "grace@example.com" });
    success(await harness.ended());
    const [{ method, url, body, headers }, ...more] = harness.requests(IDENTITIES);
    assert.deepEqual(more, []);
    assert.deepEqual([method, url, headers.authorization], ["POST", IDENTITIES, token]);
    const { link_with, ...rest } = JSON.parse(body);
    assert.deepEqual(rest, {});
    assert.equal(tenant.readToken(link_with).claims.sub, GRACE);
    assert.equal(headers.cookie, undefined);
  });

  test("opens its window within the click", async () => {
    await harness.signInByPopup();
    await harness.press((client) => {
      const ending = client.linkIdentityWithPopup({ loginHint: "grace@example.com" });
      globalThis.openedAtOnce = watched.opened.length;
      return ending;
    });
    success(await harness.ended());
    // The first window was the sign-in's.
    assert.equal(await driver.executeScript(() => openedAtOnce), 2);
  });

  test("the caller cannot make it silent or ask for more scopes", async () => {
    await harness.signInByPopup();
    await harness.press(link, {
      loginHint: "grace@example.com",
      scopes: ["read:current_user"],
      prompt: "none",
    });
    await harness.ended();
    for (const asked of harness.authorizations()) {
      const { prompt, scope } = once(asked);
      assert.deepEqual([prompt, scope], ["login", "openid"]);
    }
  });
});

suite("accounts that are not linked", () => {
  test("refuses to link the signed-in user's own account", async () => {
    await harness.signInByPopup();
    const before = await primary();
    await harness.press(link, { loginHint: "ada@example.com" });
    const { message } = await refusedWith("id_token_subject", before);
    assert.match(message, /other account/);
  });

  test("refuses to link the signed-in user by an account that is linked already", async () => {
    await harness.signInByPopup();
    const before = await primary();
    await harness.press(link);
    await harness.inPopup(() => harness.logIn("ada-github@example.com"));
    await refusedWith("id_token_subject", before);
  });

  for (const email_verified of [true, false]) {
    test(`links an account whose ID token has email_verified: ${email_verified}`, async () => {
      await harness.signInByPopup();
      const claims = { email: "grace@example.com", email_verified };
      tenant.faults.set(
        "tokens",
        { idToken: { claims } },
        { match: { params: { prompt: "login" } } },
      );
      await harness.press(link, { loginHint: "grace@example.com" });
      assert.equal(success(await harness.ended()).length, 3);
    });
  }

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
    test(`${fault} is refused with ${code}`, async () => {
      await harness.signInByPopup();
      const before = await primary();
      tenant.faults.set(fault, options, { times: 1 });
      await harness.press(link, { loginHint: "grace@example.com" });
      await refusedWith(code, before);
    });
  }
});

suite("a failed link leaves the session alone", () => {
  test("is refused with popup_closed when the person closes the window", async () => {
    await harness.signInByPopup();
    const before = await primary();
    await harness.press(link);
    await harness.inPopup(async () => {
      await harness.formShown();
      await driver.close();
    });
    await refusedWith("popup_closed", before);
  });

  test("is refused with aborted by the signal, and the window is closed", async () => {
    await harness.signInByPopup();
    const before = await primary();
    await harness.press((client) => {
      globalThis.controller = new AbortController();
      return client.linkIdentityWithPopup({ signal: controller.signal });
    });
    await harness.inPopup(() => harness.formShown());
    await driver.executeScript(() => controller.abort());
    await refusedWith("aborted", before);
  });

  test("is refused with aborted by a signal that was aborted before, and no window opens", async () => {
    await harness.signInByPopup();
    const before = await primary();
    await driver.executeScript(() => (watched.opened.length = 0));
    await harness.press((client) => client.linkIdentityWithPopup({ signal: AbortSignal.abort() }));
    assert.equal(refusal(await harness.ended()).code, "aborted");
    assert.deepEqual(await driver.executeScript(() => watched.opened), []);
    await refusedWith("aborted", before);
  });

  test("is refused with aborted when the signal fires while the account is being linked", async () => {
    await harness.signInByPopup();
    tenant.faults.set(
      "delay",
      { ms: 2000 },
      { times: 1, match: { path: "/identities$", method: "POST" } },
    );
    const before = await primary();
    await harness.press((client) => {
      globalThis.controller = new AbortController();
      return client.linkIdentityWithPopup({
        signal: controller.signal,
        loginHint: "grace@example.com",
      });
    });
    await harness.windowsOpen(1);
    await driver.wait(() => harness.requests(IDENTITIES).length === 1, 5000);
    await driver.executeScript(() => controller.abort());
    assert.equal(refusal(await harness.ended()).code, "aborted");
    assert.equal(await harness.changes(), 0);
    assert.deepEqual(await harness.session(), before.session);
    await harness.nothingRemains();
  });

  test("is refused with timeout when the person does not log in in time", async () => {
    await harness.signInByPopup();
    const before = await primary();
    await harness.press(link, { timeoutMs: 700 });
    await refusedWith("timeout", before);
  });

  test("is refused with access_denied when the person cancels at the tenant", async () => {
    await harness.signInByPopup();
    const before = await primary();
    await harness.press(link);
    await harness.inPopup(() => harness.cancel());
    await refusedWith("access_denied", before);
  });

  test("is refused with popup_blocked without a click", async () => {
    await harness.signInByPopup();
    const before = await primary();
    // The click of the sign-in would still permit a window for five seconds.
    await new Promise((resolve) => setTimeout(resolve, 5100));
    await harness.run(async ({ outcome }) => {
      const ending = await outcome(() => client.linkIdentityWithPopup());
      globalThis.ended = Promise.resolve(ending);
    });
    await refusedWith("popup_blocked", before);
  });

  test("returns an error of the API unchanged", async () => {
    await harness.signInByPopup();
    const before = await primary();
    tenant.faults.set(
      "api-error",
      { error: "identity_conflict" },
      { times: 1, match: { method: "POST" } },
    );
    await harness.press(link, { loginHint: "grace@example.com" });
    assert.equal(refusal(await harness.ended()).status, 409);
    assert.equal(await harness.changes(), 0);
    assert.deepEqual(await primary(), before);
    await harness.nothingRemains();
  });

  for (const [what, options] of [
    ["a signal that is not an AbortSignal", { signal: {} }],
    ["an unknown option", { idToken: "x" }],
    ["a timeout below zero", { timeoutMs: -1 }],
  ]) {
    test(`${what} is refused before any window opens`, async () => {
      await harness.signInByPopup();
      const before = await primary();
      await driver.executeScript(() => (watched.opened.length = 0));
      await harness.press(link, options);
      const { code } = refusal(await harness.ended());
      assert.match(code, /^invalid_(argument|configuration)$/);
      assert.deepEqual(await driver.executeScript(() => watched.opened), []);
      assert.deepEqual(await primary(), before);
    });
  }
});

suite("no window opens", () => {
  const opened = () => driver.executeScript(() => watched.opened);

  test("without a session it is refused with login_required", async () => {
    await harness.start();
    await harness.press(link);
    assert.equal(refusal(await harness.ended()).code, "login_required");
    assert.deepEqual(await opened(), []);
    assert.deepEqual(harness.authorizations(), []);
    await harness.nothingRemains();
  });

  test("without the scope it is refused with insufficient_scope, which names the scope", async () => {
    await harness.signInByPopup("ada@example.com", { scopes: ["read:current_user"] });
    await driver.executeScript(() => (watched.opened.length = 0));
    await harness.press(link);
    const { code, requiredScopes } = refusal(await harness.ended());
    assert.deepEqual(
      [code, requiredScopes],
      ["insufficient_scope", ["update:current_user_identities"]],
    );
    assert.deepEqual(await opened(), []);
    assert.deepEqual(tenant.log, []);
    await harness.nothingRemains();
  });

  test("after the token's end it is refused with token_expired", async () => {
    await harness.signInByPopup();
    await driver.executeScript(() => {
      const later = Date.now() + 3 * 3_600_000;
      Date.now = () => later;
      watched.opened.length = 0;
    });
    await harness.press(link);
    assert.equal(refusal(await harness.ended()).code, "token_expired");
    assert.deepEqual(await opened(), []);
    assert.deepEqual(tenant.log, []);
  });
});

suite("the session changes while the person is at the popup", () => {
  test("links nothing after a logout", async () => {
    await harness.signInByPopup();
    await harness.press(link);
    await harness.inPopup(() => harness.formShown());
    await driver.executeScript(() => client.logout({ localOnly: true }));
    await harness.inPopup(() => harness.logIn("grace@example.com"));
    assert.equal(refusal(await harness.ended()).code, "login_required");
    assert.deepEqual(harness.requests("/api/v2/"), []);
    assert.equal(tenant.users.has(GRACE), true);
    await harness.nothingRemains();
  });

  test("links nothing to another user who has signed in meanwhile", async () => {
    await harness.signInByPopup();
    await harness.press(link);
    await harness.inPopup(() => harness.formShown());
    // Meanwhile the session ends, and a silent sign-in finds another user signed in at the tenant.
    await driver.executeScript(() => client.logout({ localOnly: true }));
    const sub = { claims: { sub: ALAN } };
    const match = { params: { prompt: "none" } };
    tenant.faults.set("tokens", { idToken: sub, accessToken: sub }, { match });
    assert.equal(
      success(await harness.attempt((client) => client.checkSession())).claims.sub,
      ALAN,
    );
    tenant.clearLog();
    await harness.inPopup(() => harness.logIn("grace@example.com"));
    refusal(await harness.ended());
    assert.deepEqual(harness.requests("/api/v2/"), []);
    assert.equal(tenant.users.has(GRACE), true);
    await harness.nothingRemains();
  });
});
