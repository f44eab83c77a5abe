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

  const link = (pressed: HTMLButtonElement) =>
    card.run(pressed, async () => {
      // Signs in to the other account in a window. The session stays this one's.
      account.update({ identities: await client.linkIdentityWithPopup() });
      return "Linked the account.";
    });
  const linking = button("Link another account", () => void link(linking));

  const unlink = async (identity: Identity, pressed: HTMLButtonElement) => {
    const sure = await confirmed({
      title: `Unlink ${nameOf(identity)}?`,
      text: "It becomes an account of its own again, without your preferences. You can link it again.",
      action: "Unlink",
    });
    if (!sure) return;
    await card.run(pressed, async () => {
      const { provider, user_id } = identity;
      account.update({ identities: await client.unlinkIdentity(provider, user_id) });
      const offer = {
        label: "Link it again",
        action: (again: HTMLButtonElement) => void link(again),
      };
      return { said: `Unlinked ${nameOf(identity)}.`, offer };
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
    "A window opens, where you sign in to the other account. The preferences that it has of its own are lost.",
  );

  account.watch(card.body, (profile) => {
    const identities = profile?.identities ?? [];
    const list = profile
      ? h("ul", { class: "rows" }, ...identities.map(row))
      : h("p", { class: "empty" }, "Which accounts are linked cannot be read here.");
    const alone =
      identities.length === 1 && h("p", { class: "empty" }, "No other account is linked.");
    // Unlinking takes the same scope.
    return [permitted(client, "linkIdentity", h("fieldset", {}, list, alone, linking)), hint];
  });
  return card.element;
}

const nameOf = ({ profileData, provider }: Identity): string => {
  const { email, name } = profileData ?? {};
  return String(email ?? name ?? provider);
};
