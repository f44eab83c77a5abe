import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { after, beforeEach, suite, test } from "node:test";

import { startTenant } from "../../tenant/index.mjs";
import {
  ADA,
  ALL_SCOPES,
  GRACE,
  REDIRECT_URI,
  Visitor,
  authorizeUrl,
  requestToken,
  responseOf,
  verify,
} from "./visitor.mjs";

const tenant = await startTenant();
after(() => tenant.close());
beforeEach(() => tenant.reset());

const atHashOf = (token) =>
  createHash("sha256").update(token).digest().subarray(0, 16).toString("base64url");

test("the documented request ends in a verifiable ID token and access token", async () => {
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

test("openid adds the userinfo audience, profile and email their claims", async () => {
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

test("scopes that the application may not have fall away without a word", async () => {
  tenant.applications.get("local-spa").current_user_scopes = ["read:current_user"];
  const response = await new Visitor().signIn(tenant, {
    scope: "openid read:current_user update:current_user_metadata update:users nonsense",
  });
  assert.equal(response.scope, "openid read:current_user");
});

test("nothing granted is an empty scope, not an error", async () => {
  const response = await new Visitor().signIn(tenant, { scope: "update:users" });
  assert.equal(response.scope, "");
  assert.equal((await verify(tenant, response.access_token)).payload.scope, undefined);
});

test("response_type=token gives the access token alone", async () => {
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

test("response_type=id_token gives the ID token alone, without at_hash", async () => {
  const response = await new Visitor().signIn(tenant, {
    response_type: "id_token",
    audience: undefined,
  });
  assert.deepEqual(Object.keys(response).sort(), ["id_token", "state"]);
  assert.equal((await verify(tenant, response.id_token)).payload.at_hash, undefined);
});

test("no audience: the access token is opaque and good for /userinfo alone", async () => {
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

test("an ID token without a nonce is refused", async () => {
  const end = await new Visitor().go(authorizeUrl(tenant, { nonce: undefined }));
  assert.equal(responseOf(end).error, "invalid_request");
});

test("an unknown audience is refused in Auth0's words", async () => {
  for (const audience of ["https://nobody.invalid/", tenant.audience.slice(0, -1), "no-url"]) {
    const response = responseOf(await new Visitor().go(authorizeUrl(tenant, { audience })));
    assert.deepEqual(response, {
      error: "access_denied",
      error_description: `Service not found: ${audience}`,
      state: "the-state",
    });
  }
});

test("an unknown application or redirect URI is a page, never a redirect", async () => {
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

test("the implicit grant is refused to an application that lacks it", async () => {
  const response = responseOf(
    await new Visitor().go(authorizeUrl(tenant, { client_id: "local-spa-code-only" })),
  );
  assert.equal(response.error, "unauthorized_client");
});

test("the login page has labels and buttons, and no outside resource", async () => {
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

test("a wrong password is said on the page, and the right one then works", async () => {
  const visitor = new Visitor();
  const page = await visitor.go(authorizeUrl(tenant));
  const again = await visitor.submit(page, { email: "ada@example.com", password: "wrong" });
  assert.equal(again.status, 401);
  assert.match(again.text, /role="alert"[^>]*>Wrong email or password/);
  const end = await visitor.submit(again, { email: "ADA@example.com", password: "correct horse" });
  assert.ok(responseOf(end).id_token);
});

test("Cancel is access_denied", async () => {
  const visitor = new Visitor();
  const end = await visitor.submit(await visitor.go(authorizeUrl(tenant)), { action: "cancel" });
  assert.equal(responseOf(end).error, "access_denied");
  assert.equal(responseOf(end).state, "the-state");
});

test("a session answers prompt=none; without one it is login_required", async () => {
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

test("prompt=login asks again and can change the user by plain redirects", async () => {
  const visitor = new Visitor();
  await visitor.signIn(tenant);
  const page = await visitor.go(authorizeUrl(tenant, { prompt: "login" }));
  assert.match(page.text, /Password/);
  const end = await visitor.submit(page, { email: "grace@example.com", password: "correct horse" });
  assert.equal((await verify(tenant, responseOf(end).id_token)).payload.sub, GRACE);
  const silent = responseOf(await visitor.go(authorizeUrl(tenant, { prompt: "none" })));
  assert.equal((await verify(tenant, silent.id_token)).payload.sub, GRACE);
});

test("prompt=login and max_age give auth_time", async () => {
  const visitor = new Visitor();
  await visitor.signIn(tenant);
  const response = responseOf(
    await visitor.go(authorizeUrl(tenant, { max_age: "3600", prompt: "none" })),
  );
  const { auth_time } = (await verify(tenant, response.id_token)).payload;
  assert.ok(Math.abs(auth_time - Date.now() / 1000) < 30);
});

test("prompt=consent shows a page to accept or decline, prompt=select_account the login page", async () => {
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

test("autoLogin signs a known login_hint in without the page, and only when switched on", async () => {
  const url = authorizeUrl(tenant, { login_hint: "grace@example.com" });
  const page = await new Visitor().go(url);
  assert.match(page.text, /value="grace@example.com"/);
  tenant.configure({ autoLogin: true });
  const response = responseOf(await new Visitor().go(url));
  assert.equal((await verify(tenant, response.id_token)).payload.sub, GRACE);
});

test("connection limits who can log in; an unknown one is refused", async () => {
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

test("organization, by id or by name, ends in org_id and org_name; outsiders are refused", async () => {
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

test("a blocked user is unauthorized", async () => {
  tenant.users.get(ADA).blocked = true;
  assert.equal((await new Visitor().signIn(tenant)).error, "unauthorized");
});

test("nobody can set the tenant's own notes on a request", async () => {
  const response = await new Visitor().signIn(tenant, { only_token: "1", openid_implied: "1" });
  assert.ok(response.id_token);
  assert.match(response.scope, /^openid /);
});

suite("code with PKCE", () => {
  const verifier = randomBytes(32).toString("base64url");
  const begin = (visitor, changes) =>
    visitor.signIn(tenant, {
      response_type: "code",
      client_id: "local-spa-code-only",
      code_challenge: createHash("sha256").update(verifier).digest("base64url"),
      code_challenge_method: "S256",
      ...changes,
    });
  const redeem = (code, { code_verifier = verifier, json } = {}) =>
    requestToken(
      tenant,
      {
        grant_type: "authorization_code",
        client_id: "local-spa-code-only",
        redirect_uri: REDIRECT_URI,
        code,
        code_verifier,
      },
      { json },
    );

  test("is redeemed once, with the right verifier, without a secret", async () => {
    const { code, ...rest } = await begin(new Visitor(), { organization: "acme" });
    assert.deepEqual(rest, { state: "the-state" });
    const { status, body } = await redeem(code, { json: true });
    assert.equal(status, 200);
    assert.equal(body.token_type, "Bearer");
    assert.equal(body.expires_in, 86_400);
    assert.deepEqual(body.scope.split(" "), ["openid", ...ALL_SCOPES]);
    const audience = "local-spa-code-only";
    const { payload: id } = await verify(tenant, body.id_token, { audience });
    assert.equal(id.nonce, "the-nonce");
    assert.equal(id.org_name, "acme");
    assert.equal(typeof id.sid, "string");
    const { payload: access } = await verify(tenant, body.access_token);
    assert.deepEqual(access.aud, [tenant.audience, `${tenant.issuer}userinfo`]);
    assert.equal(access.azp, "local-spa-code-only");

    assert.deepEqual((await redeem(code)).body, {
      error: "invalid_grant",
      error_description: "Invalid authorization code",
    });
    const { code: another } = await begin(new Visitor());
    const wrong = await redeem(another, { code_verifier: randomBytes(32).toString("base64url") });
    assert.deepEqual([wrong.status, wrong.body.error], [403, "invalid_grant"]);
  });

  test("of two codes of one session each is redeemed, with its own nonce and scopes", async () => {
    const visitor = new Visitor();
    const one = await begin(visitor, { nonce: "one", scope: "openid read:current_user" });
    const two = await begin(visitor, { nonce: "two", scope: "openid email" });
    const ends = [];
    for (const { code } of [one, two]) {
      const { status, body } = await redeem(code);
      assert.equal(status, 200, JSON.stringify(body));
      const { payload } = await verify(tenant, body.id_token);
      ends.push([payload.sub, payload.nonce, payload.sid, body.scope]);
    }
    const sid = ends[0][2];
    assert.deepEqual(ends, [
      [ADA, "one", sid, "openid read:current_user"],
      [ADA, "two", sid, "openid email"],
    ]);
  });

  test("a code that is redeemed again takes no other code of its session with it", async () => {
    const visitor = new Visitor();
    const one = await begin(visitor);
    const two = await begin(visitor);
    assert.equal((await redeem(one.code)).status, 200);
    assert.equal((await redeem(one.code)).body.error, "invalid_grant");
    assert.equal((await redeem(two.code)).status, 200);
  });

  test("a code that was not redeemed yet outlives its session", async () => {
    const visitor = new Visitor();
    const { code } = await begin(visitor);
    await visitor.go(`${tenant.url}v2/logout`);
    assert.equal((await redeem(code)).status, 200);
  });
});

test("code without a challenge is refused", async () => {
  const response = responseOf(
    await new Visitor().go(authorizeUrl(tenant, { response_type: "code" })),
  );
  assert.equal(response.error, "invalid_request");
});

test("/v2/logout ends the session and returns to allowed URLs only", async () => {
  const visitor = new Visitor();
  await visitor.signIn(tenant);
  const logout = `${tenant.url}v2/logout?`;
  const bad = await visitor.go(
    `${logout}client_id=local-spa&returnTo=https%3A%2F%2Fattacker.invalid%2F`,
  );
  assert.equal(bad.status, 400);
  assert.ok(responseOf(await visitor.go(authorizeUrl(tenant, { prompt: "none" }))).id_token);

  const good = await visitor.go(
    `${logout}client_id=local-spa&returnTo=http%3A%2F%2Flocalhost%3A9999%2F&federated`,
  );
  assert.equal(good.left, "http://localhost:9999/");
  assert.equal(good.status, 302);
  assert.equal(
    responseOf(await visitor.go(authorizeUrl(tenant, { prompt: "none" }))).error,
    "login_required",
  );
  assert.equal((await visitor.go(logout)).status, 200);
});

test("/oidc/logout takes an id_token_hint and returns with the state", async () => {
  const visitor = new Visitor();
  const { id_token } = await visitor.signIn(tenant);
  const page = await visitor.go(
    `${tenant.url}oidc/logout?${new URLSearchParams({ id_token_hint: id_token, post_logout_redirect_uri: "http://localhost:9999/bye", state: "s" })}`,
  );
  const xsrf = /name="xsrf" value="([^"]+)"/.exec(page.text)[1];
  const end = await visitor.go(`${tenant.url}oidc/logout/confirm`, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({ xsrf, logout: "yes" }),
  });
  assert.equal(end.left, "http://localhost:9999/bye?state=s");
  assert.equal(
    responseOf(await visitor.go(authorizeUrl(tenant, { prompt: "none" }))).error,
    "login_required",
  );
});

test("discovery names Auth0's routes, and both documents may be read by any page", async () => {
  const discovery = await fetch(`${tenant.url}.well-known/openid-configuration`, {
    headers: { origin: "http://localhost:9" },
  });
  assert.equal(discovery.headers.get("access-control-allow-origin"), "http://localhost:9");
  const body = await discovery.json();
  assert.equal(body.issuer, tenant.issuer);
  assert.equal(body.authorization_endpoint, `${tenant.url}authorize`);
  assert.equal(body.token_endpoint, `${tenant.url}oauth/token`);
  assert.equal(body.jwks_uri, `${tenant.url}.well-known/jwks.json`);
  assert.equal(body.end_session_endpoint, `${tenant.url}oidc/logout`);

  const jwks = await fetch(body.jwks_uri, { headers: { origin: "http://localhost:9" } });
  assert.equal(jwks.headers.get("access-control-allow-origin"), "http://localhost:9");
  const { keys } = await jwks.json();
  assert.deepEqual(
    keys.map((key) => Object.keys(key).sort()),
    [["alg", "e", "kid", "kty", "n", "use"]],
  );
});

test("lifetimes are settable", async () => {
  tenant.setAccessTokenLifetime(5);
  tenant.setIdTokenLifetime(6);
  const response = await new Visitor().signIn(tenant);
  assert.equal(response.expires_in, "5");
  const { payload: access } = await verify(tenant, response.access_token);
  const { payload: id } = await verify(tenant, response.id_token);
  assert.deepEqual([access.exp - access.iat, id.exp - id.iat], [5, 6]);
});

test("after a rotation the new key signs, sessions survive, and the old key verifies until dropped", async () => {
  const visitor = new Visitor();
  const before = await visitor.signIn(tenant);
  const [{ kid: first }] = tenant.keys;
  tenant.rotateKeys();
  assert.equal(tenant.keys.length, 2);
  await verify(tenant, before.id_token);
  const after = responseOf(await visitor.go(authorizeUrl(tenant, { prompt: "none" })));
  assert.notEqual((await verify(tenant, after.id_token)).protectedHeader.kid, first);
  tenant.rotateKeys({ dropOld: true });
  assert.equal(tenant.keys.length, 1);
  await assert.rejects(verify(tenant, before.id_token), { code: "ERR_JWKS_NO_MATCHING_KEY" });
});

test("two logins at once in one browser both succeed", async () => {
  const visitor = new Visitor();
  const one = await visitor.go(authorizeUrl(tenant, { state: "one" }));
  const two = await visitor.go(authorizeUrl(tenant, { state: "two" }));
  const credentials = { email: "ada@example.com", password: "correct horse" };
  assert.equal(responseOf(await visitor.submit(two, credentials)).state, "two");
  assert.equal(responseOf(await visitor.submit(one, credentials)).state, "one");
});
