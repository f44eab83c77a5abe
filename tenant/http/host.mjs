import { createApi } from "../api/app.mjs";
import { handleJwtUserinfo, isJwtUserinfo } from "../api/userinfo.mjs";
import { publishedKeys } from "../fault-engine/http.mjs";
import { jsonToForm, translateAuthorizePath } from "../oidc/dialect.mjs";
import { handleLogin } from "../oidc/login.mjs";
import { handleLogout } from "../oidc/logout.mjs";
import { picture } from "../oidc/pages.mjs";
import { createProvider } from "../oidc/provider.mjs";
import { replay, writeResponse } from "./request.mjs";

const FORM = "application/x-www-form-urlencoded";

/**
 * One host name of the tenant, with an issuer of its own: the canonical one or a custom domain.
 *
 * @param {object} state shared by all hosts
 * @param {{ origin: string, cookiePrefix: string }} options
 */
export function createHost(state, { origin, cookiePrefix }) {
  const issuer = `${origin}/`;
  const api = createApi(state, issuer);
  let provider;
  let callback;
  const build = () => {
    provider = createProvider(state, { issuer, cookiePrefix });
    callback = provider.callback();
  };
  build();
  state.keys.onChange(build);

  return { issuer, origin, handle };

  async function handle(req, res, { path, body }) {
    const { pathname, searchParams } = new URL(`${origin}${path}`);
    const toProvider = (changes = {}) => callback(replay(req, { path, body, ...changes }), res);

    if (pathname.startsWith("/api/v2/")) return callApi(req, res, path, body);
    if (pathname.startsWith("/u/login/")) {
      const again = replay(req, { path, body });
      return handleLogin(state, provider, again, res, body.toString("utf8"));
    }
    if (pathname.startsWith("/pictures/")) return sendPicture(res, pathname);
    switch (pathname) {
      case "/authorize":
        return toProvider({ path: translateAuthorizePath(path) });
      case "/v2/logout":
        return handleLogout(state, provider, replay(req, { path, body }), res, searchParams);
      case "/.well-known/jwks.json":
        return req.method === "GET" ? sendKeys(req, res) : toProvider();
      case "/userinfo":
        return isJwtUserinfo(req) ? handleJwtUserinfo(state, issuer, req, res) : toProvider();
      case "/oauth/token":
        return toProvider(formOf(req, body));
      case "/favicon.ico":
        return res.writeHead(204).end();
      default:
        return toProvider();
    }
  }

  async function callApi(req, res, path, body) {
    const hasBody = !["GET", "HEAD"].includes(req.method);
    const request = new Request(`${origin}${path}`, {
      method: req.method,
      headers: Object.entries(req.headers).map(([name, value]) => [name, String(value)]),
      ...(hasBody && { body }),
    });
    await writeResponse(res, await api.fetch(request));
  }

  function sendKeys(req, res) {
    res.writeHead(200, {
      "access-control-allow-origin": req.headers.origin ?? "*",
      "cache-control": `public, max-age=${state.settings.keySetMaxAgeSeconds}`,
      "content-type": "application/json; charset=utf-8",
      vary: "Origin",
    });
    res.end(JSON.stringify({ keys: publishedKeys(state) }));
  }
}

/** What oidc-provider should read at the token endpoint, where Auth0 takes JSON as well. */
function formOf(req, body) {
  if (!(req.headers["content-type"] ?? "").startsWith("application/json")) return {};
  const form = jsonToForm(body.toString("utf8"));
  return form === undefined ? {} : { body: Buffer.from(form), headers: { "content-type": FORM } };
}

function sendPicture(res, pathname) {
  const name = decodeURIComponent(pathname.slice("/pictures/".length)).replace(/\.svg$/, "");
  res.writeHead(200, {
    "access-control-allow-origin": "*",
    "cache-control": "public, max-age=3600",
    "content-type": "image/svg+xml",
    "cross-origin-resource-policy": "cross-origin",
  });
  res.end(picture(name));
}
