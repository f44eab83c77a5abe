// One key and its value, which is text unless the person says that it is JSON.
import { h } from "../ui/dom.js";

export interface PreferenceForm {
  element: HTMLFormElement;
  /** Fills the form with what there is, to be changed. */
  edit(key: string, value: unknown): void;
}

export function preferenceForm(
  save: (key: string, value: unknown, submit: HTMLButtonElement) => void,
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
  const submit = h("button", { class: "filled" }, "Save");

  const read = (): unknown => (isJson.checked ? JSON.parse(value.value) : value.value);
  const check = () => {
    value.setCustomValidity("");
    try {
      // null would remove the key, and there is a button for that.
      if (read() === null) value.setCustomValidity("null removes a key: use its Remove button.");
    } catch {
      value.setCustomValidity('This is not JSON, such as 42, true, [1, 2] or {"a": "b"}.');
    }
  };
  value.addEventListener("input", check);
  isJson.addEventListener("change", check);

  const element = h(
    "form",
    {
      class: "stacked-form",
      onsubmit: (event) => {
        event.preventDefault();
        save(key.value.trim(), read(), submit);
      },
    },
    h("label", { for: "preference-key" }, "Key"),
    key,
    h("label", { for: "preference-value" }, "Value"),
    value,
    h("label", { class: "check" }, isJson, "The value is JSON: a number, true, a list, an object"),
    h("div", { class: "actions" }, submit, ...otherButtons),
  );
  return {
    element,
    edit(name, present) {
      key.value = name;
      isJson.checked = typeof present !== "string";
      value.value = typeof present === "string" ? present : JSON.stringify(present);
      check();
      value.focus();
      value.select();
    },
  };
}
