// The port `Clock`.
import { onAbort } from "./tasks.js";

/**
 * Resolves after this many milliseconds, or on abort.
 *
 * @param {AbortController} controller
 * @param {number} milliseconds
 */
export const sleep = (controller, milliseconds) =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    onAbort(controller, () => {
      clearTimeout(timer);
      resolve(undefined);
    });
  });
