// `user_metadata`: what an application keeps about its user and lets the user change.
import type { UserProfile } from "auth0-current-user";
import type { Account } from "../account.js";
import { permitted } from "../scopes.js";
import { Card, type Result } from "../ui/card.js";
import { confirmed } from "../ui/confirm.js";
import { button, h } from "../ui/dom.js";
import { Slot } from "../ui/slot.js";
import {
  asText,
  changedKeys,
  difference,
  isSame,
  patchTo,
  pick,
  type Metadata,
} from "./preference-changes.js";
import { overwrites } from "./preference-conflict.js";
import { preferenceForm } from "./preference-form.js";

const NOTHING_TO_SAVE: Result = { said: "Nothing to save: this is what is kept already." };
const NOT_SAVED: Result = { said: "Not saved. You see what somebody else has written." };

export function preferencesCard(account: Account): HTMLElement {
  const { client } = account;
  const card = new Card("preferences", "Preferences", "What applications remember about you.");
  const list = new Slot();
  /** What the page shows; `undefined` where it may not be read. */
  const shown = (): Metadata | undefined =>
    account.profile && (account.profile.user_metadata ?? {});

  /**
   * Reads again what is kept, and calls `send` if that is still what it `was`, or if the person wants to overwrite what
   * somebody else has written there. The API has no way to make this one step. `said` is said when it `will` be so.
   */
  const write = async (
    said: string,
    was: Metadata,
    will: Metadata,
    send: () => Promise<UserProfile>,
    { everything = false } = {},
  ): Promise<Result> => {
    const seen = shown() ?? {};
    await account.read();
    const readable = client.can("getUser");
    const now = readable ? (shown() ?? {}) : was;
    const keys = [...new Set(Object.keys({ ...was, ...will, ...(everything && now) }))];
    if (readable && keys.every((key) => isSame(now[key], will[key]))) return NOTHING_TO_SAVE;
    if (!(await overwrites(pick(was, keys), pick(now, keys), will))) return NOT_SAVED;
    account.replace(await send());
    if (!readable) return { said };
    const others = changedKeys(seen, now).filter((key) => !keys.includes(key));
    const news = others.length > 0 ? ` Changed elsewhere meanwhile: ${others.join(", ")}.` : "";
    const undo = async () => {
      const patch = patchTo(now, keys);
      const back = () => client.patchUserMetadata(patch);
      return (await write("Undone.", pick(will, keys), pick(now, keys), back)).said;
    };
    const action = (pressed: HTMLButtonElement) => void card.run(pressed, undo);
    return { said: said + news, offer: { label: "Undo", action } };
  };

  const save = (change: Metadata, was: Metadata, submit: HTMLButtonElement) =>
    card.run(submit, async () => {
      // Merges: keys that are not named stay as they are.
      const send = () => client.patchUserMetadata(change);
      const result = await write(`Saved “${Object.keys(change)[0]}”.`, was, change, send);
      if (result === NOT_SAVED) form.rebase();
      else form.reset();
      return result;
    });

  const remove = async (key: string, value: unknown, pressed: HTMLButtonElement) => {
    const was = { [key]: value };
    const sure = await confirmed({
      title: `Remove “${key}”?`,
      text: "You can undo this.",
      details: difference(was, {}),
      action: "Remove",
    });
    if (!sure) return;
    await card.run(pressed, () =>
      write(`Removed “${key}”.`, was, {}, () => client.patchUserMetadata({ [key]: null })),
    );
  };

  const clear = async (pressed: HTMLButtonElement) => {
    const was = shown() ?? {};
    const sure = await confirmed({
      title: "Remove all preferences?",
      text: "Every key goes, also those that other applications have written. You can undo this.",
      details: difference(was, {}),
      action: "Remove all",
    });
    if (!sure) return;
    const send = () => client.clearUserMetadata();
    await card.run(pressed, () =>
      write("Removed all preferences.", was, {}, send, { everything: true }),
    );
  };
  const clearing = button("Remove all…", () => void clear(clearing), { class: "danger" });
  const form = preferenceForm(shown, (...change) => void save(...change), clearing);

  const row = ([key, value]: [string, unknown]) => {
    const disabled = !client.can("patchUserMetadata");
    const control = (label: string, onclick: () => void) =>
      button(label, onclick, { "aria-label": `${label} ${key}`, disabled });
    const removing = control("Remove", () => void remove(key, value, removing));
    return h(
      "li",
      { "data-key": key },
      h(
        "div",
        { class: "what" },
        h("span", { class: "name" }, key),
        h("span", { class: "detail" }, asText(value)),
      ),
      h(
        "div",
        { class: "actions" },
        control("Change", () => form.edit(key, value)),
        removing,
      ),
    );
  };

  // The form stays as it is while the list changes: nobody loses what they are typing.
  form.element.hidden = true;
  account.watch(list, (profile) => {
    form.element.hidden = false;
    const entries = Object.entries(profile?.user_metadata ?? {});
    if (entries.length > 0) return [h("ul", { class: "rows" }, ...entries.map(row))];
    const empty = profile ? "Nothing is kept yet." : "What is kept cannot be read here.";
    return [h("p", { class: "empty" }, empty)];
  });
  card.body.show(
    list.element,
    permitted(client, "patchUserMetadata", h("fieldset", {}, form.element)),
  );
  return card.element;
}
