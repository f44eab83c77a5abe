// The policy of docs/content-security-policy.md, as it stands, in a browser at the local tenant.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inPage } from "../harness/browser.mjs";
import { blocks } from "./documents.mjs";
import { openNewcomer } from "./newcomer.mjs";

const { tenant, driver, open, press } = await openNewcomer();

/** The guide's policy for this tenant, changed by `change`. */
const policy = (change = (text) => text) => {
  const [header] = blocks("docs/content-security-policy.md", "http");
  const [, value] = /^Content-Security-Policy:\s*([^]*)$/.exec(header);
  const here = value.replaceAll("https://acme.eu.auth0.com", `http://${tenant.domain}`);
  return change(here.replace(/\s+/g, " ").trim());
};

/** A page under `headers`, whose button opens a window; `ended` is how that went. */
const openUnder = (headers) => {
  tenant.configure({ autoLogin: true });
  const example = `
    import { createCurrentUserClient } from "/auth0-current-user/index.js";
    const client = await createCurrentUserClient({
      domain: "acme.eu.auth0.com",
      clientId: "YOUR_CLIENT_ID",
      redirectUri: "http://localhost:5173/",
      scopes: ["read:current_user"],
      timeoutMs: 3_000,
    });
    document.querySelector("#go").onclick = () => {
      globalThis.ended = client
        .loginWithPopup({ loginHint: "ada@example.com", timeoutMs: 5_000 })
        .then(({ claims }) => claims.sub, (error) => error.code);
    };`;
  return open(example, { headers, html: '<button id="go">Go</button>' });
};

async function popup() {
  await driver.wait(() => driver.executeScript(() => globalThis.client !== undefined), 5_000);
  await press("#go");
  return inPage(driver, () => globalThis.ended);
}
const silently = () =>
  inPage(driver, () =>
    globalThis.client.checkSession().then(
      () => "renewed",
      (error) => error.code,
    ),
  );
const readUser = () => inPage(driver, async () => (await globalThis.client.getUser()).user_id);

test("the policy in the guide lets everything through: a window, a hidden frame, a call", async () => {
  await openUnder({ "Content-Security-Policy": policy() });
  assert.equal(await popup(), "auth0|5a620d29a840170a9ef43672");
  assert.equal(await silently(), "renewed");
  assert.equal(await readUser(), "auth0|5a620d29a840170a9ef43672");
});

test("without `frame-src`, `checkSession` ends as the guide says", async () => {
  const without = policy((text) => text.replace(/frame-src [^;]+;/, ""));
  await openUnder({ "Content-Security-Policy": without });
  assert.equal(await popup(), "auth0|5a620d29a840170a9ef43672");
  assert.equal(await silently(), "timeout");
});

test("a page that is cut off from its windows ends as the guide says; `same-origin-allow-popups` is not", async () => {
  await openUnder({ "Cross-Origin-Opener-Policy": "same-origin" });
  assert.equal(await popup(), "popup_closed");
  await openUnder({ "Cross-Origin-Opener-Policy": "same-origin-allow-popups" });
  assert.equal(await popup(), "auth0|5a620d29a840170a9ef43672");
});
