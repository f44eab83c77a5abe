// The implicit flow, the tenant's login page, and silent authentication.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, beforeEach, test } from "node:test";
import { startTenant } from "../../tenant/index.mjs";
import { ADA, GRACE, REDIRECT_URI, Visitor, authorizeUrl, responseOf, verify } from "./visitor.mjs";

const tenant = await startTenant();
after(() => tenant.close());
beforeEach(() => tenant.reset());

const atHashOf = (token) =>
  createHash("sha256").update(token).digest().subarray(0, 16).toString("base64url");

test("the documented request returns a verifiable ID token and access token", async () => {
  const state = "opaque+/=&%7C ü";
  const response = await new Visitor().signIn(tenant, { scope: "read:current_user", state });

  assert.deepEqual(Object.keys(response).sort(), [
    "access_token",
    "expires_in",
    "id_token",
    "scope",
    "state",
    "token_type",
  ]);
  assert.equal(response.state, state);
  assert.equal(response.token_type, "Bearer");
  assert.equal(response.expires_in, "7200");
  assert.equal(response.scope, "read:current_user");

  const access = await verify(tenant, response.access_token, { audience: tenant.audience });
  assert.deepEqual(access.protectedHeader, { alg: "RS256", typ: "JWT", kid: tenant.keys[0].kid });
  const { iat, exp, ...claims } = access.payload;
  assert.equal(exp - iat, 7200);
  assert.deepEqual(claims, {
    iss: tenant.issuer,
    sub: ADA,
    aud: tenant.audience,
    azp: "local-spa",
    scope: "read:current_user",
  });

  const id = await verify(tenant, response.id_token, { audience: "local-spa" });
  assert.equal(id.payload.sub, ADA);
  assert.equal(id.payload.nonce, "the-nonce");
  assert.equal(id.payload.at_hash, atHashOf(response.access_token));
  assert.equal(id.payload.exp - id.payload.iat, 36_000);
  assert.equal(typeof id.payload.sid, "string");
  assert.equal("email" in id.payload, false);
});

test("openid adds the userinfo audience, and profile and email add their claims", async () => {
  const response = await new Visitor().signIn(tenant, {
    scope: "openid profile email read:current_user",
  });
  const { payload: access } = await verify(tenant, response.access_token);
  assert.deepEqual(access.aud, [tenant.audience, `${tenant.issuer}userinfo`]);
  assert.equal(access.scope, "openid profile email read:current_user");
  const { payload: id } = await verify(tenant, response.id_token);
  assert.equal(id.name, "Ada Lovelace");
  assert.equal(id.email_verified, true);

  const userinfo = await fetch(`${tenant.url}userinfo`, {
    headers: { authorization: `Bearer ${response.access_token}` },
  });
  assert.equal(userinfo.headers.get("access-control-allow-origin"), "*");
  assert.equal((await userinfo.json()).email, "ada@example.com");
});

test("drops scopes that the application may not have, without an error", async () => {
  tenant.applications.get("local-spa").current_user_scopes = ["read:current_user"];
  const response = await new Visitor().signIn(tenant, {
    scope: "openid read:current_user update:current_user_metadata update:users nonsense",
  });
  assert.equal(response.scope, "openid read:current_user");
});

test("returns an empty scope, not an error, if nothing is granted", async () => {
  const response = await new Visitor().signIn(tenant, { scope: "update:users" });
  assert.equal(response.scope, "");
  assert.equal((await verify(tenant, response.access_token)).payload.scope, undefined);
});

test("response_type=token returns the access token alone", async () => {
  const response = await new Visitor().signIn(tenant, {
    response_type: "token",
    nonce: undefined,
    scope: "read:current_user",
  });
  assert.deepEqual(Object.keys(response).sort(), [
    "access_token",
    "expires_in",
    "scope",
    "state",
    "token_type",
  ]);
});

test("response_type=id_token returns the ID token alone, without at_hash", async () => {
  const response = await new Visitor().signIn(tenant, {
    response_type: "id_token",
    audience: undefined,
  });
  assert.deepEqual(Object.keys(response).sort(), ["id_token", "state"]);
  assert.equal((await verify(tenant, response.id_token)).payload.at_hash, undefined);
});

test("without an audience the access token is opaque and valid for /userinfo only", async () => {
  const response = await new Visitor().signIn(tenant, {
    audience: undefined,
    scope: "openid email",
  });
  assert.equal(response.access_token.includes("."), false);
  const authorization = `Bearer ${response.access_token}`;
  const userinfo = await fetch(`${tenant.url}userinfo`, { headers: { authorization } });
  assert.equal((await userinfo.json()).email, "ada@example.com");
});

