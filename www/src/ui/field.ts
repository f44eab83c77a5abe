// A field with its label, and with what is wrong with it said in the page rather than in a bubble that goes away.
import { h } from "./dom.js";

type Control = HTMLInputElement | HTMLTextAreaElement;

/** `check` says what is wrong with the value beyond what the control's attributes say; nothing is an empty text. */
export function field(
  label: string,
  control: Control,
  check: () => string = () => "",
): HTMLElement[] {
  const wrong = h("p", { class: "field-problem", id: `${control.id}-problem`, role: "alert" });
  control.setAttribute("aria-describedby", wrong.id);
  const say = (text: string) => {
    wrong.textContent = text;
    control.setAttribute("aria-invalid", String(text !== ""));
  };
  control.addEventListener("input", () => {
    control.setCustomValidity(check());
    if (control.validity.valid) say("");
  });
  control.addEventListener("invalid", (event) => {
    event.preventDefault(); // the bubble
    say(control.validity.valueMissing ? "Fill this in." : control.validationMessage);
    // The first that is wrong gets the focus.
    if (control.form?.querySelector(":invalid:is(input, textarea)") === control) control.focus();
  });
  return [h("label", { for: control.id }, label), control, wrong];
}
