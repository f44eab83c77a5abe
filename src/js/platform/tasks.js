// Drives Rust tasks from promise to promise.
import { attempt } from "./values.js";

/**
 * The promise that the task which was polled last waits for.
 *
 * @type {Promise<unknown> | undefined}
 */
let awaited;

/** @param {Promise<unknown> | undefined} promise */
export const waitFor = (promise) => {
  awaited = promise;
};

/**
 * Drives a Rust task: awaits its promise, calls `step` with the result, and repeats until the task completes. `step` throws
 * the task's error, and whatever the module throws. Calls `step` as soon as `signal` is aborted; the task then looks at the
 * signal itself.
 *
 * @param {(task: number, fulfilled: boolean, result: unknown) => unknown} step
 * @param {number} task
 * @param {AbortSignal | undefined} signal
 */
export async function drive(step, task, signal) {
  let promise = awaited;
  // Each task takes its own promise: another task may be in the middle of the step that started this one.
  awaited = undefined;
  /** @type {((result?: unknown) => void) | undefined} */
  let abort;
  const aborted = signal && new Promise((resolve) => (abort = resolve));
  if (abort) signal?.addEventListener("abort", abort);
  try {
    for (;;) {
      let fulfilled = true;
      let result;
      try {
        result = await (aborted ? Promise.race([promise, aborted]) : promise);
      } catch (cause) {
        result = cause;
        fulfilled = false;
      }
      awaited = undefined;
      const output = step(task, fulfilled, result);
      if (!awaited) return output;
      promise = awaited;
    }
  } finally {
    if (abort) signal?.removeEventListener("abort", abort);
  }
}

/**
 * Whatever is begun with this controller ends when it is aborted. `undefined` in a page that cannot make one.
 */
export const createAbortController = () => attempt(() => new AbortController());

/**
 * Adds to what happens on abort.
 *
 * @param {AbortController} controller
 * @param {() => void} action
 */
export function onAbort({ signal }, action) {
  const others = signal.onabort;
  signal.onabort = (event) => {
    others?.call(signal, event);
    action();
  };
}
