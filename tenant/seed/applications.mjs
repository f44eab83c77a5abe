import { CURRENT_USER_SCOPES, MACHINE_SCOPES } from "./scopes.mjs";

/**
 * Stands in a list of allowed URLs for "any http URL on loopback", because test pages are served
 * from random ports. Auth0 has no such entry.
 */
export const ANY_LOOPBACK_URL = "http://loopback.invalid/*";

/** Secret of the machine-to-machine application: for this tenant only, and known to everybody. */
export const MACHINE_SECRET = "local-m2m-secret-for-development-only";

const singlePage = {
  app_type: "spa",
  token_endpoint_auth_method: "none",
  callbacks: [ANY_LOOPBACK_URL],
  allowed_logout_urls: [ANY_LOOPBACK_URL],
  web_origins: [ANY_LOOPBACK_URL],
  current_user_scopes: CURRENT_USER_SCOPES,
};

/** Applications of the tenant, named as `GET /api/v2/clients` names their fields. */
export const seedApplications = () =>
  structuredClone([
    {
      ...singlePage,
      client_id: "local-spa",
      name: "Account page",
      grant_types: ["implicit", "authorization_code"],
    },
    {
      ...singlePage,
      client_id: "local-spa-code-only",
      name: "Account page without the implicit grant",
      grant_types: ["authorization_code"],
    },
    {
      client_id: "local-m2m",
      name: "Backend job",
      app_type: "non_interactive",
      token_endpoint_auth_method: "client_secret_post",
      grant_types: ["client_credentials"],
      client_secret: MACHINE_SECRET,
      callbacks: [],
      allowed_logout_urls: [],
      web_origins: [],
      current_user_scopes: [],
    },
  ]);

/** @param {string} audience identifier of the Management API */
export const seedGrants = (audience) => [
  { id: "cgr_local0000000001", client_id: "local-m2m", audience, scope: [...MACHINE_SCOPES] },
];

export const seedConnections = () => [
  connection("con_local0000000001", "Username-Password-Authentication", "auth0"),
  connection("con_local0000000002", "google-oauth2", "google-oauth2"),
  connection("con_local0000000003", "github", "github"),
];

export const seedOrganizations = () => [
  {
    id: "org_Zx8kQmT1vB3nR5yL",
    name: "acme",
    display_name: "Acme",
    members: ["auth0|5a620d29a840170a9ef43672", "google-oauth2|103547991597142817347"],
  },
];

function connection(id, name, strategy) {
  return {
    id,
    name,
    strategy,
    options: {},
    realms: [name],
    is_domain_connection: false,
    enabled_clients: ["local-spa", "local-spa-code-only"],
  };
}
