// The screens of the tests, and a check for what a person in front of one would meet: content that is too wide, out of
// reach, or covered.
import assert from "node:assert/strict";
import { beforeEach, suite } from "node:test";

/** 390 × 844 without the browser's bars. */
const PHONE = { width: 390, height: 664, phone: true };
const DESKTOP = { width: 1280, height: 800 };
const SCREENS = [
  { name: "phone, light", ...PHONE },
  { name: "phone, dark", ...PHONE, dark: true },
  { name: "desktop, light", ...DESKTOP },
  { name: "desktop, dark", ...DESKTOP, dark: true },
];

/** Registers the same tests of `page` for each screen. */
export function onEachScreen(page, tests) {
  for (const screen of SCREENS)
    suite(screen.name, () => {
      beforeEach(() => page.look(screen));
      tests();
    });
}

/** The screen of the driver's window, initially a desktop's. */
export function screenOf(driver) {
  let screen = DESKTOP;

  /** Sets the screen, or applies the same one to another window. A phone has a phone's viewport and no hover. */
  async function look({ width, height = 800, dark = false, phone = false } = screen) {
    screen = { width, height, dark, phone };
    const emulate = (what, how) => driver.sendDevToolsCommand(`Emulation.${what}`, how);
    const metrics = { width, height, deviceScaleFactor: 1, mobile: phone };
    await emulate("setDeviceMetricsOverride", metrics);
    await emulate("setTouchEmulationEnabled", { enabled: phone });
    const scheme = { name: "prefers-color-scheme", value: dark ? "dark" : "light" };
    await emulate("setEmulatedMedia", { features: [scheme] });
  }

  /** What hinders a person from pressing `control` or reading `css`, as texts. */
  const hindrances = ({ control = null, css = null } = {}) =>
    driver.executeScript(findHindrances, screen, control, css);

  /** Scrolls to `control`. Asserts that a person can press all of it. */
  const reach = async (control) => assert.deepEqual(await hindrances({ control }), []);

  return { look, hindrances, reach };
}

/** Runs in the page, so it sees nothing of this file. */
function findHindrances({ width, dark }, control, css) {
  const found = [];
  const { scrollWidth, clientWidth } = document.documentElement;
  const wide = Math.max(scrollWidth, clientWidth);
  if (wide > Math.min(clientWidth, width)) found.push(`the page is ${wide} px wide on ${width} px`);
  if (matchMedia("(prefers-color-scheme: dark)").matches !== dark) found.push("the wrong colours");

  const isInView = ({ left, top, right, bottom }) =>
    left >= 0 && top >= 0 && right <= clientWidth && bottom <= innerHeight;
  for (const dialog of document.querySelectorAll("dialog[open]"))
    if (!isInView(dialog.getBoundingClientRect()) || dialog.scrollHeight > dialog.clientHeight)
      found.push("the dialog does not fit");

  const read = css && document.querySelector(css);
  if (read && !read.checkVisibility({ visibilityProperty: true, opacityProperty: true }))
    found.push(`${css} cannot be seen`);
  // A card's message about its latest action.
  const news = read?.closest(".card > :is([role=status], [role=alert])");
  if (news && !isInView(news.getBoundingClientRect())) found.push(`${css} is not on the screen`);

  if (!control) return found;
  const name = control.getAttribute("aria-label") || control.innerText || control.id;
  control.scrollIntoView({ block: "center", behavior: "instant" });
  const box = control.getBoundingClientRect();
  if (!isInView(box)) found.push(`“${name}” is not all on the screen`);
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  // The middle of the control and of each side.
  for (const point of [
    [x, y],
    [box.left + 2, y],
    [box.right - 2, y],
    [x, box.top + 2],
    [x, box.bottom - 2],
  ]) {
    const hit = document.elementFromPoint(...point);
    if (!control.contains(hit))
      found.push(`“${name}” is covered by ${hit?.outerHTML.slice(0, 80) ?? "nothing"}`);
  }
  return found;
}
