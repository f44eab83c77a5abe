// Tabs, reloads, and effects that run twice.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { ADA, GRACE, openStage, refusal, success } from "../harness/stage.mjs";

const stage = await openStage();
const { tenant, driver } = stage;

const LOCAL = { transactionStore: "local" };

/** A page of the application with a client in it, in the tab that is in front; returns where it would go. */
async function begin(changes, authorize) {
  await stage.start(changes);
  return stage.run((_, more) => client.buildAuthorizeUrl(more ?? undefined), authorize);
}

/** Another tab, as a person opens it: nothing of the first one's session storage is in it. */
async function newTab() {
  await driver.switchTo().newWindow("tab");
  return driver.getWindowHandle();
}

/** The address that the tenant sends the browser back to, without the application having seen it. */
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
      test(`that sign in at once both succeed, each with its own (${transactionStore})`, async () => {
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
        // Both responses are there now, and neither has been used.
        const one = success(await stage.handle(changes));
        await driver.switchTo().window(second);
        const two = success(await stage.handle(changes));
        assert.deepEqual([one.appState, two.appState], ["first", "second"]);
        assert.deepEqual([one.claims.sub, two.claims.sub], [ADA, ADA]);
        assert.notEqual(one.claims.nonce, two.claims.nonce);
      });
    }

    test("a response that comes back in another tab is nobody's with the session store", async () => {
      const url = await begin({ flow }, { loginHint: "ada@example.com", appState: "secret" });
      await newTab();
      await driver.get(url);
      const { code, reason, appState } = refusal(await stage.handle({ flow }));
      assert.deepEqual([code, reason, appState], ["state_mismatch", "unknown", null]);
      assert.equal(await driver.getCurrentUrl(), `${stage.origin}/callback`);
      assert.deepEqual(stage.requests("/oauth/token"), []);
    });

    test("with the local store it signs in there", async () => {
      const changes = { flow, ...LOCAL };
      const url = await begin(changes, { loginHint: "ada@example.com", appState: { magic: true } });
      await newTab();
      await driver.get(url);
      const signIn = success(await stage.handle(changes));
      assert.deepEqual([signIn.claims.sub, signIn.appState], [ADA, { magic: true }]);
    });

    test("with the local store, too, a response is used in one tab only", async () => {
      const changes = { flow, ...LOCAL };
      const url = await begin(changes, { loginHint: "ada@example.com" });
      const address = await responseTo(url);
      await stage.open(address);
      success(await stage.handle(changes));
      await newTab();
      await driver.get(address);
      const { code, reason } = refusal(await stage.handle(changes));
      assert.deepEqual([code, reason], ["state_mismatch", "used"]);
      assert.equal(stage.requests("/oauth/token").length, flow === "code" ? 1 : 0);
    });
  });
}

suite("what waits in storage", () => {
  const records = () =>
    driver.executeScript(() => Object.values({ ...sessionStorage, ...localStorage }));

  test("is not in the local store unless that was asked for, and the other way round", async () => {
    const count = () => driver.executeScript(() => [sessionStorage.length, localStorage.length]);
    await begin();
    assert.deepEqual(await count(), [1, 0]);
    await driver.executeScript(() => sessionStorage.clear());
    await begin(LOCAL);
    assert.deepEqual(await count(), [0, 1]);
  });

  test("the newest twenty sign-ins are kept", async () => {
    await stage.start(LOCAL);
    const urls = await stage.run(async () => {
      const urls = [];
      for (let n = 1; n <= 23; n += 1)
        urls.push(await client.buildAuthorizeUrl({ appState: n, loginHint: "ada@example.com" }));
      return urls;
    });
    assert.equal((await records()).length, 20);
    await driver.get(urls[3]);
    assert.equal(success(await stage.handle(LOCAL)).appState, 4);
    await driver.get(urls[2]);
    assert.equal(refusal(await stage.handle(LOCAL)).code, "state_mismatch");
  });

  test("a sign-in of the day before yesterday has expired", async () => {
    const url = await begin(LOCAL, { loginHint: "ada@example.com", appState: 1 });
    const address = await responseTo(url);
    await stage.open(address);
    await driver.executeScript(() => {
      const now = Date.now.bind(Date);
      Date.now = () => now() + 25 * 3_600_000;
    });
    const { code, reason } = refusal(await stage.handle(LOCAL));
    assert.deepEqual([code, reason], ["state_mismatch", "expired"]);
  });

  test("holds no secret once the response has come", async () => {
    await stage.comeBack();
    const [state, nonce] = ["state", "nonce"].map((name) =>
      new Map(stage.authorizations()[0]).get(name),
    );
    success(await stage.handle());
    const text = JSON.stringify(await records());
    assert.ok(!text.includes(state) && !text.includes(nonce) && !text.includes("eyJ"));
  });

  for (const [how, damage] of [
    ["is gone", () => sessionStorage.clear()],
    ["is no record", () => spoil(() => "{")],
    ["is something else", () => spoil(() => "[1]")],
    ["lacks its nonce", () => spoil((text) => text.replace(/(\n.+)\n.+/, "$1\n"))],
  ]) {
    test(`a record that ${how} is no pending sign-in`, async () => {
      const address = await stage.comeBack();
      await stage.open("/");
      await driver.executeScript(
        `const spoil = (change) => {
           for (const [name, text] of Object.entries(sessionStorage)) sessionStorage.setItem(name, change(text));
         };
         (${damage})();`,
      );
      await stage.open(address);
      assert.equal(refusal(await stage.handle()).code, "state_mismatch");
      assert.equal((await stage.session()).isAuthenticated, false);
    });
  }
});

