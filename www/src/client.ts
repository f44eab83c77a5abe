// The one client of this page, and what it asks for.
import {
  createCurrentUserClient,
  type CurrentUserClient,
  type CurrentUserScope,
} from "auth0-current-user";

/** Host of the tenant; the page names it, so that people see where they are sent. */
export const domain: string = import.meta.env.VITE_AUTH0_DOMAIN;
export const clientId: string = import.meta.env.VITE_AUTH0_CLIENT_ID;
/** The tenant's own host, where `domain` is its custom domain; nothing where it is not set. */
export const tenantDomain: string | undefined =
  import.meta.env.VITE_AUTH0_TENANT_DOMAIN || undefined;

/** Everything a signed-in user can be permitted. A real page asks for what it uses: `scopesFor("getUser", …)`. */
export const ALL_SCOPES: readonly CurrentUserScope[] = [
  "read:current_user",
  "update:current_user_identities",
  "create:current_user_metadata",
  "update:current_user_metadata",
  "delete:current_user_metadata",
  "create:current_user_device_credentials",
  "delete:current_user_device_credentials",
];

/** What goes along with each sign-in: the scopes that were chosen, and who it is, for the ID token. */
export const asking = (scopes: readonly CurrentUserScope[]) =>
  ["profile", "email", ...scopes] as const;

/** This very page, without what it carries behind "?" and "#": where the tenant sends people back to. */
export const thisPage: string = new URL(location.pathname, location.origin).href;

export const createClient = (): Promise<CurrentUserClient> =>
  createCurrentUserClient({
    domain,
    clientId,
    redirectUri: thisPage,
    scopes: asking(ALL_SCOPES),
    ...(tenantDomain && { tenantDomain }),
  });
