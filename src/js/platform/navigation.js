// The port `Navigation`.
import { onAbort } from "./tasks.js";
import { attempt, withoutPrototype } from "./values.js";

/** The page's address. */
export const address = () => location.href;

/**
 * The origin of a URL.
 *
 * @param {string} url
 */
export const originOf = (url) => attempt(() => new URL(url).origin) ?? "";

/** How many objects and arrays of a history entry's state are looked into at most. */
const MAX_PARTS = 10_000;

/**
 * A copy of a history entry's state in which `change` has replaced each string. Only plain objects and arrays are copied;
 * everything else is kept as it is. A member whose name changes is left out.
 *
 * @param {unknown} state
 * @param {(text: string) => string} change
 */
function mapTexts(state, change) {
  let parts = MAX_PARTS;
  const known = new Map();
  /** @type {(value: any) => any} */
  const map = (value) => {
    if (typeof value === "string") return change(value);
    if (typeof value !== "object" || !value) return value;
    if (known.has(value)) return known.get(value);
    const prototype = Reflect.getPrototypeOf(value);
    const isPlain = Array.isArray(value) || !prototype || !Reflect.getPrototypeOf(prototype);
    if (!isPlain || !parts) return value;
    parts -= 1;
    /** @type {any} */
    const copy = Array.isArray(value) ? [] : {};
    known.set(value, copy);
    const keys = Object.keys(value);
    for (let index = 0; index < keys.length; index += 1) {
      const key = /** @type {string} */ (keys[index]);
      if (change(key) !== key) continue;
      const member = {
        value: map(value[key]),
        enumerable: true,
        configurable: true,
        writable: true,
      };
      Reflect.defineProperty(copy, key, withoutPrototype(member));
    }
    return copy;
  };
  return map(state);
}

/** Every string in this history entry's state, as a JSON array. */
export const historyTexts = () =>
  attempt(() => {
    let texts = "";
    mapTexts(history.state, (text) => {
      texts += `${texts && ","}${JSON.stringify(text)}`;
      return text;
    });
    return `[${texts}]`;
  }) ?? "[]";

/**
 * Puts another address into the bar and into this history entry without loading anything. `texts` is a JSON object: each
 * string of the entry's state that it names is replaced.
 *
 * @param {string} url
 * @param {string | undefined} texts
 */
export function replaceAddress(url, texts) {
  const replacements = withoutPrototype(texts && attempt(() => JSON.parse(texts)));
  const change = (/** @type {string} */ text) => replacements[text] ?? text;
  const state = texts ? attempt(() => mapTexts(history.state, change)) : history.state;
  try {
    history.replaceState(state, "", url);
  } catch {
    // Some browsers limit how often a page may do that. They do not limit a navigation within the document; any other one
    // would load the page again.
    const [before] = url.split("#");
    if (before === location.href.split("#")[0])
      attempt(() => location.replace(url === before ? `${url}#` : url));
  }
}

/** Tells routers that the address has changed, as the browser itself does after back and forward. */
export const announceAddress = () =>
  attempt(() => dispatchEvent(new PopStateEvent("popstate", { state: history.state })));

/** How long to wait between two looks at the address in a browser without the Navigation API, in milliseconds. */
const ADDRESS_POLL_MS = 100;

/**
 * Resolves when this history entry has changed, after this many milliseconds, or on abort.
 *
 * @param {AbortController} controller
 * @param {number} milliseconds
 */
export const addressChanged = (controller, milliseconds) =>
  new Promise((resolve) => {
    const { navigation } = /** @type {{ navigation?: EventTarget }} */ (globalThis);
    const wait = navigation ? milliseconds : Math.min(milliseconds, ADDRESS_POLL_MS);
    const timer = setTimeout(resolve, wait);
    navigation?.addEventListener("currententrychange", resolve);
    onAbort(controller, () => {
      clearTimeout(timer);
      navigation?.removeEventListener("currententrychange", resolve);
      resolve(undefined);
    });
  });

/**
 * Leaves for another address. Returns whether the browser accepted that.
 *
 * @param {string} url
 */
export const assign = (url) =>
  !!attempt(() => {
    location.assign(url);
    return true;
  });
