/**
 * Where Auth0 and oidc-provider say the same thing in different words. Nothing here decides whether
 * somebody may sign in.
 */

/** Request parameters of Auth0's that oidc-provider should carry through the login page. */
export const AUTH0_PARAMETERS = [
  "audience",
  "connection",
  "connection_scope",
  "organization",
  "invitation",
  "screen_hint",
  "auth0Client",
];

/** Notes to ourselves on a request: they survive the login page, and nobody else may set them. */
export const MARKERS = ["only_token", "openid_implied"];

/**
 * Auth0 takes `response_type=token` alone, and ID tokens asked for without `openid`, as the
 * implicit example of its documentation has it; oidc-provider takes neither.
 *
 * @param {string} path path and query of a GET /authorize
 */
export function translateAuthorizePath(path) {
  const [pathname, ...query] = path.split("?");
  const params = new URLSearchParams(query.join("?"));
  for (const marker of MARKERS) params.delete(marker);

  const responseTypes = (params.get("response_type") ?? "").split(" ");
  const implicit = !responseTypes.includes("code");
  const scopes = (params.get("scope") ?? "").split(" ").filter(Boolean);
  if (responseTypes.length === 1 && responseTypes[0] === "token") {
    params.set("response_type", "id_token token");
    if (!params.has("nonce")) params.set("nonce", "unused");
    params.set("only_token", "1");
  }
  if (implicit && !scopes.includes("openid")) {
    params.set("scope", ["openid", ...scopes].join(" "));
    params.set("openid_implied", "1");
  }
  return `${pathname}?${params}`;
}

/** The other half of `translateAuthorizePath`, on the parameters about to be sent. */
export function translateAuthorizationResponse(ctx, response) {
  if (ctx.oidc.params.only_token) delete response.id_token;
  // Auth0 is not known to send RFC 9207's parameter.
  delete response.iss;
}

/** Middleware: gives error responses, and the token endpoint's errors, Auth0's words. */
export async function speakAuth0(ctx, next) {
  await next();
  const location = ctx.response.get("location");
  const isAuthorization = ["authorization", "resume"].includes(ctx.oidc?.route);
  if (isAuthorization && /[?#&]error=/.test(location)) {
    ctx.set("location", translateError(location));
  }
  if (ctx.oidc?.route === "token" && ctx.body?.error) {
    const { status, ...body } = tokenError(ctx.body, ctx.oidc.params?.grant_type, ctx.status);
    ctx.status = status;
    ctx.body = body;
  }
}

/** @param {string} location a redirect whose query or fragment holds an error response */
function translateError(location) {
  const [, address, sign, text] = /^([^?#]*(?:\?[^#]*(?=#))?)([?#])(.*)$/.exec(location);
  const params = new URLSearchParams(text);
  params.delete("iss");
  if (params.get("error_description")?.startsWith("requested response_type is not allowed")) {
    params.set("error", "unauthorized_client");
    params.set("error_description", "Grant type not allowed for the client.");
  }
  return `${address}${sign}${params}`;
}

function tokenError({ error, error_description }, grantType, status) {
  switch (error) {
    case "invalid_client":
      return { status: 401, error: "access_denied", error_description: "Unauthorized" };
    case "invalid_grant":
      return {
        status: 403,
        error,
        error_description: error_description?.includes("PKCE")
          ? "Failed to verify code verifier"
          : "Invalid authorization code",
      };
    case "unsupported_grant_type":
      return { status: 403, error, error_description: `Unsupported grant type: ${grantType}` };
    case "invalid_request":
      return error_description?.includes("not allowed for this client")
        ? {
            status: 403,
            error: "unauthorized_client",
            error_description: `Grant type '${grantType}' not allowed for the client.`,
          }
        : { status, error, error_description };
    default:
      return { status, error, error_description };
  }
}

/**
 * /oauth/token also takes JSON, which OAuth 2.0 does not know and oidc-provider will not read.
 *
 * @param {string} text a body of type application/json
 * @returns {string | undefined} the same as a form; `undefined` where it is no JSON object
 */
export function jsonToForm(text) {
  let fields;
  try {
    fields = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof fields !== "object" || fields === null || Array.isArray(fields)) return undefined;
  const present = Object.entries(fields).filter(([, value]) => value !== null);
  return new URLSearchParams(present.map(([name, value]) => [name, String(value)])).toString();
}
