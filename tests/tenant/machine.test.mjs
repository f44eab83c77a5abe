// Client credentials and the Management API for machines, as in the documentation.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, beforeEach, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { startTenant } from "../../tenant/index.mjs";
import { MACHINE_SECRET } from "../../tenant/seed/applications.mjs";
import { callApi, requestToken, verify } from "./visitor.mjs";

const tenant = await startTenant();
after(() => tenant.close());
beforeEach(() => tenant.reset());

const fields = (changes = {}) => ({
  grant_type: "client_credentials",
  client_id: "local-m2m",
  client_secret: MACHINE_SECRET,
  audience: tenant.audience,
  ...changes,
});
const tokenFor = async (scope) =>
  (await requestToken(tenant, fields({ ...(scope && { scope }) }))).body.access_token;

test("the documented curl call with a form returns everything granted, for a day", async () => {
  const { status, body, headers } = await requestToken(tenant, fields());
  assert.equal(status, 200);
  assert.equal(headers.get("cache-control"), "no-store");
  const [{ scope }] = tenant.grants.values();
  const { access_token, ...rest } = body;
  assert.deepEqual(rest, { scope: scope.join(" "), expires_in: 86_400, token_type: "Bearer" });
  const { payload } = await verify(tenant, access_token, { audience: tenant.audience });
  assert.equal(payload.sub, "local-m2m@clients");
  assert.equal(payload.gty, "client-credentials");
  assert.equal(payload.azp, "local-m2m");
  assert.equal(payload.exp - payload.iat, 86_400);
});

test("the same call works with JSON, and with the secret in Basic", async () => {
  assert.equal((await requestToken(tenant, fields(), { json: true })).status, 200);
  const { client_id, client_secret, ...rest } = fields();
  const authorization = `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString("base64")}`;
  for (const json of [false, true]) {
    assert.equal(
      (await requestToken(tenant, rest, { json, headers: { authorization } })).status,
      200,
    );
  }
});

test("returns part of the granted scopes on request, and never more", async () => {
  const { body } = await requestToken(tenant, fields({ scope: "read:clients delete:users" }));
  assert.equal(body.scope, "read:clients");
});

test("refuses requests with Auth0's errors", async () => {
  const cases = [
    [{ client_secret: "wrong" }, 401, "access_denied", "Unauthorized"],
    [{ client_id: "nobody" }, 401, "access_denied", "Unauthorized"],
    [
      { audience: "https://other.invalid/" },
      403,
      "access_denied",
      "Service not found: https://other.invalid/",
    ],
    [{ audience: "" }, 403, "access_denied", "Non-global clients are not allowed access to APIv1"],
    [{ grant_type: "password" }, 403, "unsupported_grant_type", "Unsupported grant type: password"],
    [
      { grant_type: "authorization_code" },
      403,
      "unauthorized_client",
      "Grant type 'authorization_code' not allowed for the client.",
    ],
  ];
  for (const [changes, status, error, error_description] of cases) {
    for (const json of [false, true]) {
      const answer = await requestToken(tenant, fields(changes), { json });
      assert.deepEqual([answer.status, answer.body], [status, { error, error_description }]);
    }
  }
});

test("refuses a machine token to a single-page application", async () => {
  const { status, body } = await requestToken(
    tenant,
    fields({ client_id: "local-spa", client_secret: undefined }),
    { json: true },
  );
  assert.deepEqual([status, body.error], [403, "unauthorized_client"]);
});

test("refuses bodies that are neither a form nor a JSON object", async () => {
  for (const [type, body] of [
    ["application/json", "{"],
    ["application/json", "[]"],
    ["text/plain", "grant_type=x"],
  ]) {
    const answer = await fetch(`${tenant.url}oauth/token`, {
      method: "POST",
      headers: { "content-type": type },
      body,
    });
    assert.equal(answer.status, 400);
    assert.equal((await answer.json()).error, "invalid_request");
  }
});

