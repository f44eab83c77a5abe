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

/** What a platform's own error has. Whatever else an error has, somebody has put there. */
const OWN_PARTS = ["stack", "message"];

/**
 * Whether what was thrown may hold a secret of the request: a patched `fetch` may throw its own arguments, wrapped in anything.
 * Only an error of a platform's own class counts as harmless, with nothing in it but texts without the request's secrets.
 *
 * @param {any} cause
 * @param {(string | undefined)[]} secrets
 */
const holdsSecret = (cause, secrets) =>
  attempt(() => {
    const prototype = Reflect.getPrototypeOf(cause);
    const isNative =
      prototype === TypeError.prototype ||
      prototype === DOMException.prototype ||
      prototype === Error.prototype;
    const keys = Reflect.ownKeys(cause);
    for (let index = 0; index < keys.length; index += 1)
      if (!OWN_PARTS.includes(/** @type {string} */ (keys[index]))) return true;
    const { name, message, stack } = cause;
    if (!isNative || typeof message !== "string" || typeof (stack ?? "") !== "string") return true;
    const words = secrets.flatMap((secret) => `${secret ?? ""}`.split(/[ &=":{},]+/));
    const text = `${name} ${message} ${stack}`;
    return words.some((word) => word.length > 15 && text.includes(word));
  }) ?? true;

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
