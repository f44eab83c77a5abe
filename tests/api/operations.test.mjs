// Every operation as the tenant receives it.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ADA, apiRequests, startHarness } from "../harness/index.mjs";
import { operationsOf } from "./operation-table.mjs";

const harness = await startHarness();
const { tenant } = harness;

const OPERATIONS = operationsOf(tenant);

const call = (name, args = []) =>
  harness.run(({ outcome }, method, given) => outcome(() => client[method](...given)), name, args);

/** Headers that the browser sets and no page can choose. */
const BROWSERS_OWN =
  /^(accept|accept-encoding|accept-language|cache-control|connection|content-length|host|origin|pragma|priority|user-agent|sec-.*)$/;
const ownHeaders = ({ headers }) =>
  Object.keys(headers)
    .filter((name) => !BROWSERS_OWN.test(name))
    .sort();

describe("permitted calls", () => {
  for (const {
    name,
    title = name,
    args = () => [],
    method,
    path,
    body,
    result,
    effect,
  } of OPERATIONS) {
    test(`${title} sends one ${method} with the token and the right body`, async () => {
      await harness.signIn();
      const given = args();
      const { value, error } = await call(name, given);
      assert.equal(error, undefined, JSON.stringify(error));
      result(value);
      effect?.();

      const requests = apiRequests(tenant);
      assert.equal(requests.length, 1);
      const [request] = requests;
      assert.equal(request.method, method);
      assert.equal(request.url, path);
      assert.equal(request.headers.host, tenant.domain);
      assert.deepEqual(request.body === "" ? undefined : JSON.parse(request.body), body?.(given));
      assert.deepEqual(
        ownHeaders(request),
        body ? ["authorization", "content-type"] : ["authorization"],
      );
      if (body) assert.equal(request.headers["content-type"], "application/json");
      const [scheme, token] = request.headers.authorization.split(" ");
      assert.equal(scheme, "Bearer");
      assert.equal(tenant.readToken(token).claims.sub, ADA);
      // A tenant with narrower CORS would refuse any header beyond these two.
      for (const { headers } of tenant.log.filter((entry) => entry.method === "OPTIONS")) {
        assert.equal(
          headers["access-control-request-headers"],
          body ? "authorization,content-type" : "authorization",
        );
        assert.equal(headers["access-control-request-method"], method);
      }
      assert.deepEqual(
        tenant.log.filter(({ headers }) => headers.cookie || headers.referer),
        [],
      );
      assert.deepEqual(
        tenant.log.filter(({ url }) => url.includes(token.slice(-40))),
        [],
      );
      assert.deepEqual(tenant.internalErrors, []);
    });
  }

  test("writes a user id with special characters as one path segment", async () => {
    const subjects = [
      "auth0|abc",
      "samlp|a connection|user@example.com",
      "oauth2|siwe|eip155%3A5%3A0x1",
      "auth0|../../clients",
      "auth0|a/b?c=d#e;f",
      "auth0|é漢🙂+&=",
      "auth0|%2e%2e%2f",
      "auth0|a\\b",
    ];
    for (const sub of subjects) {
      tenant.faults.clear();
      tenant.faults.set("tokens", {
        idToken: { claims: { sub } },
        accessToken: { claims: { sub } },
      });
      await harness.signIn();
      await call("getUser");
      const paths = [...new Set(tenant.log.map(({ url }) => url))];
      assert.equal(paths.length, 1, sub);
      assert.deepEqual(paths[0].split("/").map(decodeURIComponent), [
        "",
        "api",
        "v2",
        "users",
        sub,
      ]);
    }
  });

  test("writes ids and providers with special characters as one path segment each", async () => {
    await harness.signIn();
    const ids = [
      "a/b",
      "a%2Fb",
      "%2e%2e",
      "../x",
      "..%2f",
      "a?b",
      "a#b",
      "a\\b",
      "a b",
      "é漢🙂",
      "|",
      "a|b|c",
      ";",
      "...",
      " ",
      "%",
      "%zz",
      "@evil.example",
      "//evil.example",
    ];
    for (const id of ids) {
      tenant.clearLog();
      for (const [name, args] of [
        ["deleteDeviceCredential", [id]],
        ["deleteMultifactor", [id]],
        ["unlinkIdentity", [id, id]],
        ["unlinkIdentity", ["auth0", id]],
      ]) {
        await call(name, args);
      }
      const paths = apiRequests(tenant).map(({ url }) =>
        url.split("/").slice(3).map(decodeURIComponent),
      );
      assert.deepEqual(paths, [
        ["device-credentials", id],
        ["users", ADA, "multifactor", id],
        ["users", ADA, "identities", id, id],
        ["users", ADA, "identities", "auth0", id],
      ]);
      assert.deepEqual(
        [...new Set(tenant.log.map(({ headers }) => headers.host))],
        [tenant.domain],
      );
    }
  });

  test("refuses an id of dots, which would change the path in any encoding", async () => {
    await harness.signIn();
    for (const id of [".", ".."]) {
      for (const [name, args] of [
        ["deleteDeviceCredential", [id]],
        ["deleteMultifactor", [id]],
        ["unlinkIdentity", [id, "x"]],
        ["unlinkIdentity", ["auth0", id]],
      ]) {
        assert.equal((await call(name, args)).error?.code, "invalid_argument", `${name} ${id}`);
      }
    }
    assert.deepEqual(tenant.log, []);
  });

  test("sends metadata with keys of any name as data", async () => {
    await harness.signIn();
    const { value, sent } = await harness.run(async ({ outcome }) => {
      const metadata = JSON.parse(
        '{"__proto__":{"polluted":true},"constructor":1,"toString":2,"user_metadata":3,"app_metadata":{"plan":"free"},"email":"x@example.com","blocked":true,"":4,"é漢🙂\\u2028":5}',
      );
      const { value } = await outcome(() => client.patchUserMetadata(metadata));
      return { value: JSON.stringify(value.user_metadata), sent: JSON.stringify(metadata) };
    });
    const [{ body }] = apiRequests(tenant);
    assert.equal(body, `{"user_metadata":${sent}}`);
    assert.equal(JSON.parse(value).blocked, true);
    assert.equal(tenant.users.get(ADA).blocked, undefined);
    assert.deepEqual(tenant.users.get(ADA).app_metadata, { plan: "analyst", seats: 3 });
  });

  test("permits a change of metadata with either metadata scope", async () => {
    for (const scope of ["create:current_user_metadata", "update:current_user_metadata"]) {
      await harness.signIn({ scopes: [scope] });
      assert.equal(
        (await call("patchUserMetadata", [{ theme: scope }])).value.user_metadata.theme,
        scope,
      );
      assert.equal((await call("clearUserMetadata")).error, undefined);
    }
  });
});
