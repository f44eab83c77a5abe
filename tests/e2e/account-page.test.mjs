// The account page: signing in, refusals, and scopes.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { Key } from "selenium-webdriver";
import { ADA, PASSWORD } from "../harness/fixtures.mjs";
import { useAccountPage } from "./account.mjs";
import { onEachScreen } from "./screens.mjs";

const TOKEN = /eyJ|access_token=|id_token=/;

const page = await useAccountPage();
const { tenant, driver } = page;

/** Signs in, waits until every card has loaded, and clears the log. */
async function signedIn(email, options) {
  await page.signIn(email, options);
  await page.reads("#security", /Enrolled\s+\S[^]*Providers\s+(?!Loading)\S/);
  tenant.clearLog();
}

// These refusals do not depend on the screen.
suite("refusals", () => {
  const refused = async (code) => {
    await page.reads("#sign-in .problem", new RegExp(`Code\\s+${code}`));
    assert.equal(await page.exists("#profile"), false);
    assert.equal(await driver.getCurrentUrl(), `${page.origin}/`);
    assert.doesNotMatch(await page.traces(), TOKEN);
  };

  test("refuses a response that was already used with state_mismatch", async () => {
    const url = await page.interceptResponse("ada@example.com");
    await driver.get(url);
    await page.reads("#profile", /Ada Lovelace/);
    await driver.get("about:blank");
    tenant.clearLog();
    await driver.get(url);
    await refused("state_mismatch");
    await page.reads("#sign-in .problem", /\(used\)/);
    assert.deepEqual(page.apiRequests(), []);
  });

  test("refuses a response to a request of another browser with state_mismatch", async () => {
    const url = await page.interceptResponse("ada@example.com");
    await page.open();
    await driver.executeScript(() => sessionStorage.clear());
    await driver.get("about:blank");
    tenant.clearLog();
    await driver.get(url);
    await refused("state_mismatch");
    assert.deepEqual(page.apiRequests(), []);
  });

  for (const [fault, code] of [
    ["tampered-signature", "id_token_signature"],
    ["wrong-nonce", "id_token_nonce"],
    ["swapped-access-token", "access_token_hash"],
    ["machine-access-token", "machine_token_forbidden"],
  ]) {
    test(`refuses ${fault} with ${code}`, async () => {
      tenant.faults.set(fault);
      await page.signIn("ada@example.com");
      await refused(code);
      assert.deepEqual(page.apiRequests(), []);
      // The next response, unmodified, is accepted.
      tenant.faults.clear();
      await page.press("#sign-in", "Continue to sign in");
      await page.reads("#profile", /Ada Lovelace/);
    });
  }
});

