// The user on whose behalf a call is sent.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ADA, GRACE, apiRequests, startHarness } from "../harness/index.mjs";

const harness = await startHarness({ tenant: { customDomain: true } });
const { tenant } = harness;

const call = (name, args = []) =>
  harness.run(({ outcome }, method, given) => outcome(() => client[method](...given)), name, args);

describe("the user of a call", () => {
  test("path and token change together after another user's sign-in", async () => {
    await harness.signIn();
    tenant.clearSessions();
    await harness.signIn({ email: "grace@example.com" });
    assert.equal((await call("getUser")).value.user_id, GRACE);
    const [{ url, headers }] = apiRequests(tenant);
    assert.equal(url, `/api/v2/users/${encodeURIComponent(GRACE)}`);
    assert.equal(tenant.readToken(headers.authorization.split(" ")[1]).claims.sub, GRACE);
  });

  test("sign-in, keys and API use the custom domain, and the audience is the tenant's own", async () => {
    const { customDomain } = tenant;
    await harness.signIn({ domain: customDomain.domain, tenantDomain: tenant.domain });
    const { value } = await call("getUser");
    assert.equal(value.user_id, ADA);
    const [{ headers }] = apiRequests(tenant);
    assert.equal(headers.host, customDomain.domain);
    const { claims } = tenant.readToken(headers.authorization.split(" ")[1]);
    assert.ok([claims.aud].flat().includes(tenant.audience));
    assert.equal(claims.iss, customDomain.issuer);
  });

  test("scripts cannot sign themselves in by writing to the client", async () => {
    const { error, session } = await harness.run(
      async ({ createClient, outcome, session }, options) => {
        const made = await createClient(options);
        for (const name of [
          "isAuthenticated",
          "claims",
          "grantedScopes",
          "expiresAt",
          "session",
          "accessToken",
        ]) {
          try {
            made[name] =
              name === "claims"
                ? { sub: "auth0|x" }
                : name === "grantedScopes"
                  ? ["read:current_user"]
                  : 9e15;
          } catch {
            // Assigning to a getter throws in strict code only. In either mode it must have no effect.
          }
          Reflect.defineProperty(made, name, { value: true });
        }
        const { error } = await outcome(() => made.getUser());
        const fresh = await createClient(options);
        return { error, session: session(fresh) };
      },
      harness.options(),
    );
    assert.equal(error.code, "login_required");
    assert.deepEqual(session, {
      isAuthenticated: false,
      sub: null,
      claims: null,
      grantedScopes: [],
      expiresAt: null,
      can: false,
    });
    assert.deepEqual(tenant.log, []);
  });
});
