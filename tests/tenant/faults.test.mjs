// The tenant's faults: each changes what it names, and nothing else.
import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { after, beforeEach, test } from "node:test";

import { accessTokenHash } from "../../tenant/keys/jws.mjs";
import { startTenant } from "../../tenant/index.mjs";
import {
  ADA,
  GRACE,
  REDIRECT_URI,
  Visitor,
  authorizeUrl,
  callApi,
  requestToken,
  responseOf,
  userPath,
  verify,
} from "./visitor.mjs";

const tenant = await startTenant();
after(() => tenant.close());
beforeEach(() => tenant.reset());
after(() => assert.deepEqual(tenant.internalErrors, []));

const getAda = (headers) =>
  callApi(tenant, tenant.mintToken(), "GET", userPath(ADA), undefined, headers);
const fetchUser = (options) =>
  fetch(`${tenant.url}api/v2/${userPath(ADA)}`, {
    ...options,
    headers: { authorization: `Bearer ${tenant.mintToken()}`, origin: "http://localhost:9" },
  });
const jwks = async () => (await (await fetch(`${tenant.url}.well-known/jwks.json`)).json()).keys;

/** Signs in under a fault. Returns the raw response and the decoded JWTs in it. */
async function signInUnder(name, options, params) {
  tenant.faults.set(name, options);
  const visitor = new Visitor();
  const page = await visitor.go(authorizeUrl(tenant, params));
  const end = await visitor.submit(page, { email: "ada@example.com", password: "correct horse" });
  const response = responseOf(end);
  return {
    left: end.left,
    response,
    id: tenant.readToken(response.id_token),
    access: tenant.readToken(response.access_token),
  };
}

/** Asserts that the ID token's signature is valid and its at_hash matches the access token. */
async function assertSoundOtherwise({ response, id }) {
  await verify(tenant, response.id_token, { issuer: undefined });
  assert.equal(id.claims.at_hash, accessTokenHash(response.access_token));
}

const ID_TOKEN_FAULTS = {
  "wrong-nonce": ({ nonce }) => nonce !== "the-nonce",
  "missing-nonce": ({ nonce }) => nonce === undefined,
  "wrong-audience": ({ aud }) => aud === "another-application",
  "several-audiences": ({ aud, azp }) =>
    aud.length === 2 && aud[0] === "local-spa" && azp === undefined,
  "wrong-authorized-party": ({ azp }) => azp === "another-application",
  "missing-subject": ({ sub }) => sub === undefined,
  "wrong-issuer": ({ iss }) => iss === "https://another-tenant.invalid/",
  "stale-auth-time": ({ auth_time }) => auth_time < Date.now() / 1000 - 80_000,
  "wrong-organization": ({ org_id }) => org_id === "org_somebodyElses00",
  "issued-in-future": ({ iat }) => iat > Date.now() / 1000 + 3000,
};
for (const [name, isWrong] of Object.entries(ID_TOKEN_FAULTS)) {
  test(`${name} makes that claim alone wrong`, async () => {
    const result = await signInUnder(name);
    assert.ok(isWrong(result.id.claims));
    if (name !== "missing-subject") await assertSoundOtherwise(result);
  });
}

test("expired-id-token makes the ID token expired, and nothing else", async () => {
  const { response, id } = await signInUnder("expired-id-token", { seconds: 100 });
  await assert.rejects(verify(tenant, response.id_token), { code: "ERR_JWT_EXPIRED" });
  assert.equal(id.claims.at_hash, accessTokenHash(response.access_token));
});

test("the faults of signatures and headers change those alone", async () => {
  const cases = {
    "algorithm-none": ({ header, signature }) => header.alg === "none" && signature === "",
    "algorithm-hs256": ({ header }) => header.alg === "HS256",
    "tampered-signature": ({ header }) => header.kid === tenant.keys[0].kid,
    "foreign-signature": ({ header }) => header.kid === tenant.keys[0].kid,
    "unknown-key": ({ header }) => header.kid === "no-such-key",
  };
  for (const [name, holds] of Object.entries(cases)) {
    tenant.faults.clear();
    const { response, id } = await signInUnder(name);
    assert.ok(holds(id), name);
    assert.equal(id.claims.sub, ADA);
    await assert.rejects(verify(tenant, response.id_token), /JW|alg/, name);
  }
});

