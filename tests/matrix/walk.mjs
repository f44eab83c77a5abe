// What a person does in each of examples/: all three show the same, so one walk goes through all.
import assert from "node:assert/strict";
import { By, error } from "selenium-webdriver";

const PATIENCE_MS = 15_000;
const ADA = "auth0|5a620d29a840170a9ef43672";

/** Signs in by the tenant's own form, changes a preference, signs out, and comes back with a forged response. */
export async function walk({ driver, tenant, origin }) {
  const { reads, press, type } = steps(driver);
  tenant.reset();
  tenant.clearSessions();
  await driver.get("about:blank");
  await driver.get(`${origin}/`);

  await press(button("Sign in"));
  await type(By.id("email"), "ada@example.com");
  await type(By.id("password"), "correct horse");
  await press(By.css("button[value=login]"));
  await reads("h1", /^Hello, Ada Lovelace$/);
  assert.equal(await driver.getCurrentUrl(), `${origin}/`);

  const before = await reads("output", /^(light|dark)$/);
  const after = before === "dark" ? "light" : "dark";
  await press(button("Change theme"));
  await reads("output", new RegExp(`^${after}$`));
  assert.equal(tenant.users.get(ADA).user_metadata.theme, after);
  assert.equal(tenant.log.filter(({ method }) => method === "PATCH").length, 1);

  await press(button("Sign out"));
  await reads("button", /^Sign in$/);
  assert.ok(tenant.log.some(({ url }) => url.startsWith("/v2/logout?")));

  await driver.get("about:blank");
  await driver.get(`${origin}/#access_token=a&id_token=b&state=c&token_type=Bearer`);
  await reads("[role=alert]", /\(state_mismatch\)/);
  assert.equal(await driver.getCurrentUrl(), `${origin}/`);
  assert.deepEqual(tenant.internalErrors, []);
}

const button = (name) => By.xpath(`//button[normalize-space()="${name}"]`);

function steps(driver) {
  /** Does `action` with the element as soon as it is there and stays: pages draw theirs anew at any time. */
  const act = (by, action) =>
    driver.wait(
      async () => {
        try {
          await action(await driver.findElement(by));
          return true;
        } catch (failure) {
          if (failure instanceof error.NoSuchElementError) return false;
          if (failure instanceof error.StaleElementReferenceError) return false;
          throw failure;
        }
      },
      PATIENCE_MS,
      `no ${by}`,
    );
  return {
    press: (by) => act(by, (element) => element.click()),
    type: (by, text) => act(by, (element) => element.sendKeys(text)),
    /** Waits until `css` says what `pattern` matches, and returns it. */
    async reads(css, pattern) {
      const say = (selector) => document.querySelector(selector)?.innerText.trim() ?? "";
      let said = "";
      const right = async () => pattern.test((said = await driver.executeScript(say, css)));
      await driver.wait(right, PATIENCE_MS).catch(() => {
        throw new Error(`${css} says ${JSON.stringify(said)}, not ${pattern}`);
      });
      return said;
    },
  };
}
