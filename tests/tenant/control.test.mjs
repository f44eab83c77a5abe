// The tenant's control API, its log, custom domains, and the command that starts it.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, beforeEach, test } from "node:test";
import { fileURLToPath } from "node:url";

import { startTenant } from "../../tenant/index.mjs";
import { ADA, Visitor, callApi, responseOf, authorizeUrl, userPath, verify } from "./visitor.mjs";

const tenant = await startTenant({ customDomain: true });
after(() => tenant.close());
beforeEach(() => tenant.reset());

async function control(method, path, body) {
  const answer = await fetch(`${tenant.url}__control${path}`, {
    method,
    headers: { origin: "http://localhost:9" },
    ...(body && { body: JSON.stringify(body) }),
  });
  assert.equal(answer.headers.get("access-control-allow-origin"), "*");
  const text = await answer.text();
  return { status: answer.status, body: text ? JSON.parse(text) : undefined };
}

test("the control API lists its own routes", async () => {
  const { body } = await control("GET", "/");
  assert.equal(body.issuer, tenant.issuer);
  assert.equal(body.customDomain.issuer, tenant.customDomain.issuer);
  assert.deepEqual(
    body.logins.map(({ email, password }) => [email, password]),
    [
      ["ada@example.com", "correct horse"],
      ["ada-github@example.com", "correct horse"],
      ["grace@example.com", "correct horse"],
      ["alan@example.com", "correct horse"],
    ],
  );
});

test("the control API sets, lists and clears faults", async () => {
  const { body } = await control("POST", "/faults", {
    name: "answer",
    options: { status: 418 },
    times: 2,
  });
  const call = async () => (await callApi(tenant, tenant.mintToken(), "GET", userPath(ADA))).status;
  assert.equal(await call(), 418);
  assert.deepEqual((await control("GET", "/faults")).body.active, [
    { id: body.id, name: "answer", options: { status: 418 }, left: 1, every: 1, match: {} },
  ]);
  await control("DELETE", `/faults/${body.id}`);
  assert.equal(await call(), 200);
  assert.equal((await control("POST", "/faults", { name: "nothing" })).status, 400);
  await control("POST", "/faults", { name: "wrong-nonce" });
  await control("DELETE", "/faults/wrong-nonce");
  assert.deepEqual(tenant.faults.list(), []);
});

test("the control API changes settings, keys, tokens and sessions, and resets the tenant", async () => {
  assert.equal(
    (await control("PATCH", "/settings", { idTokenSeconds: 9, rateLimit: { limit: 3 } })).status,
    204,
  );
  assert.equal(tenant.settings.idTokenSeconds, 9);
  assert.deepEqual(tenant.settings.rateLimit, {
    limit: 3,
    windowSeconds: 1,
    retryAfter: false,
    exposed: true,
  });
  assert.equal((await control("PATCH", "/settings", { nonsense: 1 })).status, 400);

  const [{ kid }] = tenant.keys;
  await control("POST", "/keys/rotate", { dropOld: true });
  assert.notEqual(tenant.keys[0].kid, kid);

  const { body } = await control("POST", "/tokens", { claims: { sub: "x" } });
  assert.equal((await verify(tenant, body.token)).payload.sub, "x");

  const visitor = new Visitor();
  await visitor.signIn(tenant);
  await control("POST", "/sessions/clear");
  assert.equal(
    responseOf(await visitor.go(authorizeUrl(tenant, { prompt: "none" }))).error,
    "login_required",
  );

  await control("PATCH", `/users/${encodeURIComponent(ADA)}`, { nickname: "countess" });
  assert.equal(tenant.users.get(ADA).nickname, "countess");
  await control("POST", "/reset");
  assert.equal(tenant.users.get(ADA).nickname, "ada");
  assert.equal(tenant.keys[0].kid, kid);
  assert.equal(tenant.settings.idTokenSeconds, 36_000);
});

test("the control API changes applications and grants", async () => {
  await control("PATCH", "/applications/local-spa", { current_user_scopes: [] });
  assert.equal((await new Visitor().signIn(tenant)).scope, "openid");
  const { body } = await control("POST", "/applications/local-m2m/rotate-secret");
  assert.equal(tenant.applications.get("local-m2m").client_secret, body.client_secret);
  await control("DELETE", "/grants/cgr_local0000000001");
  assert.deepEqual((await control("GET", "/grants")).body, []);
  assert.equal((await control("PATCH", "/users/nobody", {})).status, 400);
  assert.equal((await control("GET", "/nothing")).status, 404);
});

test("the log contains every request as it was received, except those to the control API", async () => {
  const token = tenant.mintToken({ claims: { scope: "update:current_user_metadata" } });
  await callApi(tenant, token, "PATCH", `${userPath(ADA)}?x=%7C`, { user_metadata: { a: "é" } });
  const [entry, ...rest] = (await control("GET", "/log")).body;
  assert.deepEqual(rest, []);
  assert.equal(entry.method, "PATCH");
  assert.equal(entry.url, `/api/v2/${userPath(ADA)}?x=%7C`);
  assert.equal(entry.headers.authorization, `Bearer ${token}`);
  assert.equal(entry.body, '{"user_metadata":{"a":"é"}}');
  assert.equal(entry.status, 200);
  assert.equal(entry.host, tenant.domain);
  assert.ok(Math.abs(entry.at - Date.now()) < 5000);
  await control("DELETE", "/log");
  assert.deepEqual(tenant.log, []);
});

