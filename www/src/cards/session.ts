// What the tenant granted, until when, and the way out.
import type { CurrentUserClient, CurrentUserScope } from "auth0-current-user";
import { ALL_SCOPES } from "../client.js";
import { PERMITS } from "../scopes.js";
import { Card } from "../ui/card.js";
import { button, dateAndTime, h } from "../ui/dom.js";

const MINUTE_MS = 60_000;

export function sessionCard(client: CurrentUserClient, missing: CurrentUserScope[]): HTMLElement {
  const card = new Card("session", "Session", "What this page may do for you, and how long.");
  const left = h("span", {});
  const showLeft = () => (left.textContent = timeLeft(client.expiresAt));
  showLeft();
  // Ends by itself when the card has left the page.
  const timer = setInterval(
    () => (card.element.isConnected ? showLeft() : clearInterval(timer)),
    MINUTE_MS / 2,
  );

  const signOut = button("Sign out", () =>
    card.run(signOut, "Signed out.", () => client.logout({ localOnly: true })),
  );
  card.show(
    h("p", {}, "Signed in until ", dateAndTime(client.expiresAt), left),
    scopeList("Granted", client.grantedScopes, "good"),
    scopeList("Asked for, not granted", missing, "warn"),
    scopeList("Not asked for", notAsked(client, missing), "off"),
    h("div", { class: "actions" }, signOut),
  );
  return card.element;
}

const notAsked = (client: CurrentUserClient, missing: CurrentUserScope[]): CurrentUserScope[] =>
  ALL_SCOPES.filter((scope) => !client.grantedScopes.includes(scope) && !missing.includes(scope));

function scopeList(title: string, scopes: CurrentUserScope[], kind: string): HTMLElement {
  if (scopes.length === 0 && kind !== "good") return h("div", { hidden: true });
  const id = `scopes-${kind}`;
  return h(
    "div",
    { class: "scope-list" },
    h("h3", { id }, title),
    h(
      "ul",
      { "aria-labelledby": id, class: kind },
      ...scopes.map((scope) =>
        h("li", { "data-scope": scope }, PERMITS[scope], h("code", {}, scope)),
      ),
    ),
    scopes.length === 0 && h("p", { class: "empty" }, "Nothing."),
  );
}

function timeLeft(expiresAt: number | undefined): string {
  const minutes = Math.max(0, Math.floor(((expiresAt ?? 0) - Date.now()) / MINUTE_MS));
  const hours = Math.floor(minutes / 60);
  return hours > 0 ? ` (${hours} h ${minutes % 60} min left)` : ` (${minutes} min left)`;
}
