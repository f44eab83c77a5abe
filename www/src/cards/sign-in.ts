// Signed out: says what signing in does, lets the person choose what to permit, and signs in by redirect or in a window.
import type { CurrentUserClient, CurrentUserScope, SignIn } from "auth0-current-user";
import { ALL_SCOPES, asking, domain } from "../client.js";
import { PERMITS } from "../scopes.js";
import { Card } from "../ui/card.js";
import { button, h } from "../ui/dom.js";

/** What the person chose. It goes along with a redirect as `appState`, which stays in this browser. */
export interface Choice {
  scopes: CurrentUserScope[];
  staySignedIn: boolean;
}

export function signInCard(
  client: CurrentUserClient,
  signedIn: (signIn: SignIn, choice: Choice) => void,
  news?: HTMLElement,
): HTMLElement {
  const card = new Card("sign-in", "Sign in to your account");
  const choice = (): Choice => {
    const chosen = new FormData(form);
    return {
      scopes: chosen.getAll("scope") as CurrentUserScope[],
      staySignedIn: chosen.has("stay-signed-in"),
    };
  };

  // Leaves this page. The answer is read by handleRedirectCallback when the tenant has sent the person back.
  const signIn = () =>
    card.run(byRedirect, async () => {
      const appState = choice();
      await client.loginWithRedirect({ scopes: asking(appState.scopes), appState });
      return "Taking you there…";
    });

  // Keeps this page, and what is in it.
  const signInInWindow = () =>
    card.run(byPopup, async () => {
      const chosen = choice();
      signedIn(await client.loginWithPopup({ scopes: asking(chosen.scopes) }), chosen);
    });

  const byRedirect = h("button", { class: "filled" }, "Continue to sign in");
  const byPopup = button("Use a pop-up window", () => void signInInWindow());
  const onsubmit = (event: Event) => {
    event.preventDefault();
    void signIn();
  };
  const form = h(
    "form",
    { onsubmit },
    h("fieldset", { class: "scopes" }, h("legend", {}, "This page will ask to"), ...scopeBoxes()),
    h(
      "label",
      { class: "check stay" },
      h("input", { type: "checkbox", name: "stay-signed-in", checked: true }),
      h(
        "span",
        {},
        "Stay signed in on this browser",
        h("span", { class: "hint" }, `For as long as ${domain} remembers you. No token is kept.`),
      ),
    ),
    h("div", { class: "actions" }, byRedirect, byPopup),
  );
  card.body.show(
    h("div", { role: "alert" }, news),
    h(
      "p",
      {},
      "You sign in at ",
      h("strong", {}, domain),
      ". Your password is typed there and never here. Untick what you would rather not permit: the page works with the rest.",
    ),
    form,
  );
  return card.element;
}

const scopeBoxes = (): HTMLElement[] =>
  ALL_SCOPES.map((scope) =>
    h(
      "label",
      { class: "scope" },
      h("input", { type: "checkbox", name: "scope", value: scope, checked: true }),
      h("span", {}, PERMITS[scope], h("code", {}, scope)),
    ),
  );
