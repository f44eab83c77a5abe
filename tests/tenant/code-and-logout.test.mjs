// The code flow, logout, discovery, lifetimes and key rotation of the tenant.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { after, beforeEach, suite, test } from "node:test";
import { startTenant } from "../../tenant/index.mjs";
import {
  ADA,
  ALL_SCOPES,
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

  test("two codes of one session are both redeemed, each with its own nonce and scopes", async () => {
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

  test("redeeming a code twice revokes no other code of its session", async () => {
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

test("a code request without a challenge is refused", async () => {
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

test("/oidc/logout accepts an id_token_hint and returns with the state", async () => {
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

test("discovery names Auth0's routes, and any page can read both documents", async () => {
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

test("lifetimes can be set", async () => {
  tenant.setAccessTokenLifetime(5);
  tenant.setIdTokenLifetime(6);
  const response = await new Visitor().signIn(tenant);
  assert.equal(response.expires_in, "5");
  const { payload: access } = await verify(tenant, response.access_token);
  const { payload: id } = await verify(tenant, response.id_token);
  assert.deepEqual([access.exp - access.iat, id.exp - id.iat], [5, 6]);
});

test("after a rotation the new key signs, sessions survive, and the old key verifies until it is dropped", async () => {
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
