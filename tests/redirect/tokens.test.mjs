// Tokens that differ from good ones in one point.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { describe, test } from "node:test";
import { ADA, GRACE, startHarness } from "../harness/index.mjs";
import { now, responseSteps } from "./response-steps.mjs";

const harness = await startHarness({ tenant: { customDomain: true } });
const { tenant } = harness;

const { pending, handleUrl } = responseSteps(harness);

describe("tokens that differ in one point", () => {
  // [title, changes of the ID token, changes of the access token, code or undefined for success, options of the sign-in]
  const TOKENS = [
    ["a token without a deviation", {}, {}],
    ["aud in an array", { claims: { aud: ["local-spa"] } }, {}],
    [
      "several audiences and the right azp",
      { claims: { aud: ["local-spa", "another"], azp: "local-spa" } },
      {},
    ],
    [
      "several audiences and no azp",
      { claims: { aud: ["local-spa", "another"] } },
      {},
      "id_token_authorized_party",
    ],
    [
      "an audience of objects",
      { claims: { aud: [{ toString: "local-spa" }] } },
      {},
      "id_token_audience",
    ],
    ["an empty audience", { claims: { aud: [] } }, {}, "id_token_audience"],
    ["no audience", { drop: ["aud"] }, {}, "id_token_audience"],
    [
      "an audience that begins like the client's",
      { claims: { aud: "local-spa-code-only" } },
      {},
      "id_token_audience",
    ],
    [
      "an issuer without its slash",
      { claims: { iss: () => tenant.issuer.slice(0, -1) } },
      {},
      "id_token_issuer",
    ],
    [
      "an issuer in capitals",
      { claims: { iss: () => tenant.issuer.toUpperCase() } },
      {},
      "id_token_issuer",
    ],
    ["an issuer in an array", { claims: { iss: () => [tenant.issuer] } }, {}, "id_token_issuer"],
    ["no issuer", { drop: ["iss"] }, {}, "id_token_issuer"],
    ["an empty sub", { claims: { sub: "" } }, {}, "id_token_subject"],
    ["a number for sub", { claims: { sub: 7 } }, {}, "id_token_subject"],
    [
      "fractions of seconds",
      { claims: { iat: () => now() + 0.25, exp: () => now() + 3600.75 } },
      {},
    ],
    ["exp as text", { claims: { exp: () => String(now() + 3600) } }, {}, "id_token_expired"],
    ["exp null", { claims: { exp: null } }, {}, "id_token_expired"],
    ["no exp", { drop: ["exp"] }, {}, "id_token_expired"],
    ["exp a minute ago, within leeway", { claims: { exp: () => now() - 30 } }, {}],
    ["exp beyond leeway", { claims: { exp: () => now() - 65 } }, {}, "id_token_expired"],
    ["an exp of 1e300", { claims: { exp: 1e300 } }, {}],
    ["iat as text", { claims: { iat: () => String(now()) } }, {}, "id_token_issued_at"],
    ["no iat", { drop: ["iat"] }, {}, "id_token_issued_at"],
    ["iat ahead within leeway", { claims: { iat: () => now() + 45 } }, {}],
    [
      "iat more than a day before this sign-in",
      { claims: { iat: () => now() - 90_000 } },
      {},
      "id_token_issued_at",
    ],
    [
      "iat more than a day ahead",
      { claims: { iat: () => now() + 90_000 } },
      {},
      "id_token_issued_at",
    ],
    ["nbf in the future", { claims: { nbf: () => now() + 600 } }, {}, "id_token_issued_at"],
    ["nbf in the past", { claims: { nbf: () => now() - 600 } }, {}],
    ["a nonce in an array", { claims: { nonce: (one) => [one.nonce] } }, {}, "id_token_nonce"],
    ["an empty nonce", { claims: { nonce: "" } }, {}, "id_token_nonce"],
    ["the state as nonce", { claims: { nonce: (one) => one.state } }, {}, "id_token_nonce"],
    ["an empty at_hash", { claims: { at_hash: "" } }, {}, "access_token_hash"],
    ["at_hash null", { claims: { at_hash: null } }, {}, "access_token_hash"],
    [
      "claims of any name",
      {
        claims: {
          constructor: 1,
          toString: "x",
          "é漢🙂": [null],
          "https://app.example/roles": ["a"],
        },
      },
      {},
    ],
    [
      "the organization by name",
      { claims: { org_id: "org_Zx8kQmT1vB3nR5yL", org_name: "acme" } },
      {},
      undefined,
      { organization: "acme" },
    ],
    [
      "the organization by id",
      { claims: { org_id: "org_Zx8kQmT1vB3nR5yL" } },
      {},
      undefined,
      { organization: "org_Zx8kQmT1vB3nR5yL" },
    ],
    [
      "the organization's name where its id was asked for",
      { claims: { org_name: "org_Zx8kQmT1vB3nR5yL" } },
      {},
      "id_token_organization",
      { organization: "org_Zx8kQmT1vB3nR5yL" },
    ],
    ["no organization", {}, {}, "id_token_organization", { organization: "acme" }],
    [
      "auth_time in time",
      { claims: { auth_time: () => now() - 30 } },
      {},
      undefined,
      { maxAge: 60 },
    ],
    [
      "auth_time as text",
      { claims: { auth_time: () => String(now()) } },
      {},
      "id_token_auth_time",
      { maxAge: 60 },
    ],
    ["no auth_time", {}, {}, "id_token_auth_time", { maxAge: 60 }],
    ["no auth_time for maxAge 0", {}, {}, "id_token_auth_time", { maxAge: 0 }],
    ["crit", { header: { crit: ["exp"], exp: 1 } }, {}, /^id_token_/],
    ["RS512", { header: { alg: "RS512" } }, {}, "id_token_algorithm"],
    ["an algorithm of no type", { header: { alg: ["RS256"] } }, {}, "id_token_algorithm"],
    [
      "a key of another tenant in the header",
      { header: { jwk: { kty: "RSA" }, kid: "x" }, signature: "stranger" },
      {},
      "signing_key_not_found",
    ],
    ["a kid that is not a string", { header: { kid: 7 } }, {}, /^(id_token_|signing_key)/],
    ["kid like a path", { header: { kid: "../../x" } }, {}, "signing_key_not_found"],
    ["kid of a prototype", { header: { kid: "__proto__" } }, {}, "signing_key_not_found"],
    ["four parts", { raw: "a.b.c.d" }, {}, "id_token_malformed"],
    ["five parts", { raw: "a.b.c.d.e" }, {}, "id_token_malformed"],
    ["dots", { raw: ".." }, {}, "id_token_malformed"],
    ["padding", { raw: "e30=.e30=.e30=" }, {}, "id_token_malformed"],
    ["the other base64", { raw: "e30.e30.+/+/" }, {}, "id_token_malformed"],
    ["an array for a header", { raw: "W10.e30.AAAA" }, {}, "id_token_malformed"],
    ["no UTF-8", { raw: "e30.gIGC.AAAA" }, {}, "id_token_malformed"],
    ["half a megabyte", { raw: `${"A".repeat(1 << 19)}.e30.AAAA` }, {}, "id_token_malformed"],
    ["another user's access token", {}, { claims: { sub: GRACE } }, "access_token_subject"],
    ["an access token without sub", {}, { drop: ["sub"] }, "access_token_subject"],
    [
      "an access token for the API and userinfo",
      {},
      { claims: { aud: () => [tenant.audience, `${tenant.issuer}userinfo`] } },
    ],
    [
      "an access token for userinfo alone",
      {},
      { claims: { aud: () => `${tenant.issuer}userinfo` } },
      "access_token_audience",
    ],
    [
      "an access token for the API and another",
      {},
      { claims: { aud: () => [tenant.audience, "https://other.invalid/"] } },
      "access_token_audience",
    ],
    [
      "an audience without its slash",
      {},
      { claims: { aud: () => tenant.audience.slice(0, -1) } },
      "access_token_audience",
    ],
    ["an access token without aud", {}, { drop: ["aud"] }, "access_token_audience"],
    ["an access token without exp", {}, { drop: ["exp"] }, "token_expired"],
    ["an access token past its time", {}, { claims: { exp: () => now() - 5 } }, "token_expired"],
    ["an access token of five parts", {}, { raw: "a.b.c.d.e" }, "access_token_audience"],
    [
      "an access token of a machine by subject",
      {},
      { claims: { sub: "x@clients" } },
      "machine_token_forbidden",
    ],
    [
      "a machine's token for an ID token",
      { claims: { gty: "client-credentials" } },
      {},
      "machine_token_forbidden",
    ],
    ["scopes in an array", {}, { claims: { scope: ["read:current_user"] } }],
  ];
  const resolve = (value, one) => {
    if (typeof value === "function") return value(one);
    if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, part]) => [key, resolve(part, one)]),
    );
  };
  for (const [what, idToken, accessToken, code, authorize = {}] of TOKENS) {
    test(`${what} ${code === undefined ? "is accepted" : `is refused with ${code}`}`, async () => {
      const [one] = await pending(1, { authorize });
      const url = harness.forge({
        ...one,
        idToken: resolve(idToken, one),
        accessToken: resolve(accessToken, one),
      });
      const { value, error } = await handleUrl(url);
      if (code === undefined) assert.equal(value?.claims.sub, ADA, JSON.stringify(error));
      else if (code instanceof RegExp) assert.match(error?.code ?? "", code);
      else assert.equal(error?.code, code, JSON.stringify(error));
      assert.equal(await harness.run(() => client.isAuthenticated), code === undefined);
      assert.deepEqual(
        tenant.log.filter(({ url: path }) => path !== "/.well-known/jwks.json"),
        [],
      );
    });
  }

  test("applies leewaySeconds exactly: 0 is 0, 300 is 300", async () => {
    for (const [leewaySeconds, ago, code] of [
      [0, 3, "id_token_expired"],
      [300, 250, undefined],
      [300, 310, "id_token_expired"],
    ]) {
      const [one] = await pending(1, { options: { leewaySeconds } });
      const { value, error } = await handleUrl(
        harness.forge({ ...one, idToken: { claims: { exp: now() - ago } } }),
      );
      assert.equal(error?.code, code, JSON.stringify({ error, value }));
    }
  });

  test("fetches nothing from an address that a token names", async () => {
    const heard = [];
    const elsewhere = createServer((request, response) => {
      heard.push(request.url);
      response.writeHead(200, { "access-control-allow-origin": "*" }).end('{"keys":[]}');
    });
    await new Promise((resolve) => elsewhere.listen(0, "127.0.0.1", resolve));
    try {
      const place = `http://127.0.0.1:${elsewhere.address().port}/`;
      for (const header of [
        { jku: place },
        { x5u: place },
        { kid: place },
        { jku: place, kid: "unknown" },
        { x5c: [place] },
      ]) {
        const [one] = await pending(1);
        await handleUrl(
          harness.forge({
            ...one,
            idToken: { header, claims: { iss: place }, signature: "stranger" },
          }),
        );
        assert.equal(await harness.run(() => client.isAuthenticated), false);
      }
      assert.deepEqual(heard, []);
    } finally {
      elsewhere.closeAllConnections();
      elsewhere.close();
    }
  });
});