test("an opaque access token outlives the next sign-in of its session, and the session", async () => {
  const visitor = new Visitor();
  const { access_token } = await visitor.signIn(tenant, { audience: undefined });
  const authorization = `Bearer ${access_token}`;
  const status = async () =>
    (await fetch(`${tenant.url}userinfo`, { headers: { authorization } })).status;
  await visitor.signIn(tenant, { audience: undefined });
  assert.equal(await status(), 200);
  await visitor.go(`${tenant.url}v2/logout`);
  assert.equal(await status(), 200);
});

test("refuses an ID token without a nonce", async () => {
  const end = await new Visitor().go(authorizeUrl(tenant, { nonce: undefined }));
  assert.equal(responseOf(end).error, "invalid_request");
});

test("refuses an unknown audience with Auth0's error", async () => {
  for (const audience of ["https://nobody.invalid/", tenant.audience.slice(0, -1), "no-url"]) {
    const response = responseOf(await new Visitor().go(authorizeUrl(tenant, { audience })));
    assert.deepEqual(response, {
      error: "access_denied",
      error_description: `Service not found: ${audience}`,
      state: "the-state",
    });
  }
});

test("shows a page for an unknown application or redirect URI, and never redirects", async () => {
  for (const changes of [
    { client_id: "nobody" },
    { redirect_uri: "https://attacker.invalid/" },
    { redirect_uri: "http://localhost.attacker.invalid/" },
  ]) {
    const page = await new Visitor().go(authorizeUrl(tenant, changes));
    assert.equal(page.status, 400);
    assert.match(page.text, /something went wrong/);
  }
});

test("refuses the implicit grant to an application without it", async () => {
  const response = responseOf(
    await new Visitor().go(authorizeUrl(tenant, { client_id: "local-spa-code-only" })),
  );
  assert.equal(response.error, "unauthorized_client");
});

