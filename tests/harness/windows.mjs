// What a person does with windows: press a button, log in at the tenant in a popup, close it.
import assert from "node:assert/strict";
import { By, until } from "selenium-webdriver";
import { inPage } from "./browser.mjs";
import { PASSWORD, PATIENCE_MS } from "./fixtures.mjs";

export function windowSteps({ tenant, driver, start }) {
  const handles = () => driver.getAllWindowHandles();
  let main;

  /** Closes every window but the first. */
  const closeOthers = async () => {
    main ??= await driver.getWindowHandle();
    for (const handle of await handles()) {
      if (handle === main) continue;
      await driver.switchTo().window(handle);
      await driver.close();
    }
    await driver.switchTo().window(main);
  };

  /** A person presses the button, whose click handler is `action(client, ...args)`. `ended()` is the outcome. */
  const press = async (action, ...args) => {
    await inPage(
      driver,
      `async (...args) => {
         const { outcome } = await import("/harness/page-helpers.js");
         document.querySelector("#go").onclick = () => {
           globalThis.ended = outcome(() => (${action})(globalThis.client, ...args));
         };
       }`,
      ...args,
    );
    await driver.findElement(By.id("go")).click();
  };
  const ended = () => inPage(driver, () => globalThis.ended);

  /** Waits until the browser has `count` windows. */
  const windowsOpen = (count) =>
    driver.wait(
      async () => (await handles()).length === count,
      PATIENCE_MS,
      `not ${count} windows`,
      20,
    );

  /** Fills in the tenant's login form and submits it. */
  const logIn = async (email) => {
    const field = await driver.wait(until.elementLocated(By.id("email")), PATIENCE_MS);
    await field.clear();
    await field.sendKeys(email);
    await driver.findElement(By.id("password")).sendKeys(PASSWORD);
    await driver.findElement(By.css("button[value=login]")).click();
  };

  return {
    closeOthers,
    press,
    ended,
    logIn,
    windowsOpen,

    /** Waits for the window that the page opens, runs `act` in it, and returns to the page. */
    async inPopup(act = () => {}) {
      const handle = await driver.wait(
        async () => (await handles()).find((each) => each !== main),
        PATIENCE_MS,
        "no window has opened",
        20,
      );
      await driver.switchTo().window(handle);
      await act(handle);
      await driver.switchTo().window(main);
    },

    /** A person cancels at the login page. */
    async cancel() {
      const button = By.css("button[value=cancel]");
      await (await driver.wait(until.elementLocated(button), PATIENCE_MS)).click();
    },

    /** Waits for the login form. */
    formShown: () => driver.wait(until.elementLocated(By.id("email")), PATIENCE_MS),

    /** Signs in by popup, without the form, and clears the log. */
    async signInByPopup(email = "ada@example.com", changes = {}) {
      await start(changes);
      await press((client, hint) => client.loginWithPopup({ loginHint: hint }), email);
      const { value, error } = await ended();
      if (error) throw new Error(`sign-in failed: ${JSON.stringify(error)}`);
      await windowsOpen(1);
      await driver.executeScript(() => (globalThis.changes = 0));
      tenant.clearLog();
      return value;
    },

    /** Asserts that a popup, a silent sign-in or a link has left nothing but the session's own timer. */
    async nothingRemains({ records = 0 } = {}) {
      await windowsOpen(1);
      const left = await driver.executeScript(() => ({
        ...watched.leftovers(),
        live: client.isAuthenticated,
      }));
      assert.equal(left.frames, 0, "a frame remains");
      assert.deepEqual(left.listeners, [], "a listener remains");
      assert.equal(left.timers.length, left.live ? 1 : 0, `timers remain: ${left.timers}`);
      assert.equal(left.records.length, records, `stored: ${left.records}`);
    },
  };
}
