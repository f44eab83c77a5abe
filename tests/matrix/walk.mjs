// What a person does in each of examples/: all three show the same, so one walk goes through all.
import assert from "node:assert/strict";
import { By, until } from "selenium-webdriver";

const PATIENCE_MS = 15_000;
const ADA = "auth0|5a620d29a840170a9ef43672";

/** Signs in by the tenant's own form, changes a preference, signs out, and comes back with a forged response. */
export async function walk({ driver, tenant, origin }) {
  const button = (name) => shown(driver, By.xpath(`//button[normalize-space()="${name}"]`));
  const reads = async (css, text) =>
    driver.wait(
      until.elementTextContains(await shown(driver, By.css(css)), text),
      PATIENCE_MS,
      `${css} does not say ${text}`,
    );
  tenant.reset();
  tenant.clearSessions();
  await driver.get("about:blank");
  await driver.get(`${origin}/`);

  await (await button("Sign in")).click();
  await (await shown(driver, By.id("email"))).sendKeys("ada@example.com");
  await (await shown(driver, By.id("password"))).sendKeys("correct horse");
  await (await shown(driver, By.css("button[value=login]"))).click();
  await reads("h1", "Hello, Ada Lovelace");
  assert.equal(await driver.getCurrentUrl(), `${origin}/`);

  const output = await shown(driver, By.css("output"));
  const before = await output.getText();
  const after = before === "dark" ? "light" : "dark";
  await (await button("Change theme")).click();
  await reads("output", after);
  assert.equal(tenant.users.get(ADA).user_metadata.theme, after);
  const writes = tenant.log.filter(({ method }) => method === "PATCH");
  assert.equal(writes.length, 1);

  await (await button("Sign out")).click();
  await button("Sign in");
  assert.ok(tenant.log.some(({ url }) => url.startsWith("/v2/logout?")));

  await driver.get("about:blank");
  await driver.get(`${origin}/#access_token=a&id_token=b&state=c&token_type=Bearer`);
  await reads("[role=alert]", "(state_mismatch)");
  assert.equal(await driver.getCurrentUrl(), `${origin}/`);
  assert.deepEqual(tenant.internalErrors, []);
}

const shown = (driver, by) => driver.wait(until.elementLocated(by), PATIENCE_MS, `no ${by}`);
