// The account page, gone through as a person would.
import assert from "node:assert/strict";
import { after, before, beforeEach, suite, test } from "node:test";
import { openAccountPage } from "./account.mjs";

let page;
before(async () => (page = await openAccountPage()));
after(() => page?.close());
beforeEach(() => page.forgetEverything());

suite("signing in", () => {
  test("by the tenant's form shows the profile", async () => {
    await page.signIn("ada@example.com");
    await page.reads("#profile", /Ada Lovelace[^]*ada@example\.com[^]*verified/);
    await page.reads("#profile", /auth0\|5a620d29a840170a9ef43672/);
  });
});
