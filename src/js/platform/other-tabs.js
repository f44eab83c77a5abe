// The port `OtherTabs`, on BroadcastChannel.
import { attempt } from "./values.js";

const NAME = "auth0-current-user.logout";

/** @type {BroadcastChannel | undefined} */
let channel;

/**
 * Keys that have arrived while nobody waited, oldest first.
 *
 * @type {unknown[]}
 */
let arrived = [];

/** @type {((sessionKey: unknown) => void) | undefined} */
let deliver;

/** @param {unknown} sessionKey */
function arrive(sessionKey) {
  arrived[arrived.length] = sessionKey;
  deliver?.(arrived[0]);
  if (deliver) arrived = arrived.slice(1);
  deliver = undefined;
}

/** Opens the channel at first use. `undefined` in a browser without one. */
const open = () =>
  (channel ??= attempt(() => {
    const opened = new BroadcastChannel(NAME);
    opened.onmessage = ({ data }) => arrive(data);
    // Where unit tests run in Node.js, an open channel must not keep the process alive.
    /** @type {{ unref?: () => void }} */ (opened).unref?.();
    return opened;
  }));

/** @param {string} sessionKey */
export const announceLogout = (sessionKey) => attempt(() => open()?.postMessage(sessionKey));

/** Resolves with the key of the next session that another tab has logged out. */
export const nextLogout = () =>
  new Promise((resolve) => {
    open();
    if (arrived.length) {
      resolve(arrived[0]);
      arrived = arrived.slice(1);
    } else deliver = resolve;
  });