test("the login page has labels and buttons, and no external resource", async () => {
  const page = await new Visitor().go(
    authorizeUrl(tenant, { login_hint: `"><script>x</script>@example.com` }),
  );
  assert.equal(page.status, 200);
  assert.match(page.text, /<label for="email">Email<\/label>/);
  assert.match(page.text, /<label for="password">Password<\/label>/);
  assert.match(page.text, />Continue<\/button>/);
  assert.match(page.text, />Cancel<\/button>/);
  assert.doesNotMatch(page.text, /<script|https?:\/\//);
  assert.equal(page.headers.get("x-frame-options"), "DENY");
});

test("the login page reports a wrong password, and then accepts the right one", async () => {
  const visitor = new Visitor();
  const page = await visitor.go(authorizeUrl(tenant));
  const again = await visitor.submit(page, { email: "ada@example.com", password: "wrong" });
  assert.equal(again.status, 401);
  assert.match(again.text, /role="alert"[^>]*>Wrong email or password/);
  const end = await visitor.submit(again, { email: "ADA@example.com", password: "correct horse" });
  assert.ok(responseOf(end).id_token);
});

test("Cancel returns access_denied", async () => {
  const visitor = new Visitor();
  const end = await visitor.submit(await visitor.go(authorizeUrl(tenant)), { action: "cancel" });
  assert.equal(responseOf(end).error, "access_denied");
  assert.equal(responseOf(end).state, "the-state");
});

test("prompt=none succeeds with a session, and returns login_required without one", async () => {
  const visitor = new Visitor();
  assert.deepEqual(responseOf(await visitor.go(authorizeUrl(tenant, { prompt: "none" }))), {
    error: "login_required",
    error_description: "Login required",
    state: "the-state",
  });
  await visitor.signIn(tenant);
  assert.ok(responseOf(await visitor.go(authorizeUrl(tenant, { prompt: "none" }))).id_token);
});

test("response_mode=web_message posts the parameters to the redirect URI's origin", async () => {
  const visitor = new Visitor();
  const params = { prompt: "none", response_mode: "web_message" };
  const refused = await visitor.go(authorizeUrl(tenant, params));
  assert.match(refused.text, /"error":"login_required","error_description":"Login required"/);
  await visitor.signIn(tenant);
  const page = await visitor.go(authorizeUrl(tenant, params));
  assert.equal(page.status, 200);
  assert.equal(page.headers.get("x-frame-options"), null);
  const { response, redirect_uri } = JSON.parse(/var data = (.*);/.exec(page.text)[1]);
  assert.equal(redirect_uri, REDIRECT_URI);
  assert.deepEqual(Object.keys(response).sort(), [
    "access_token",
    "expires_in",
    "id_token",
    "scope",
    "state",
    "token_type",
  ]);
});

test("prompt=login shows the login page again, and can change the user by plain redirects", async () => {
  const visitor = new Visitor();
  await visitor.signIn(tenant);
  const page = await visitor.go(authorizeUrl(tenant, { prompt: "login" }));
  assert.match(page.text, /Password/);
  const end = await visitor.submit(page, { email: "grace@example.com", password: "correct horse" });
  assert.equal((await verify(tenant, responseOf(end).id_token)).payload.sub, GRACE);
  const silent = responseOf(await visitor.go(authorizeUrl(tenant, { prompt: "none" })));
  assert.equal((await verify(tenant, silent.id_token)).payload.sub, GRACE);
});

test("prompt=login and max_age add auth_time", async () => {
  const visitor = new Visitor();
  await visitor.signIn(tenant);
  const response = responseOf(
    await visitor.go(authorizeUrl(tenant, { max_age: "3600", prompt: "none" })),
  );
  const { auth_time } = (await verify(tenant, response.id_token)).payload;
  assert.ok(Math.abs(auth_time - Date.now() / 1000) < 30);
});

test("prompt=consent shows a page to accept or decline, and prompt=select_account the login page", async () => {
  const visitor = new Visitor();
  await visitor.signIn(tenant);
  const consent = await visitor.go(authorizeUrl(tenant, { prompt: "consent" }));
  assert.match(consent.text, /Authorize App/);
  assert.ok(responseOf(await visitor.submit(consent, { action: "accept" })).access_token);
  const declined = await visitor.submit(
    await visitor.go(authorizeUrl(tenant, { prompt: "consent" })),
    { action: "cancel" },
  );
  assert.equal(responseOf(declined).error, "access_denied");

  const select = await visitor.go(authorizeUrl(tenant, { prompt: "select_account" }));
  assert.ok(
    responseOf(
      await visitor.submit(select, { email: "alan@example.com", password: "correct horse" }),
    ).id_token,
  );
});

test("autoLogin signs in a known login_hint without the page, if it is enabled", async () => {
  const url = authorizeUrl(tenant, { login_hint: "grace@example.com" });
  const page = await new Visitor().go(url);
  assert.match(page.text, /value="grace@example.com"/);
  tenant.configure({ autoLogin: true });
  const response = responseOf(await new Visitor().go(url));
  assert.equal((await verify(tenant, response.id_token)).payload.sub, GRACE);
});

test("connection limits who can log in, and an unknown one is refused", async () => {
  const visitor = new Visitor();
  const page = await visitor.go(authorizeUrl(tenant, { connection: "google-oauth2" }));
  assert.equal(
    (await visitor.submit(page, { email: "ada@example.com", password: "correct horse" })).status,
    401,
  );
  assert.ok(
    responseOf(
      await visitor.submit(page, { email: "grace@example.com", password: "correct horse" }),
    ).id_token,
  );
  const response = responseOf(await visitor.go(authorizeUrl(tenant, { connection: "none" })));
  assert.equal(response.error_description, "the connection was not found");
});

test("organization, by id or by name, adds org_id and org_name, and non-members are refused", async () => {
  const [{ id }] = tenant.organizations.values();
  for (const organization of [id, "acme"]) {
    const response = await new Visitor().signIn(tenant, { organization });
    for (const token of [response.id_token, response.access_token]) {
      const { payload } = await verify(tenant, token);
      assert.equal(payload.org_id, id);
      assert.equal(payload.org_name, "acme");
    }
  }
  const outsider = await new Visitor().signIn(tenant, {
    organization: id,
    email: "alan@example.com",
  });
  assert.equal(outsider.error, "access_denied");
  assert.equal(
    (await new Visitor().signIn(tenant, { organization: "org_nobody" })).error,
    "invalid_request",
  );
});

test("a blocked user is refused with unauthorized", async () => {
  tenant.users.get(ADA).blocked = true;
  assert.equal((await new Visitor().signIn(tenant)).error, "unauthorized");
});

test("a request cannot set the tenant's internal notes", async () => {
  const response = await new Visitor().signIn(tenant, { only_token: "1", openid_implied: "1" });
  assert.ok(response.id_token);
  assert.match(response.scope, /^openid /);
});

test("two concurrent logins in one browser both succeed", async () => {
  const visitor = new Visitor();
  const one = await visitor.go(authorizeUrl(tenant, { state: "one" }));
  const two = await visitor.go(authorizeUrl(tenant, { state: "two" }));
  const credentials = { email: "ada@example.com", password: "correct horse" };
  assert.equal(responseOf(await visitor.submit(two, credentials)).state, "two");
  assert.equal(responseOf(await visitor.submit(one, credentials)).state, "one");
});
