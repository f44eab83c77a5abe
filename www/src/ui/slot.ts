// A part of the page that shows one thing at a time: loading, a failure with a way to try again, or what there is.
import { isOffline, whenBack } from "./connection.js";
import { button, h } from "./dom.js";
import { mayTryAgain, problem } from "./problem.js";

export class Slot {
  readonly element: HTMLElement = h("div", { class: "slot" });

  /** A focus that was in what is replaced goes to the same control, or to the card's heading where it is gone. */
  show(...content: Node[]): void {
    const focus = document.activeElement;
    const focused = this.element.contains(focus) ? nameOf(focus as HTMLElement) : undefined;
    this.element.removeAttribute("aria-busy");
    this.element.replaceChildren(...content);
    if (focused === undefined) return;
    const controls = [...this.element.querySelectorAll<HTMLElement>("button, input, textarea")];
    const same = controls.find((control) => nameOf(control) === focused);
    (same ?? this.element.closest(".card")?.querySelector("h2"))?.focus();
  }

  showLoading(): void {
    this.show(h("p", { class: "loading" }, "Loading…"));
    this.element.setAttribute("aria-busy", "true");
  }

  /** `text` says what could not be read; `explains` is for the one slot that says why, where several fail together. */
  showFailure(text: string, retry: () => void, error: unknown, { explains = true } = {}): void {
    const offline = isOffline();
    const failure = h(
      "div",
      { class: "empty" },
      explains && !offline && h("div", { role: "alert" }, problem(error)),
      h("p", {}, offline ? `${text} You are offline: this is read when you are back.` : text),
      button("Try again", retry),
    );
    this.show(failure);
    if (offline || mayTryAgain(error)) whenBack(failure, retry);
  }
}

const nameOf = (control: HTMLElement): string =>
  control.id || (control.getAttribute("aria-label") ?? control.innerText);
