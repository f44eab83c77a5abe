import { isAllowedUrl } from "./clients.mjs";
import { sendPage } from "./login.mjs";
import { errorPage, signedOutPage } from "./pages.mjs";

/**
 * `GET /v2/logout`: Auth0's own logout, which asks nothing and redirects. `federated` has nothing
 * to end here, since the identity providers of this tenant exist in name only.
 */
export async function handleLogout(state, provider, req, res, query) {
  const clientId = query.get("client_id") ?? undefined;
  const application = state.applications.get(clientId);
  if (clientId !== undefined && !application) {
    return refuse(res, `Unknown client: ${clientId}`);
  }
  const allowed = application
    ? application.allowed_logout_urls
    : [...state.applications.values()].flatMap((one) => one.allowed_logout_urls);
  const returnTo = query.get("returnTo") ?? undefined;
  // Auth0 compares without the fragment.
  if (returnTo !== undefined && !isAllowedUrl(allowed, returnTo.split("#")[0])) {
    return refuse(
      res,
      `The "returnTo" querystring parameter "${returnTo}" is not defined as a valid URL in "Allowed Logout URLs"`,
    );
  }

  const session = await provider.Session.get(provider.createContext(req, res));
  if (session.accountId) await session.destroy();

  if (returnTo === undefined) return sendPage(res, 200, signedOutPage());
  res.writeHead(302, { location: returnTo, "cache-control": "no-store" });
  return res.end();
}

const refuse = (res, error_description) =>
  sendPage(res, 400, errorPage({ error: "invalid_request", error_description }));
