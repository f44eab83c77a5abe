/** The tenant's HTML: no script but the logout form's, no outside resource, real labels. */

const STYLE = `
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
  body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: Canvas; }
  main { box-sizing: border-box; width: min(26rem, calc(100vw - 2rem)); padding: 2rem;
    border: 1px solid #8886; border-radius: 0.75rem; }
  h1 { margin: 0 0 0.25rem; font-size: 1.5rem; }
  label { display: block; margin-top: 1rem; font-weight: 600; }
  input { box-sizing: border-box; width: 100%; padding: 0.6rem; font: inherit;
    border: 1px solid #888; border-radius: 0.4rem; }
  button { width: 100%; margin-top: 1rem; padding: 0.65rem; font: inherit; font-weight: 600;
    border: 1px solid #635dff; border-radius: 0.4rem; background: #4f46e5; color: #fff;
    cursor: pointer; }
  button.plain { background: none; border-color: #8886; color: inherit; }
  :focus-visible { outline: 3px solid #635dff; outline-offset: 2px; }
  [role="alert"] { margin: 1rem 0 0; padding: 0.6rem; border-radius: 0.4rem;
    background: #b91c1c; color: #fff; }
  small { display: block; margin-top: 1.25rem; opacity: 0.8; }
`;

/**
 * @param {object} view
 * @param {string} view.application name of the application that asks
 * @param {string} [view.email] to start with
 * @param {string} [view.connection] @param {string} [view.organization]
 * @param {string} [view.problem] why the last attempt failed
 */
export function loginPage({ application, email = "", connection, organization, problem }) {
  const where = [
    connection && `with <strong>${escapeHtml(connection)}</strong>`,
    organization && `at <strong>${escapeHtml(organization)}</strong>`,
  ].filter(Boolean);
  return page(
    "Log in",
    `<h1>Welcome</h1>
    <p>Log in to continue to ${escapeHtml(application)} ${where.join(" ")}</p>
    ${problem ? `<p role="alert" id="problem">${escapeHtml(problem)}</p>` : ""}
    <form method="post">
      <label for="email">Email</label>
      <input id="email" name="email" type="email" autocomplete="username" required
        value="${escapeHtml(email)}" ${email ? "" : "autofocus"}
        ${problem ? 'aria-describedby="problem"' : ""}>
      <label for="password">Password</label>
      <input id="password" name="password" type="password" autocomplete="current-password" required
        ${email ? "autofocus" : ""}>
      <button name="action" value="login">Continue</button>
      <button name="action" value="cancel" class="plain" formnovalidate>Cancel</button>
    </form>
    <small>A local stand-in for an Auth0 tenant. Its users are in the README.</small>`,
  );
}

/** Shown for `prompt=consent` only: first-party applications are otherwise granted silently. */
export function consentPage({ application, scopes }) {
  return page(
    "Authorize App",
    `<h1>Authorize App</h1>
    <p>${escapeHtml(application)} is asking for:</p>
    <ul>${scopes.map((scope) => `<li>${escapeHtml(scope)}</li>`).join("")}</ul>
    <form method="post">
      <button name="action" value="accept">Accept</button>
      <button name="action" value="cancel" class="plain">Decline</button>
    </form>`,
  );
}

/** @param {{ error: string, error_description?: string }} problem */
export function errorPage({ error, error_description }) {
  return page(
    "Oops, something went wrong",
    `<h1>Oops, something went wrong</h1>
    <p role="alert">${escapeHtml(error)}: ${escapeHtml(error_description ?? "")}</p>`,
  );
}

export const signedOutPage = () => page("Logged out", "<h1>You have been logged out</h1>");

/** @param {string} form oidc-provider's own form, which only lacks the user's consent */
export function logoutPage(form) {
  return page(
    "Logging out",
    `${form}
    <p>Logging out…</p>
    <button form="op.logoutForm" name="logout" value="yes" id="confirm">Log out</button>
    <script>document.getElementById("confirm").click();</script>`,
  );
}

/** A round picture with a letter, so that profiles have one without any outside resource. */
export function picture(name) {
  const hue = [...name].reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)) % 360, 7);
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" width="64" height="64">` +
    `<circle cx="32" cy="32" r="32" fill="hsl(${hue} 55% 40%)"/>` +
    `<text x="32" y="43" font-family="system-ui, sans-serif" font-size="32" fill="#fff" ` +
    `text-anchor="middle">${escapeHtml(name.charAt(0).toUpperCase())}</text></svg>`
  );
}

const page = (title, body) => `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <link rel="icon" href="data:,">
  <title>${title}</title>
  <style>${STYLE}</style>
</head>
<body><main>${body}</main></body>
</html>`;

const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
const escapeHtml = (text) => String(text).replace(/[&<>"']/g, (character) => ENTITIES[character]);
