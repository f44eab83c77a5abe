// The session: sign-in by popup, reload, renewal, expiry, and both kinds of sign-out.
import assert from "node:assert/strict";
import { beforeEach, suite, test } from "node:test";
import { useAccountPage } from "./account.mjs";
import { onEachScreen } from "./screens.mjs";

const TOKEN = /eyJ|access_token=|id_token=/;

const page = await useAccountPage();
const { tenant, driver } = page;

const signedOut = () => page.reads("#sign-in", /Sign in to your account/);
const ada = () => page.reads("#profile", /Ada Lovelace/);

onEachScreen(page, () => {
  beforeEach(() => tenant.clearLog());

  suite("signing in by popup", () => {
    test("keeps the page and shows the account", async () => {
      await page.open();
      await driver.executeScript(() => (window.same = true));
      await page.inWindowOpenedBy(
        () => page.press("#sign-in", "Use a pop-up window"),
        () => page.logIn("ada@example.com"),
      );
      await ada();
      assert.equal(await driver.executeScript(() => window.same), true);
      assert.equal(await page.focus(), "page");
      assert.doesNotMatch(await page.traces(), TOKEN);
    });

    test("reports a closed popup, and can be retried", async () => {
      await page.open();
      await page.inWindowOpenedBy(
        () => page.press("#sign-in", "Use a pop-up window"),
        async () => {
          await page.find("#email");
          await driver.close();
        },
      );
      await page.reads("#sign-in .problem", /closed before it was done[^]*popup_closed/);
      assert.equal(await page.focus(), "Use a pop-up window");
    });
  });

  suite("a reload", () => {
    test("restores the session with the chosen scopes", async () => {
      await page.signIn("ada@example.com", { without: ["delete:current_user_metadata"] });
      await ada();
      await page.open();
      await ada();
      await page.reads("#session", /Not asked for\s+Remove a second factor/);
      assert.doesNotMatch(await page.traces(), TOKEN);
    });

    test("shows discreetly that the page looks for the session", async () => {
      await page.signIn("ada@example.com");
      await ada();
      tenant.faults.set("delay", { ms: 2000 }, { match: { target: "authorize" } });
      await page.open();
      await page.reads("#page", /^Looking for your session…$/);
      await ada();
    });

    test("ends the session if the person did not want to stay signed in", async () => {
      await page.open();
      await page.pick("input[name=stay-signed-in]");
      await page.press("#sign-in", "Continue to sign in");
      await page.logIn("ada@example.com");
      await ada();
      await page.open();
      tenant.clearLog();
      await signedOut();
      assert.deepEqual(tenant.log, []);
    });

    test("shows the signed-out page without a problem if the tenant's session is over", async () => {
      await page.signIn("ada@example.com");
      await ada();
      tenant.clearSessions();
      await page.open();
      await signedOut();
      assert.equal(await page.exists(".problem"), false);
    });
  });

  suite("renewing", () => {
    test("takes one press, in place, with the same scopes", async () => {
      await page.signIn("ada@example.com");
      await page.reads("#session", /1 h 59 min left/);
      tenant.setAccessTokenLifetime(60 * 60 * 10);
      await page.press("#session", "Renew");
      await page.reads("#session", /Signed in until [^]*9 h 59 min left[^]*Renewed\./);
      await ada();
      assert.equal(await page.focus(), "Renew");
      assert.equal(await page.exists("iframe"), false);
      assert.doesNotMatch(await page.traces(), TOKEN);
    });

    test("is refused if the tenant requires the user, and leaves the session unchanged", async () => {
      await page.signIn("ada@example.com");
      await ada();
      tenant.clearSessions();
      await page.press("#session", "Renew");
      await page.reads("#session .problem", /login_required/);
      await ada();
    });
  });

  suite("the end of the session", () => {
    test("counts down to the second, and is announced in time to renew", async () => {
      tenant.setAccessTokenLifetime(100);
      await page.signIn("ada@example.com");
      await page.reads("#session", /1 min \d+ s left/);
      await page.reads("#session .ends-soon", /ends soon\. Renew it/);
      const shown = await page.text("#session .countdown");
      await driver.wait(async () => (await page.text("#session .countdown")) !== shown, 3000);
      tenant.setAccessTokenLifetime(7200);
      await page.press("#session", "Renew");
      await page.reads("#session", /1 h 59 min left/);
      assert.equal(await page.text("#session .ends-soon"), "");
    });

    test("reports that the session has expired, and offers to sign in again", async () => {
      tenant.setAccessTokenLifetime(3);
      await page.signIn("ada@example.com");
      await page.reads("#sign-in .notice", /expired: sign in again/);
    });
  });

  suite("signing out", () => {
    const logouts = () => tenant.log.filter(({ url }) => url.includes("/v2/logout")).length;

    test("of this page forgets the session here, and keeps the tenant's", async () => {
      await page.signIn("ada@example.com");
      await ada();
      await page.press("#session", "Sign out here");
      await page.reads("#sign-in .notice", /You are signed out here/);
      assert.equal(logouts(), 0);
      assert.doesNotMatch(await driver.getPageSource(), /Lovelace/);
      await page.open();
      await signedOut(); // after a reload, too
      await page.press("#sign-in", "Continue to sign in");
      await ada(); // without a password
    });

    test("everywhere ends the tenant's session too, and returns", async () => {
      await page.signIn("ada@example.com");
      await ada();
      await page.press("#session", "Sign out everywhere");
      await driver.wait(async () => logouts() === 1, 5000);
      await signedOut();
      assert.equal(await driver.getCurrentUrl(), `${page.origin}/`);
      assert.doesNotMatch(await driver.getPageSource(), /Lovelace/);
      await page.press("#sign-in", "Continue to sign in");
      await page.find("#password");
    });
  });
});
