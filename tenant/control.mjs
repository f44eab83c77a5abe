import { API_ERRORS } from "./api/errors.mjs";
import { rotateSecret } from "./api/clients.mjs";

const CORS = {
  "access-control-allow-origin": "*",
  "access-control-allow-methods": "GET,POST,PUT,PATCH,DELETE",
  "access-control-allow-headers": "content-type",
  "access-control-allow-private-network": "true",
};

/**
 * The control surface over HTTP: what `startTenant` returns, for tests that run in a browser. It is
 * open to every page on this machine, which is one more reason not to keep anything here.
 *
 * Each route: method, path below `/__control`, and what it does with the parts of the path and the
 * JSON body. What it returns is the JSON answer; nothing is 204.
 */
const ROUTES = [
  ["GET", "/", ({ tenant }) => tenant.describe()],
  ["POST", "/reset", ({ tenant }) => tenant.reset()],
  ["GET", "/log", ({ tenant }) => tenant.log],
  ["DELETE", "/log", ({ tenant }) => tenant.clearLog()],
  ["GET", "/errors", ({ tenant }) => tenant.internalErrors.map(String)],
  ["GET", "/settings", ({ tenant }) => tenant.settings],
  ["PATCH", "/settings", ({ tenant }, body) => tenant.configure(body)],
  ["POST", "/keys/rotate", ({ tenant }, body) => tenant.rotateKeys(body)],
  ["POST", "/tokens", ({ tenant }, body) => ({ token: tenant.mintToken(body) })],
  ["POST", "/sessions/clear", ({ tenant }) => tenant.clearSessions()],
  [
    "GET",
    "/faults",
    ({ tenant }) => ({
      available: tenant.faults.available(),
      active: tenant.faults.list(),
      apiErrors: Object.keys(API_ERRORS),
    }),
  ],
  [
    "POST",
    "/faults",
    ({ tenant }, { name, options, ...when }) => ({ id: tenant.faults.set(name, options, when) }),
  ],
  ["DELETE", "/faults", ({ tenant }) => tenant.faults.clear()],
  ["DELETE", "/faults/:id", ({ tenant, id }) => tenant.faults.clear(Number(id) || id)],
  ["GET", "/users", ({ state }) => [...state.users.values()]],
  ["GET", "/users/:id", ({ state, id }) => state.users.get(id)],
  ["PATCH", "/users/:id", ({ state, id }, body) => change(state.users, id, body)],
  ["PUT", "/enrollments/:id", ({ state, id }, body) => void state.enrollments.set(id, body)],
  ["GET", "/device-credentials", ({ state }) => [...state.deviceCredentials.values()]],
  ["GET", "/applications", ({ state }) => [...state.applications.values()]],
  ["POST", "/applications", ({ state }, body) => add(state.applications, body.client_id, body)],
  ["PATCH", "/applications/:id", ({ state, id }, body) => change(state.applications, id, body)],
  [
    "POST",
    "/applications/:id/rotate-secret",
    ({ state, id }) => {
      const application = required(state.applications, id);
      rotateSecret(application);
      return application;
    },
  ],
  ["GET", "/grants", ({ state }) => [...state.grants.values()]],
  ["POST", "/grants", ({ state }, body) => add(state.grants, body.id, body)],
  ["PATCH", "/grants/:id", ({ state, id }, body) => change(state.grants, id, body)],
  ["DELETE", "/grants/:id", ({ state, id }) => void state.grants.delete(id)],
];

/** @param {Buffer | undefined} body as read from the request */
export function handleControl(tenant, state, req, res, body) {
  const path = new URL(req.url, tenant.url).pathname.slice("/__control".length) || "/";
  if (req.method === "OPTIONS") return send(res, 204);
  for (const [method, pattern, action] of ROUTES) {
    const id = method === req.method ? match(pattern, path) : undefined;
    if (id === undefined) continue;
    try {
      const given = body?.length > 0 ? JSON.parse(body.toString("utf8")) : {};
      const result = action({ tenant, state, id }, given);
      return result === undefined ? send(res, 204) : send(res, 200, result);
    } catch (error) {
      return send(res, 400, { error: error.message });
    }
  }
  return send(res, 404, { error: `no control route ${req.method} ${path}` });
}

/** The decoded `:id` of the path, "" where the route has none, `undefined` where nothing fits. */
function match(pattern, path) {
  const wanted = pattern.split("/");
  const given = path.split("/");
  if (wanted.length !== given.length) return undefined;
  let id = "";
  for (const [index, segment] of wanted.entries()) {
    if (segment === ":id") id = decodeURIComponent(given[index]);
    else if (segment !== given[index]) return undefined;
  }
  return id;
}

function add(store, id, record) {
  if (typeof id !== "string") throw new TypeError("the record needs an id");
  store.set(id, record);
  return record;
}

const change = (store, id, changes) => Object.assign(required(store, id), changes);

function required(store, id) {
  const record = store.get(id);
  if (!record) throw new RangeError(`no \`${id}\` here`);
  return record;
}

function send(res, status, value) {
  res.writeHead(status, { ...CORS, "content-type": "application/json; charset=utf-8" });
  res.end(value === undefined ? undefined : JSON.stringify(value));
}