test("GET clients requires read:clients, and shows keys to read:client_keys only", async () => {
  const read = await callApi(tenant, await tokenFor("read:clients"), "GET", "clients");
  assert.equal(read.status, 200);
  assert.deepEqual(
    read.body.map(({ client_id }) => client_id),
    [...tenant.applications.keys()],
  );
  assert.equal(
    read.body.some((one) => "client_secret" in one || "signing_keys" in one),
    false,
  );

  const keys = await callApi(
    tenant,
    await tokenFor("read:clients read:client_keys"),
    "GET",
    "clients",
  );
  const machine = keys.body.find(({ client_id }) => client_id === "local-m2m");
  assert.equal(machine.client_secret, MACHINE_SECRET);
  assert.equal(machine.signing_keys.length, 1);

  const without = await callApi(tenant, await tokenFor("read:client_keys"), "GET", "clients");
  assert.equal(without.body.message, "Insufficient scope, expected any of: read:clients");
});

test("POST clients creates an application that works at once", async () => {
  const token = await tokenFor("create:clients read:client_keys");
  const created = await callApi(tenant, token, "POST", "clients", {
    name: "My job",
    app_type: "non_interactive",
  });
  assert.equal(created.status, 201);
  const { client_id, client_secret } = created.body;
  const ungranted = await requestToken(tenant, fields({ client_id, client_secret }));
  assert.equal(ungranted.status, 403);
  assert.match(ungranted.body.error_description, /^Client is not authorized to access/);
  tenant.grants.set("cgr_new", {
    id: "cgr_new",
    client_id,
    audience: tenant.audience,
    scope: ["read:clients"],
  });
  assert.equal(
    (await requestToken(tenant, fields({ client_id, client_secret }))).body.scope,
    "read:clients",
  );

  for (const body of [
    {},
    { name: "<b>" },
    { name: "a", app_type: "cli" },
    { name: "a", more: 1 },
  ]) {
    assert.equal(
      (await callApi(tenant, token, "POST", "clients", body)).body.errorCode,
      "invalid_body",
    );
  }
  assert.equal(
    (await callApi(tenant, await tokenFor("read:clients"), "POST", "clients", { name: "a" }))
      .status,
    403,
  );
});

test("GET connections requires read:connections", async () => {
  const { body } = await callApi(tenant, await tokenFor("read:connections"), "GET", "connections");
  assert.deepEqual(
    body.map(({ strategy }) => strategy),
    ["auth0", "google-oauth2", "github"],
  );
  assert.equal(
    (await callApi(tenant, await tokenFor("read:clients"), "GET", "connections")).status,
    403,
  );
});

test("a deleted grant issues no more tokens, and issued ones stay valid", async () => {
  const token = await tokenFor();
  const [{ id }] = (await callApi(tenant, token, "GET", "client-grants")).body;
  assert.equal((await callApi(tenant, token, "DELETE", `client-grants/${id}`)).status, 204);
  assert.equal((await requestToken(tenant, fields())).status, 403);
  assert.equal((await callApi(tenant, token, "GET", "clients")).status, 200);
});

test("a rotated secret invalidates the old one, and issued tokens stay valid", async () => {
  const token = await tokenFor();
  const { body } = await callApi(tenant, token, "POST", "clients/local-m2m/rotate-secret");
  assert.equal((await requestToken(tenant, fields())).status, 401);
  assert.equal(
    (await requestToken(tenant, fields({ client_secret: body.client_secret }))).status,
    200,
  );
  assert.equal((await callApi(tenant, token, "GET", "clients")).status, 200);
});

test("tokens expire", async () => {
  tenant.setMachineTokenLifetime(1);
  const { body } = await requestToken(tenant, fields());
  assert.equal(body.expires_in, 1);
  await new Promise((resolve) => setTimeout(resolve, 2100));
  assert.equal((await callApi(tenant, body.access_token, "GET", "clients")).status, 401);
});

test("the documented Python script works with the standard library alone", async () => {
  const script = fileURLToPath(new URL("machine_to_machine.py", import.meta.url));
  const { stdout } = await promisify(execFile)("python3", [
    script,
    tenant.domain,
    "local-m2m",
    MACHINE_SECRET,
  ]);
  assert.deepEqual(JSON.parse(stdout), {
    form: ["local-spa", "local-spa-code-only", "local-m2m"],
    json: ["local-spa", "local-spa-code-only", "local-m2m"],
  });
});
