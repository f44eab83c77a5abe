// The frame that all cards share: a heading, a body, and the results and problems of what is done in it.
import { h } from "./dom.js";
import { problem } from "./problem.js";
import { Slot } from "./slot.js";

export class Card {
  readonly element: HTMLElement;
  readonly body = new Slot();
  // Both stand in the page before they say anything: screen readers announce changes only.
  readonly #result = h("p", { class: "result", role: "status" });
  readonly #problem = h("div", { role: "alert" });

  constructor(id: string, title: string, lead?: string) {
    this.element = h(
      "section",
      { class: "card", id, "aria-labelledby": `${id}-title` },
      h("h2", { id: `${id}-title`, tabindex: "-1" }, title),
      lead !== undefined && h("p", { class: "lead" }, lead),
      this.body.element,
      this.#result,
      this.#problem,
    );
  }

  /** Runs what `control` was pressed for: busy until it ends, then `done` or the problem. */
  async run(
    control: HTMLButtonElement,
    done: string,
    action: () => Promise<unknown>,
  ): Promise<void> {
    if (control.getAttribute("aria-busy") === "true") return;
    this.#result.textContent = "";
    this.#problem.replaceChildren();
    control.setAttribute("aria-busy", "true");
    try {
      await action();
      this.#result.textContent = done;
    } catch (error) {
      this.#problem.replaceChildren(problem(error));
    } finally {
      control.removeAttribute("aria-busy");
    }
  }
}
