// The application's own addresses, queries, hash routes and history state, beside a response.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ADA, startHarness } from "../harness/index.mjs";
import { responseSteps } from "./response-steps.mjs";

const harness = await startHarness({ tenant: { customDomain: true } });
const { tenant } = harness;

const { assertNoTrace, pending, handleUrl, setAddress } = responseSteps(harness);

describe("the application's own addresses", () => {
  const OWN = [
    "",
    "#",
    "#/",
    "#!",
    "#!/",
    "#section-2",
    "#/settings",
    "#/settings?tab=keys&page=2",
    "#?tab=keys",
    "#tab=keys&page=2",
    "#state",
    "#state=open",
    "#/orders?state=open&scope=all",
    "#code=7",
    "#code",
    "#error",
    "#error=",
    "#/error",
    "#/error/404",
    "#scope=team",
    "#iss=x",
    "#expires_in=3",
    "#token_type=Bearer",
    "#access_tokens=1",
    "#my_access_token=1",
    "#ACCESS_TOKEN=1&ID_TOKEN=2",
    "#q=access_token",
    "#/docs/access_token",
    "#/docs/id_token?state=open",
    "#:~:text=access_token",
    "#%20%20",
    "#%zz",
    "#é漢🙂",
    "#__proto__=1&constructor=2",
    "#a=1&a=2&a=3",
    "?code=abc",
    "?code=abc&state=xyz",
    "?state=open",
    "?q=access_token%3D1",
    "?error=none",
    "?scope=all&iss=x#/route",
    "?utm_source=a&utm_medium=b#top",
    "?__proto__=1",
  ];
  test(`${OWN.length} addresses that hold no response resolve with null and stay unchanged`, async () => {
    const touched = await harness.run(
      async ({ createClient }, options, list) => {
        const made = await createClient(options);
        const { replaceState } = history;
        const touched = [];
        for (const address of list) {
          const state = { the: "application's own" };
          replaceState.call(history, state, "", `/app${address}`);
          const before = [location.href, history.length, JSON.stringify(history.state)].join();
          let calls = 0;
          history.replaceState = (...args) => ((calls += 1), replaceState.apply(history, args));
          const given = await made.handleRedirectCallback(location.href);
          const taken = await made.handleRedirectCallback();
          delete history.replaceState;
          const after = [location.href, history.length, JSON.stringify(history.state)].join();
          if (given !== null || taken !== null || before !== after || calls > 0)
            touched.push([address, after, given, taken, calls]);
        }
        return touched;
      },
      harness.options(),
      OWN,
    );
    assert.deepEqual(touched, []);
    assert.deepEqual(tenant.log, []);
  });

  test("the query and the history state stay exactly as they were", async () => {
    for (const query of ["?tab=1", "?x=%20y+z&x=2&empty=&flag", "?q=a%26b=c%3D", "?next=/a?b=c"]) {
      const redirectUri = `${harness.origin}/callback${query}`;
      await harness.comeBack({ redirectUri });
      await harness.run(() => history.replaceState({ position: 7 }, "", location.href));
      const { value, error } = await harness.handle({ redirectUri });
      assert.equal(value?.claims.sub, ADA, JSON.stringify(error));
      assert.equal(await harness.driver.getCurrentUrl(), redirectUri);
      assert.deepEqual(await harness.run(() => history.state), { position: 7 });
      await harness.driver.executeScript("sessionStorage.clear()");
    }
  });

  test("removes the response from behind a hash route and keeps the route", async () => {
    for (const prefix of ["/", "?", "/?", "!/", "!"]) {
      const [one] = await pending(1);
      const url = harness.forge(one).replace("#", `#${prefix}`);
      await setAddress(url);
      const { value, error } = await handleUrl();
      assert.ok(
        value?.claims?.sub === ADA || error?.code,
        `#${prefix}: ${JSON.stringify({ value, error })}`,
      );
      await assertNoTrace();
      assert.match(await harness.driver.getCurrentUrl(), /\/callback(#[!/?]*)?$/);
    }
  });

  test("an address that is passed in leaves the one in the address bar alone", async () => {
    const [one] = await pending(1);
    await setAddress("/app?tab=1#/route");
    assert.equal((await handleUrl(harness.forge(one))).value?.claims.sub, ADA);
    assert.equal(await harness.driver.getCurrentUrl(), `${harness.origin}/app?tab=1#/route`);
  });

  test("refuses an address that is not a string with invalid_argument", async () => {
    await pending(1);
    for (const wrong of ["null", "7", "{}", "[]", "true", "new URL(location.href)"]) {
      const { error } = await harness.run(
        `({ outcome }) => outcome(() => client.handleRedirectCallback(${wrong}))`,
      );
      assert.equal(error?.code, "invalid_argument", wrong);
    }
    for (const none of ["", "not an address", "#", "javascript:alert(1)", "x".repeat(1_000_000)]) {
      assert.deepEqual(await handleUrl(none), { value: null });
    }
  });
});