test("the at_hash faults change or remove at_hash", async () => {
  const wrong = await signInUnder("wrong-at-hash");
  assert.notEqual(wrong.id.claims.at_hash, accessTokenHash(wrong.response.access_token));
  await verify(tenant, wrong.response.id_token);
  tenant.faults.clear();
  const missing = await signInUnder("missing-at-hash");
  assert.equal("at_hash" in missing.id.claims, false);
});

const ACCESS_TOKEN_FAULTS = {
  "foreign-access-token": ({ sub }) => sub === GRACE,
  "wrong-access-token-audience": ({ aud }) => aud === "https://api.invalid/",
  "machine-access-token": ({ sub, gty }) =>
    sub === "local-m2m@clients" && gty === "client-credentials",
  "missing-scope": ({ scope }) =>
    !scope.includes("update:current_user_metadata") && scope.includes("read:current_user"),
  "expired-access-token": ({ exp }) => exp < Date.now() / 1000,
};
for (const [name, isWrong] of Object.entries(ACCESS_TOKEN_FAULTS)) {
  test(`${name} makes that claim alone wrong, and at_hash matches`, async () => {
    const result = await signInUnder(name);
    assert.ok(isWrong(result.access.claims));
    await assertSoundOtherwise(result);
  });
}

test("swapped-access-token returns another user's valid token with the first user's at_hash", async () => {
  const { response, id, access } = await signInUnder("swapped-access-token");
  assert.equal(access.claims.sub, GRACE);
  await verify(tenant, response.access_token);
  assert.notEqual(id.claims.at_hash, accessTokenHash(response.access_token));
});

test("opaque-access-token and access-token-as-id-token replace one token", async () => {
  const opaque = await signInUnder("opaque-access-token");
  assert.equal(opaque.access, undefined);
  await assertSoundOtherwise(opaque);
  tenant.faults.clear();
  const { response } = await signInUnder("access-token-as-id-token");
  assert.equal(response.id_token, response.access_token);
});

test("the faults of response parameters change those alone", async () => {
  const cases = {
    "missing-access-token": ({ access_token, id_token }) => access_token === undefined && id_token,
    "missing-id-token": ({ access_token, id_token }) => id_token === undefined && access_token,
    "wrong-token-type": ({ token_type }) => token_type === "mac",
    "tampered-expires-in": ({ expires_in }) => expires_in === "999999999",
    "granted-scope-tampered": ({ scope }) => scope.includes("update:users"),
    "missing-state": ({ state }) => state === undefined,
    "altered-state": ({ state }) => state === "somebody-elses-state",
    "error-with-tokens": ({ error, id_token }) => error === "access_denied" && id_token,
    "wrong-issuer-parameter": ({ iss }) => iss === "https://another-tenant.invalid/",
    "authorization-error": ({ error, access_token }) => error === "access_denied" && !access_token,
  };
  for (const [name, holds] of Object.entries(cases)) {
    tenant.faults.clear();
    assert.ok(holds((await signInUnder(name)).response), name);
  }
});

test("duplicated-parameter and tokens-in-query change the redirect itself", async () => {
  const { left: twice } = await signInUnder("duplicated-parameter", { name: "access_token" });
  assert.equal(new URLSearchParams(new URL(twice).hash.slice(1)).getAll("access_token").length, 2);
  tenant.faults.clear();
  const { left } = await signInUnder(
    "tokens-in-query",
    {},
    { redirect_uri: `${REDIRECT_URI}?own=1` },
  );
  const url = new URL(left);
  assert.equal(url.hash, "");
  assert.equal(url.searchParams.get("own"), "1");
  assert.ok(url.searchParams.get("id_token"));
});

test("state faults apply to error responses, too", async () => {
  tenant.faults.set("altered-state", { state: "x" });
  const response = responseOf(await new Visitor().go(authorizeUrl(tenant, { prompt: "none" })));
  assert.deepEqual([response.error, response.state], ["login_required", "x"]);
});

