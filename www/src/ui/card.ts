// The frame that all cards share: a heading, a body, and the results and problems of what is done in it.
import { isOffline } from "./connection.js";
import { button, h } from "./dom.js";
import { mayTryAgain, offline, problem } from "./problem.js";
import { Slot } from "./slot.js";

/** What is said when something is done, and what can be done next about it, such as taking it back. */
export interface Result {
  said: string;
  offer?: { label: string; action: (pressed: HTMLButtonElement) => void };
}

/** Anything quicker needs no word in between. */
const NOTICEABLE_MS = 300;

export class Card {
  readonly element: HTMLElement;
  readonly body = new Slot();
  readonly #heading: HTMLElement;
  // Both stand in the page before they say anything: screen readers announce changes only.
  readonly #result = h("div", { class: "result", role: "status" });
  readonly #problem = h("div", { role: "alert" });

  constructor(id: string, title: string, lead?: string) {
    this.#heading = h("h2", { id: `${id}-title`, tabindex: "-1" }, title);
    this.element = h(
      "section",
      { class: "card", id, "aria-labelledby": `${id}-title` },
      this.#heading,
      lead !== undefined && h("p", { class: "lead" }, lead),
      this.body.element,
      this.#result,
      this.#problem,
    );
  }

  /**
   * Runs what `control` was pressed for: busy until it ends, then what `action` answers, or the problem.
   * Nothing is tried without a network, unless it `worksOffline`.
   */
  async run(
    control: HTMLButtonElement,
    action: () => Promise<Result | string | void>,
    { worksOffline = false } = {},
  ): Promise<void> {
    if (control.getAttribute("aria-busy") === "true") return;
    this.#clear();
    const again = () => {
      const target = control.isConnected ? control : this.#heading;
      target.focus();
      void this.run(control, action);
    };
    if (isOffline() && !worksOffline) return this.#say(this.#problem, offline(again));
    control.setAttribute("aria-busy", "true");
    const noticed = setTimeout(() => this.#say(this.#result, "One moment…"), NOTICEABLE_MS);
    try {
      const result = await action();
      clearTimeout(noticed);
      this.#say(this.#result, ...contentOf(result));
    } catch (error) {
      clearTimeout(noticed);
      this.#say(this.#result);
      this.#say(this.#problem, problem(error, mayTryAgain(error) ? again : undefined));
    } finally {
      control.removeAttribute("aria-busy");
    }
  }

  /** A card may be taller than a phone: what it says comes into view, unless the person is in another one by now. */
  #say(place: HTMLElement, ...content: (Node | string)[]): void {
    place.replaceChildren(...content);
    const here = document.activeElement?.closest(".card") ?? this.element;
    if (content.length > 0 && here === this.element) place.scrollIntoView({ block: "nearest" });
  }

  /** A focus on what goes away stays in the card. */
  #clear(): void {
    const focus = document.activeElement;
    if (this.#result.contains(focus) || this.#problem.contains(focus)) this.#heading.focus();
    this.#result.replaceChildren();
    this.#problem.replaceChildren();
  }
}

function contentOf(result: Result | string | void): (Node | string)[] {
  if (typeof result === "string") return [result];
  if (!result) return [];
  const { said, offer } = result;
  if (!offer) return [said];
  const offered = button(offer.label, () => offer.action(offered));
  return [said, offered];
}
