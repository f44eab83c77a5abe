// A browser of each engine, with a fresh profile, under WebDriver. `engine` is what `setupEngine` returned.
import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { Builder, Capabilities } from "selenium-webdriver";
import firefox from "selenium-webdriver/firefox.js";
import { openChromium } from "../harness/browser.mjs";
import { freePort } from "./application.mjs";

const START_LIMIT_MS = 90_000;

/** Runs `use(driver)` in a browser of its own. */
export async function withEngine(engine, use) {
  const { driver, close } = await OPEN[engine.name](engine);
  try {
    await driver.manage().setTimeouts({ script: 30_000, pageLoad: 30_000 });
    return await use(driver);
  } finally {
    await close();
  }
}

const OPEN = {
  Chromium({ binary, driver }) {
    process.env.CHROMIUM = binary;
    process.env.CHROMEDRIVER = driver;
    return openChromium();
  },

  async Firefox({ binary, driver: path }) {
    const options = new firefox.Options().setBinary(binary).addArguments("-headless");
    const driver = await new Builder()
      .forBrowser("firefox")
      .setFirefoxOptions(options)
      .setFirefoxService(new firefox.ServiceBuilder(path))
      .build();
    return { driver, close: () => driver.quit() };
  },

  async WebKit({ binary, driver: path, display }) {
    const port = await freePort();
    // It has no headless mode, so it gets a display of its own; a group of processes, which ends as a whole.
    const server = spawn(display, ["-a", path, `--port=${port}`], {
      detached: true,
      stdio: "ignore",
    });
    const ended = new Promise((resolve) => server.once("close", resolve));
    const end = async () => {
      process.kill(-server.pid, "SIGTERM");
      await ended;
    };
    try {
      const address = `http://127.0.0.1:${port}`;
      await answers(`${address}/status`);
      const capabilities = new Capabilities({
        browserName: "MiniBrowser",
        "webkitgtk:browserOptions": { binary, args: ["--automation"] },
      });
      const builder = new Builder().usingServer(address).withCapabilities(capabilities);
      const driver = await builder.build();
      return { driver, close: () => driver.quit().finally(end) };
    } catch (error) {
      await end();
      throw error;
    }
  },
};

async function answers(address) {
  const late = Date.now() + START_LIMIT_MS;
  while (!(await fetch(address).catch(() => undefined))) {
    if (Date.now() > late) throw new Error(`${address} does not answer`);
    await sleep(100);
  }
}