test("token faults apply to web_message and to the code flow's token response", async () => {
  const visitor = new Visitor();
  await visitor.signIn(tenant);
  tenant.faults.set("wrong-nonce", {}, { match: { params: { prompt: "none" } } });
  const page = await visitor.go(
    authorizeUrl(tenant, { prompt: "none", response_mode: "web_message" }),
  );
  const { response } = JSON.parse(/var data = (.*);/.exec(page.text)[1]);
  assert.equal(tenant.readToken(response.id_token).claims.nonce, "somebody-elses-nonce");
  const unmatched = responseOf(await visitor.go(authorizeUrl(tenant)));
  assert.equal(tenant.readToken(unmatched.id_token).claims.nonce, "the-nonce");

  tenant.faults.clear();
  tenant.faults.set("wrong-issuer", {}, { times: 1 });
  const { code } = responseOf(
    await visitor.go(
      authorizeUrl(tenant, {
        response_type: "code",
        code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        code_challenge_method: "S256",
      }),
    ),
  );
  const { body } = await requestToken(tenant, {
    grant_type: "authorization_code",
    client_id: "local-spa",
    redirect_uri: REDIRECT_URI,
    code,
    code_verifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
  });
  assert.equal(tenant.readToken(body.id_token).claims.iss, "https://another-tenant.invalid/");
});

