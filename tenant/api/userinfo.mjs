import { CLAIMS, profileClaims } from "../oidc/accounts.mjs";
import { readJws } from "../keys/jws.mjs";
import { verifyAccessToken } from "./bearer.mjs";

const CORS = {
  "access-control-allow-origin": "*",
  "access-control-allow-credentials": "false",
  "access-control-expose-headers": "X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset",
};

/** Is this a request for /userinfo with a JWT, which oidc-provider would not take there? */
export const isJwtUserinfo = (req) =>
  ["GET", "POST"].includes(req.method) && readJws(tokenOf(req)) !== undefined;

/** Answers /userinfo for an access token that is a JWT. */
export async function handleJwtUserinfo(state, issuer, req, res) {
  let claims;
  try {
    claims = await verifyAccessToken(state, issuer, tokenOf(req));
  } catch {
    return refuse(res, 401, "invalid_token");
  }
  const scopes = (claims.scope ?? "").split(" ");
  const user = state.users.get(claims.sub);
  if (!user) return refuse(res, 401, "invalid_token");
  if (!scopes.includes("openid")) return refuse(res, 403, "insufficient_scope");
  const names = scopes.flatMap((scope) => CLAIMS[scope] ?? []);
  const known = Object.entries(profileClaims(user));
  res.writeHead(200, { ...CORS, "content-type": "application/json; charset=utf-8" });
  return res.end(
    JSON.stringify(
      Object.fromEntries(known.filter(([name, value]) => names.includes(name) && value != null)),
    ),
  );
}

function refuse(res, status, error) {
  res.writeHead(status, {
    ...CORS,
    "content-type": "text/plain; charset=utf-8",
    "www-authenticate": `Bearer realm="Users", error="${error}"`,
  });
  res.end(status === 401 ? "Unauthorized" : "Forbidden");
}

const tokenOf = (req) => (req.headers.authorization ?? "").replace(/^bearer +/i, "");
