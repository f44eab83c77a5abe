// What each scope permits, in words for the person who is asked.
import {
  scopesFor,
  type CurrentUserClient,
  type CurrentUserScope,
  type Operation,
} from "auth0-current-user";
import { h } from "./ui/dom.js";

export const PERMITS: Record<CurrentUserScope, string> = {
  "read:current_user": "See your profile and your enrolled factors",
  "update:current_user_identities": "Link accounts to yours, and unlink them",
  "update:current_user_metadata": "Change and remove your preferences",
  "create:current_user_metadata": "Add to your preferences",
  "delete:current_user_metadata": "Remove a second factor",
  "create:current_user_device_credentials": "Register a device",
  "delete:current_user_device_credentials": "Remove a registered device",
};

let notes = 0;

/**
 * `control` as it is where the session permits `operation`; disabled, with the scope that would permit it, where not.
 * Only for show: the client itself lets nothing through that is not permitted.
 */
export function permitted(
  client: CurrentUserClient,
  operation: Operation,
  control: HTMLButtonElement | HTMLFieldSetElement,
): HTMLElement {
  if (client.can(operation)) return control;
  const id = `needs-${++notes}`;
  control.disabled = true;
  control.setAttribute("aria-describedby", id);
  return h("div", { class: "not-permitted" }, control, needs(operation, id));
}

/** "Not permitted: needs …" */
export const needs = (operation: Operation, id?: string): HTMLElement =>
  h(
    "p",
    { class: "needs", id },
    "Not permitted. Needs ",
    h("code", {}, scopesFor(operation).join(", ")),
  );
