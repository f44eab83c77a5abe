// Whether the browser has a network. `navigator.onLine` may be true without one, but where it is false there is none.
import { h } from "./dom.js";

export const isOffline = (): boolean => !navigator.onLine;

/** Runs `action` once, when the browser has a network again, if `element` is still on the page then. */
export function whenBack(element: HTMLElement, action: () => void): void {
  addEventListener("online", () => element.isConnected && action(), { once: true });
}

/** A line that says when the network goes and comes back. */
export function connectionNotice(): HTMLElement {
  const notice = h("p", { class: "connection", role: "status" });
  const show = () => {
    notice.textContent = isOffline()
      ? "You are offline. You can look at what is here; changes have to wait until you are back."
      : "";
  };
  addEventListener("offline", show);
  addEventListener("online", () => (notice.textContent = "You are back online."));
  show();
  return notice;
}
