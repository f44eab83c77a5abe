import { errors, interactionPolicy, Provider } from "oidc-provider";

import { IDENTITY_SCOPES } from "../seed/scopes.mjs";
import { CLAIMS, checkMayLogIn, createFindAccount, organizationClaims } from "./accounts.mjs";
import { createAdapter } from "./adapter.mjs";
import { createAudiences } from "./audiences.mjs";
import { relaxClientRules, toClientMetadata } from "./clients.mjs";
import {
  AUTH0_PARAMETERS,
  MARKERS,
  speakAuth0,
  translateAuthorizationResponse,
} from "./dialect.mjs";
import { errorPage, logoutPage, signedOutPage } from "./pages.mjs";
import { applyTokenFaults, rewriteLocation } from "../fault-engine/tokens.mjs";

const ROUTES = {
  authorization: "/authorize",
  token: "/oauth/token",
  userinfo: "/userinfo",
  jwks: "/.well-known/jwks.json",
  end_session: "/oidc/logout",
  revocation: "/oauth/revoke",
};

/**
 * The authorization server: oidc-provider, configured to behave as an Auth0 tenant does. Its keys
 * cannot be changed, so that a change of keys means calling this again.
 *
 * @param {object} state as made by `createState`
 * @param {{ issuer: string, cookiePrefix: string }} host
 */
export function createProvider(state, { issuer, cookiePrefix }) {
  const audiences = createAudiences(state);
  const findClient = (id) => {
    const application = state.applications.get(id);
    return application && toClientMetadata(application);
  };

  const provider = new Provider(issuer, {
    adapter: createAdapter(state.oidcRecords, findClient),
    jwks: { keys: state.keys.privateJwks },
    cookies: {
      keys: state.cookieKeys,
      // Cookies know no port: without a prefix two hosts on localhost would share a session.
      names: {
        session: `${cookiePrefix}auth0`,
        interaction: `${cookiePrefix}auth0_login`,
        resume: `${cookiePrefix}auth0_resume`,
      },
    },
    routes: ROUTES,
    responseTypes: ["code", "id_token", "id_token token"],
    scopes: IDENTITY_SCOPES,
    claims: CLAIMS,
    conformIdTokenClaims: false,
    findAccount: createFindAccount(state),
    extraParams: {
      ...Object.fromEntries([...AUTH0_PARAMETERS, ...MARKERS].map((name) => [name, null])),
      connection: (ctx, name) => checkConnection(state, name),
    },
    clientBasedCORS: () => true,
    pkce: { required: () => true },
    clientDefaults: { id_token_signed_response_alg: "RS256" },
    interactions: { url: (ctx, { uid }) => `/u/login/${uid}`, policy: createPolicy() },
    loadExistingGrant: async (ctx) => {
      checkMayLogIn(state, ctx);
      return audiences.grantSilently(ctx);
    },
    // Each sign-in has a grant of its own and a session remembers the newest alone: bound to it, the
    // code or opaque token of another tab would end as soon as a second one signs in.
    expiresWithSession: async () => false,
    formats: { customizers: { jwt: audiences.writeAccessToken } },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      resourceIndicators: audiences.resourceIndicators,
      revocation: { enabled: true },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx, form) => respondWith(ctx, logoutPage(form)),
        postLogoutSuccessSource: (ctx) => respondWith(ctx, signedOutPage()),
      },
      webMessageResponseMode: { enabled: true, ack: "individual-draft-01" },
    },
    renderError: (ctx, out) => respondWith(ctx, errorPage(out)),
    ttl: {
      AccessToken: (ctx, token) =>
        token.gty === "authorization_code"
          ? state.settings.codeAccessTokenSeconds
          : state.settings.implicitAccessTokenSeconds,
      ClientCredentials: () => state.settings.machineTokenSeconds,
      IdToken: () => state.settings.idTokenSeconds,
      AuthorizationCode: 600,
      Grant: 86_400,
      Interaction: 3600,
      Session: 86_400,
    },
  });

  relaxClientRules(provider, state.applications);
  provider.silent = true;
  provider.use(speakAuth0);
  provider.use((ctx, next) => faultyMiddleware(state, ctx, next));
  provider.on("authorization.success", (ctx, response) => {
    if (response.code) {
      state.codeContexts.set(response.code, {
        sid: ctx.oidc.session.sidFor(ctx.oidc.client.clientId),
        ...organizationClaims(state, ctx),
      });
    }
    translateAuthorizationResponse(ctx, response);
    applyTokenFaults(state, response, ctx.oidc.params);
  });
  provider.on("server_error", (ctx, error) => state.internalErrors.push(error));
  return provider;
}

function createPolicy() {
  const { Prompt, base } = interactionPolicy;
  const policy = base();
  policy.add(new Prompt({ name: "select_account", requestable: true }), 0);
  policy.get("login").checks.get("no_session").description = "Login required";
  return policy;
}

function checkConnection(state, name) {
  if (name === undefined) return;
  if ([...state.connections.values()].some((connection) => connection.name === name)) return;
  throw new errors.InvalidRequest("the connection was not found");
}

/** Faults that show in what oidc-provider has made already: redirects and token responses. */
async function faultyMiddleware(state, ctx, next) {
  await next();
  if (ctx.oidc?.route === "token" && ctx.body?.access_token) {
    applyTokenFaults(state, ctx.body, ctx.oidc.params);
  }
  const location = ctx.response.get("location");
  const redirectUri = ctx.oidc?.params?.redirect_uri;
  if (location && redirectUri && location.startsWith(redirectUri)) {
    ctx.set("location", rewriteLocation(state, location, ctx.oidc.params));
  }
}

function respondWith(ctx, html) {
  ctx.type = "html";
  ctx.body = html;
}
