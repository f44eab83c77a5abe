// Pictures of the account page for the documentation, taken from the page itself at a local tenant.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root, runMain, step } from "./steps.mjs";
import { setup } from "./setup.mjs";
import { build } from "./build.mjs";

const SCREENS = [
  { name: "desktop", width: 1280 },
  { name: "phone", width: 390 },
];

await runMain(async () => {
  const tools = await setup({ browser: true });
  await build(tools);
  // Where the helpers of the end-to-end tests look.
  process.env.CHROMIUM = tools.chromium;
  process.env.CHROMEDRIVER = tools.chromedriver;
  // The same words and times wherever they are taken.
  process.env.TZ = "UTC";
  process.env.LANG = "en_GB.UTF-8";
  const { openAccountPage } = await import("../tests/e2e/account.mjs");
  const page = await openAccountPage();
  try {
    await step("pictures", (note) => takeAll(page, note));
  } finally {
    await page.close();
  }
});

async function takeAll(page, note) {
  const folder = join(root, "docs/images");
  mkdirSync(folder, { recursive: true });
  let bytes = 0;
  const take = async (name) => {
    for (const { name: screen, width } of SCREENS) {
      for (const dark of [false, true]) {
        await page.look({ width, dark });
        const png = await wholePage(page.driver, width);
        writeFileSync(join(folder, `${name}-${screen}-${dark ? "dark" : "light"}.png`), png);
        bytes += png.length;
      }
    }
  };
  await page.open();
  await page.find("#sign-in");
  await take("signed-out");

  await page.signIn("ada@example.com");
  await page.reads("#security", /Ada's phone[^]*google-authenticator/);
  await page.driver.wait(() =>
    page.driver.executeScript(() => document.querySelector("#profile img").naturalWidth > 0),
  );
  await take("account");

  await page.press("footer", "Developer panel");
  await page.reads("#api-requests", /200/);
  await take("developer-panel");
  note(`${Math.round(bytes / 1024)} KB in docs/images/`);
}

/** From top to bottom, as a PNG. */
async function wholePage(driver, width) {
  const height = await driver.executeScript(() => document.documentElement.scrollHeight);
  const { data } = await driver.sendAndGetDevToolsCommand("Page.captureScreenshot", {
    captureBeyondViewport: true,
    clip: { x: 0, y: 0, width, height, scale: 1 },
  });
  return Buffer.from(data, "base64");
}
