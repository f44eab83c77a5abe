import { Auth0Client } from "@auth0/auth0-spa-js";

/** The same job with Auth0's library for the code flow, which has no call for the Management API. */
export async function start({ domain, clientId, redirectUri }) {
  const client = new Auth0Client({
    domain,
    clientId,
    authorizationParams: {
      redirect_uri: redirectUri,
      scope: "openid read:current_user",
      audience: `https://${domain}/api/v2/`,
    },
  });
  return {
    signIn: () => client.loginWithRedirect(),
    handle: () => client.handleRedirectCallback(),
    profile: async () => {
      const { sub } = await client.getUser();
      const authorization = `Bearer ${await client.getTokenSilently()}`;
      const url = `https://${domain}/api/v2/users/${encodeURIComponent(sub)}`;
      return (await fetch(url, { headers: { authorization } })).json();
    },
  };
}
