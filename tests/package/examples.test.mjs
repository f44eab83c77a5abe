// Runs the examples of the README and the guides, unchanged, in a browser at the local tenant, as a reader who pastes them would.
// The tests add who logs in and which button is pressed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { By, until } from "selenium-webdriver";
import { goodOptions } from "./consumer.mjs";
import { DOCUMENTS, blocks, codeIn } from "./documents.mjs";
import { openNewcomer } from "./newcomer.mjs";

const { app, tenant, driver, site, ran, open, goOn, press, logIn, signedIn, says, inWindow } =
  await openNewcomer();

const ADA = "auth0|5a620d29a840170a9ef43672";
const GRACE = "google-oauth2|103547991597142817347";
const ada = () => tenant.users.get(ADA);
const identities = () => ada().identities.map(({ provider, user_id }) => `${provider}|${user_id}`);
/** Parameters of the last request to /authorize. */
const asked = () => {
  const { url } = tenant.log.findLast(({ url }) => url.startsWith("/authorize?"));
  return new URL(url, site.origin).searchParams;
};

test("README.md: signs in, writes the preference and greets in the page", async () => {
  const [example] = blocks("README.md", "ts");
  ada().user_metadata.theme = "light";
  await open(example);
  await logIn("ada@example.com");
  const greets = () => driver.executeScript(() => document.body?.textContent.startsWith("Hello"));
  await driver.wait(greets, 10_000, "no greeting");
  const text = await driver.findElement(By.css("body")).getText();
  assert.equal(text, "Hello Ada Lovelace. Theme: dark. Not granted: []");
  assert.equal(ada().user_metadata.theme, "dark");
  assert.equal(await driver.getCurrentUrl(), `${site.origin}/`);
});

test("account-linking.md: the button links the Google account, and the other example unlinks it", async () => {
  const [example, , unlinking] = blocks("docs/account-linking.md", "ts");
  const [html] = blocks("docs/account-linking.md", "html");
  await open(example, { html });
  await logIn("ada@example.com");
  await signedIn();
  const before = identities();
  await press("#link");
  await inWindow(() => driver.close()); // is no error
  await press("#link");
  await inWindow(() => logIn("grace@example.com"));
  const said = await says(/Array\(3\)/);
  assert.doesNotMatch(said, /window/);
  assert.equal(asked().get("connection"), "google-oauth2");
  assert.deepEqual(identities(), [...before, GRACE]);
  assert.equal(tenant.users.has(GRACE), false);

  await goOn(unlinking);
  assert.deepEqual(identities(), before);
  assert.ok(tenant.users.has(GRACE));
});

test("account-linking.md: links by an ID token that the page has", async () => {
  const [example, linking] = blocks("docs/account-linking.md", "ts");
  await open(example, { html: blocks("docs/account-linking.md", "html")[0] });
  await logIn("ada@example.com");
  await signedIn();
  const idToken = tenant.mintToken({
    claims: { sub: GRACE, aud: "local-spa" },
    drop: ["scope", "azp"],
  });
  const linked = await goOn(linking, ({ link }, token) => link(token), idToken);
  assert.equal(`google-oauth2|${linked.at(-1).user_id}`, GRACE);
  assert.deepEqual(identities().at(-1), GRACE);
});

test("metadata.md: reads, patches, changes one member, clears", async () => {
  const [example, clearing, nested] = blocks("docs/metadata.md", "ts");
  await open(example);
  await logIn("ada@example.com");
  assert.match(await says(/after/), /"before:" "en"[^]*"after:" "fr"/);
  const address = { street: "12 St James's Square", city: "London" };
  assert.deepEqual(ada().user_metadata, { language: "fr", address });

  await goOn(nested);
  assert.deepEqual(ada().user_metadata.address, { ...address, city: "Lyon" });
  await goOn(clearing);
  assert.equal(ada().user_metadata, undefined);
});

test("custom-domains.md: signs in and reads the profile by the custom domain alone", async () => {
  const [example] = blocks("docs/custom-domains.md", "ts");
  await open(example);
  await logIn("ada@example.com");
  await says(/"Hello" "Ada Lovelace"/);
  assert.equal(asked().get("audience"), `http://${tenant.domain}/api/v2/`);
  assert.deepEqual([...new Set(tenant.log.map(({ host }) => host))], [tenant.customDomain.domain]);
});

