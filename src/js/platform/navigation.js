// The port `Navigation`.
import { attempt } from "./values.js";

/** The page's address. */
export const address = () => location.href;

/**
 * Puts another address into the bar and into this history entry without loading anything.
 *
 * @param {string} url
 */
export function replaceAddress(url) {
  try {
    history.replaceState(history.state, "", url);
  } catch {
    // Some browsers limit how often a page may do that. They do not limit navigations.
    attempt(() => location.replace(url));
  }
}

/**
 * Leaves for another address. A page that forbids leaving stays.
 *
 * @param {string} url
 */
export const assign = (url) => attempt(() => location.assign(url));
