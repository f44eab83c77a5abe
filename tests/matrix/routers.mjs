// Single-page apps with a client-side router, in routers/NAME. The person signs in, goes to other pages, back and forward.
// Routers keep copies of the address in memory and in `history.state`, and write them back later. So each step is followed
// by a search for the response in the address, in every history entry and in `history.state`.
import { setTimeout as sleep } from "node:timers/promises";

/** When the response is handled, as routers/session.js explains. */
const ALWAYS = ["before", "made", "after", "guard", "redirect", "copied"];
const VITE_DEV = { dev: ["before", "after"] };

/** `modes` are scripts of the application's package.json, each with the times at which it handles the response. */
export const ROUTERS = {
  "vue-router": { histories: ["path", "hash"], modes: { build: ALWAYS, ...VITE_DEV } },
  "react-router": { histories: ["path", "hash"], modes: { build: ALWAYS, ...VITE_DEV } },
  angular: { histories: ["path", "hash"], modes: { build: ALWAYS, ...VITE_DEV } },
  // It makes its router itself.
  sveltekit: {
    histories: ["path"],
    modes: { build: ALWAYS.filter((when) => when !== "made"), ...VITE_DEV },
  },
  // It has no guards in the browser.
  "next-app": { histories: ["path"], modes: { build: ["before", "after"] } },
  "next-pages": { histories: ["path"], modes: { build: ["before", "after"] } },
};

/** What the router shows first, where that is not its page for the callback. */
const FIRST_PAGE = {
  redirect: ["Login"],
  // What a hash router has copied may leave with the route.
  copied: ["Login", "Home"],
};

export const FLOWS = ["implicit", "code"];

const PATIENCE_MS = 10_000;
/** A router may write an address later than it draws the page. */
const SETTLED_MS = 150;
/** How long a page may take to be drawn and clean. */
const DRAWN_MS = 1_000;
const LOOK_AGAIN_MS = 30;

/** Signs in and walks through the application. Returns what was wrong, as `{ step, found }`. */
export async function walkRouter({ driver, tenant, origin, history, when, flow }) {
  tenant.reset();
  tenant.clearSessions();
  await open(driver, `${origin}/`);
  const options = {
    domain: tenant.domain,
    clientId: flow === "code" ? "local-spa-code-only" : "local-spa",
    // A fragment belongs to no redirect URI, so a router behind the # is sent to its home page.
    redirectUri: history === "hash" ? `${origin}/` : `${origin}/callback`,
    scopes: ["read:current_user"],
    flow,
  };
  const settings = JSON.stringify({ options, history, when });
  await driver.executeScript((text) => sessionStorage.setItem("settings", text), settings);
  // With these settings, and without the entries of an earlier walk.
  await open(driver, `${origin}/`);
  await driver.sendDevToolsCommand("Page.resetNavigationHistory");

  await driver.executeScript(() => {
    globalThis.left = true;
    void globalThis.signIn();
  });
  const arrived = () =>
    driver.executeScript(() => !globalThis.left && !!globalThis.router && !!globalThis.outcome);
  await driver.wait(arrived, PATIENCE_MS, "the application does not handle the response");
  const { response, outcome } = await driver.executeScript(() => {
    globalThis.sameDocument = true;
    const [{ name }] = performance.getEntriesByType("navigation");
    return { response: name, outcome: globalThis.outcome };
  });
  // A copied response may be lost, but must not stay.
  const outcomes =
    when === "copied" ? ["signed in", "no response", "invalid_response"] : ["signed in"];
  if (!outcomes.includes(outcome)) return [{ step: "sign-in", found: [outcome] }];

  const secrets = secretsOf(response);
  const problems = [];
  const check = async (step, titles) => {
    const found = await look(driver, secrets, titles);
    if (found.length > 0) problems.push({ step, found });
  };
  const router = (method, path) =>
    driver.executeScript((method, path) => void globalThis.router[method](path), method, path);
  const go = (delta) => driver.executeScript((delta) => globalThis.history.go(delta), delta);

  const first = FIRST_PAGE[when] ?? (history === "hash" ? ["Home"] : ["Callback"]);
  await check("callback", first);
  await router("push", "/one");
  await check("push", ["One"]);
  await router("push", "/two");
  await check("second push", ["Two"]);
  await go(-1);
  await check("back", ["One"]);
  await go(-1);
  await check("back at the first page", first);
  await router("refresh");
  await check("refresh", first);
  await go(1);
  await check("forward", ["One"]);
  await router("refresh");
  await check("second refresh", ["One"]);
  await router("replace", "/two");
  await check("replace", ["Two"]);
  await go(-1);
  await check("back again", first);
  const signedIn = await driver.executeScript(() => globalThis.isAuthenticated?.());
  if (!signedIn && outcome === "signed in") problems.push({ step: "end", found: ["signed out"] });
  return problems;
}

async function open(driver, url) {
  await driver.get(url);
  const ready = () => driver.executeScript(() => globalThis.router !== undefined);
  await driver.wait(ready, PATIENCE_MS, "the application does not start");
}

/** The values of a response that must not stay anywhere. */
function secretsOf(url) {
  const { hash, searchParams } = new URL(url);
  const parameters = new URLSearchParams([...new URLSearchParams(hash.slice(1)), ...searchParams]);
  const secrets = ["access_token", "id_token", "code", "state"].flatMap((name) =>
    parameters.getAll(name),
  );
  if (secrets.length < 2) throw new Error(`${url} holds no response`);
  return secrets;
}

/** What is wrong with the page, once it has settled and shows one of `titles`. */
async function look(driver, secrets, titles) {
  const started = performance.now();
  await sleep(SETTLED_MS);
  for (;;) {
    const found = await lookOnce(driver, secrets, titles);
    if (found.length === 0 || performance.now() - started > DRAWN_MS) return found;
    await sleep(LOOK_AGAIN_MS);
  }
}

async function lookOnce(driver, secrets, titles) {
  const page = await driver.executeScript(() => ({
    address: location.href,
    state: JSON.stringify(history.state) ?? "",
    title: document.querySelector("h1")?.textContent ?? "",
    sameDocument: globalThis.sameDocument === true,
  }));
  const { entries, currentIndex } = await driver.sendAndGetDevToolsCommand(
    "Page.getNavigationHistory",
    {},
  );
  const holds = (text) => {
    for (let times = 0, decoded = text; times < 4; times += 1, decoded = decode(decoded))
      if (secrets.some((secret) => decoded.includes(secret))) return true;
    return false;
  };
  const found = [];
  if (!titles.includes(page.title))
    found.push(`shows ${page.title || "nothing"}, not ${titles.join(" or ")}`);
  if (holds(page.address)) found.push("address");
  if (holds(page.state)) found.push("history.state");
  for (const [index, { url }] of entries.entries())
    if (index !== currentIndex && holds(url)) found.push(`entry ${index - currentIndex}`);
  if (!page.sameDocument) found.push("loaded again");
  return found;
}

function decode(text) {
  return text.replace(/%[0-9a-f]{2}/gi, (escape) =>
    String.fromCharCode(parseInt(escape.slice(1), 16)),
  );
}
