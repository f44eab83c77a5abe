// A headless Chromium with a fresh profile.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Builder, logging } from "selenium-webdriver";
import chrome from "selenium-webdriver/chrome.js";

// The same flags as in wasm-bindgen's test runner.
const flags = JSON.parse(readFileSync(new URL("../../webdriver.json", import.meta.url), "utf8"))[
  "goog:chromeOptions"
].args;

/**
 * Opens the browser of the set-up (`CHROMIUM`, `CHROMEDRIVER`), runs `use(driver)`, and closes the browser even if
 * `use` fails. `args` are further command-line flags.
 */
export async function withChromium(use, { args = [] } = {}) {
  const { driver, close } = await openChromium({ args });
  try {
    return await use(driver);
  } finally {
    await close();
  }
}

/**
 * Like `withChromium`, for a browser that several tests share: returns `{ driver, close }`. WebDriver allows every
 * popup; `blocksPopups` restores the browser's normal blocking.
 */
export async function openChromium({ args = [], blocksPopups = false } = {}) {
  const { CHROMIUM, CHROMEDRIVER } = process.env;
  if (!CHROMIUM || !CHROMEDRIVER)
    throw new Error("CHROMIUM and CHROMEDRIVER are not set: run this by `npm test -- --only NAME`");
  const profile = mkdtempSync(join(tmpdir(), "chromium-"));
  const options = new chrome.Options();
  options.setChromeBinaryPath(CHROMIUM);
  options.addArguments(...flags, `--user-data-dir=${profile}`, ...args);
  if (blocksPopups) options.excludeSwitches("disable-popup-blocking");
  const preferences = new logging.Preferences();
  preferences.setLevel(logging.Type.BROWSER, logging.Level.ALL);
  options.setLoggingPrefs(preferences);
  const service = new chrome.ServiceBuilder(CHROMEDRIVER).setEnvironment({
    ...process.env,
    XDG_CONFIG_HOME: profile,
    XDG_CACHE_HOME: profile,
  });
  const driver = await new Builder()
    .forBrowser("chrome")
    .setChromeOptions(options)
    .setChromeService(service)
    .build();
  await driver.manage().setTimeouts({ script: 30_000, pageLoad: 30_000 });
  const close = async () => {
    await driver.quit().catch(() => {});
    rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  };
  return { driver, close };
}

/**
 * Runs `action(...args)` inside the page and returns its result. An error there is thrown here, as
 * `{ name, message, code, … }`. `action` is sent as text, so it sees the page's globals but nothing of the test file.
 */
export async function inPage(driver, action, ...args) {
  const outcome = await driver.executeAsyncScript(
    `const done = arguments[arguments.length - 1];
     Promise.resolve().then(() => (${action})(...[...arguments].slice(0, -1))).then(
       (value) => done({ value }),
       (error) => done({ error: error instanceof Error ? { ...error, name: error.name, message: error.message, cause: String(error.cause) } : String(error) }),
     );`,
    ...args,
  );
  if ("error" in outcome) throw outcome.error;
  return outcome.value;
}
