// Tabs, pending records in storage, and several calls or clients in one page.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { ADA, GRACE, startHarness, refusal, success } from "../harness/index.mjs";

const harness = await startHarness({ watched: true });
const { tenant, driver } = harness;

const LOCAL = { transactionStore: "local" };

/** Opens the application in the current tab, begins a sign-in, and returns its address at the tenant. */
async function begin(changes, authorize) {
  await harness.start(changes);
  return harness.run((_, more) => client.buildAuthorizeUrl(more ?? undefined), authorize);
}

/** Opens another tab as a person does, with empty session storage. */
async function newTab() {
  await driver.switchTo().newWindow("tab");
  return driver.getWindowHandle();
}

/** The address of the response, before the application has loaded it. */
async function responseTo(url) {
  const here = await driver.getWindowHandle();
  await newTab();
  await driver.sendDevToolsCommand("Emulation.setScriptExecutionDisabled", { value: true });
  await driver.get(url);
  const address = await driver.getCurrentUrl();
  await driver.close();
  await driver.switchTo().window(here);
  assert.match(address, /state=/);
  return address;
}

for (const flow of ["implicit", "code"]) {
  suite(`two tabs, flow: ${flow}`, () => {
    for (const transactionStore of ["session", "local"]) {
      test(`both sign in at the same time, each as its own user (${transactionStore})`, async () => {
        const changes = { flow, transactionStore };
        const first = await driver.getWindowHandle();
        const urlOfFirst = await begin(changes, {
          appState: "first",
          loginHint: "ada@example.com",
        });
        const second = await newTab();
        const urlOfSecond = await begin(changes, {
          appState: "second",
          loginHint: "ada@example.com",
        });
        await driver.get(urlOfSecond);
        await driver.switchTo().window(first);
        await driver.get(urlOfFirst);
        // Both responses have arrived, and neither has been used.
        const one = success(await harness.handle(changes));
        await driver.switchTo().window(second);
        const two = success(await harness.handle(changes));
        assert.deepEqual([one.appState, two.appState], ["first", "second"]);
        assert.deepEqual([one.claims.sub, two.claims.sub], [ADA, ADA]);
        assert.notEqual(one.claims.nonce, two.claims.nonce);
      });
    }

    test("the session store refuses a response that returns in another tab", async () => {
      const url = await begin({ flow }, { loginHint: "ada@example.com", appState: "secret" });
      await newTab();
      await driver.get(url);
      const { code, reason, appState } = refusal(await harness.handle({ flow }));
      assert.deepEqual([code, reason, appState], ["state_mismatch", "unknown", undefined]);
      assert.equal(await driver.getCurrentUrl(), `${harness.origin}/callback`);
      assert.deepEqual(harness.requests("/oauth/token"), []);
    });

    test("the local store accepts a response that returns in another tab", async () => {
      const changes = { flow, ...LOCAL };
      const url = await begin(changes, { loginHint: "ada@example.com", appState: { magic: true } });
      await newTab();
      await driver.get(url);
      const signIn = success(await harness.handle(changes));
      assert.deepEqual([signIn.claims.sub, signIn.appState], [ADA, { magic: true }]);
    });

    test("the local store accepts a response in one tab only", async () => {
      const changes = { flow, ...LOCAL };
      const url = await begin(changes, { loginHint: "ada@example.com" });
      const address = await responseTo(url);
      await harness.open(address);
      success(await harness.handle(changes));
      await newTab();
      await driver.get(address);
      const { code, reason } = refusal(await harness.handle(changes));
      assert.deepEqual([code, reason], ["state_mismatch", "used"]);
      assert.equal(harness.requests("/oauth/token").length, flow === "code" ? 1 : 0);
    });
  });
}