test("a custom domain has its own issuer and session, with the tenant's audience and keys", async () => {
  const custom = { ...tenant.customDomain, audience: tenant.audience };
  const visitor = new Visitor();
  const response = await visitor.signIn(custom, { scope: "openid read:current_user" });
  const { payload } = await verify(custom, response.access_token, { issuer: custom.issuer });
  assert.deepEqual(payload.aud, [tenant.audience, `${custom.issuer}userinfo`]);
  assert.notEqual(custom.issuer, tenant.issuer);
  const elsewhere = responseOf(await visitor.go(authorizeUrl(tenant, { prompt: "none" })));
  assert.equal(elsewhere.error, "login_required");
  assert.equal(
    (await fetch(`${custom.url}.well-known/openid-configuration`).then((answer) => answer.json()))
      .issuer,
    custom.issuer,
  );
});

test("a token of a custom domain is valid on its own host only", async () => {
  const custom = { ...tenant.customDomain, audience: tenant.audience };
  const { access_token: ofCustom } = await new Visitor().signIn(custom);
  const { access_token: ofTenant } = await new Visitor().signIn(tenant);
  const status = async (host, token) => (await callApi(host, token, "GET", userPath(ADA))).status;
  assert.deepEqual(
    [
      await status(custom, ofCustom),
      await status(tenant, ofTenant),
      await status(tenant, ofCustom),
      await status(custom, ofTenant),
    ],
    [200, 200, 401, 401],
  );
  const { error } = responseOf(
    await new Visitor().go(authorizeUrl({ ...custom, audience: `${custom.issuer}api/v2/` })),
  );
  assert.equal(error, "access_denied");
});

test("localhost responds on both address families", async () => {
  const { port } = new URL(tenant.url);
  for (const host of ["127.0.0.1", "[::1]"]) {
    assert.equal((await fetch(`http://${host}:${port}/.well-known/jwks.json`)).status, 200);
  }
});

test("refuses a host that is not loopback", async () => {
  await assert.rejects(startTenant({ host: "0.0.0.0" }), /no loopback host/);
  await assert.rejects(startTenant({ host: "localhost.attacker.invalid" }), /no loopback host/);
});

test("responds to malformed requests and keeps running", async () => {
  const { port } = new URL(tenant.url);
  const raw = (text) =>
    new Promise((resolve) => {
      let answer = "";
      const socket = connect(Number(port), "127.0.0.1", () => socket.write(text));
      socket.setTimeout(2000, () => socket.destroy());
      socket.on("data", (chunk) => (answer += chunk));
      socket.on("error", () => {});
      socket.on("close", () => resolve(answer.split("\r\n")[0]));
    });
  const head = "Host: x\r\nConnection: close\r\n";
  const cases = [
    `GET // HTTP/1.1\r\n${head}\r\n`,
    `GET http://attacker.invalid/ HTTP/1.1\r\n${head}\r\n`,
    `OPTIONS * HTTP/1.1\r\n${head}\r\n`,
    `TRACE /api/v2/users/x HTTP/1.1\r\n${head}\r\n`,
    `GET /pictures/%ff HTTP/1.1\r\n${head}\r\n`,
    `GET /u/login/%ff HTTP/1.1\r\n${head}\r\n`,
    `GET /api/v2/users/%ff HTTP/1.1\r\n${head}\r\n`,
    `GET /__control/users/%ff HTTP/1.1\r\n${head}\r\n`,
    `GET /authorize?response_type=token&response_type=code&client_id[]=x&__proto__=1 HTTP/1.1\r\n${head}\r\n`,
    `GET /authorize?%%%=%ff HTTP/1.1\r\n${head}\r\n`,
    `GET /v2/logout?returnTo=%00 HTTP/1.1\r\n${head}\r\n`,
    `POST /oauth/token HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 4\r\n${head}\r\nnull`,
    `POST /__control/faults HTTP/1.1\r\nContent-Length: 4\r\n${head}\r\nnull`,
    `POST /u/login/x HTTP/1.1\r\nContent-Length: 4\r\n${head}\r\nnull`,
    `GET /api/v2/users/x HTTP/1.1\r\nAuthorization: Bearer a.b.c\r\nCookie: ;;=;\r\n${head}\r\n`,
    "not http at all\r\n\r\n",
  ];
  for (const text of cases) {
    const status = await raw(text);
    assert.match(status, /^HTTP\/1.1 [234]\d\d/, text);
  }
  assert.deepEqual(tenant.internalErrors, []);
  assert.equal((await callApi(tenant, tenant.mintToken(), "GET", userPath(ADA))).status, 200);
});

test("the command prints its address and users, and stops cleanly on Ctrl-C", async () => {
  const folder = await mkdtemp(join(tmpdir(), "tenant-"));
  const users = join(folder, "users.json");
  await writeFile(
    users,
    JSON.stringify([{ email: "me@example.com", password: "secret", name: "Me" }]),
  );
  const run = (...args) => {
    const cli = fileURLToPath(new URL("../../tenant/cli.mjs", import.meta.url));
    const code = `import(${JSON.stringify(cli)}).then(({ main }) => main(process.argv.slice(1))).then((code) => { process.exitCode = code; })`;
    return spawn(process.execPath, ["--input-type=module", "-e", code, "--", ...args]);
  };
  const child = run("--port", "0", "--users", users);
  let output = "";
  const ended = new Promise((resolve) => child.once("close", resolve));
  await new Promise((resolve) => {
    child.stdout.on("data", (chunk) => {
      output += chunk;
      if (output.includes("Ctrl-C")) resolve();
    });
  });
  assert.match(output, /me@example.com {3}secret/);
  const [url] = /http:\/\/localhost:\d+\//.exec(output);
  assert.equal((await fetch(`${url}.well-known/jwks.json`)).status, 200);
  child.kill("SIGINT");
  assert.equal(await ended, 0);

  const bad = run("--port", "many");
  assert.equal(await new Promise((resolve) => bad.once("close", resolve)), 2);
});
