// Custom domains, whose tokens are valid on their own host only, and organizations, by id and by name.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { ADA, GRACE, once, startHarness, refusal, success } from "../harness/index.mjs";

const harness = await startHarness({ tenant: { customDomain: true }, watched: true });
const { tenant, driver } = harness;
const custom = { domain: tenant.customDomain.domain, tenantDomain: tenant.domain };

const login = (client, options) => client.loginWithPopup(options);
const ORGANIZATION = { id: "org_Zx8kQmT1vB3nR5yL", name: "acme" };

for (const flow of ["implicit", "code"]) {
  suite(`custom domain, flow: ${flow}`, () => {
    test("sign-in, issuer, keys and API use the custom domain, and the audience is the tenant's own", async () => {
      const changes = { ...custom, flow };
      await harness.start(changes);
      await harness.press(login);
      await harness.inPopup(() => harness.logIn("ada@example.com"));
      const { claims } = success(await harness.ended());
      assert.deepEqual([claims.sub, claims.iss], [ADA, `http://${custom.domain}/`]);
      const asked = once(harness.authorizations()[0]);
      assert.equal(asked.audience, `http://${tenant.domain}/api/v2/`);
      assert.equal(success(await harness.attempt((client) => client.getUser())).user_id, ADA);
      success(await harness.attempt((client) => client.checkSession()));
      await harness.press((client, options) => client.linkIdentityWithPopup(options), {
        loginHint: "grace@example.com",
      });
      assert.equal(success(await harness.ended()).length, 3);
      // No request went to the other host.
      assert.deepEqual([...new Set(tenant.log.map(({ host }) => host))], [custom.domain]);
      await harness.nothingRemains();
    });

    test("signs in by redirect", async () => {
      const changes = { ...custom, flow };
      await harness.comeBack(changes);
      const { claims } = success(await harness.handle(changes));
      assert.equal(claims.iss, `http://${custom.domain}/`);
      assert.equal(success(await harness.attempt((client) => client.getUser())).user_id, ADA);
      assert.deepEqual([...new Set(tenant.log.map(({ host }) => host))], [custom.domain]);
    });

    test("refuses an ID token of the tenant's own host", async () => {
      const changes = { ...custom, flow };
      await harness.start(changes);
      tenant.faults.set("wrong-issuer", { issuer: tenant.issuer }, { times: 1 });
      await harness.press(login, { loginHint: "ada@example.com" });
      assert.equal(refusal(await harness.ended()).code, "id_token_issuer");
      await harness.nothingRemains();
    });

    test("refuses an access token for an API that is named after the custom domain", async () => {
      const changes = { ...custom, flow };
      await harness.start(changes);
      const aud = `http://${custom.domain}/api/v2/`;
      tenant.faults.set("tokens", { accessToken: { claims: { aud } } }, { times: 1 });
      await harness.press(login, { loginHint: "ada@example.com" });
      assert.equal(refusal(await harness.ended()).code, "access_token_audience");
      await harness.nothingRemains();
    });
  });
}

