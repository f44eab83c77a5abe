// Measures making the URL of a sign-in, including how each library stores the pending sign-in.
import { Auth0Client } from "@auth0/auth0-spa-js";
import { createCurrentUserClient } from "auth0-current-user";
import { WebAuth } from "auth0-js";
import { OidcClient, WebStorageStateStore } from "oidc-client-ts";
import { alternate } from "./alternate.js";
import * as base64url from "./base64url.js";

const SCOPES = ["profile", "email", "read:current_user", "update:current_user_metadata"];
const scope = ["openid", ...SCOPES].join(" ");

/** Empty storage, as for a visitor who signs in. */
const empty = () => {
  sessionStorage.clear();
  localStorage.clear();
  for (const cookie of document.cookie.split("; "))
    document.cookie = `${cookie.split("=")[0]}=;max-age=0`;
};

const check = (url) => {
  const { searchParams } = new URL(url);
  for (const name of [
    "audience",
    "client_id",
    "redirect_uri",
    "response_type",
    "scope",
    "state",
    "login_hint",
  ])
    if (!searchParams.get(name)) throw new Error(`no ${name} in ${url}`);
  return url;
};

/** The implicit grant: this package, auth0-js, and handwritten code with and without storage. */
export async function implicit({ domain, clientId, redirectUri, how }) {
  const audience = `http://${domain}/api/v2/`;
  const client = await createCurrentUserClient({ domain, clientId, redirectUri, scopes: SCOPES });
  const auth = new WebAuth({
    domain,
    clientID: clientId,
    redirectUri,
    scope,
    audience,
    responseType: "token id_token",
  });
  const random = () => base64url.encode(crypto.getRandomValues(new Uint8Array(32)));
  const byHand = (state, nonce) =>
    `http://${domain}/authorize?${new URLSearchParams({
      audience,
      scope,
      response_type: "token id_token",
      client_id: clientId,
      redirect_uri: redirectUri,
      nonce,
      state,
      login_hint: "ada@example.com",
      ui_locales: "de en",
    })}`;
  const subjects = {
    "auth0-current-user": () =>
      client.buildAuthorizeUrl({ loginHint: "ada@example.com", uiLocales: "de en" }),
    // What auth0-js's `authorize` does before it leaves the page.
    "auth0-js": () =>
      auth.client.buildAuthorizeUrl(
        auth.transactionManager.process({
          ...{ clientID: clientId, redirectUri, scope, audience, responseType: "token id_token" },
          ...{ login_hint: "ada@example.com", ui_locales: "de en" },
        }),
      ),
    "URLSearchParams, stored": () => {
      const [state, nonce] = [random(), random()];
      const pending = {
        state,
        nonce,
        clientId,
        redirectUri,
        scope,
        issuer: `http://${domain}/`,
        createdAt: Date.now(),
      };
      sessionStorage.setItem(`pending.${state}`, JSON.stringify(pending));
      return byHand(state, nonce);
    },
    "URLSearchParams alone": () => byHand(random(), random()),
  };
  return measure(subjects, how);
}

/** The code flow with PKCE. */
export async function code({ domain, clientId, redirectUri, how }) {
  const audience = `http://${domain}/api/v2/`;
  const client = await createCurrentUserClient({
    domain,
    clientId,
    redirectUri,
    scopes: SCOPES,
    flow: "code",
  });
  const spa = new Auth0Client({
    domain,
    clientId,
    authorizationParams: { redirect_uri: redirectUri, scope, audience },
  });
  const oidc = new OidcClient({
    authority: `http://${domain}`,
    client_id: clientId,
    redirect_uri: redirectUri,
    scope,
    stateStore: new WebStorageStateStore({ store: sessionStorage }),
    metadata: { issuer: `http://${domain}/`, authorization_endpoint: `http://${domain}/authorize` },
  });
  const subjects = {
    "auth0-current-user": () =>
      client.buildAuthorizeUrl({ loginHint: "ada@example.com", uiLocales: "de en" }),
    "auth0-spa-js": async () => {
      let address;
      await spa.loginWithRedirect({
        authorizationParams: { login_hint: "ada@example.com", ui_locales: "de en" },
        openUrl: (url) => void (address = url),
      });
      return address;
    },
    "oidc-client-ts": async () =>
      (
        await oidc.createSigninRequest({
          login_hint: "ada@example.com",
          ui_locales: "de en",
          extraQueryParams: { audience },
        })
      ).url,
  };
  return measure(subjects, how);
}

async function measure(subjects, how) {
  for (const run of Object.values(subjects)) {
    const [first, second] = [check(await run()), check(await run())];
    if (first === second) throw new Error("two sign-ins have one state");
  }
  const timed = Object.entries(subjects).map(([name, run]) => [name, { prepare: empty, run }]);
  return alternate(Object.fromEntries(timed), how);
}
