// The first script of every watched page. Records the timers, listeners and frames that the package has left behind.
// Counts only calls from the package's files, because the browser's driver uses timers and listeners, too.
"use strict";
globalThis.watched = (() => {
  const PACKAGE = /\/package\/|wasm:/;
  Error.stackTraceLimit = 100;
  const byPackage = () => PACKAGE.test(new Error().stack);

  const watched = {
    listeners: [],
    timers: new Map(),
    /** Arguments of every `window.open`. */
    opened: [],
    /** Addresses of all frames that were inserted into the page. */
    frames: [],
    /** Addresses of all requests by `fetch`. */
    fetched: [],
    /** Names and values of all writes to storage. */
    writes: [],
    /** Memories of all WebAssembly instances. */
    memories: [],
    /** The number of timers set so far. */
    timersSet: 0,
    leftovers: () => ({
      frames: document.querySelectorAll("iframe").length,
      listeners: watched.listeners.map(({ type }) => type),
      timers: [...watched.timers.values()].map(({ ms }) => ms),
      records: [...Object.keys(sessionStorage), ...Object.keys(localStorage)],
    }),
    /** Calls every pending timer now, as the browser would later. */
    fireTimers: () => {
      for (const [id, { callback }] of [...watched.timers]) {
        clearTimeout(id);
        callback();
      }
    },
  };

  const { addEventListener, removeEventListener } = EventTarget.prototype;
  EventTarget.prototype.addEventListener = function add(type, listener, ...rest) {
    if (byPackage()) watched.listeners.push({ target: this ?? globalThis, type, listener });
    return addEventListener.call(this ?? globalThis, type, listener, ...rest);
  };
  EventTarget.prototype.removeEventListener = function remove(type, listener, ...rest) {
    const target = this ?? globalThis;
    const index = watched.listeners.findIndex(
      (one) => one.target === target && one.type === type && one.listener === listener,
    );
    if (index >= 0) watched.listeners.splice(index, 1);
    return removeEventListener.call(target, type, listener, ...rest);
  };

  const { setTimeout, clearTimeout, setInterval, open } = globalThis;
  globalThis.setTimeout = (callback, ms, ...rest) => {
    const mine = byPackage();
    const id = setTimeout(() => {
      watched.timers.delete(id);
      callback(...rest);
    }, ms);
    if (mine) {
      watched.timersSet += 1;
      watched.timers.set(id, { ms, callback });
    }
    return id;
  };
  // Timeouts and intervals share one list of ids (HTML 8.6).
  globalThis.clearTimeout = globalThis.clearInterval = (id) => {
    watched.timers.delete(id);
    clearTimeout(id);
  };
  globalThis.setInterval = (callback, ms, ...rest) => {
    const id = setInterval(callback, ms, ...rest);
    if (byPackage()) watched.timers.set(id, { ms, callback });
    return id;
  };
  globalThis.open = (...given) => {
    watched.opened.push(given);
    return open(...given);
  };

  const { fetch } = globalThis;
  globalThis.fetch = (url, ...rest) => {
    watched.fetched.push(String(url));
    return fetch(url, ...rest);
  };

  const { setItem } = Storage.prototype;
  Storage.prototype.setItem = function set(name, value) {
    watched.writes.push({ name, value });
    return setItem.call(this, name, value);
  };

  const { Instance } = WebAssembly;
  WebAssembly.Instance = function instantiate(...given) {
    const instance = new Instance(...given);
    const exports = Object.values(instance.exports);
    watched.memories.push(...exports.filter((one) => one instanceof WebAssembly.Memory));
    return instance;
  };

  new MutationObserver((changes) => {
    for (const { addedNodes } of changes) {
      for (const node of addedNodes) if (node.localName === "iframe") watched.frames.push(node.src);
    }
  }).observe(document, { childList: true, subtree: true });

  return watched;
})();