onEachScreen(page, () => {
  suite("signing in", () => {
    test("the page shows the profile after sign-in at the tenant's form", async () => {
      await page.signIn("ada@example.com");
      await page.reads("#profile", /Ada Lovelace\s+ada@example\.com\s+verified/);
      await page.reads("#profile", /auth0\|5a620d29a840170a9ef43672/);
      await page.reads(
        "#linked-accounts",
        /ada@example\.com[^]*primary[^]*ada-github@example\.com/,
      );
      assert.equal(await driver.getTitle(), "Ada Lovelace – Your account");
      const drawn = () => document.querySelector("#profile img").naturalWidth > 0;
      await driver.wait(() => driver.executeScript(drawn), 5000, "no picture");
    });

    test("a person can sign in by keyboard alone, and the focus moves to the account", async () => {
      const keys = (...sequence) =>
        driver
          .actions()
          .sendKeys(...sequence)
          .perform();
      const focus = () => driver.executeScript(() => document.activeElement.innerText);
      await page.open();
      await page.find("#sign-in");
      for (let presses = 0; (await focus()) !== "Continue to sign in"; presses++) {
        assert.ok(presses < 10, "the button cannot be reached");
        await keys(Key.TAB);
      }
      await keys(Key.ENTER);
      await page.find("#email");
      await keys("ada@example.com", Key.TAB, PASSWORD, Key.ENTER);
      await page.reads("#profile", /Ada Lovelace/);
      assert.equal(await driver.executeScript(() => document.activeElement.id), "page");
    });

    test("no token remains in the address bar, the history, storage, cookies or the page", async () => {
      await signedIn("ada@example.com");
      assert.equal(await driver.getCurrentUrl(), `${page.origin}/`);
      assert.doesNotMatch(await page.traces(), TOKEN);
      assert.doesNotMatch(await driver.getPageSource(), TOKEN);
      assert.equal(await driver.executeScript(() => history.state), null);
      // The back and forward buttons lead to no token either.
      const addresses = [];
      for (const direction of ["back", "back", "forward", "forward"]) {
        await driver.navigate()[direction]();
        addresses.push(await driver.getCurrentUrl());
      }
      assert.doesNotMatch(addresses.join(" "), TOKEN);
      // Forward leads to the page as it was or to a new one, but never handles a response again.
      await page.reads("#page", /Ada Lovelace|Sign in to your account/);
      assert.equal(await page.exists(".problem"), false);
    });

    test("a wrong password keeps the person at the tenant", async () => {
      await page.open();
      await page.press("#sign-in", "Continue to sign in");
      await page.type("#email", "ada@example.com");
      await page.type("#password", "wrong");
      await page.press("form", "Continue");
      await page.reads("#problem", /Wrong email or password/);
      await page.logIn("ada@example.com");
      await page.reads("#profile", /Ada Lovelace/);
    });

    test("a cancelled sign-in is refused with access_denied, in the tenant's words", async () => {
      await page.open();
      await page.press("#sign-in", "Continue to sign in");
      await page.press("form", "Cancel");
      await page.reads("#sign-in .problem", /access_denied[^]*User cancelled the login/);
      assert.equal(await driver.getCurrentUrl(), `${page.origin}/`);
    });

    test("a sign-in without scopes is refused before anything is sent", async () => {
      await page.open();
      await page.find("#sign-in");
      for (const scope of await driver.findElements({ css: "input[name=scope]" }))
        await page.pick(`input[value="${await scope.getAttribute("value")}"]`);
      tenant.clearLog();
      await page.press("#sign-in", "Continue to sign in");
      await page.reads("#sign-in .problem", /invalid_configuration/);
      assert.deepEqual(tenant.log, []);
    });
  });

  suite("scopes", () => {
    const METADATA = ["update:current_user_metadata", "create:current_user_metadata"];
    const scopes = (kind) =>
      driver.executeScript(
        (list) =>
          [...document.querySelectorAll(`#session .${list} li`)].map((item) => item.dataset.scope),
        kind,
      );
    /** The tenant does not grant these to its application, and does not report that, like Auth0. */
    const drop = (...dropped) => {
      const application = tenant.applications.get("local-spa");
      application.current_user_scopes = application.current_user_scopes.filter(
        (scope) => !dropped.includes(scope),
      );
    };

    test("the page shows scopes as granted, dropped by the tenant, or not requested", async () => {
      drop("update:current_user_identities");
      await signedIn("ada@example.com", { without: ["delete:current_user_metadata"] });
      assert.deepEqual(await scopes("warn"), ["update:current_user_identities"]);
      assert.deepEqual(await scopes("off"), ["delete:current_user_metadata"]);
      assert.equal((await scopes("good")).length, 5);
      await page.reads("#session", /Asked for, but not granted\s+Link accounts to yours/);
      await page.reads("#session", /Signed in until [^]*1 h 59 min left/);
    });

    test("renewing does not widen the scopes", async () => {
      await signedIn("ada@example.com", { without: ["delete:current_user_metadata"] });
      await page.press("#session", "Renew");
      await page.reads("#session .result", /Renewed/);
      assert.deepEqual(await scopes("off"), ["delete:current_user_metadata"]);
      assert.equal(
        await (await page.button("#security", "Remove google-authenticator")).isEnabled(),
        false,
      );
    });

    test("a dropped scope disables its controls, is named, and lets no request out", async () => {
      drop(...METADATA);
      await signedIn("ada@example.com");
      await page.reads("#preferences", /Not permitted\. Needs update:current_user_metadata/);
      assert.equal(await (await page.button("#preferences", "Save")).isEnabled(), false);
      assert.equal(await (await page.button("#preferences", "Remove all…")).isEnabled(), false);
      assert.equal(await (await page.button("#preferences", "Change theme")).isEnabled(), false);

      // The client refuses even if a person enables the form by hand.
      await driver.executeScript(() => {
        document.querySelector("#preferences fieldset").disabled = false;
      });
      await page.type("#preference-key", "theme");
      await page.type("#preference-value", "light");
      await page.press("#preferences", "Save");
      await page.reads(
        "#preferences .problem",
        /insufficient_scope[^]*update:current_user_metadata/,
      );
      assert.deepEqual(page.apiWrites(), []);
      assert.equal(tenant.users.get(ADA).user_metadata.theme, "dark");
    });

    test("a control whose scope was not requested is disabled and says so", async () => {
      const controls = [
        ["update:current_user_identities", "#linked-accounts", "Link another account"],
        ["update:current_user_identities", "#linked-accounts", "Unlink ada-github@example.com"],
        ["delete:current_user_metadata", "#security", "Remove google-authenticator"],
        ["create:current_user_device_credentials", "#devices", "Register"],
      ];
      const without = [...new Set(controls.map(([scope]) => scope))];
      await signedIn("ada@example.com", { without });
      for (const [scope, card, name] of controls) {
        const control = await page.button(card, name);
        assert.equal(await control.isEnabled(), false, name);
        const described = await driver.executeScript((element) => {
          const owner = element.closest("[aria-describedby]");
          return document.getElementById(owner.getAttribute("aria-describedby")).innerText;
        }, control);
        assert.equal(described, `Not permitted. Needs ${scope}`, name);
      }
      assert.equal(await (await page.button("#preferences", "Save")).isEnabled(), true);
    });

    test("without read:current_user the page shows the sign-in's claims and requests nothing", async () => {
      await page.signIn("alan@example.com", { without: ["read:current_user"] });
      await page.reads("#profile", /Alan Turing\s+alan@example\.com\s+not verified/);
      await page.reads("#profile", /Needs read:current_user/);
      await page.reads("#security", /Enrolled\s+Not permitted\. Needs read:current_user/);
      assert.deepEqual(page.apiRequests(), []);
    });
  });
});
