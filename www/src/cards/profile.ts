// Who is signed in: the profile where it may be read, else what the ID token says.
import type { UserProfile } from "auth0-current-user";
import type { Account } from "../account.js";
import { needs } from "../scopes.js";
import { Card } from "../ui/card.js";
import { dateAndTime, h, pairs, picture } from "../ui/dom.js";

export function profileCard(account: Account): HTMLElement {
  const card = new Card("profile", "Profile");
  const content = (profile?: UserProfile) =>
    profile
      ? [identity(profile), details(profile)]
      : [
          identity(account.client.claims ?? {}),
          h("p", {}, "Known from your sign-in."),
          needs("getUser"),
        ];
  account.watch(card.body, content, { explains: true });
  return card.element;
}

type Person = { name?: string; picture?: string; email?: string; email_verified?: boolean };

const identity = (person: Person): HTMLElement =>
  h(
    "div",
    { class: "person" },
    picture(person.picture, "avatar"),
    h(
      "div",
      {},
      h("p", { class: "name" }, person.name ?? "No name"),
      h("p", { class: "email" }, person.email ?? "No e-mail address"),
      person.email !== undefined && verified(person),
    ),
  );

const verified = ({ email_verified }: Person): HTMLElement =>
  email_verified
    ? h("span", { class: "badge good" }, "verified")
    : h("span", { class: "badge warn" }, "not verified");

const details = (profile: UserProfile): HTMLElement =>
  pairs([
    ["User id", h("code", {}, profile.user_id)],
    ["Nickname", profile.nickname],
    ["Signs in with", profile.identities?.map(({ connection }) => connection).join(", ")],
    ["Member since", dateAndTime(profile.created_at)],
    ["Last sign-in", dateAndTime(profile.last_login)],
    ["Sign-ins", profile.logins_count],
  ]);
