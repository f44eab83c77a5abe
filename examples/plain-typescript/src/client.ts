// The one client of this application, and what it asks for.
import { createCurrentUserClient, scopesFor, type CurrentUserClient } from "auth0-current-user";

export const createClient = (): Promise<CurrentUserClient> =>
  createCurrentUserClient({
    domain: import.meta.env.VITE_AUTH0_DOMAIN,
    clientId: import.meta.env.VITE_AUTH0_CLIENT_ID,
    redirectUri: `${location.origin}/`,
    scopes: ["profile", ...scopesFor("getUser", "patchUserMetadata")],
  });

/** What this application keeps in `user_metadata`. */
export interface Preferences {
  theme?: "light" | "dark";
}
