import { errors } from "oidc-provider";

/** ID token and /userinfo claims by scope. `sid` and the organization need no scope of their own. */
export const CLAIMS = {
  openid: ["sub", "sid", "org_id", "org_name"],
  profile: ["name", "given_name", "family_name", "nickname", "picture", "updated_at"],
  email: ["email", "email_verified"],
  phone: ["phone_number", "phone_number_verified"],
  address: ["address"],
};

/** Checks a login form's fields: the user's id, or `undefined`. */
export function authenticate(state, { email, password, connection }) {
  const login = state.logins.get(email.trim().toLowerCase());
  if (!login || login.password !== password) return undefined;
  const user = findUserByIdentity(state, login.identity);
  const identity = user?.identities.find((entry) => identityId(entry) === login.identity);
  if (!identity || (connection && identity.connection !== connection)) return undefined;
  return user.user_id;
}

/** The user who owns this identity. A linked identity is its primary user's: it has no other. */
export function findUserByIdentity(state, id) {
  for (const user of state.users.values()) {
    if (user.identities.some((identity) => identityId(identity) === id)) return user;
  }
  return undefined;
}

/** `provider|user_id` of one element of `identities`. */
export const identityId = ({ provider, user_id }) => `${provider}|${user_id}`;

/** Claims about a user, of which the granted scopes then let through their part. */
export function profileClaims(user) {
  return {
    sub: user.user_id,
    name: user.name,
    given_name: user.given_name,
    family_name: user.family_name,
    nickname: user.nickname,
    picture: user.picture,
    updated_at: user.updated_at,
    email: user.email,
    email_verified: user.email_verified,
    phone_number: user.phone_number,
    phone_number_verified: user.phone_verified,
  };
}

/** `findAccount` of oidc-provider. */
export function createFindAccount(state) {
  return (ctx, id) => {
    const user = state.users.get(id);
    if (!user) return undefined;
    return {
      accountId: id,
      claims: async () => ({ ...profileClaims(user), ...sessionClaims(state, ctx) }),
    };
  };
}

/** What the ID token says of the session: at the token endpoint it has to be remembered. */
function sessionClaims(state, ctx) {
  if (ctx.oidc.route === "token") return state.codeContexts.get(ctx.oidc.params.code);
  if (!ctx.oidc.session) return undefined;
  return {
    sid: ctx.oidc.session.sidFor(ctx.oidc.client.clientId),
    ...organizationClaims(state, ctx),
  };
}

/** `org_id` and `org_name` where the authorization request names an organization. */
export function organizationClaims(state, ctx) {
  if (ctx.oidc.route === "token") {
    const { org_id, org_name } = state.codeContexts.get(ctx.oidc.params.code) ?? {};
    return { org_id, org_name };
  }
  const organization = findOrganization(state, ctx.oidc.params.organization);
  return organization ? { org_id: organization.id, org_name: organization.name } : {};
}

/** Refuses users whom Auth0 would refuse after a correct password. */
export function checkMayLogIn(state, ctx) {
  const user = state.users.get(ctx.oidc.account.accountId);
  if (user.blocked) throw new errors.CustomOIDCProviderError("unauthorized", "user is blocked");

  const { organization: name } = ctx.oidc.params;
  if (name === undefined) return;
  const organization = findOrganization(state, name);
  if (!organization) {
    throw new errors.InvalidRequest("parameter organization is invalid");
  }
  if (!organization.members.includes(user.user_id)) {
    throw new errors.AccessDenied(
      `user ${user.user_id} is not part of the ${organization.id} organization`,
    );
  }
}

function findOrganization(state, idOrName) {
  if (!idOrName) return undefined;
  return [...state.organizations.values()].find(({ id, name }) =>
    idOrName.startsWith("org_") ? id === idOrName : name === idOrName.toLowerCase(),
  );
}
