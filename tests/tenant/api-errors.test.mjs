// Errors of the tenant's Management API that are the same for every operation: tokens, paths, rate limits, CORS.
import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";

import { startTenant } from "../../tenant/index.mjs";
import { ADA, Visitor, callApi, requestToken, userPath } from "./visitor.mjs";

const tenant = await startTenant();
after(() => tenant.close());
beforeEach(() => tenant.reset());

const get = (token, path = userPath(ADA)) => callApi(tenant, token, "GET", path);

const unauthorized = (message) => ({
  statusCode: 401,
  error: "Unauthorized",
  message,
  attributes: { error: message },
});

test("refuses a request without Authorization or with another scheme as unauthenticated, without rate limit headers", async () => {
  for (const headers of [{}, { authorization: "Basic YTpi" }, { authorization: "" }]) {
    const answer = await callApi(tenant, undefined, "GET", userPath(ADA), undefined, headers);
    assert.equal(answer.status, 401);
    assert.deepEqual(answer.body, {
      statusCode: 401,
      error: "Unauthorized",
      message: "Missing authentication",
    });
    assert.equal(answer.headers.get("www-authenticate"), "Bearer");
    assert.equal(answer.headers.get("x-ratelimit-limit"), null);
  }
});

test("refuses an opaque token as a bad header format", async () => {
  const { access_token } = await new Visitor().signIn(tenant, { audience: undefined });
  const { status, body } = await get(access_token);
  assert.equal(status, 400);
  assert.deepEqual(body, {
    statusCode: 400,
    error: "Bad Request",
    message: "Bad HTTP authentication header format",
    errorCode: "Bearer",
  });
});

test("refuses an ID token, a malformed token and one of another key as invalid", async () => {
  const { id_token } = await new Visitor().signIn(tenant);
  const unknownKey = tenant.mintToken({ header: { kid: "other" }, signature: "stranger" });
  const none = tenant.mintToken({ header: { alg: "none" }, signature: "empty" });
  for (const token of [id_token, "a.b.c", unknownKey, none]) {
    assert.deepEqual((await get(token)).body, unauthorized("Invalid token"));
  }
});

test("refuses a bad signature and an expired token", async () => {
  const signature = unauthorized("Invalid signature received for JSON Web Token validation");
  assert.deepEqual((await get(tenant.mintToken({ signature: "tampered" }))).body, signature);
  const expired = unauthorized("Expired token received for JSON Web Token validation");
  const claims = { exp: Math.floor(Date.now() / 1000) - 1 };
  assert.deepEqual((await get(tenant.mintToken({ claims }))).body, expired);
});

test("refuses a token that expires while it is in use", async () => {
  tenant.setAccessTokenLifetime(3);
  const { access_token } = await new Visitor().signIn(tenant);
  assert.equal((await get(access_token)).status, 200);
  await new Promise((resolve) => setTimeout(resolve, 4100));
  assert.equal((await get(access_token)).status, 401);
});

test("names a bad audience, and accepts an array of the API and this host's userinfo only", async () => {
  const withAud = (aud) => get(tenant.mintToken({ claims: { aud } }));
  for (const aud of ["https://other.invalid/", tenant.audience.slice(0, -1)]) {
    assert.deepEqual((await withAud(aud)).body, unauthorized(`Bad audience: ${aud}`));
  }
  assert.equal((await withAud([tenant.audience, `${tenant.issuer}userinfo`])).status, 200);
  assert.equal((await withAud([tenant.audience, "https://other.invalid/"])).status, 401);
  assert.equal(
    (await get(tenant.mintToken({ claims: { iss: "https://other.invalid/" } }))).status,
    401,
  );
});

test("refuses tokens of a dropped key", async () => {
  const token = tenant.mintToken();
  tenant.rotateKeys();
  assert.equal((await get(token)).status, 200);
  tenant.rotateKeys({ dropOld: true });
  assert.deepEqual((await get(token)).body, unauthorized("Invalid token"));
});

test("refuses an administrator's request for an unknown user with inexistent_user", async () => {
  const { body: machine } = await requestToken(tenant, {
    grant_type: "client_credentials",
    client_id: "local-m2m",
    client_secret: tenant.applications.get("local-m2m").client_secret,
    audience: tenant.audience,
  });
  const { body } = await get(machine.access_token, userPath("auth0|nobody"));
  assert.deepEqual(body, {
    statusCode: 404,
    error: "Not Found",
    message: "The user does not exist.",
    errorCode: "inexistent_user",
  });
});

