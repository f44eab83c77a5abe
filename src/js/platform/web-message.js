// The port `WebMessages`: windows and frames that answer by `postMessage`. Reports every message of the page; which one is
// the answer is decided in Rust.
import { onAbort } from "./tasks.js";
import { attempt, toTaggedJson } from "./values.js";

/**
 * What happens while a window or frame is open. `data` is tagged JSON.
 *
 * @typedef {{ kind: "message", origin: string, fromTarget: boolean, data: string }
 *   | { kind: "closed" } | { kind: "timeout" }} WebMessageEvent
 */

/**
 * One event in order, and the place of the next one.
 *
 * @typedef {{
 *   event: Promise<WebMessageEvent>,
 *   arrive: (event: WebMessageEvent) => void,
 *   next: QueueEntry | undefined,
 * }} QueueEntry
 */

/** How long to wait between two looks at whether the person has closed the window, in milliseconds. */
const CLOSED_POLL_MS = 300;

/**
 * Opens an empty window. `undefined` where the browser does not.
 *
 * @param {AbortController} controller
 */
export const openPopup = (controller) =>
  attempt(() => {
    const popup = open("about:blank", "_blank", "popup,width=420,height=680");
    if (popup) onAbort(controller, () => popup.close());
    return popup ?? undefined;
  });

/**
 * Makes a frame that nobody sees. `undefined` in a page that cannot.
 *
 * @param {AbortController} controller
 */
export const createIframe = (controller) =>
  attempt(() => {
    const iframe = document.createElement("iframe");
    iframe.hidden = true;
    onAbort(controller, () => iframe.remove());
    return iframe;
  });

/**
 * Loads `url` in a window or frame. Returns a function that resolves with the next event, in order; the last one is
 * `timeout`, also on abort.
 *
 * @param {AbortController} controller
 * @param {Window | HTMLIFrameElement} target
 * @param {string} url
 * @param {number} timeoutMs
 */
export function navigate(controller, target, url, timeoutMs) {
  let last = createEntry();
  /** @param {WebMessageEvent} event */
  const report = (event) => {
    const { arrive } = last;
    last = last.next = createEntry();
    arrive(event);
  };
  /** @type {QueueEntry | undefined} */
  let position;
  const first = last;

  const isFrame = target instanceof HTMLIFrameElement;
  attempt(() => {
    if (isFrame) {
      target.src = url;
      document.documentElement.appendChild(target);
    } else target.location.replace(url);
  });
  const targetWindow = isFrame ? target.contentWindow : target;

  /** @type {(message: MessageEvent) => void} */
  const listen = ({ origin, source, data }) =>
    report({
      kind: "message",
      origin,
      fromTarget: source === targetWindow,
      data: toTaggedJson(data, false, 2),
    });
  addEventListener("message", listen);
  const timer = setTimeout(report, timeoutMs, { kind: "timeout" });
  let closed = false;
  const look = () => {
    // The message may be the last thing that the window did, so it gets one more period.
    if (closed) report({ kind: "closed" });
    closed = !isFrame && target.closed;
  };
  const poll = isFrame ? undefined : setInterval(look, CLOSED_POLL_MS);
  onAbort(controller, () => {
    removeEventListener("message", listen);
    clearTimeout(timer);
    clearInterval(poll);
    report({ kind: "timeout" });
  });

  return () => {
    position = position ? position.next : first;
    return position?.event;
  };
}

/**
 * The next event of what {@link navigate} returned.
 *
 * @param {() => Promise<WebMessageEvent> | undefined} events
 */
export const nextEvent = (events) => events();

/** @returns {QueueEntry} */
function createEntry() {
  /** @type {(event: WebMessageEvent) => void} */
  let arrive = () => {};
  const event = new Promise((/** @type {typeof arrive} */ resolve) => (arrive = resolve));
  return { event, arrive, next: undefined };
}
