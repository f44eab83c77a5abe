// `user_metadata`: what an application keeps about its user and lets the user change.
import type { Account } from "../account.js";
import { permitted } from "../scopes.js";
import { Card } from "../ui/card.js";
import { confirmed } from "../ui/confirm.js";
import { button, h } from "../ui/dom.js";
import { preferenceForm } from "./preference-form.js";

export function preferencesCard(account: Account): HTMLElement {
  const { client } = account;
  const card = new Card("preferences", "Preferences", "What is kept about you as user_metadata.");

  const save = (key: string, value: unknown, submit: HTMLButtonElement) =>
    card.run(submit, `Saved “${key}”.`, async () => {
      // Merges: keys that are not named stay as they are.
      account.replace(await client.patchUserMetadata({ [key]: value }));
    });

  const remove = (key: string, pressed: HTMLButtonElement) =>
    card.run(pressed, `Removed “${key}”.`, async () => {
      account.replace(await client.patchUserMetadata({ [key]: null }));
    });

  const clear = async (pressed: HTMLButtonElement) => {
    const sure = await confirmed({
      title: "Remove all preferences?",
      text: "Every key goes, also those that other applications have written. This cannot be undone.",
      action: "Remove all",
    });
    if (!sure) return;
    await card.run(pressed, "Removed all preferences.", async () => {
      account.replace(await client.clearUserMetadata());
    });
  };

  account.watch(card.body, (profile) => {
    const clearing = button("Remove all…", () => void clear(clearing), { class: "danger" });
    const form = preferenceForm(save, clearing);
    const entries = Object.entries(profile?.user_metadata ?? {});
    const row = ([key, value]: [string, unknown]) => {
      const removing = button("Remove", () => void remove(key, removing), {
        "aria-label": `Remove ${key}`,
      });
      const changing = button("Change", () => form.edit(key, value), {
        "aria-label": `Change ${key}`,
      });
      return h(
        "li",
        { "data-key": key },
        h(
          "div",
          { class: "what" },
          h("span", { class: "name" }, key),
          h("span", { class: "detail" }, asText(value)),
        ),
        h("div", { class: "actions" }, changing, removing),
      );
    };
    const list =
      entries.length > 0
        ? h("ul", { class: "rows" }, ...entries.map(row))
        : h(
            "p",
            { class: "empty" },
            profile ? "Nothing is kept yet." : "What is kept cannot be read here.",
          );
    return [permitted(client, "patchUserMetadata", h("fieldset", {}, list, form.element))];
  });
  return card.element;
}

const asText = (value: unknown): string =>
  typeof value === "string" ? value : JSON.stringify(value);
