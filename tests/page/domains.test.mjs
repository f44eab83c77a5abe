// A custom domain, whose tokens are good there alone; and an organization, by id and by name.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { ADA, GRACE, once, openStage, refusal, success } from "../harness/stage.mjs";

const stage = await openStage({ customDomain: true });
const { tenant, driver } = stage;
const custom = { domain: tenant.customDomain.domain, tenantDomain: tenant.domain };

const login = (client, options) => client.loginWithPopup(options);
const ORGANIZATION = { id: "org_Zx8kQmT1vB3nR5yL", name: "acme" };

for (const flow of ["implicit", "code"]) {
  suite(`custom domain, flow: ${flow}`, () => {
    test("login, issuer, keys and API on it; the audience is the tenant's", async () => {
      const changes = { ...custom, flow };
      await stage.start(changes);
      await stage.press(login);
      await stage.inPopup(() => stage.logIn("ada@example.com"));
      const { claims } = success(await stage.ended());
      assert.deepEqual([claims.sub, claims.iss], [ADA, `http://${custom.domain}/`]);
      const asked = once(stage.authorizations()[0]);
      assert.equal(asked.audience, `http://${tenant.domain}/api/v2/`);
      assert.equal(success(await stage.attempt((client) => client.getUser())).user_id, ADA);
      success(await stage.attempt((client) => client.checkSession()));
      await stage.press((client, options) => client.linkIdentityWithPopup(options), {
        loginHint: "grace@example.com",
      });
      assert.equal(success(await stage.ended()).length, 3);
      // Not one request, for keys or anything else, went to the other host.
      assert.deepEqual([...new Set(tenant.log.map(({ host }) => host))], [custom.domain]);
      await stage.nothingRemains();
    });

    test("by redirect", async () => {
      const changes = { ...custom, flow };
      await stage.comeBack(changes);
      const { claims } = success(await stage.handle(changes));
      assert.equal(claims.iss, `http://${custom.domain}/`);
      assert.equal(success(await stage.attempt((client) => client.getUser())).user_id, ADA);
      assert.deepEqual([...new Set(tenant.log.map(({ host }) => host))], [custom.domain]);
    });

    test("an ID token of the tenant's own host is refused there", async () => {
      const changes = { ...custom, flow };
      await stage.start(changes);
      tenant.faults.set("wrong-issuer", { issuer: tenant.issuer }, { times: 1 });
      await stage.press(login, { loginHint: "ada@example.com" });
      assert.equal(refusal(await stage.ended()).code, "id_token_issuer");
      await stage.nothingRemains();
    });

    test("an access token for an API of the custom domain's name is refused", async () => {
      const changes = { ...custom, flow };
      await stage.start(changes);
      const aud = `http://${custom.domain}/api/v2/`;
      tenant.faults.set("tokens", { accessToken: { claims: { aud } } }, { times: 1 });
      await stage.press(login, { loginHint: "ada@example.com" });
      assert.equal(refusal(await stage.ended()).code, "access_token_audience");
      await stage.nothingRemains();
    });
  });
}

