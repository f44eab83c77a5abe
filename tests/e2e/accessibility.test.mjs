// axe reports no violation in any state of the page, on a phone and a desktop, light and dark.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import { useAccountPage } from "./account.mjs";
import { onEachScreen } from "./screens.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const page = await useAccountPage();
const { tenant, driver } = page;

/** Asserts that axe reports no violation and that everything fits the screen. */
async function isAccessible() {
  await driver.executeScript(AXE);
  const violations = await driver.executeAsyncScript((done) => {
    const rules = { "target-size": { enabled: true } };
    // Colours are final only after transitions have ended.
    Promise.all(
      document
        .getAnimations()
        .map((each) => Number.isFinite(each.effect?.getComputedTiming().endTime) && each.finished),
    )
      .then(() => window.axe.run(document, { rules }))
      .then(
        (result) =>
          done(
            result.violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`)),
          ),
        (error) => done([String(error)]),
      );
  });
  assert.deepEqual(violations, []);
  assert.deepEqual(await page.hindrances(), []);
}

const signedIn = async () => {
  await page.signIn("ada@example.com");
  await page.reads("#security", /Ada's phone[^]*google-authenticator/);
};

onEachScreen(page, () => {
  test("the signed-out page is accessible, with and without a problem", async () => {
    await page.open();
    await page.find("#sign-in");
    await isAccessible();
    await page.press("#sign-in", "Continue to sign in");
    await page.press("form", "Cancel");
    await page.find("#sign-in .problem");
    await isAccessible();
  });

  test("the signed-in page is accessible, with results, problems and a pending change", async () => {
    await signedIn();
    await isAccessible();
    await page.press("#preferences", "Change theme");
    await (await page.find("#preference-value")).sendKeys("light");
    await page.press("#preferences", "Save");
    await page.reads("#preferences .result", /Saved/);
    await page.press("#preferences", "Save"); // the error of a field
    await page.press("#preferences", "Change language");
    tenant.clearSessions();
    await page.press("#session", "Renew");
    await page.find("#session .problem");
    await isAccessible();
  });

  test("the page is accessible with empty cards, and without permissions", async () => {
    await page.signIn("alan@example.com");
    await page.reads("#preferences", /Nothing is kept yet/);
    await page.reads("#security", /No factor is enrolled/);
    await isAccessible();
    const application = tenant.applications.get("local-spa");
    application.current_user_scopes = ["create:current_user_metadata"];
    await page.open();
    await page.reads("#profile", /Needs read:current_user/);
    await isAccessible();
  });

  test("the page is accessible while cards load, and when they could not be read", async () => {
    await signedIn();
    tenant.faults.set("delay", { ms: 20_000 });
    await page.open();
    await page.reads("#security", /Loading/);
    await isAccessible();
    tenant.faults.clear();
    tenant.faults.set("api-error", { error: "internal_server_error" });
    await page.open();
    await page.find("#profile .problem");
    await page.find("#security .problem");
    await isAccessible();
  });

  test("the page is accessible offline", async () => {
    await signedIn();
    await page.network(false);
    await page.press("#devices", "Register");
    await page.find("#devices .problem");
    await isAccessible();
  });

  test("the page is accessible with an open question", async () => {
    await signedIn();
    await page.press("#preferences", "Remove all…");
    await page.find("dialog");
    await isAccessible();
  });

  test("the developer panel is accessible, reports what happened, and shows no secret", async () => {
    await page.open();
    await page.press("footer", "Developer panel");
    assert.equal(await page.focus(), "developer-title");
    await signedIn();
    await page.reads("#authorize-request [data-parameter=nonce]", /••• \(43 characters\)/);
    await page.reads("#verification", /19 of 19 checks passed/);
    const audience = await page.text("#verification [data-check=access_token_audience] code");
    assert.equal(audience, `http://${tenant.domain}/api/v2/`);
    await page.reads(
      "#api-requests [data-operation=getUser]",
      /GET \/api\/v2\/users\/auth0\|5a[^]*read:current_user[^]*200/,
    );
    await isAccessible();
    const request = tenant.log.find(({ url }) => url.includes("/authorize?"));
    const { searchParams } = new URL(request.url, tenant.url);
    const everything = (await driver.getPageSource()) + (await page.traces());
    for (const secret of ["state", "nonce"]) {
      assert.ok(searchParams.get(secret).length > 20);
      assert.equal(everything.includes(searchParams.get(secret)), false, secret);
    }
    assert.doesNotMatch(everything, /eyJ/);
    await page.press("footer", "Developer panel");
    assert.equal(await (await page.find("#developer")).isDisplayed(), false);
  });

  test("the developer panel is accessible after a refusal, and names the check that failed", async () => {
    await page.open();
    await page.press("footer", "Developer panel");
    tenant.faults.set("wrong-nonce");
    await page.signIn("ada@example.com");
    await page.reads("#verification [data-check=id_token_nonce].failed", /id_token_nonce/);
    assert.equal(await page.exists("#verification [data-check=id_token_issuer].passed"), true);
    assert.equal(await page.exists("#verification [data-check=access_token_hash].unreached"), true);
    await isAccessible();
  });
});
