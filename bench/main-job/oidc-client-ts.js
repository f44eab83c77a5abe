import { UserManager } from "oidc-client-ts";

/** The same job with the library for any OpenID provider; it checks no signature. */
export async function start({ domain, clientId, redirectUri }) {
  const manager = new UserManager({
    authority: `https://${domain}`,
    client_id: clientId,
    redirect_uri: redirectUri,
    scope: "openid read:current_user",
    extraQueryParams: { audience: `https://${domain}/api/v2/` },
  });
  let user;
  return {
    signIn: () => manager.signinRedirect(),
    handle: async () => (user = await manager.signinRedirectCallback()),
    profile: async () => {
      const authorization = `Bearer ${user.access_token}`;
      const url = `https://${domain}/api/v2/users/${encodeURIComponent(user.profile.sub)}`;
      return (await fetch(url, { headers: { authorization } })).json();
    },
  };
}