suite("custom domain", () => {
  test("without tenantDomain the tenant does not know the API, and nobody is signed in", async () => {
    await harness.start({ domain: custom.domain });
    await harness.press(login, { loginHint: "ada@example.com" });
    refusal(await harness.ended());
    assert.equal((await harness.session()).isAuthenticated, false);
  });

  test("refuses to link an account of the tenant's own host by its ID token", async () => {
    await harness.signInByPopup("ada@example.com", custom);
    const token = tenant.mintToken({
      claims: { sub: GRACE, aud: "local-spa" },
      drop: ["scope", "azp"],
    });
    const ended = await harness.attempt((client, text) => client.linkIdentity(text), token);
    assert.equal(refusal(ended).code, "id_token_issuer");
    assert.deepEqual(harness.requests("/api/v2/"), []);
  });

  test("a client of one host refuses a response to the other", async () => {
    const address = await harness.comeBack(custom);
    const error = refusal(await harness.handle());
    assert.deepEqual([error.code, error.reason], ["state_mismatch", "other_client"]);
    // The refusal leaves the honest sign-in pending.
    await harness.open(address);
    assert.equal(success(await harness.handle(custom)).claims.sub, ADA);
  });

  test("the two hosts have separate sessions", async () => {
    await harness.signInByPopup("ada@example.com", custom);
    await harness.start();
    const ended = await harness.attempt((client) => client.checkSession());
    assert.equal(refusal(ended).code, "login_required");
  });

  test("logout goes to the custom domain", async () => {
    await harness.signInByPopup("ada@example.com", custom);
    await driver.executeScript(
      (returnTo) => void client.logout({ returnTo }),
      `${harness.origin}/basket`,
    );
    await driver.wait(async () => (await driver.getCurrentUrl()).endsWith("/basket"), 5000);
    const [{ host }, ...more] = harness.requests("/v2/logout");
    assert.deepEqual([host, more], [custom.domain, []]);
  });

  test("ignores messages of the tenant's own host", async () => {
    await harness.signInByPopup("ada@example.com", custom);
    // That host's page is in the right frame and knows the state.
    const script = `const state = new URLSearchParams(location.search).get("state");
      parent.postMessage({ type: "authorization_response", response: { error: "access_denied", state } }, "*");`;
    const headers = { "content-type": "text/html" };
    const there = `http://${tenant.domain}/authorize`;
    const answer = (body) => ({
      status: 200,
      headers,
      body: `<!doctype html><script>{${body}}</script>`,
    });
    const match = { target: "authorize" };
    tenant.faults.set("answer", answer(`location.replace("${there}" + location.search)`), {
      times: 1,
      match,
    });
    tenant.faults.set("answer", answer(script), { times: 1, match });
    const ended = await harness.attempt((client) => client.checkSession({ timeoutMs: 1200 }));
    assert.equal(refusal(ended).code, "timeout");
    assert.deepEqual(
      harness.requests("/authorize").map(({ host }) => host),
      [custom.domain, tenant.domain],
    );
    await harness.nothingRemains();
  });
});

suite("organization", () => {
  for (const [how, organization] of Object.entries(ORGANIZATION)) {
    test(`by ${how}: is sent and found in the ID token, in every kind of sign-in`, async () => {
      await harness.start({ organization });
      await harness.press(login);
      await harness.inPopup(() => harness.logIn("ada@example.com"));
      const { claims } = success(await harness.ended());
      assert.equal(claims.org_id, ORGANIZATION.id);
      success(await harness.attempt((client) => client.checkSession()));
      await harness.comeBack({ organization });
      success(await harness.handle({ organization }));
      const sent = harness.authorizations().map((pairs) => once(pairs).organization);
      assert.deepEqual(sent, [organization, organization, organization]);
    });

    test(`by ${how}: applies to one sign-in`, async () => {
      await harness.start();
      await harness.press(login, { organization, loginHint: "grace@example.com" });
      assert.equal(success(await harness.ended()).claims.org_id, ORGANIZATION.id);
      assert.equal(once(harness.authorizations()[0]).organization, organization);
    });

    test(`by ${how}: refuses another organization in the ID token`, async () => {
      await harness.start({ organization });
      tenant.faults.set("wrong-organization");
      await harness.press(login, { loginHint: "ada@example.com" });
      const { code, reason } = refusal(await harness.ended());
      assert.deepEqual([code, reason], ["id_token_organization", "mismatch"]);
      const silent = refusal(await harness.attempt((client) => client.checkSession()));
      assert.equal(silent.code, "id_token_organization");
      await harness.nothingRemains();
    });

    test(`by ${how}: refuses an ID token without an organization`, async () => {
      await harness.start({ organization });
      tenant.faults.set("tokens", { idToken: { drop: ["org_id", "org_name"] } });
      await harness.press(login, { loginHint: "ada@example.com" });
      const { code, reason } = refusal(await harness.ended());
      assert.deepEqual([code, reason], ["id_token_organization", "missing"]);
    });
  }

  test("refuses a name that equals another organization's id, and the reverse", async () => {
    await harness.start({ organization: "acme" });
    const claims = { org_id: "acme", org_name: "evil" };
    tenant.faults.set("tokens", { idToken: { claims } });
    await harness.press(login, { loginHint: "ada@example.com" });
    assert.equal(refusal(await harness.ended()).code, "id_token_organization");
  });

  test("a person who is not a member is refused", async () => {
    await harness.start({ organization: ORGANIZATION.id });
    await harness.press(login);
    await harness.inPopup(() => harness.logIn("alan@example.com"));
    assert.match(refusal(await harness.ended()).code, /^(access_denied|authorization_error)$/);
    await harness.nothingRemains();
  });
});