suite("custom domain", () => {
  test("without tenantDomain the tenant knows no such API, and nobody is signed in", async () => {
    await stage.start({ domain: custom.domain });
    await stage.press(login, { loginHint: "ada@example.com" });
    refusal(await stage.ended());
    assert.equal((await stage.session()).isAuthenticated, false);
  });

  test("an account of the tenant's own host cannot be linked by its ID token", async () => {
    await stage.signIn("ada@example.com", custom);
    const token = tenant.mintToken({
      claims: { sub: GRACE, aud: "local-spa" },
      drop: ["scope", "azp"],
    });
    const ended = await stage.attempt((client, text) => client.linkIdentity(text), token);
    assert.equal(refusal(ended).code, "id_token_issuer");
    assert.deepEqual(stage.requests("/api/v2/"), []);
  });

  test("a response to the one host is nobody's for a client of the other", async () => {
    const address = await stage.comeBack(custom);
    const error = refusal(await stage.handle());
    assert.deepEqual([error.code, error.reason], ["state_mismatch", "other_client"]);
    // And the honest one is not spoilt by that.
    await stage.open(address);
    assert.equal(success(await stage.handle(custom)).claims.sub, ADA);
  });

  test("the two hosts have sessions of their own", async () => {
    await stage.signIn("ada@example.com", custom);
    await stage.start();
    const ended = await stage.attempt((client) => client.checkSession());
    assert.equal(refusal(ended).code, "login_required");
  });

  test("logout goes to the custom domain", async () => {
    await stage.signIn("ada@example.com", custom);
    await driver.executeScript(
      (returnTo) => void client.logout({ returnTo }),
      `${stage.origin}/basket`,
    );
    await driver.wait(async () => (await driver.getCurrentUrl()).endsWith("/basket"), 5000);
    const [{ host }, ...more] = stage.requests("/v2/logout");
    assert.deepEqual([host, more], [custom.domain, []]);
  });

  test("messages of the tenant's own host do not count", async () => {
    await stage.signIn("ada@example.com", custom);
    // Its page stands in the right frame, and knows the state.
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
    const ended = await stage.attempt((client) => client.checkSession({ timeoutMs: 1200 }));
    assert.equal(refusal(ended).code, "timeout");
    assert.deepEqual(
      stage.requests("/authorize").map(({ host }) => host),
      [custom.domain, tenant.domain],
    );
    await stage.nothingRemains();
  });
});

suite("organization", () => {
  for (const [how, organization] of Object.entries(ORGANIZATION)) {
    test(`by ${how}: sent and found in the ID token, in every way to sign in`, async () => {
      await stage.start({ organization });
      await stage.press(login);
      await stage.inPopup(() => stage.logIn("ada@example.com"));
      const { claims } = success(await stage.ended());
      assert.equal(claims.org_id, ORGANIZATION.id);
      success(await stage.attempt((client) => client.checkSession()));
      await stage.comeBack({ organization });
      success(await stage.handle({ organization }));
      const sent = stage.authorizations().map((pairs) => once(pairs).organization);
      assert.deepEqual(sent, [organization, organization, organization]);
    });

    test(`by ${how}, for one sign-in`, async () => {
      await stage.start();
      await stage.press(login, { organization, loginHint: "grace@example.com" });
      assert.equal(success(await stage.ended()).claims.org_id, ORGANIZATION.id);
      assert.equal(once(stage.authorizations()[0]).organization, organization);
    });

    test(`by ${how}: another one in the ID token is refused`, async () => {
      await stage.start({ organization });
      tenant.faults.set("wrong-organization");
      await stage.press(login, { loginHint: "ada@example.com" });
      const { code, reason } = refusal(await stage.ended());
      assert.deepEqual([code, reason], ["id_token_organization", "mismatch"]);
      const silent = refusal(await stage.attempt((client) => client.checkSession()));
      assert.equal(silent.code, "id_token_organization");
      await stage.nothingRemains();
    });

    test(`by ${how}: none in the ID token is refused`, async () => {
      await stage.start({ organization });
      tenant.faults.set("tokens", { idToken: { drop: ["org_id", "org_name"] } });
      await stage.press(login, { loginHint: "ada@example.com" });
      const { code, reason } = refusal(await stage.ended());
      assert.deepEqual([code, reason], ["id_token_organization", "missing"]);
    });
  }

  test("a name that is another organization's id, or the other way round, does not count", async () => {
    await stage.start({ organization: "acme" });
    const claims = { org_id: "acme", org_name: "evil" };
    tenant.faults.set("tokens", { idToken: { claims } });
    await stage.press(login, { loginHint: "ada@example.com" });
    assert.equal(refusal(await stage.ended()).code, "id_token_organization");
  });

  test("somebody who is no member stays outside", async () => {
    await stage.start({ organization: ORGANIZATION.id });
    await stage.press(login);
    await stage.inPopup(() => stage.logIn("alan@example.com"));
    assert.match(refusal(await stage.ended()).code, /^(access_denied|authorization_error)$/);
    await stage.nothingRemains();
  });
});
