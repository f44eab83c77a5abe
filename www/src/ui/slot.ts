// A part of the page that shows one thing at a time: loading, a failure with a way to try again, or what there is.
import { button, h } from "./dom.js";
import { problem } from "./problem.js";

export class Slot {
  readonly element: HTMLElement = h("div", { class: "slot" });

  /** A focus that was in what is replaced goes to the card's heading, not to the top of the page. */
  show(...content: Node[]): void {
    const hadFocus = this.element.contains(document.activeElement);
    this.element.removeAttribute("aria-busy");
    this.element.replaceChildren(...content);
    if (hadFocus) this.element.closest(".card")?.querySelector("h2")?.focus();
  }

  showLoading(): void {
    this.show(h("p", { class: "loading" }, "Loading…"));
    this.element.setAttribute("aria-busy", "true");
  }

  /** `error` is left out where another slot explains it. */
  showFailure(text: string, retry: () => void, error?: unknown): void {
    this.show(
      h(
        "div",
        { class: "empty" },
        error !== undefined && h("div", { role: "alert" }, problem(error)),
        h("p", {}, text),
        button("Try again", retry),
      ),
    );
  }
}
