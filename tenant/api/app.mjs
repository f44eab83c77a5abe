import { Hono } from "hono";

import { bearerToken, verifyAccessToken } from "./bearer.mjs";
import { clientRoutes } from "./clients.mjs";
import { apiCors } from "./cors.mjs";
import { deviceCredentialRoutes } from "./device-credentials.mjs";
import { ApiError, errorBody } from "./errors.mjs";
import { identityRoutes } from "./identities.mjs";
import { countRequest } from "./rate-limit.mjs";
import { userRoutes } from "./users.mjs";

const JSON_TYPE = "application/json; charset=utf-8";

/**
 * The Management API at one host of the tenant.
 *
 * @param {object} state
 * @param {string} issuer whose tokens are good here
 */
export function createApi(state, issuer) {
  const api = new Hono().basePath("/api/v2");

  api.use(apiCors(state));
  api.use(async (c, next) => {
    await next();
    c.res.headers.set("cache-control", "no-cache");
    c.res.headers.set("content-type", JSON_TYPE);
    c.res.headers.set("x-content-type-options", "nosniff");
  });
  api.use(async (c, next) => {
    const token = bearerToken(c.req.header("authorization"));
    const { exceeded, headers } = countRequest(state);
    for (const [name, value] of Object.entries(headers)) c.header(name, value);
    if (exceeded) throw new ApiError("too_many_requests");
    c.set("claims", await verifyAccessToken(state, issuer, token));
    await next();
  });

  userRoutes(api, state);
  identityRoutes(api, state);
  deviceCredentialRoutes(api, state);
  clientRoutes(api, state);

  api.notFound((c) => c.json(errorBody("not_found"), 404));
  api.onError((error, c) => {
    if (!(error instanceof ApiError)) {
      state.internalErrors.push(error);
      return c.json(errorBody("internal_server_error"), 500);
    }
    for (const [name, value] of Object.entries(error.headers)) c.header(name, value);
    return c.json(error.body, error.body.statusCode);
  });
  return api;
}