test("the general fault changes any claim, header and parameter", async () => {
  const { left, response, id, access } = await signInUnder("tokens", {
    idToken: {
      claims: { iat: 1, exp: 2 },
      header: { crit: ["x"], typ: "JWT" },
      drop: ["sid"],
      dropHeader: ["kid"],
    },
    accessToken: { claims: { scope: "a b" } },
    response: { set: { expires_in: "1e9" }, drop: ["scope"], duplicate: ["state"] },
  });
  assert.deepEqual([id.claims.iat, id.claims.exp, id.claims.sid], [1, 2, undefined]);
  assert.deepEqual(id.header, { alg: "RS256", crit: ["x"], typ: "JWT" });
  assert.equal(id.claims.at_hash, accessTokenHash(response.access_token));
  assert.equal(access.claims.scope, "a b");
  assert.equal(response.expires_in, "1e9");
  assert.equal("scope" in response, false);
  assert.equal(left.match(/[#&]state=/g).length, 2);
  assert.equal(left.match(/[#&]expires_in=/g).length, 1);
});

test("HTTP faults set status, body and headers, which a browser can read", async () => {
  tenant.faults.set("answer", {
    status: 503,
    headers: { "retry-after": "2" },
    body: { statusCode: 503 },
  });
  const answer = await fetchUser();
  assert.equal(answer.status, 503);
  assert.equal(answer.headers.get("retry-after"), "2");
  assert.equal(answer.headers.get("access-control-allow-origin"), "http://localhost:9");
  assert.deepEqual(await answer.json(), { statusCode: 503 });
});

test("HTTP faults send broken JSON, HTML, an empty body or a redirect, or hide the response from browsers", async () => {
  tenant.faults.set("broken-json", {}, { times: 1 });
  await assert.rejects((await fetchUser()).json(), SyntaxError);
  tenant.faults.set("html-answer", {}, { times: 1 });
  assert.match((await fetchUser()).headers.get("content-type"), /html/);
  tenant.faults.set("empty-answer", {}, { times: 1 });
  assert.equal(await (await fetchUser()).text(), "");
  tenant.faults.set("redirect", { location: "https://attacker.invalid/" }, { times: 1 });
  assert.equal(
    (await fetchUser({ redirect: "manual" })).headers.get("location"),
    "https://attacker.invalid/",
  );
  tenant.faults.set("without-cors", {}, { times: 1 });
  const hidden = await fetchUser();
  assert.equal(hidden.status, 200);
  assert.equal(hidden.headers.get("access-control-allow-origin"), null);
  assert.equal((await hidden.json()).user_id, ADA);
  assert.deepEqual(tenant.faults.list(), []);
  assert.equal((await getAda()).status, 200);
});

test("HTTP faults send Auth0's own error bodies by name", async () => {
  tenant.faults.set("api-error", { error: "operation_not_supported" });
  assert.deepEqual((await getAda()).body, {
    statusCode: 403,
    error: "Forbidden",
    message: "The account is not allowed to perform this operation.",
    errorCode: "operation_not_supported",
  });
});

test("HTTP faults delay, stall, or drop the connection before or after the effect", async () => {
  tenant.faults.set("delay", { ms: 120 }, { times: 1 });
  const started = Date.now();
  assert.equal((await getAda()).status, 200);
  assert.ok(Date.now() - started >= 115);

  tenant.faults.set("stalled-body", {}, { times: 1 });
  await assert.rejects(async () => (await fetchUser({ signal: AbortSignal.timeout(150) })).text(), {
    name: "TimeoutError",
  });

  const patch = (value) =>
    callApi(
      tenant,
      tenant.mintToken({ claims: { scope: "update:current_user_metadata" } }),
      "PATCH",
      userPath(ADA),
      { user_metadata: { value } },
    );
  tenant.faults.set("dropped-connection", {}, { times: 1 });
  await assert.rejects(patch(1), TypeError);
  assert.equal(tenant.users.get(ADA).user_metadata.value, undefined);
  tenant.faults.set("dropped-connection", { afterEffect: true }, { times: 1 });
  await assert.rejects(patch(2), TypeError);
  assert.equal(tenant.users.get(ADA).user_metadata.value, 2);
  tenant.faults.set(
    "answer",
    { status: 502, afterEffect: true },
    { times: 1, match: { method: "PATCH" } },
  );
  assert.equal((await patch(3)).status, 502);
  assert.equal(tenant.users.get(ADA).user_metadata.value, 3);
});

test("HTTP faults apply to every n-th request, one method, one path, or another target", async () => {
  tenant.faults.set("answer", { status: 429 }, { every: 2 });
  const statuses = [];
  for (let call = 0; call < 6; call += 1) statuses.push((await getAda()).status);
  assert.deepEqual(statuses, [200, 429, 200, 429, 200, 429]);

  tenant.faults.clear();
  tenant.faults.set("answer", { status: 500 }, { match: { path: "/enrollments$" } });
  assert.equal((await getAda()).status, 200);
  assert.equal(
    (await callApi(tenant, tenant.mintToken(), "GET", userPath(ADA, "/enrollments"))).status,
    500,
  );

  tenant.faults.set("answer", { status: 500 }, { match: { target: "jwks" } });
  assert.equal((await fetch(`${tenant.url}.well-known/jwks.json`)).status, 500);
  tenant.faults.set("framing-refused");
  const framed = await fetch(authorizeUrl(tenant));
  assert.equal(framed.headers.get("x-frame-options"), "DENY");
});

test("HTTP faults leave preflights alone unless they match them", async () => {
  const preflight = () => fetch(`${tenant.url}api/v2/users/x`, { method: "OPTIONS" });
  tenant.faults.set("answer", { status: 500 });
  assert.equal((await preflight()).status, 204);
  tenant.faults.set("answer", { status: 500 }, { match: { method: "OPTIONS" } });
  assert.equal((await preflight()).status, 500);
});

test("key set faults change the key set", async () => {
  const [own] = tenant.keys;
  tenant.faults.set("jwks-empty");
  assert.deepEqual(await jwks(), []);
  tenant.faults.clear();
  tenant.faults.set("jwks-odd-keys");
  assert.ok((await jwks()).length > 5);
  assert.deepEqual((await jwks()).at(-1), own);
  tenant.faults.clear("jwks-odd-keys");
  tenant.faults.set("jwks-duplicate-kid");
  assert.deepEqual(
    (await jwks()).map(({ kid }) => kid),
    [own.kid, own.kid],
  );
  tenant.faults.clear();
  tenant.faults.set("jwks-without-kid", {}, { times: 1 });
  assert.equal("kid" in (await jwks())[0], false);
  tenant.faults.set("jwks-keys", { keys: [{ kty: "RSA" }], keepOwn: true }, { times: 1 });
  assert.deepEqual(await jwks(), [{ kty: "RSA" }, own]);
  assert.deepEqual(await jwks(), [own]);
});

test("every fault is a file with a description, and unknown names are refused", async () => {
  const files = (await readdir(new URL("../../tenant/faults/", import.meta.url))).map((file) =>
    file.replace(".mjs", ""),
  );
  const available = tenant.faults.available();
  assert.deepEqual(
    available.map(({ name }) => name),
    files.sort(),
  );
  assert.ok(available.every(({ description, options }) => description.endsWith(".") && options));
  assert.throws(() => tenant.faults.set("no-such-fault"), /no fault named/);
});
