// The port `Http`.

/**
 * How a request ended. `timeout`: the time allowed was over first. `failed`: there was no connection, or no complete answer.
 *
 * @typedef {{ kind: "timeout" } | { kind: "failed" } | {
 *   kind: "response",
 *   status: number,
 *   text: string,
 *   retryAfter: string | null,
 *   rateLimitReset: string | null,
 * }} HttpOutcome
 */

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
  } catch {
    return { kind: timedOut ? "timeout" : "failed" };
  } finally {
    clearTimeout(timer);
  }
}
