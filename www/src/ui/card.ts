// The frame that all cards share: a heading, a body, and the results and problems of what is done in it.
import { h } from "./dom.js";
import { problem } from "./problem.js";

export class Card {
  readonly element: HTMLElement;
  readonly #heading: HTMLElement;
  readonly #body = h("div", { class: "card-body" });
  // Both stand in the page before they say anything: screen readers announce changes only.
  readonly #result = h("p", { class: "result", role: "status" });
  readonly #problem = h("div", { role: "alert" });

  constructor(id: string, title: string, lead?: string) {
    this.#heading = h("h2", { id: `${id}-title`, tabindex: "-1" }, title);
    this.element = h(
      "section",
      { class: "card", id, "aria-labelledby": `${id}-title` },
      this.#heading,
      lead !== undefined && h("p", { class: "lead" }, lead),
      this.#body,
      this.#result,
      this.#problem,
    );
  }

  /** Replaces the body. A focus that was in the old one goes to the heading, not to the top of the page. */
  show(...content: Node[]): void {
    const hadFocus = this.#body.contains(document.activeElement);
    this.#body.replaceChildren(...content);
    this.#body.removeAttribute("aria-busy");
    if (hadFocus) this.#heading.focus();
  }

  showLoading(): void {
    this.#body.setAttribute("aria-busy", "true");
    this.#body.replaceChildren(h("p", { class: "loading" }, "Loading…"));
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
      this.fail(error);
    } finally {
      control.removeAttribute("aria-busy");
    }
  }

  fail(error: unknown): void {
    this.#problem.replaceChildren(problem(error));
  }
}
