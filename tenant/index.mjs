import { createFrontDoor } from "./http/front-door.mjs";
import { createHost } from "./http/host.mjs";
import { listenOnLoopback } from "./http/listen.mjs";
import { readJws, signJws } from "./keys/jws.mjs";
import { createState } from "./state.mjs";

/**
 * Starts a local stand-in for an Auth0 tenant: authorization server, login page and Management API,
 * on loopback only.
 *
 * @param {object} [options]
 * @param {number} [options.port] default: any free port
 * @param {string} [options.host] `localhost` (both address families), `127.0.0.1`, `::1`, or a name
 *   below `localhost`
 * @param {object[]} [options.users] instead of the seeded ones, in the form of `seed/users.mjs`
 * @param {object[]} [options.applications] instead of the seeded ones, as in `seed/applications.mjs`
 * @param {boolean} [options.autoLogin] a known `login_hint` signs in without the login page
 * @param {boolean | { host?: string, port?: number }} [options.customDomain] a second host name,
 *   with an issuer of its own and the same audience
 * @param {object} [options.settings] initial settings, see `configure`
 */
export async function startTenant({
  port = 0,
  host = "localhost",
  users,
  applications,
  autoLogin = false,
  customDomain = false,
  settings = {},
} = {}) {
  const doors = [];
  let tenant;

  // The port must be known before anything that has an issuer can be made.
  const open = async (place, cookiePrefix, getState) => {
    const door = { handler: (req, res) => res.writeHead(503).end() };
    const listener = await listenOnLoopback({
      ...place,
      handler: (...call) => door.handler(...call),
    });
    doors.push(listener);
    const name = place.host === "::1" ? "[::1]" : place.host;
    const origin = `http://${name}:${listener.port}`;
    const state = getState(origin);
    const part = createHost(state, { origin, cookiePrefix });
    door.start = () => {
      door.handler = createFrontDoor(tenant, state, part);
    };
    return { door, part, state };
  };

  const main = await open({ host, port }, "", (origin) =>
    createState({ origin, users, applications, settings: { ...settings, autoLogin } }),
  );
  const { state } = main;
  const custom = customDomain
    ? await open({ host, port: 0, ...customDomain }, "custom_", () => state)
    : undefined;

  tenant = createTenant({ state, main: main.part, custom: custom?.part, doors });
  main.door.start();
  custom?.door.start();
  return tenant;
}

function createTenant({ state, main, custom, doors }) {
  const place = ({ origin, issuer }) => ({ domain: new URL(origin).host, issuer, url: issuer });
  return {
    ...place(main),
    audience: state.audience,
    /** The second host name, `{ domain, issuer, url }`, where `customDomain` was asked for. */
    customDomain: custom && place(custom),

    users: state.users,
    logins: state.logins,
    enrollments: state.enrollments,
    deviceCredentials: state.deviceCredentials,
    applications: state.applications,
    grants: state.grants,
    connections: state.connections,
    organizations: state.organizations,
    settings: state.settings,
    faults: state.faults,
    log: state.log,
    internalErrors: state.internalErrors,

    reset: state.reset,
    clearLog: state.clearLog,
    /** Closes the connections that nobody uses at the moment, so that the next request opens its own. */
    hangUp: () => doors.forEach((door) => door.hangUp()),
    close: async () => {
      await Promise.all(doors.map((door) => door.close()));
    },

    /** Public JWKs, the signing one first. */
    get keys() {
      return state.keys.publicJwks;
    },
    rotateKeys: (options) => state.keys.rotate(options),

    /** Changes settings by name; `rateLimit` is merged into the present one. */
    configure({ rateLimit, ...changes }) {
      const unknown = Object.keys(changes).find((name) => !(name in state.settings));
      if (unknown !== undefined) throw new RangeError(`no setting named \`${unknown}\``);
      Object.assign(state.settings, changes);
      if (rateLimit) state.settings.rateLimit = { ...state.settings.rateLimit, ...rateLimit };
      state.rateLimitWindows.clear();
    },
    /** Lifetime of users' access tokens, from the implicit grant and from a code. */
    setAccessTokenLifetime(seconds) {
      this.configure({ implicitAccessTokenSeconds: seconds, codeAccessTokenSeconds: seconds });
    },
    setIdTokenLifetime(seconds) {
      this.configure({ idTokenSeconds: seconds });
    },
    setMachineTokenLifetime(seconds) {
      this.configure({ machineTokenSeconds: seconds });
    },
    /** @param {{ limit?, windowSeconds?, retryAfter?, exposed? }} rateLimit */
    setRateLimit(rateLimit) {
      this.configure({ rateLimit });
    },

    /** Signs everybody out at the tenant, in all browsers. */
    clearSessions: () => state.oidcRecords.clear(),

    /**
     * Signs any token with the tenant's key, or badly: see `signJws`. Claims that are left out are
     * those of a current-user access token of Ada's; `drop` takes some away.
     */
    mintToken({ claims = {}, header = {}, drop = [], signature } = {}) {
      const now = Math.floor(Date.now() / 1000);
      const all = {
        iss: main.issuer,
        sub: "auth0|5a620d29a840170a9ef43672",
        aud: state.audience,
        iat: now,
        exp: now + state.settings.implicitAccessTokenSeconds,
        azp: "local-spa",
        scope: "read:current_user",
        ...claims,
      };
      for (const name of drop) delete all[name];
      const { kid } = state.keys.signingKey;
      const head = { alg: "RS256", typ: "JWT", kid, ...header };
      return signJws({ header: head, claims: all, signature }, state.keys);
    },
    /** Header and claims of a JWT, unverified; `undefined` for an opaque token. */
    readToken: readJws,

    /** What there is, for people and for tests in a browser. */
    describe: () => ({
      ...place(main),
      audience: state.audience,
      customDomain: custom && place(custom),
      logins: [...state.logins].map(([email, login]) => ({ email, ...login })),
      applications: [...state.applications.keys()],
      organizations: [...state.organizations.values()],
      settings: state.settings,
    }),
  };
}
