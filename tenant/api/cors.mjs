import { isAllowedOrigin } from "../oidc/clients.mjs";

const RATE_HEADERS = "x-ratelimit-limit, x-ratelimit-remaining, x-ratelimit-reset";

/**
 * CORS of `/api/v2`: registered origins only, no credentials, and no request header beyond what the
 * API needs, so that a client which sends more finds out here.
 */
export function apiCors(state) {
  return async (c, next) => {
    const origin = c.req.header("origin");
    const allowed = origin !== undefined && isAllowedOrigin(state, origin);
    if (c.req.method === "OPTIONS") {
      const headers = allowed && {
        "access-control-allow-origin": origin,
        "access-control-allow-methods": "GET,POST,PATCH,DELETE",
        "access-control-allow-headers": "authorization,content-type",
      };
      return c.body(null, 204, { ...headers, vary: "origin,accept-encoding" });
    }
    await next();
    c.res.headers.set("vary", "origin,accept-encoding");
    if (!allowed) return undefined;
    c.res.headers.set("access-control-allow-origin", origin);
    const { exposed, retryAfter } = state.settings.rateLimit;
    if (exposed) {
      const names = retryAfter === false ? RATE_HEADERS : `${RATE_HEADERS}, retry-after`;
      c.res.headers.set("access-control-expose-headers", names);
    }
    return undefined;
  };
}
