import { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

/** Parts of the tenant that an HTTP fault can aim at by `match.target`; default `api`. */
const TARGETS = [
  ["api", /^\/api\/v2\//],
  ["jwks", /^\/\.well-known\/jwks\.json/],
  ["discovery", /^\/\.well-known\/openid-configuration/],
  ["token", /^\/oauth\/token/],
  ["userinfo", /^\/userinfo/],
  ["authorize", /^\/authorize/],
  ["login", /^\/u\/login\//],
  ["logout", /^\/(v2|oidc)\/logout/],
];

/**
 * Lets an active HTTP fault answer instead of the tenant.
 *
 * @param {object} state
 * @param {{ req: object, res: ServerResponse, path: string, pass: (res) => Promise<void> }} call
 * @returns {Promise<boolean>} whether one did
 */
export async function answerFaultily(state, call) {
  const { req, path } = call;
  const [entry] = state.faults.take(
    ({ fault, match }) => fault.answer !== undefined && fits(fault, match, req.method, path),
    { onlyFirst: true },
  );
  if (!entry) return false;
  await entry.fault.answer(createExchange(call), entry.options);
  return true;
}

/** The public keys, as the active key set faults would have them. */
export function publishedKeys(state) {
  return state.faults
    .take(({ fault }) => fault.keySet !== undefined)
    .reduce((keys, { fault, options }) => fault.keySet(keys, options), state.keys.publicJwks);
}

function fits(fault, match, method, path) {
  if (match.method ? match.method !== method : method === "OPTIONS") return false;
  if (match.path !== undefined) return new RegExp(match.path).test(path);
  const target = match.target ?? fault.target ?? "api";
  return target === "any" || targetOf(path) === target;
}

const targetOf = (path) => TARGETS.find(([, pattern]) => pattern.test(path))?.[0];

/** What a fault can do with one request. */
function createExchange({ req, res, pass }) {
  return {
    pass: () => pass(res),
    wait: (ms) => sleep(ms, undefined, { ref: false }),
    drop: () => req.socket.destroy(),

    /** Lets the request take effect and throws the answer away. */
    passUnheard: () => passUnheard(req, pass),

    hideHeaders(hidden) {
      const { writeHead } = res;
      res.writeHead = function writeVisibleHead(status, ...rest) {
        const given = rest.find((value) => typeof value === "object");
        for (const [name, value] of Object.entries(given ?? {})) res.setHeader(name, value);
        for (const name of res.getHeaderNames()) if (hidden(name)) res.removeHeader(name);
        return writeHead.call(res, status);
      };
    },

    async send({ status, headers, body, afterEffect = false, cors = true, unfinished = false }) {
      if (afterEffect) await passUnheard(req, pass);
      const text = typeof body === "string" ? body : JSON.stringify(body);
      res.writeHead(status, {
        ...(cors && readableBy(req.headers.origin)),
        ...(typeof body !== "string" && { "content-type": "application/json; charset=utf-8" }),
        "cache-control": "no-store",
        ...headers,
      });
      if (unfinished) res.write(text);
      else res.end(text);
    },
  };
}

async function passUnheard(req, pass) {
  const unheard = new ServerResponse(req);
  await new Promise((resolve, reject) => {
    unheard.end = () => {
      unheard.emit("close");
      resolve();
    };
    pass(unheard).catch(reject);
  });
}

const readableBy = (origin = "*") => ({
  "access-control-allow-origin": origin,
  "access-control-expose-headers":
    "x-ratelimit-limit, x-ratelimit-remaining, x-ratelimit-reset, retry-after",
  vary: "origin",
});
