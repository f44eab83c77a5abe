// What the tenant granted, until when, renewing it, and the two ways out.
import type { CurrentUserClient, CurrentUserScope } from "auth0-current-user";
import { ALL_SCOPES, asking, domain, thisPage } from "../client.js";
import { forget } from "../remember.js";
import { PERMITS } from "../scopes.js";
import { Card } from "../ui/card.js";
import { button, dateAndTime, h } from "../ui/dom.js";
import { Slot } from "../ui/slot.js";
import { countdown } from "./countdown.js";

export function sessionCard(client: CurrentUserClient, missing: CurrentUserScope[]): HTMLElement {
  const card = new Card("session", "Session", "What this page may do for you, and how long.");
  const until = h("div", { class: "until" });
  const granted = new Slot();
  // Stands in the page before it says anything: screen readers announce changes only.
  const warning = h("p", { class: "ends-soon", role: "status" });

  const renew = () =>
    card.run(renewing, async () => {
      // The same as was asked for at sign-in, and no more.
      const scopes = asking([...client.grantedScopes, ...missing]);
      ({ missingScopes: missing } = await client.checkSession({ scopes }));
      show();
      return "Renewed.";
    });
  const renewing = button("Renew", () => void renew());

  // Forgets the session on this page. It needs no network.
  const signOutHere = () => {
    forget();
    void card.run(leavingHere, () => client.logout({ localOnly: true }), { worksOffline: true });
  };
  const leavingHere = button("Sign out here", signOutHere, { "aria-describedby": "sign-out-hint" });

  // The same, ends the one at the tenant too, and comes back.
  const signOutEverywhere = () => {
    forget();
    void card.run(leaving, () => client.logout({ returnTo: thisPage }));
  };
  const leaving = button("Sign out everywhere", signOutEverywhere, {
    "aria-describedby": "sign-out-hint",
  });

  const show = () => {
    warning.textContent = "";
    renewing.classList.remove("filled");
    const endsSoon = () => {
      warning.textContent = "Your session ends soon. Renew it to go on.";
      renewing.classList.add("filled");
    };
    until.replaceChildren(
      h("p", {}, "Signed in until ", dateAndTime(client.expiresAt)),
      countdown(client, endsSoon),
    );
    granted.show(
      scopeList("Permitted", client.grantedScopes, "good"),
      scopeList("Asked for, but not granted", missing, "warn"),
      scopeList("Not asked for", notAsked(client, missing), "off"),
    );
  };
  show();
  const hint = `Here: this page forgets you, and the next sign-in may need no password. Everywhere: ${domain} forgets you too.`;
  card.body.show(
    h("div", { class: "lasting" }, until, renewing),
    warning,
    granted.element,
    h("p", { class: "hint", id: "sign-out-hint" }, hint),
    h("div", { class: "actions" }, leavingHere, leaving),
  );
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
