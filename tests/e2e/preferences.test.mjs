// Preferences that another window changes too: previews, questions, and undo.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { ADA } from "../harness/fixtures.mjs";
import { useAccountPage } from "./account.mjs";
import { onEachScreen } from "./screens.mjs";

const page = await useAccountPage();
const { tenant, driver } = page;

const metadata = () => tenant.users.get(ADA).user_metadata;
/** Changes metadata as another window or another application would. */
const otherWindowSets = (change) => Object.assign(metadata(), change);
const change = async (key, value) => {
  await page.press("#preferences", `Change ${key}`);
  await (await page.find("#preference-value")).sendKeys(value);
};

onEachScreen(page, () => {
  beforeEach(async () => {
    await page.signIn("ada@example.com");
    await page.reads("#preferences", /language[^]*theme/);
    tenant.clearLog();
  });

  test("shows a change before it is saved", async () => {
    await change("theme", "light");
    await page.reads("#preference-change", /theme “dark” becomes “light”/);
    await page.type("#preference-value", "dark");
    await page.reads("#preference-change", /kept already/);
    await page.type("#preference-key", "colour");
    await page.reads("#preference-change", /colour new: “dark”/);
    assert.deepEqual(page.apiRequests(), []);
  });

  test("reads the stored value again before it writes", async () => {
    await change("theme", "light");
    await page.press("#preferences", "Save");
    await page.reads("#preferences .result", /Saved “theme”\./);
    assert.deepEqual(page.apiRequests(), [`GET /users/${ADA}`, `PATCH /users/${ADA}`]);
  });

  test("does not write a value that is already stored", async () => {
    await change("theme", "dark");
    await page.press("#preferences", "Save");
    await page.reads("#preferences .result", /Nothing to save/);
    assert.deepEqual(page.apiWrites(), []);
  });

  test("asks about a key that another window has changed, and keeps the other value on request", async () => {
    await change("theme", "light");
    otherWindowSets({ theme: "blue" });
    await page.press("#preferences", "Save");
    await page.reads("dialog", /“theme” was changed meanwhile/);
    await page.reads("dialog", /saw it\s+“dark”[^]*is now\s+“blue”[^]*want it\s+“light”/);
    await page.press("dialog", "Keep theirs");
    await page.reads("#preferences .result", /Not saved/);
    await page.reads("#preferences [data-key=theme]", /blue/);
    assert.deepEqual(page.apiWrites(), []);
    assert.equal(await page.focus(), "Save");
    // The person has seen the other value, so that saving asks no further question. Undo restores the other value.
    await page.press("#preferences", "Save");
    await page.reads("#preferences .result", /Saved “theme”/);
    assert.equal(metadata().theme, "light");
    await page.press("#preferences .result", "Undo");
    await page.reads("#preferences .result", /Undone/);
    assert.equal(metadata().theme, "blue");
  });

  test("overwrites the other window's value on request", async () => {
    await change("theme", "light");
    otherWindowSets({ theme: "blue" });
    await page.press("#preferences", "Save");
    await page.press("dialog", "Write mine");
    await page.reads("#preferences .result", /Saved “theme”/);
    assert.equal(metadata().theme, "light");
  });

  test("keeps other keys that another window has changed, and mentions them", async () => {
    await change("theme", "light");
    otherWindowSets({ language: "fr" });
    await page.press("#preferences", "Save");
    await page.reads("#preferences .result", /Changed elsewhere meanwhile: language/);
    await page.reads("#preferences [data-key=language]", /fr/);
    assert.deepEqual([metadata().theme, metadata().language], ["light", "fr"]);
  });

  for (const [what, act, said] of [
    [
      "a change",
      () => change("theme", "light").then(() => page.press("#preferences", "Save")),
      /Saved/,
    ],
    [
      "a removal",
      () => page.press("#preferences", "Remove theme").then(() => page.press("dialog", "Remove")),
      /Removed/,
    ],
    [
      "removing all",
      () =>
        page.press("#preferences", "Remove all…").then(() => page.press("dialog", "Remove all")),
      /Removed all/,
    ],
  ]) {
    test(`undoes ${what}`, async () => {
      const former = structuredClone(metadata());
      await act();
      await page.reads("#preferences .result", said);
      assert.notDeepEqual(metadata(), former);
      await page.press("#preferences .result", "Undo");
      await page.reads("#preferences .result", /Undone\./);
      assert.deepEqual(metadata(), former);
      assert.equal(await page.focus(), "preferences-title");
    });
  }

  test("asks about a key that was added meanwhile before it removes all", async () => {
    await page.press("#preferences", "Remove all…");
    await page.reads("dialog", /theme “dark” is removed/);
    otherWindowSets({ colour: "red" });
    await page.press("dialog", "Remove all");
    await page.reads("dialog", /“colour” was changed meanwhile/);
    await page.press("dialog", "Keep theirs");
    await page.reads("#preferences [data-key=colour]", /red/);
    assert.equal(metadata().theme, "dark");
  });

  test("refuses an invalid key in the page, and sends nothing", async () => {
    await page.press("#preferences", "Save");
    await page.reads("#preference-key-problem", /Fill this in/);
    assert.equal(await page.focus(), "preference-key");
    for (const key of ["a.b", "$a"]) {
      await page.type("#preference-key", key);
      await page.press("#preferences", "Save");
      await page.reads("#preference-key-problem", /no dot in it, and no \$ in front/);
    }
    assert.deepEqual(page.apiRequests(), []);
  });

  test("keeps text that is being typed when another card changes", async () => {
    await change("theme", "light");
    await page.press("#linked-accounts", "Unlink ada-github@example.com");
    await page.press("dialog", "Unlink");
    await page.reads("#linked-accounts .result", /Unlinked/);
    const value = await driver.executeScript(
      () => document.querySelector("#preference-value").value,
    );
    assert.equal(value, "light");
    await page.reads("#linked-accounts", /No other account is linked/);
  });
});
