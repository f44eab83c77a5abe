// Any error as a person needs it: its code, what happened and what to do, and what the server said.
import { CurrentUserError } from "auth0-current-user";
import { h, pairs } from "./dom.js";

export function problem(error: unknown): HTMLElement {
  if (!(error instanceof CurrentUserError)) {
    return h(
      "div",
      { class: "problem" },
      h("p", {}, h("code", {}, "unexpected"), " ", String(error)),
      h("p", {}, "This is a defect of the page: reload it, and report what you did."),
    );
  }
  const wait = error.retryAfterMs;
  return h(
    "div",
    { class: "problem", "data-code": error.code },
    h(
      "p",
      { class: "problem-code" },
      h("code", {}, error.code),
      error.reason && ` (${error.reason})`,
    ),
    // The message says what to do.
    h("p", {}, ...withCode(sentence(error.message))),
    pairs([
      ["Needs one of", error.requiredScopes?.join(", ")],
      ["Wait", wait === undefined ? undefined : `${Math.ceil(wait / 1000)} s`],
      ["HTTP status", error.status],
      ["Server’s code", error.serverCode],
      ["Server’s words", error.serverMessage],
    ]),
  );
}

const sentence = (text: string): string => {
  const upper = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(upper) ? upper : `${upper}.`;
};

/** What stands in backticks is quoted from code. */
const withCode = (text: string): (Node | string)[] =>
  text.split("`").map((part, index) => (index % 2 === 1 ? h("code", {}, part) : part));
