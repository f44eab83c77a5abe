import { ANY_LOOPBACK_URL } from "../seed/applications.mjs";

const LOOPBACK_HOSTS = new Set(["localhost", "127.0.0.1", "[::1]"]);

const RESPONSE_TYPES = { implicit: ["id_token token", "id_token"], authorization_code: ["code"] };

/** May `url` be used where `allowed` (an application's list) is the rule? Exact, as Auth0 does. */
export function isAllowedUrl(allowed, url) {
  return allowed.includes(url) || (allowed.includes(ANY_LOOPBACK_URL) && isLoopbackUrl(url));
}

/** @param {{ applications: Map }} state */
export function isAllowedOrigin(state, origin) {
  return [...state.applications.values()].some(({ web_origins, callbacks }) =>
    [...web_origins, ...callbacks].some((allowed) =>
      allowed === ANY_LOOPBACK_URL ? isLoopbackUrl(origin) : originOf(allowed) === origin,
    ),
  );
}

/** An application as oidc-provider wants to see it. */
export function toClientMetadata(application) {
  const redirectUris = application.callbacks.filter((url) => url !== ANY_LOOPBACK_URL);
  const redirects = application.grant_types.some((type) => type in RESPONSE_TYPES);
  return {
    client_id: application.client_id,
    ...(application.client_secret && { client_secret: application.client_secret }),
    grant_types: application.grant_types,
    response_types: application.grant_types.flatMap((type) => RESPONSE_TYPES[type] ?? []),
    // A list is demanded of clients that redirect; what counts is `redirectUriAllowed`, below.
    redirect_uris: redirects && redirectUris.length === 0 ? ["http://localhost/"] : redirectUris,
    token_endpoint_auth_method: application.token_endpoint_auth_method,
  };
}

/**
 * Teaches a Provider the two things that Auth0 allows and it does not: plain http on localhost for
 * the implicit grant (the maintainer's own recipe), and the applications' lists of URLs.
 */
export function relaxClientRules(provider, applications) {
  const { Client } = provider;
  const { invalidate } = Client.Schema.prototype;
  Client.Schema.prototype.invalidate = function invalidateUnlessLocal(message, code) {
    if (code === "implicit-force-https" || code === "implicit-forbid-localhost") return;
    invalidate.call(this, message, code);
  };
  Client.prototype.redirectUriAllowed = function redirectUriAllowed(url) {
    return isAllowedUrl(applications.get(this.clientId)?.callbacks ?? [], url);
  };
  Client.prototype.postLogoutRedirectUriAllowed = function postLogoutRedirectUriAllowed(url) {
    return isAllowedUrl(applications.get(this.clientId)?.allowed_logout_urls ?? [], url);
  };
}

function isLoopbackUrl(text) {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url?.protocol === "http:" && LOOPBACK_HOSTS.has(url.hostname) && !text.includes("#");
}

const originOf = (text) => (URL.canParse(text) ? new URL(text).origin : undefined);
