import { errorBody } from "../api/errors.mjs";
import { handleControl } from "../control.mjs";
import { answerFaultily } from "../fault-engine/http.mjs";
import { readBody } from "./request.mjs";

/** What the servers behind the door can make a request of. */
const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

/**
 * Takes every request of one host: reads it, writes it to the log, and hands it to the control
 * surface, to a fault that is switched on, or to the tenant.
 *
 * @param {object} tenant
 * @param {object} state
 * @param {{ handle: (req, res, call) => Promise<void> }} host
 */
export function createFrontDoor(tenant, state, host) {
  return async (req, res) => {
    try {
      await answer(req, res);
    } catch (error) {
      state.internalErrors.push(error);
      if (!res.headersSent) res.writeHead(500, { "content-type": "application/json" });
      res.end(JSON.stringify(errorBody("internal_server_error")));
    }
  };

  async function answer(req, res) {
    const at = Date.now();
    const path = req.url;
    const body = await readBody(req);
    if (path.startsWith("/__control/") && isPath(path))
      return handleControl(tenant, state, req, res, body);

    const entry = {
      at,
      host: req.headers.host,
      method: req.method,
      url: path,
      headers: req.headers,
      body: body?.toString("utf8"),
      status: null,
    };
    state.record(entry);
    res.once("close", () => {
      if (res.headersSent) entry.status = res.statusCode;
    });
    if (body === undefined) return refuse(res, 413, "payload_too_large");
    if (!isPath(path)) return refuse(res, 400, "invalid_uri");
    if (!METHODS.has(req.method)) return refuse(res, 405, "not_found");
    const pass = (answerTo) => host.handle(req, answerTo, { path, body });
    if (await answerFaultily(state, { req, res, path, pass })) return undefined;
    return pass(res);
  }
}

/** A path whose percent signs can be decoded: everything behind may rely on that. */
function isPath(text) {
  try {
    decodeURIComponent(text.split("?")[0]);
    return text.startsWith("/");
  } catch {
    return false;
  }
}

function refuse(res, status, name) {
  res.writeHead(status, { "content-type": "application/json; charset=utf-8" });
  res.end(JSON.stringify(errorBody(name)));
}
