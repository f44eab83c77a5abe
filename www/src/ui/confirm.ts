// Asks before anything that takes something away.
import { h } from "./dom.js";

export interface Question {
  title: string;
  text: string;
  /** What the answer is about, such as the difference that it makes. */
  details?: HTMLElement;
  /** What the button says that does it, and the one that does not. */
  action: string;
  keep?: string;
}

/** Resolves with the person's answer; Escape is a no. The browser puts the focus back where it was. */
export function confirmed(question: Question): Promise<boolean> {
  const { title, text, details, action, keep = "Keep it" } = question;
  return new Promise((resolve) => {
    const dialog = h(
      "dialog",
      { "aria-labelledby": "question", "aria-describedby": "consequence" },
      h(
        "form",
        { method: "dialog" },
        h("h2", { id: "question" }, title),
        h("div", { id: "consequence" }, h("p", {}, text), details),
        h(
          "div",
          { class: "actions" },
          h("button", { value: "no", autofocus: true }, keep),
          h("button", { value: "yes", class: "danger filled" }, action),
        ),
      ),
    );
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
