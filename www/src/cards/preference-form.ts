// One key and its value, which is text unless the person says that it is JSON, and what saving it would change.
import { field } from "../ui/field.js";
import { h } from "../ui/dom.js";
import { difference, isSame, pick, type Metadata } from "./preference-changes.js";

export interface PreferenceForm {
  element: HTMLFormElement;
  /** Fills the form with what there is, to be changed. */
  edit(key: string, value: unknown): void;
  /** Takes what is shown now for what there was before. */
  rebase(): void;
  /** Ready for the next one. */
  reset(): void;
}

/**
 * `shown` is what the page shows at the time, `undefined` where it may not know; `save` gets the one key with its new value, and what it was when the
 * person began to change it.
 */
export function preferenceForm(
  shown: () => Metadata | undefined,
  save: (change: Metadata, was: Metadata, submit: HTMLButtonElement) => void,
  ...otherButtons: HTMLButtonElement[]
): PreferenceForm {
  const key = h("input", {
    id: "preference-key",
    required: true,
    autocomplete: "off",
    spellcheck: "false",
  });
  const value = h("textarea", { id: "preference-value", rows: "1", spellcheck: "false" });
  const isJson = h("input", { type: "checkbox", id: "preference-json" });
  const preview = h("p", { id: "preference-change", class: "hint" });
  const submit = h("button", { class: "filled", "aria-describedby": preview.id }, "Save");
  let was: Metadata = {};

  const keyProblem = () => {
    if (key.value !== "" && key.value.trim() === "") return "Fill this in.";
    // Auth0 does not take such names.
    return /^\$|\./.test(key.value.trim()) ? "A key has no dot in it, and no $ in front." : "";
  };
  const read = (): unknown => (isJson.checked ? JSON.parse(value.value) : value.value);
  const valueProblem = () => {
    try {
      // null would remove the key, and there is a button for that.
      return read() === null ? "null removes a key: use its Remove button." : "";
    } catch {
      return 'This is not JSON, such as 42, true, [1, 2] or {"a": "b"}.';
    }
  };
  const change = (): Metadata => ({ [key.value.trim()]: read() });

  const showChange = () => {
    const complete = key.value.trim() !== "" && valueProblem() === "";
    const nothing = complete && isSame(was[key.value.trim()], read());
    const untouched = value.value === "" && !(key.value.trim() in was);
    if (!complete || untouched || !shown()) preview.replaceChildren();
    else if (nothing) preview.replaceChildren("This is what is kept already.");
    else preview.replaceChildren("Will change: ", difference(was, change()));
  };
  const rebase = () => {
    was = pick(shown() ?? {}, [key.value.trim()]);
    showChange();
  };
  key.addEventListener("input", rebase);
  value.addEventListener("input", showChange);
  isJson.addEventListener("change", () => value.dispatchEvent(new Event("input")));

  const onsubmit = (event: Event) => {
    event.preventDefault();
    save(change(), was, submit);
  };
  const element = h(
    "form",
    { class: "stacked-form", onsubmit },
    ...field("Key", key, keyProblem),
    ...field("Value", value, valueProblem),
    h("label", { class: "check" }, isJson, "The value is JSON: a number, true, a list, an object"),
    preview,
    h("div", { class: "actions" }, submit, ...otherButtons),
  );
  const fill = (name: string, text: string, json: boolean) => {
    [key.value, value.value, isJson.checked] = [name, text, json];
    for (const control of [key, value]) control.dispatchEvent(new Event("input"));
  };
  return {
    element,
    edit(name, present) {
      const isText = typeof present === "string";
      fill(name, isText ? present : JSON.stringify(present), !isText);
      value.focus();
      value.select();
    },
    rebase,
    reset: () => fill("", "", false),
  };
}
