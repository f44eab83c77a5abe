// What the tenant granted, until when, renewing it, and the way out.
import type { CurrentUserClient, CurrentUserScope } from "auth0-current-user";
import { ALL_SCOPES, thisPage } from "../client.js";
import { PERMITS } from "../scopes.js";
import { Card } from "../ui/card.js";
import { button, dateAndTime, h } from "../ui/dom.js";

const MINUTE_MS = 60_000;

export function sessionCard(client: CurrentUserClient, missing: CurrentUserScope[]): HTMLElement {
  const card = new Card("session", "Session", "What this page may do for you, and how long.");

  const renew = () =>
    card.run(renewing, "Renewed.", async () => {
      // The same as was asked for at sign-in, and no more.
      const scopes = [...client.grantedScopes, ...missing];
      ({ missingScopes: missing } = await client.checkSession({
        scopes: ["profile", "email", ...scopes],
      }));
      show();
    });
  const renewing = button("Renew", () => void renew());

  // Forgets the session here, ends the one at the tenant, and comes back.
  const signOut = () =>
    card.run(signingOut, "Signed out.", () => client.logout({ returnTo: thisPage }));
  const signingOut = button("Sign out", () => void signOut());

  const show = () =>
    card.body.show(
      h("p", {}, "Signed in until ", dateAndTime(client.expiresAt), timeLeft(client)),
      scopeList("Granted", client.grantedScopes, "good"),
      scopeList("Asked for, not granted", missing, "warn"),
      scopeList("Not asked for", notAsked(client, missing), "off"),
      h("div", { class: "actions" }, signingOut, renewing),
    );
  show();
  return card.element;
}

const notAsked = (client: CurrentUserClient, missing: CurrentUserScope[]): CurrentUserScope[] =>
  ALL_SCOPES.filter((scope) => !client.grantedScopes.includes(scope) && !missing.includes(scope));

function scopeList(title: string, scopes: CurrentUserScope[], kind: string): HTMLElement {
  const id = `scopes-${kind}`;
  const row = (scope: CurrentUserScope) =>
    h("li", { "data-scope": scope }, PERMITS[scope], h("code", {}, scope));
  return h(
    "div",
    { class: "scope-list", hidden: scopes.length === 0 },
    h("h3", { id }, title),
    h("ul", { "aria-labelledby": id, class: kind }, ...scopes.map(row)),
  );
}

/** Counts down for as long as it is on the page. */
function timeLeft(client: CurrentUserClient): HTMLElement {
  const element = h("span", {});
  const show = () => {
    const minutes = Math.max(0, Math.floor(((client.expiresAt ?? 0) - Date.now()) / MINUTE_MS));
    const hours = Math.floor(minutes / 60);
    element.textContent = ` (${hours > 0 ? `${hours} h ` : ""}${minutes % 60} min left)`;
  };
  show();
  const timer = setInterval(
    () => (element.isConnected ? show() : clearInterval(timer)),
    MINUTE_MS / 2,
  );
  return element;
}
