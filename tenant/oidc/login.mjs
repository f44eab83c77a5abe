import { authenticate } from "./accounts.mjs";
import { consentPage, errorPage, loginPage } from "./pages.mjs";

/**
 * The login page: `/u/login/{uid}`. The id stays in the path because oidc-provider scopes its
 * cookie to it, which keeps two tabs apart.
 *
 * @param {object} state
 * @param {import("oidc-provider").Provider} provider
 */
export async function handleLogin(state, provider, req, res, body) {
  let interaction;
  try {
    interaction = await provider.interactionDetails(req, res);
  } catch {
    const error_description = "This login page has expired, or its cookie is missing.";
    return sendPage(res, 400, errorPage({ error: "invalid_request", error_description }));
  }
  const attempt = { state, provider, req, res, interaction };
  if (req.method !== "POST") return show(attempt);

  const fields = new URLSearchParams(body);
  switch (fields.get("action")) {
    case "cancel":
      return finish(attempt, {
        error: "access_denied",
        error_description: "User cancelled the login.",
      });
    case "accept":
      return finish(attempt, { consent: {} });
    default:
      return logIn(attempt, fields.get("email") ?? "", fields.get("password") ?? "");
  }
}

function show({ state, interaction, ...attempt }) {
  const { params, prompt } = interaction;
  const application = state.applications.get(params.client_id)?.name ?? params.client_id;
  if (prompt.name === "consent") {
    return sendPage(attempt.res, 200, consentPage({ application, scopes: scopesOf(params) }));
  }
  const hinted = state.logins.get(params.login_hint?.toLowerCase());
  if (state.settings.autoLogin && hinted) {
    return logIn({ state, interaction, ...attempt }, params.login_hint, hinted.password);
  }
  return sendPage(attempt.res, 200, loginPage(viewOf(application, params)));
}

async function logIn(attempt, email, password) {
  const { state, interaction, res } = attempt;
  const { params, prompt } = interaction;
  const accountId = authenticate(state, { email, password, connection: params.connection });
  if (!accountId) {
    const application = state.applications.get(params.client_id)?.name ?? params.client_id;
    const problem = "Wrong email or password.";
    const view = { ...viewOf(application, params), email, problem };
    return sendPage(res, 401, loginPage(view));
  }
  const user = state.users.get(accountId);
  user.last_login = new Date().toISOString();
  user.logins_count = (user.logins_count ?? 0) + 1;
  await endOtherSession(attempt, accountId);
  return finish(attempt, { login: { accountId }, [prompt.name]: { accountId } });
}

/**
 * Ends the session of another user in the same browser. oidc-provider would do so by a page with a
 * form that submits itself; Auth0 shows none.
 */
async function endOtherSession({ provider, req, res, interaction }, accountId) {
  if (!interaction.session?.accountId || interaction.session.accountId === accountId) return;
  const session = await provider.Session.get(provider.createContext(req, res));
  await session.destroy();
  interaction.session = undefined;
  await interaction.save(interaction.exp - Math.floor(Date.now() / 1000));
}

const finish = ({ provider, req, res }, result) => provider.interactionFinished(req, res, result);

const viewOf = (application, { login_hint: email, connection, organization }) => ({
  application,
  email,
  connection,
  organization,
});

const scopesOf = ({ scope = "" }) => scope.split(" ").filter(Boolean);

/** @param {import("node:http").ServerResponse} res */
export function sendPage(res, status, html) {
  res.writeHead(status, {
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    // No form-action: it would also forbid the redirect back to the application.
    "content-security-policy":
      "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
  });
  res.end(html);
}
