import { errors } from "oidc-provider";

import { CURRENT_USER_SCOPES, IDENTITY_SCOPES } from "../seed/scopes.mjs";
import { organizationClaims } from "./accounts.mjs";

const SECRET_GRANT = "client_credentials";

/**
 * Auth0's `audience`, in terms of oidc-provider's resource indicators: which API the access token
 * is for, which scopes it may carry, and what is written into it.
 */
export function createAudiences(state) {
  return {
    /** features.resourceIndicators */
    resourceIndicators: {
      enabled: true,
      useGrantedResource: async () => true,

      async defaultResource(ctx, client, oneOf) {
        if (oneOf) return oneOf;
        const audience = requestedAudience(ctx);
        if (ctx.oidc.params.grant_type !== SECRET_GRANT) {
          if (audience !== undefined && audience !== state.audience) refuseAudience(audience);
          return audience;
        }
        if (!audience) {
          throw forbidden("Non-global clients are not allowed access to APIv1");
        }
        if (audience !== state.audience) throw forbidden(serviceNotFound(audience));
        const grant = findGrant(state, client.clientId, audience);
        if (!grant) {
          throw forbidden(
            `Client is not authorized to access "${audience}". You need to create a ` +
              '"client-grant" associated to this API.',
          );
        }
        // Without a `scope` the seeds get everything that was granted.
        ctx.oidc.params.scope ??= grant.scope.join(" ");
        return audience;
      },

      async getResourceServerInfo(ctx, audience, client) {
        if (audience !== state.audience) refuseAudience(audience);
        return {
          scope: grantableScopes(state, ctx, client.clientId).join(" "),
          audience,
          accessTokenFormat: "jwt",
          jwt: { sign: { alg: "RS256" } },
        };
      },
    },

    /** formats.customizers.jwt: Auth0's claims instead of RFC 9068's */
    writeAccessToken(ctx, token, jwt) {
      const { client_id, jti, ...claims } = jwt.payload;
      jwt.header = { typ: "JWT" };
      jwt.payload = { ...claims, azp: client_id };
      if (token.kind === "ClientCredentials") {
        Object.assign(jwt.payload, { sub: `${client_id}@clients`, gty: "client-credentials" });
        return;
      }
      Object.assign(jwt.payload, organizationClaims(state, ctx));
      if (token.scope?.split(" ").includes("openid")) {
        jwt.payload.aud = [claims.aud, `${claims.iss}userinfo`];
      }
    },

    /** Grants silently what may be granted: no consent is asked of a first-party application. */
    async grantSilently(ctx) {
      const { provider, client, account, params, resourceServers } = ctx.oidc;
      const grant = new provider.Grant({
        accountId: account.accountId,
        clientId: client.clientId,
      });
      grant.addOIDCScope(IDENTITY_SCOPES.join(" "));
      for (const [audience, { scope }] of Object.entries(resourceServers)) {
        grant.addResourceScope(audience, scope);
        // `openid` that only the dialect added must not show in the access token.
        if (params.openid_implied) grant.rejectResourceScope(audience, "openid");
      }
      await grant.save();
      return grant;
    },
  };
}

function requestedAudience(ctx) {
  const audience = ctx.oidc.params.audience ?? ctx.oidc.body?.audience;
  return audience === "" ? undefined : audience;
}

function grantableScopes(state, ctx, clientId) {
  if (ctx.oidc.params.grant_type === SECRET_GRANT) {
    return findGrant(state, clientId, state.audience)?.scope ?? [];
  }
  const allowed = state.applications.get(clientId)?.current_user_scopes ?? [];
  return [...IDENTITY_SCOPES, ...CURRENT_USER_SCOPES.filter((scope) => allowed.includes(scope))];
}

const findGrant = (state, clientId, audience) =>
  [...state.grants.values()].find(
    (grant) => grant.client_id === clientId && grant.audience === audience,
  );

const serviceNotFound = (audience) => `Service not found: ${audience}`;

function refuseAudience(audience) {
  throw new errors.AccessDenied(serviceNotFound(audience));
}

function forbidden(description) {
  const error = new errors.AccessDenied(description);
  error.status = 403;
  error.statusCode = 403;
  return error;
}
