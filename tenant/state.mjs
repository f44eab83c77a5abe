import { randomBytes } from "node:crypto";

import { createFaults } from "./fault-engine/index.mjs";
import { createSigningKeys } from "./keys/signing-keys.mjs";
import {
  seedApplications,
  seedConnections,
  seedGrants,
  seedOrganizations,
} from "./seed/applications.mjs";
import { seedUsers } from "./seed/users.mjs";

const LOG_LIMIT = 20_000;

const defaultSettings = () => ({
  /** Lifetime of an access token from the implicit grant; Auth0's sample says 7200. */
  implicitAccessTokenSeconds: 7200,
  codeAccessTokenSeconds: 86_400,
  machineTokenSeconds: 86_400,
  idTokenSeconds: 36_000,
  /** How long browsers may keep the key set: a client that refetches it must ask past the cache. */
  keySetMaxAgeSeconds: 15,
  /** A known `login_hint` signs in without the login page. */
  autoLogin: false,
  /** Auth0's newest reference no longer lists `create:current_user_metadata` and
   *  `delete:current_user_metadata`; `false` plays a tenant that refuses them. */
  honoursOlderScopes: true,
  rateLimit: { limit: 1000, windowSeconds: 1, retryAfter: false, exposed: true },
});

/**
 * Everything the tenant knows, in plain Maps and arrays that tests may look into. One state serves
 * every host name of the tenant.
 *
 * @param {{ origin: string, users?: object[], applications?: object[], settings?: object }} options
 */
export function createState({ origin, users, applications, settings }) {
  const state = {
    origin,
    audience: `${origin}/api/v2/`,
    users: new Map(),
    /** e-mail → { password, identity: "provider|user_id" } */
    logins: new Map(),
    enrollments: new Map(),
    deviceCredentials: new Map(),
    applications: new Map(),
    grants: new Map(),
    connections: new Map(),
    organizations: new Map(),
    /** What oidc-provider stores: sessions, interactions, codes. Outlives a change of keys. */
    oidcRecords: new Map(),
    /** What Auth0 remembers with a code and oidc-provider does not, by code. */
    codeContexts: new Map(),
    rateLimitWindows: new Map(),
    settings: {},
    keys: createSigningKeys(),
    faults: createFaults(),
    /** Every request received, oldest first; the control surface's own are left out. */
    log: [],
    /** Errors of the tenant itself. Tests can demand that this stays empty. */
    internalErrors: [],
    cookieKeys: [randomBytes(16).toString("base64url")],
  };

  const stores = Object.values(state).filter((value) => value instanceof Map);

  /** Puts the seed data back: as after start, on the same port. */
  state.reset = () => {
    for (const store of stores) store.clear();
    for (const user of structuredClone(users ?? seedUsers(origin))) addUser(state, user);
    for (const application of structuredClone(applications ?? seedApplications())) {
      state.applications.set(application.client_id, application);
    }
    for (const grant of seedGrants(state.audience)) state.grants.set(grant.id, grant);
    for (const connection of seedConnections()) state.connections.set(connection.id, connection);
    for (const organization of seedOrganizations()) {
      state.organizations.set(organization.id, organization);
    }
    Object.assign(state.settings, defaultSettings(), structuredClone(settings));
    state.keys.reset();
    state.faults.clear();
    state.clearLog();
  };

  state.clearLog = () => {
    state.log.length = 0;
    state.internalErrors.length = 0;
  };

  state.record = (entry) => {
    state.log.push(entry);
    if (state.log.length > LOG_LIMIT) state.log.shift();
  };

  state.reset();
  return state;
}

/** Adds a user given as in `seed/users.mjs`; fills in what a short record leaves out. */
function addUser(state, { password, enrollments = [], logins = [], ...given }) {
  const now = new Date().toISOString();
  const user_id = given.user_id ?? `auth0|${randomBytes(12).toString("hex")}`;
  const [provider, ...rest] = user_id.split("|");
  const connection = [...state.connections.values()].find(({ strategy }) => strategy === provider);
  const user = {
    created_at: now,
    updated_at: now,
    email_verified: true,
    identities: [
      {
        connection: connection?.name ?? "Username-Password-Authentication",
        user_id: rest.join("|"),
        provider,
        isSocial: provider !== "auth0",
      },
    ],
    ...given,
    user_id,
  };
  state.users.set(user_id, user);
  state.enrollments.set(user_id, enrollments);
  if (user.email !== undefined && password !== undefined) {
    state.logins.set(user.email.toLowerCase(), { password, identity: user_id });
  }
  for (const { email, ...login } of logins) state.logins.set(email.toLowerCase(), login);
}
