// Any error as a person needs it: what happened and what to do, then what a developer needs to find out why.
import { CurrentUserError, type ErrorCode } from "auth0-current-user";
import { button, h, pairs } from "./dom.js";

/** What happened, in a person's words. The other codes are about how the page or the tenant is set up. */
const IN_WORDS: Partial<Record<ErrorCode, string>> = {
  access_denied: "You were not signed in",
  aborted: "This was called off",
  api_error: "The server could not do this",
  insufficient_scope: "This is not permitted",
  login_required: "You have to sign in again",
  network_error: "The server could not be reached",
  not_found: "It is not there any more",
  popup_blocked: "Your browser did not let the window open",
  popup_closed: "The window was closed before it was done",
  rate_limited: "Too much at once",
  state_mismatch: "This sign-in was not started here, or is over",
  timeout: "It took too long",
  token_expired: "Your session is over",
  unauthorized: "The server did not accept your session",
};

/** Nothing here can say whether the same would not work a moment later. */
const PASSING: ErrorCode[] = ["network_error", "timeout", "rate_limited", "popup_blocked"];

export const mayTryAgain = (error: unknown): boolean =>
  error instanceof CurrentUserError && PASSING.includes(error.code);

export function problem(error: unknown, again?: () => void): HTMLElement {
  const retry = again && button("Try again", again);
  if (!(error instanceof CurrentUserError)) {
    return h(
      "div",
      { class: "problem" },
      h("p", { class: "problem-title" }, "Something is wrong with this page"),
      h("p", {}, "Reload it. If it happens again, report what you did, and this: ", String(error)),
      retry,
    );
  }
  const wait = error.retryAfterMs;
  return h(
    "div",
    { class: "problem", "data-code": error.code },
    h("p", { class: "problem-title" }, IN_WORDS[error.code] ?? "This did not work"),
    // The message says what to do.
    h("p", {}, ...withCode(sentence(error.message))),
    pairs([
      ["Code", h("code", {}, error.code + (error.reason ? ` (${error.reason})` : ""))],
      ["Needs one of", error.requiredScopes?.join(", ")],
      ["Wait", wait === undefined ? undefined : `${Math.ceil(wait / 1000)} s`],
      ["HTTP status", error.status],
      ["Server’s code", error.serverCode],
      ["Server’s words", error.serverMessage],
    ]),
    retry,
  );
}

/** Without a network nothing is tried. */
export const offline = (again: () => void): HTMLElement =>
  h(
    "div",
    { class: "problem", "data-code": "offline" },
    h("p", { class: "problem-title" }, "You are offline"),
    h("p", {}, "Nothing was sent. Try again when you are back."),
    button("Try again", again),
  );

const sentence = (text: string): string => {
  const upper = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(upper) ? upper : `${upper}.`;
};

/** What stands in backticks is quoted from code. */
const withCode = (text: string): (Node | string)[] =>
  text.split("`").map((part, index) => (index % 2 === 1 ? h("code", {}, part) : part));
