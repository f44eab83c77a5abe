// Takes the documentation's pictures of the account page, at a local tenant: docs/images/page-*.webp.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Refusal, root, runMain, step } from "./steps.mjs";
import { setup } from "./setup.mjs";
import { build } from "./build.mjs";

const FOLDER = join(root, "docs/images");
const DESKTOP = { width: 1120 };
const PHONE = { width: 390, height: 844 };
/** The README shows them at about this size. */
const SCALE = 0.85;
/** Every clone of the repository downloads them. */
const MOST_BYTES = 80 * 1024;

await runMain(async () => {
  const tools = await setup({ browser: true });
  await build(tools);
  // The helpers of the end-to-end tests read these variables.
  process.env.CHROMIUM = tools.chromium;
  process.env.CHROMEDRIVER = tools.chromedriver;
  // So that the pictures show the same words and times on every machine.
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
  mkdirSync(FOLDER, { recursive: true });
  const sizes = [];
  const take = async (name, screen, clip = wholePage) => {
    await page.look(screen);
    await page.driver.sendDevToolsCommand("Emulation.setScrollbarsHidden", { hidden: true });
    const picture = await photograph(page.driver, await page.driver.executeScript(clip));
    const tooMuch = picture.length - MOST_BYTES;
    if (tooMuch > 0) throw new Refusal(`page-${name}.webp is ${tooMuch} bytes over the limit`);
    writeFileSync(join(FOLDER, `page-${name}.webp`), picture);
    sizes.push(picture.length);
  };
  await page.open();
  await page.find("#sign-in");
  await take("signed-out", { width: 760 });

  await page.signIn("ada@example.com");
  await page.reads("#security", /Ada's phone[^]*google-authenticator/);
  await page.driver.wait(() =>
    page.driver.executeScript(() => document.querySelector("#profile img").naturalWidth > 0),
  );
  await take("light", DESKTOP);
  await take("dark", { ...DESKTOP, dark: true });
  await take("phone", { ...PHONE, dark: true }, firstScreen);

  await page.press("footer", "Developer panel");
  await page.reads("#api-requests", /200/);
  await take("developer-panel", DESKTOP, developerPanel);
  const kilobytes = Math.round(sizes.reduce((sum, bytes) => sum + bytes) / 1024);
  note(`${sizes.length} in docs/images/, ${kilobytes} KB`);
}

// The part of the page that a picture shows. These functions run in the page.
function wholePage() {
  return { x: 0, y: 0, width: innerWidth, height: document.documentElement.scrollHeight };
}
function firstScreen() {
  return { scale: 1, x: 0, y: 0, width: innerWidth, height: innerHeight };
}
function developerPanel() {
  scrollTo(0, 0);
  const { x, y, width, height } = document.querySelector(".developer").getBoundingClientRect();
  return { x: x - 16, y: y - 16, width: width + 32, height: height + 32 };
}

async function photograph(driver, clip) {
  const { data } = await driver.sendAndGetDevToolsCommand("Page.captureScreenshot", {
    format: "webp",
    quality: 66,
    captureBeyondViewport: true,
    clip: { scale: SCALE, ...clip },
  });
  return Buffer.from(data, "base64");
}
