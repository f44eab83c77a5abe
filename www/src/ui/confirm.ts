// Asks before anything that cannot be taken back.
import { h } from "./dom.js";

export interface Question {
  title: string;
  text: string;
  /** What the button says that does it. */
  action: string;
}

/** Resolves with the person's answer; Escape is a no. The browser puts the focus back where it was. */
export function confirmed({ title, text, action }: Question): Promise<boolean> {
  return new Promise((resolve) => {
    const dialog = h(
      "dialog",
      { "aria-labelledby": "question", "aria-describedby": "consequence" },
      h(
        "form",
        { method: "dialog" },
        h("h2", { id: "question" }, title),
        h("p", { id: "consequence" }, text),
        h(
          "div",
          { class: "actions" },
          h("button", { value: "no", autofocus: true }, "Keep it"),
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
