// How long the session still lasts, counting down for as long as it is on the page.
import type { CurrentUserClient } from "auth0-current-user";
import { h } from "../ui/dom.js";

const SECOND_MS = 1000;
/** Time enough to finish a thought and press a button. */
const ENDS_SOON_SECONDS = 120;

/** `endsSoon` is run once, when there is little time left. */
export function countdown(client: CurrentUserClient, endsSoon: () => void): HTMLElement {
  const element = h("span", { class: "countdown", role: "timer" });
  let isSoon = false;
  const show = () => {
    const seconds = Math.max(0, Math.floor(((client.expiresAt ?? 0) - Date.now()) / SECOND_MS));
    const text = inWords(seconds, seconds < ENDS_SOON_SECONDS);
    if (element.textContent !== text) element.textContent = text;
    if (seconds < ENDS_SOON_SECONDS && !isSoon) {
      isSoon = true;
      endsSoon();
    }
  };
  show();
  const timer = setInterval(() => (element.isConnected ? show() : clearInterval(timer)), SECOND_MS);
  return element;
}

function inWords(seconds: number, toTheSecond: boolean): string {
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const parts = [
    hours > 0 && `${hours} h`,
    (minutes > 0 || !toTheSecond) && `${minutes % 60} min`,
    toTheSecond && `${seconds % 60} s`,
  ];
  return `${parts.filter(Boolean).join(" ")} left`;
}
