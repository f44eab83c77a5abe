// Other accounts of the same person: with any of them one signs in as this user.
import type { Identity } from "auth0-current-user";
import type { Account } from "../account.js";
import { permitted } from "../scopes.js";
import { Card } from "../ui/card.js";
import { confirmed } from "../ui/confirm.js";
import { button, h } from "../ui/dom.js";

export function linkedAccountsCard(account: Account): HTMLElement {
  const { client } = account;
  const card = new Card(
    "linked-accounts",
    "Linked accounts",
    "Every way to sign in to this account.",
  );

  const link = () =>
    card.run(linking, "Linked the account.", async () => {
      // Signs in to the other account in a window. The session stays this one's.
      account.update({ identities: await client.linkIdentityWithPopup() });
    });
  const linking = button("Link another account", () => void link());

  const unlink = async (identity: Identity, pressed: HTMLButtonElement) => {
    const sure = await confirmed({
      title: `Unlink ${nameOf(identity)}?`,
      text: "It becomes an account of its own again, without your preferences. You can link it again.",
      action: "Unlink",
    });
    if (!sure) return;
    await card.run(pressed, `Unlinked ${nameOf(identity)}.`, async () => {
      account.update({
        identities: await client.unlinkIdentity(identity.provider, identity.user_id),
      });
    });
  };

  const row = (identity: Identity, index: number) => {
    const name = nameOf(identity);
    const unlinking = button("Unlink", () => void unlink(identity, unlinking), {
      "aria-label": `Unlink ${name}`,
    });
    return h(
      "li",
      { "data-provider": identity.provider },
      h(
        "div",
        { class: "what" },
        h("span", { class: "name" }, name),
        h("span", { class: "detail" }, identity.connection, " ", h("code", {}, identity.user_id)),
      ),
      // The first is the account itself.
      index === 0 ? h("span", { class: "badge" }, "primary") : unlinking,
    );
  };

  const hint = h(
    "p",
    { class: "hint" },
    "A window opens for you to sign in to the other account. Its own preferences are lost when it is linked.",
  );

  account.watch(card.body, (profile) => {
    const list = profile
      ? h("ul", { class: "rows" }, ...(profile.identities ?? []).map(row))
      : h("p", { class: "empty" }, "Which accounts are linked cannot be read here.");
    // Unlinking takes the same scope.
    return [permitted(client, "linkIdentity", h("fieldset", {}, list, linking)), hint];
  });
  return card.element;
}

const nameOf = ({ profileData, provider }: Identity): string => {
  const { email, name } = profileData ?? {};
  return String(email ?? name ?? provider);
};
