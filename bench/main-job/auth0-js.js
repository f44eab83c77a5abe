import { Management, WebAuth } from "auth0-js";

/** The same job with Auth0's library for the implicit grant. */
export async function start({ domain, clientId, redirectUri }) {
  const auth = new WebAuth({
    domain,
    clientID: clientId,
    redirectUri,
    responseType: "token id_token",
    scope: "openid read:current_user",
    audience: `https://${domain}/api/v2/`,
  });
  let session;
  return {
    signIn: () => auth.authorize(),
    handle: () =>
      new Promise((resolve, reject) =>
        auth.parseHash((error, result) => (error ? reject(error) : resolve((session = result)))),
      ),
    profile: () =>
      new Promise((resolve, reject) =>
        new Management({ domain, token: session.accessToken }).getUser(
          session.idTokenPayload.sub,
          (error, user) => (error ? reject(error) : resolve(user)),
        ),
      ),
  };
}
