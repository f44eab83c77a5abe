import { createCurrentUserClient } from "auth0-current-user";

/** The main job: sign in, take the response, show the profile. */
export async function start({ domain, clientId, redirectUri }) {
  const client = await createCurrentUserClient({
    domain,
    clientId,
    redirectUri,
    scopes: ["read:current_user"],
  });
  return {
    signIn: () => client.loginWithRedirect(),
    handle: () => client.handleRedirectCallback(),
    profile: () => client.getUser(),
  };
}