suite("what waits in storage", () => {
  const records = () =>
    driver.executeScript(() => Object.values({ ...sessionStorage, ...localStorage }));

  test("a record is in the chosen store only", async () => {
    const count = () => driver.executeScript(() => [sessionStorage.length, localStorage.length]);
    await begin();
    assert.deepEqual(await count(), [1, 0]);
    await driver.executeScript(() => sessionStorage.clear());
    await begin(LOCAL);
    assert.deepEqual(await count(), [0, 1]);
  });

  test("the newest twenty sign-ins are kept", async () => {
    await harness.start(LOCAL);
    const urls = await harness.run(async () => {
      const urls = [];
      for (let n = 1; n <= 23; n += 1)
        urls.push(await client.buildAuthorizeUrl({ appState: n, loginHint: "ada@example.com" }));
      return urls;
    });
    assert.equal((await records()).length, 20);
    await driver.get(urls[3]);
    assert.equal(success(await harness.handle(LOCAL)).appState, 4);
    await driver.get(urls[2]);
    assert.equal(refusal(await harness.handle(LOCAL)).code, "state_mismatch");
  });

  test("a sign-in of the day before yesterday has expired", async () => {
    const url = await begin(LOCAL, { loginHint: "ada@example.com", appState: 1 });
    const address = await responseTo(url);
    await harness.open(address);
    await driver.executeScript(() => {
      const now = Date.now.bind(Date);
      Date.now = () => now() + 25 * 3_600_000;
    });
    const { code, reason } = refusal(await harness.handle(LOCAL));
    assert.deepEqual([code, reason], ["state_mismatch", "expired"]);
  });

  test("no secret remains in storage once the response has arrived", async () => {
    await harness.comeBack();
    const [state, nonce] = ["state", "nonce"].map((name) =>
      new Map(harness.authorizations()[0]).get(name),
    );
    success(await harness.handle());
    const text = JSON.stringify(await records());
    assert.ok(!text.includes(state) && !text.includes(nonce) && !text.includes("eyJ"));
  });

  for (const [how, damage] of [
    ["is gone", () => sessionStorage.clear()],
    ["is malformed", () => spoil(() => "{")],
    ["is JSON of another kind", () => spoil(() => "[1]")],
    ["lacks its nonce", () => spoil((text) => text.replace(/(\n.+)\n.+/, "$1\n"))],
  ]) {
    test(`a record that ${how} is not a pending sign-in`, async () => {
      const address = await harness.comeBack();
      await harness.open("/");
      await driver.executeScript(
        `const spoil = (change) => {
           for (const [name, text] of Object.entries(sessionStorage)) sessionStorage.setItem(name, change(text));
         };
         (${damage})();`,
      );
      await harness.open(address);
      assert.equal(refusal(await harness.handle()).code, "state_mismatch");
      assert.equal((await harness.session()).isAuthenticated, false);
    });
  }
});

suite("several calls in one page", () => {
  test("effects that run twice get the same result, with one client or with two", async () => {
    await harness.comeBack({}, { appState: { n: 1 } });
    const ends = await harness.run(async ({ createClient }, options) => {
      const one = await createClient(options);
      const early = one.handleRedirectCallback();
      const two = await createClient(options);
      const all = [early, one.handleRedirectCallback(), two.handleRedirectCallback()];
      const late = await Promise.all(all).then(() => two.handleRedirectCallback());
      return [...(await Promise.all(all)), late].map(({ claims, appState }) => [
        claims.nonce,
        appState,
      ]);
    }, harness.options());
    assert.equal(ends.length, 4);
    for (const end of ends) assert.deepEqual(end, ends[0]);
    assert.deepEqual(ends[0][1], { n: 1 });
    assert.equal(success(await harness.attempt((client) => client.getUser())).user_id, ADA);
  });

  test("effects that run twice get the same refusal", async () => {
    await harness.comeBack({}, { appState: 1 });
    tenant.faults.clear();
    const address = await driver.getCurrentUrl();
    await harness.open(address.replace(/id_token=[^&]+/, "id_token=a.b.c"));
    const codes = await harness.run(async ({ createClient }, options) => {
      const [one, two] = [await createClient(options), await createClient(options)];
      const all = [one, one, two].map((client) => client.handleRedirectCallback());
      return (await Promise.allSettled(all)).map(({ reason }) => [reason.code, reason.appState]);
    }, harness.options());
    assert.deepEqual(codes, [
      ["id_token_malformed", 1],
      ["id_token_malformed", 1],
      ["id_token_malformed", 1],
    ]);
  });

  test("a reload after sign-in finds no response, and checkSession restores the session", async () => {
    await harness.comeBack();
    success(await harness.handle());
    await driver.navigate().refresh();
    assert.equal(success(await harness.handle()), null);
    assert.equal((await harness.session()).isAuthenticated, false);
    const signIn = success(await harness.attempt((client) => client.checkSession()));
    assert.equal(signIn.claims.sub, ADA);
    assert.equal(success(await harness.attempt((client) => client.getUser())).user_id, ADA);
  });

  test("a reload during a sign-in does not lose it", async () => {
    const url = await begin({}, { loginHint: "ada@example.com", appState: "kept" });
    await driver.navigate().refresh();
    await driver.get(url);
    assert.equal(success(await harness.handle()).appState, "kept");
  });

  test("two pending sign-ins complete, the older one first", async () => {
    await harness.start();
    const [older, newer] = await harness.run(async () => [
      await client.buildAuthorizeUrl({ appState: "older", loginHint: "ada@example.com" }),
      await client.buildAuthorizeUrl({
        appState: "newer",
        loginHint: "grace@example.com",
        prompt: "login",
      }),
    ]);
    await driver.get(older);
    assert.equal(success(await harness.handle()).appState, "older");
    await driver.get(newer);
    const signIn = success(await harness.handle());
    assert.deepEqual([signIn.appState, signIn.claims.sub], ["newer", GRACE]);
  });

  test("two clients of one page have separate sessions", async () => {
    await harness.signInByPopup("ada@example.com");
    const other = await harness.run(async ({ createClient, session }, options) => {
      const first = globalThis.client;
      const second = await createClient(options);
      const before = session(second).isAuthenticated;
      await second.checkSession();
      await second.logout({ localOnly: true });
      globalThis.client = first;
      return [before, session(second).isAuthenticated, session(first).isAuthenticated];
    }, harness.options());
    assert.deepEqual(other, [false, false, true]);
  });
});