test("errors.md: each branch of the example says what to do", async () => {
  const [example] = blocks("docs/errors.md", "ts");
  const [html] = blocks("docs/errors.md", "html");
  const outcome = async (pattern) => {
    const shown = await driver.wait(until.elementLocated(By.id("outcome")), 5_000);
    await driver.wait(until.elementTextMatches(shown, pattern), 5_000).catch(() => {});
    assert.match(await shown.getText(), pattern);
  };
  await open(example, { html });

  await press("#save"); // login_required: to the login form
  await press("button[value=cancel]");
  await outcome(/^Not signed in: User cancelled/);

  await press("#save");
  await logIn("ada@example.com");
  await signedIn();
  ada().user_metadata.theme = "light";
  await press("#save");
  await outcome(/^Saved\.$/);
  assert.equal(ada().user_metadata.theme, "dark");

  const failing = async (fault, options, says) => {
    const id = tenant.faults.set(fault, options, { match: { method: "PATCH" } });
    await press("#save");
    await outcome(says);
    tenant.faults.clear(id);
  };
  tenant.setRateLimit({ limit: 0, windowSeconds: 30, retryAfter: 30 });
  await press("#save");
  await outcome(/^Too much at once: try again in 30 s\.$/);
  tenant.setRateLimit({ limit: 1000, windowSeconds: 1 });
  await failing("dropped-connection", {}, /^No answer\./);
  await failing(
    "api-error",
    { error: "insufficient_scope" },
    /one of: .*update:current_user_metadata/,
  );
  await failing("api-error", { error: "internal_server_error" }, /^api_error: /);
});

test("loading.md: takes the module from the address that it is told", async () => {
  const [creating] = blocks("docs/loading.md", "ts");
  const address = "/assets/auth0_current_user.wasm";
  app.write(address, app.read("dist/auth0_current_user.wasm"));
  // The guide's import map has only the main entry.
  const slim = { "auth0-current-user/slim": "/auth0-current-user/slim.js" };
  const html = `<script type="importmap">${JSON.stringify({ imports: slim })}</script>`;
  await open("const client = undefined; // it makes its own", { html });
  site.requests.length = 0;
  const made = ({ createClient }, options) => createClient(options).then((it) => it.can("getUser"));
  assert.equal(await goOn(creating, made, goodOptions), false);
  assert.deepEqual(
    site.requests.filter((path) => path.endsWith(".wasm")),
    [address],
  );
});

for (const [from, responseType] of [
  ["auth0-js", "token id_token"],
  ["auth0-spa-js", "code"],
])
  test(`migrating-from-${from}.md: signs in and writes the preference, by response_type ${responseType}`, async () => {
    const [after] = blocks(`docs/migrating-from-${from}.md`, "ts");
    ada().user_metadata.theme = "light";
    await open(after);
    await logIn("ada@example.com");
    await signedIn();
    assert.equal(ada().user_metadata.theme, "dark");
    assert.equal(asked().get("response_type"), responseType);
    assert.equal(await driver.getCurrentUrl(), `${site.origin}/account`);
  });

test("migrating-from-auth0-spa-js.md: a page that is loaded again has its session again", async () => {
  const [after, starting] = blocks("docs/migrating-from-auth0-spa-js.md", "ts");
  const [making] = after.split("await client.handleRedirectCallback();");
  await open(making);
  const session = () => goOn(starting, () => globalThis.client.isAuthenticated);
  assert.equal(await session(), false);

  await open(after);
  await logIn("ada@example.com");
  await signedIn();
  await open(making);
  assert.equal(await session(), true);
});

/** Code that the tests above do not run, by document and language, and where it is checked. */
const ELSEWHERE = {
  "docs/api.md, ts": "signatures, which `npm run api` writes from the types",
  "docs/architecture.md, text": "tests/import_direction.rs, and the compiler",
  "docs/content-security-policy.md, http": "content-security-policy.test.mjs",
  "docs/loading.md, html": "load.test.mjs: a preload hint brings the module in early, and once",
  "docs/loading.md, js": "docs.test.mjs: the settings are those that the matrix tests",
  "docs/migrating-from-auth0-js.md, js": "how it was before, with auth0-js",
  "docs/migrating-from-auth0-spa-js.md, js": "how it was before, with auth0-spa-js",
  "docs/rust.md, rust": "tests/rust-client/example.test.mjs",
  "tenant/README.md, js": "what the tests themselves begin with",
};

test("every example in the documents was run above, or is checked elsewhere", () => {
  const notRun = DOCUMENTS.flatMap((document) =>
    codeIn(document)
      .filter(({ language, code }) => !["sh", "toml"].includes(language) && !ran.has(code))
      .map(({ language }) => `${document}, ${language}`),
  );
  assert.deepEqual([...new Set(notRun)].sort(), Object.keys(ELSEWHERE).sort());
});
