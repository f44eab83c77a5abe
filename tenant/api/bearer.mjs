import { createLocalJWKSet, errors as joseErrors, jwtVerify } from "jose";

import { readJws } from "../keys/jws.mjs";
import { CURRENT_USER_SCOPES } from "../seed/scopes.mjs";
import { ApiError } from "./errors.mjs";

const BEARER = /^bearer +(\S+) *$/i;

/** The token of the `Authorization` header. */
export function bearerToken(header) {
  if (!/^bearer /i.test(header ?? "")) {
    throw new ApiError("missing_authentication", undefined, { "www-authenticate": "Bearer" });
  }
  const [, token] = BEARER.exec(header) ?? [];
  if (token?.split(".").length !== 3) throw new ApiError("invalid_header");
  return token;
}

/**
 * Verifies a Management API token on the host that it was sent to: only that host's own tokens are
 * good there, for the one audience that the whole tenant has.
 */
export async function verifyAccessToken(state, issuer, token) {
  const unverified = readJws(token)?.claims;
  if (!unverified || state.applications.has(unverified.aud)) throw new ApiError("invalid_token");
  let payload;
  try {
    ({ payload } = await verifyJwt(state, token));
  } catch (error) {
    throw new ApiError(refusalOf(error));
  }
  const userinfo = `${issuer}userinfo`;
  const audiences = [payload.aud].flat();
  const meant = audiences.includes(state.audience);
  if (payload.iss !== issuer || !meant || audiences.some(isForeign)) {
    throw new ApiError("bad_audience", `Bad audience: ${audiences.join(",")}`);
  }
  return payload;

  function isForeign(audience) {
    return audience !== state.audience && audience !== userinfo;
  }
}

/** Signature and times only, with RS256 and the tenant's own keys. */
export function verifyJwt(state, token, options) {
  const keySet = createLocalJWKSet({ keys: state.keys.publicJwks });
  return jwtVerify(token, keySet, { algorithms: ["RS256"], ...options });
}

/**
 * Lets a call through by any of `scopes`.
 *
 * @returns {{ owner: string | undefined }} the only user who may be acted on, where the token was
 *   let through by a `current_user` scope alone
 */
export function requireScope(state, claims, scopes) {
  const granted = (claims.scope ?? "").split(" ").filter((scope) => isHonoured(state, scope));
  const fitting = scopes.filter((scope) => granted.includes(scope));
  if (fitting.length === 0) throw insufficientScope(scopes);
  const restricted = fitting.every((scope) => CURRENT_USER_SCOPES.includes(scope));
  return { owner: restricted ? claims.sub : undefined, granted };
}

export const insufficientScope = (scopes) =>
  new ApiError("insufficient_scope", `Insufficient scope, expected any of: ${scopes.join(",")}`);

const OLDER = new Set(["create:current_user_metadata", "delete:current_user_metadata"]);
const isHonoured = (state, scope) => state.settings.honoursOlderScopes || !OLDER.has(scope);

function refusalOf(error) {
  if (error instanceof joseErrors.JWTExpired) return "expired_token";
  if (error instanceof joseErrors.JWSSignatureVerificationFailed) return "invalid_signature";
  return "invalid_token";
}
