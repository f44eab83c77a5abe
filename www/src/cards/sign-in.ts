// Signed out: says what signing in does, and lets the person choose what to permit.
import type { CurrentUserClient, CurrentUserScope } from "auth0-current-user";
import { ALL_SCOPES, domain } from "../client.js";
import { PERMITS } from "../scopes.js";
import { Card } from "../ui/card.js";
import { h } from "../ui/dom.js";

export function signInCard(client: CurrentUserClient, news?: HTMLElement): HTMLElement {
  const card = new Card("sign-in", "Sign in to your account");
  const submit = h("button", { class: "filled" }, "Continue to sign in");
  const form = h(
    "form",
    {
      onsubmit: (event) => {
        event.preventDefault();
        void card.run(submit, "Taking you there…", () =>
          client.loginWithRedirect({ scopes: ["profile", "email", ...chosenIn(form)] }),
        );
      },
    },
    h(
      "fieldset",
      { class: "scopes" },
      h("legend", {}, "This page will ask to"),
      ...ALL_SCOPES.map((scope) =>
        h(
          "label",
          { class: "scope" },
          h("input", { type: "checkbox", name: "scope", value: scope, checked: true }),
          h("span", {}, PERMITS[scope], h("code", {}, scope)),
        ),
      ),
    ),
    submit,
  );
  card.body.show(
    h("div", { role: "alert" }, news),
    h(
      "p",
      {},
      "You sign in at ",
      h("strong", {}, domain),
      ". Your password is typed there and never here. Take away what you would rather not permit: the page then shows what it cannot do.",
    ),
    form,
  );
  return card.element;
}

const chosenIn = (form: HTMLFormElement): CurrentUserScope[] =>
  new FormData(form).getAll("scope") as CurrentUserScope[];
