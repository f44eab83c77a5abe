// The port `Http`.
import { attempt } from "./values.js";

/** Whether the browser knows that there is no network. */
export const isOffline = () => globalThis.navigator?.onLine === false;

/**
 * How a request ended. `timeout`: the time allowed was over first. `failed`: there was no connection, or no complete answer.
 *
 * @typedef {{ kind: "timeout" } | { kind: "failed", cause: unknown } | {
 *   kind: "response",
 *   status: number,
 *   text: string,
 *   retryAfter: string | null,
 *   rateLimitReset: string | null,
 * }} HttpOutcome
 */

/**
 * Whether what was thrown may hold a secret of the request. A patched `fetch` may throw its own arguments.
 *
 * @param {any} cause
 * @param {(string | undefined)[]} secrets
 */
function holdsSecret(cause, secrets) {
  if (!(cause instanceof Error || cause instanceof DOMException)) return true;
  const text = attempt(() => {
    const own = JSON.stringify(cause, Object.getOwnPropertyNames(cause));
    return `${cause.name} ${cause.message} ${cause.stack} ${own}`;
  });
  const words = secrets.flatMap((secret) => `${secret ?? ""}`.split(/[ &=":{},]+/));
  return text === undefined || words.some((word) => word.length > 15 && text.includes(word));
}

/**
 * Sends one request and reads the whole answer. Sends no cookies and no referrer, follows no redirect, uses no cache.
 *
 * @param {AbortController} controller
 * @param {number} timeoutMs
 * @param {string} method
 * @param {string} url
 * @param {string | undefined} authorization
 * @param {string | undefined} contentType
 * @param {string | undefined} body
 * @returns {Promise<HttpOutcome>}
 */
export async function send(controller, timeoutMs, method, url, authorization, contentType, body) {
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    controller.abort();
  }, timeoutMs);
  try {
    /** @type {any} */
    const headers = { __proto__: null };
    if (authorization) headers.Authorization = authorization;
    if (contentType) headers["Content-Type"] = contentType;
    const init = {
      __proto__: null,
      method,
      headers,
      body,
      signal: controller.signal,
      credentials: "omit",
      redirect: "error",
      referrerPolicy: "no-referrer",
      cache: "no-store",
      mode: "cors",
    };
    const response = await fetch(url, /** @type {RequestInit} */ (init));
    const text = await response.text();
    const header = (/** @type {string} */ name) => response.headers.get(name);
    return {
      kind: "response",
      status: response.status,
      text,
      retryAfter: header("Retry-After"),
      rateLimitReset: header("X-RateLimit-Reset"),
    };
  } catch (cause) {
    if (timedOut) return { kind: "timeout" };
    return { kind: "failed", cause: holdsSecret(cause, [authorization, body]) ? undefined : cause };
  } finally {
    clearTimeout(timer);
  }
}