test("refuses a path parameter outside its schema with invalid_uri, and an unknown path with 404", async () => {
  assert.equal(
    (await get(tenant.mintToken(), `users/${"a".repeat(256)}`)).body.errorCode,
    "invalid_uri",
  );
  assert.deepEqual((await get(tenant.mintToken(), "nothing/here")).body, {
    statusCode: 404,
    error: "Not Found",
    message: "Not Found",
  });
});

test("refuses a body of more than 1 MB", async () => {
  const token = tenant.mintToken({ claims: { scope: "update:current_user_metadata" } });
  const user_metadata = { text: "x".repeat(1024 * 1024) };
  assert.equal(
    (await callApi(tenant, token, "PATCH", userPath(ADA), { user_metadata })).status,
    413,
  );
});

test("counts, announces, enforces and resets the rate limit", async () => {
  tenant.setRateLimit({ limit: 2, windowSeconds: 1 });
  const token = tenant.mintToken();
  const first = await get(token);
  assert.equal(first.headers.get("x-ratelimit-limit"), "2");
  assert.equal(first.headers.get("x-ratelimit-remaining"), "1");
  const reset = Number(first.headers.get("x-ratelimit-reset"));
  assert.ok(reset >= Date.now() / 1000 - 1 && reset <= Date.now() / 1000 + 2);
  assert.equal((await get(token)).status, 200);
  const { status, body, headers } = await get(token);
  assert.equal(status, 429);
  assert.deepEqual(body, {
    statusCode: 429,
    error: "Too Many Requests",
    message: "Global limit has been reached",
    errorCode: "too_many_requests",
  });
  assert.equal(headers.get("x-ratelimit-remaining"), "0");
  assert.equal(headers.get("retry-after"), null);
  await new Promise((resolve) => setTimeout(resolve, 1050));
  assert.equal((await get(token)).status, 200);
});

test("sends Retry-After on request, and hides both kinds of header from browsers on request", async () => {
  const token = tenant.mintToken();
  const call = () =>
    callApi(tenant, token, "GET", userPath(ADA), undefined, { origin: "http://localhost:9999" });
  tenant.setRateLimit({ limit: 0, retryAfter: true });
  assert.equal((await call()).headers.get("retry-after"), "1");
  tenant.setRateLimit({ retryAfter: 7 });
  const answer = await call();
  assert.equal(answer.headers.get("retry-after"), "7");
  assert.match(
    answer.headers.get("access-control-expose-headers"),
    /x-ratelimit-reset, retry-after/,
  );
  tenant.setRateLimit({ exposed: false });
  assert.equal((await call()).headers.get("access-control-expose-headers"), null);
});

test("permits registered origins and two request headers by CORS, without credentials, also for errors", async () => {
  const preflight = async (origin) =>
    (
      await fetch(`${tenant.url}api/v2/${userPath(ADA)}`, {
        method: "OPTIONS",
        headers: {
          origin,
          "access-control-request-method": "PATCH",
          "access-control-request-headers": "authorization,x-custom",
        },
      })
    ).headers;
  const good = await preflight("http://127.0.0.1:1234");
  assert.equal(good.get("access-control-allow-origin"), "http://127.0.0.1:1234");
  assert.equal(good.get("access-control-allow-headers"), "authorization,content-type");
  assert.equal(good.get("access-control-allow-methods"), "GET,POST,PATCH,DELETE");
  assert.equal(good.get("access-control-allow-credentials"), null);
  for (const origin of ["https://attacker.invalid", "http://localhost.attacker.invalid", "null"]) {
    assert.equal((await preflight(origin)).get("access-control-allow-origin"), null);
  }
  const refused = await callApi(tenant, undefined, "GET", userPath(ADA), undefined, {
    origin: "http://localhost:9",
  });
  assert.equal(refused.status, 401);
  assert.equal(refused.headers.get("access-control-allow-origin"), "http://localhost:9");
});

test("an application with listed origins permits those only", async () => {
  for (const application of tenant.applications.values()) {
    application.web_origins = [];
    application.callbacks = ["http://localhost:5173/callback"];
  }
  const call = async (origin) =>
    (
      await callApi(tenant, tenant.mintToken(), "GET", userPath(ADA), undefined, { origin })
    ).headers.get("access-control-allow-origin");
  assert.equal(await call("http://localhost:5173"), "http://localhost:5173");
  assert.equal(await call("http://localhost:5174"), null);
});
