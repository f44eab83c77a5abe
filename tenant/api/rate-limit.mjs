/**
 * Counts one request against the tenant's limit.
 *
 * @returns {{ exceeded: boolean, headers: Record<string, string> }} `x-ratelimit-reset` is in
 *   seconds since the epoch, `retry-after` in seconds from now
 */
export function countRequest(state, now = Date.now()) {
  const { limit, windowSeconds, retryAfter } = state.settings.rateLimit;
  let window = state.rateLimitWindows.get("api");
  if (!window || now >= window.endsAt) {
    window = { used: 0, endsAt: now + windowSeconds * 1000 };
    state.rateLimitWindows.set("api", window);
  }
  window.used += 1;
  const exceeded = window.used > limit;
  const seconds = typeof retryAfter === "number" ? retryAfter : (window.endsAt - now) / 1000;
  return {
    exceeded,
    headers: {
      "x-ratelimit-limit": String(limit),
      "x-ratelimit-remaining": String(Math.max(0, limit - window.used)),
      "x-ratelimit-reset": String(Math.ceil(window.endsAt / 1000)),
      ...(exceeded && retryAfter !== false && { "retry-after": String(Math.ceil(seconds)) }),
    },
  };
}
