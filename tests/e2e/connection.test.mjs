// A slow, failing or missing network: what each card says, and how it recovers.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { useAccountPage } from "./account.mjs";
import { onEachScreen } from "./screens.mjs";

const page = await useAccountPage();
const { tenant, driver } = page;
const READ_CARDS = ["#profile", "#preferences", "#linked-accounts", "#security"];

onEachScreen(page, () => {
  beforeEach(async () => {
    await page.signIn("ada@example.com");
    await page.reads("#security", /Ada's phone[^]*google-authenticator/);
    tenant.clearLog();
  });

  test("each card that reads says that it is loading", async () => {
    tenant.faults.set("delay", { ms: 1500 });
    await page.open();
    for (const card of READ_CARDS) await page.reads(card, /Loading…/);
    await page.reads("#preferences", /theme/);
  });

  test("a slow action says so until it completes", async () => {
    tenant.faults.set("delay", { ms: 1000 });
    await page.type("#device-name", "laptop");
    await page.press("#devices", "Register");
    await page.reads("#devices .result", /One moment…/);
    await page.reads("#devices .result", /Registered “laptop”/);
  });

  test("a late message of one card does not move the page while the person is in another", async () => {
    tenant.faults.set("delay", { ms: 1000 });
    await page.press("#devices", "Register");
    await page.pick("#preference-key");
    const place = () => driver.executeScript(() => scrollY);
    const there = await place();
    const said = async () => /Registered/.test(await page.text("#devices .result"));
    await driver.wait(said, 5000);
    assert.equal(await place(), there);
  });

  test("offline, the page says so, sends nothing, and can be retried once online", async () => {
    await page.network(false);
    await page.reads(".connection", /You are offline/);
    for (const [card, name] of [
      ["#devices", "Register"],
      ["#linked-accounts", "Link another account"],
      ["#session", "Renew"],
    ]) {
      await page.press(card, name);
      await page.reads(`${card} .problem`, /You are offline\s+Nothing was sent/);
    }
    await page.network(true);
    await page.reads(".connection", /back online/);
    assert.deepEqual(page.apiRequests(), []);
    await page.press("#devices .problem", "Try again");
    await page.reads("#devices .result", /Registered “This browser”/);
    assert.equal(await page.exists("#devices .problem"), false);
  });

  test("offline, a person can still sign out of this page", async () => {
    await page.network(false);
    await page.press("#session", "Sign out here");
    await page.reads("#sign-in .notice", /signed out here/);
  });

  test("the page reads what it could not read offline as soon as the network is back", async () => {
    tenant.faults.set("dropped-connection"); // until the last retry, which has no network
    await page.open();
    for (const card of READ_CARDS) await page.reads(card, /Loading…/);
    await page.network(false);
    tenant.faults.clear();
    for (const card of READ_CARDS) await page.reads(card, /You are offline: this is read when/);
    await page.network(true);
    await page.reads("#preferences", /theme/);
    await page.reads("#security", /Ada's phone/);
  });

  test("the page keeps the session when it is opened offline, and restores it once online", async () => {
    page.keepPages(); // as a browser caches a site that permits it
    await page.open();
    await page.reads("#profile", /Ada Lovelace/);
    await driver.get("about:blank");
    await page.network(false);
    tenant.clearLog();
    await page.open();
    await page.reads("#sign-in .problem", /You are offline\s+Nothing was sent/);
    await page.press("#sign-in .problem", "Try again");
    await page.reads("#sign-in .problem", /You are offline/);
    assert.deepEqual(tenant.log, []);
    await page.network(true);
    await page.reads("#profile", /Ada Lovelace/);
    await page.reads("#preferences", /theme/);
  });

  test("the page explains that the tenant cannot be reached, and asks again on demand", async () => {
    tenant.faults.set("dropped-connection", {}, { match: { method: "POST" } });
    await page.press("#devices", "Register");
    await page.reads("#devices .problem", /The server could not be reached[^]*network_error/);
    assert.equal(await page.focus(), "Register");
    tenant.faults.clear();
    await page.press("#devices .problem", "Try again");
    await page.reads("#devices .result", /Registered/);
  });
});