suite("one page, several times", () => {
  test("effects that run twice get the same answer, with one client or with two", async () => {
    await stage.comeBack({}, { appState: { n: 1 } });
    const ends = await stage.run(async ({ make }, options) => {
      const one = await make(options);
      const early = one.handleRedirectCallback();
      const two = await make(options);
      const all = [early, one.handleRedirectCallback(), two.handleRedirectCallback()];
      const late = await Promise.all(all).then(() => two.handleRedirectCallback());
      return [...(await Promise.all(all)), late].map(({ claims, appState }) => [
        claims.nonce,
        appState,
      ]);
    }, stage.options());
    assert.equal(ends.length, 4);
    for (const end of ends) assert.deepEqual(end, ends[0]);
    assert.deepEqual(ends[0][1], { n: 1 });
    assert.equal(success(await stage.attempt((client) => client.getUser())).user_id, ADA);
  });

  test("they get the same refusal, too", async () => {
    await stage.comeBack({}, { appState: 1 });
    tenant.faults.clear();
    const address = await driver.getCurrentUrl();
    await stage.open(address.replace(/id_token=[^&]+/, "id_token=a.b.c"));
    const codes = await stage.run(async ({ make }, options) => {
      const [one, two] = [await make(options), await make(options)];
      const all = [one, one, two].map((client) => client.handleRedirectCallback());
      return (await Promise.allSettled(all)).map(({ reason }) => [reason.code, reason.appState]);
    }, stage.options());
    assert.deepEqual(codes, [
      ["id_token_malformed", 1],
      ["id_token_malformed", 1],
      ["id_token_malformed", 1],
    ]);
  });

  test("a reload after sign-in finds no response, and checkSession recovers", async () => {
    await stage.comeBack();
    success(await stage.handle());
    await driver.navigate().refresh();
    assert.equal(success(await stage.handle()), null);
    assert.equal((await stage.session()).isAuthenticated, false);
    const signIn = success(await stage.attempt((client) => client.checkSession()));
    assert.equal(signIn.claims.sub, ADA);
    assert.equal(success(await stage.attempt((client) => client.getUser())).user_id, ADA);
  });

  test("a reload in the middle of a sign-in does not lose it", async () => {
    const url = await begin({}, { loginHint: "ada@example.com", appState: "kept" });
    await driver.navigate().refresh();
    await driver.get(url);
    assert.equal(success(await stage.handle()).appState, "kept");
  });

  test("two sign-ins begun, the older finished, then the newer", async () => {
    await stage.start();
    const [older, newer] = await stage.run(async () => [
      await client.buildAuthorizeUrl({ appState: "older", loginHint: "ada@example.com" }),
      await client.buildAuthorizeUrl({
        appState: "newer",
        loginHint: "grace@example.com",
        prompt: "login",
      }),
    ]);
    await driver.get(older);
    assert.equal(success(await stage.handle()).appState, "older");
    await driver.get(newer);
    const signIn = success(await stage.handle());
    assert.deepEqual([signIn.appState, signIn.claims.sub], ["newer", GRACE]);
  });

  test("two clients of one page have sessions of their own", async () => {
    await stage.signIn("ada@example.com");
    const other = await stage.run(async ({ make, session }, options) => {
      const first = globalThis.client;
      const second = await make(options);
      const before = session(second).isAuthenticated;
      await second.checkSession();
      await second.logout({ localOnly: true });
      globalThis.client = first;
      return [before, session(second).isAuthenticated, session(first).isAuthenticated];
    }, stage.options());
    assert.deepEqual(other, [false, false, true]);
  });
});
