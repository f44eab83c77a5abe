// The developer panel: shows what the package did for this page, and why. It can be switched on by whoever wants to learn.
import { button, h } from "../ui/dom.js";
import { store, stored } from "../ui/storage.js";
import { apiRequests } from "./api-requests.js";
import { authorizeRequest } from "./authorize-request.js";
import { record } from "./observed.js";
import { verification } from "./verification.js";

const KEY = "developer panel";

/** The switch; the panel itself is shown in `place`. */
export function developerSwitch(place: HTMLElement): HTMLElement {
  const steps = h("div", { class: "steps" });
  const isOn = () => stored(localStorage, KEY) === true;
  const show = () => {
    toggle.setAttribute("aria-expanded", String(isOn()));
    place.hidden = !isOn();
    if (isOn()) steps.replaceChildren(...allSteps());
  };
  const toggle = button(
    "Developer panel",
    () => {
      store(localStorage, KEY, isOn() ? undefined : true);
      show();
      if (isOn()) place.querySelector("h2")?.focus();
    },
    { class: "quiet", "aria-controls": place.id },
  );
  place.replaceChildren(panel(steps));
  record.subscribe(() => isOn() && show());
  show();
  return toggle;
}

const panel = (steps: HTMLElement): HTMLElement =>
  h(
    "section",
    { class: "card developer", "aria-labelledby": "developer-title" },
    h("h2", { id: "developer-title", tabindex: "-1" }, "Developer panel"),
    h(
      "p",
      { class: "lead" },
      "What happens behind this page. Tokens and one-time values are never shown.",
    ),
    steps,
  );

const allSteps = (): HTMLElement[] => [
  step("authorize-request", "1. The question to the tenant", authorizeRequest(record.request)),
  step("verification", "2. The answer, verified", verification(record.verification)),
  step("api-requests", "3. Requests to the Management API", apiRequests(record.calls)),
];

const step = (id: string, title: string, content: Node[]): HTMLElement =>
  h("div", { id, class: "slot" }, h("h3", {}, title), ...content);
