// What only the page can do, as functions that the Rust beside this file calls. Nothing is decided here.
//
// Everything that has an end takes `stop`, an AbortController, and is over once that is aborted: the Rust side aborts it when
// nobody waits any more. Each promise is settled then as well, or it would keep alive whoever waited for it.
//
// Other scripts may have put anything on the built-in prototypes. Objects for the platform therefore have no prototype, and
// no list is iterated by its iterator.

/**
 * What a function brings; `undefined` where it throws.
 *
 * @template T
 * @param {() => T} run
 */
const attempt = (run) => {
  try {
    return run();
  } catch {}
};

/**
 * The own members of an object, and no others.
 *
 * @type {(value: any) => any}
 */
const own = (value) => ({ __proto__: null, ...value });

// ── Values ───────────────────────────────────────────────────────────────────────────────────

/** So many objects and arrays are looked into, so that a value which contains itself has an end. */
const MAX_PARTS = 1 << 18;

/**
 * Says what a value is, through and through: own enumerable members alone, and each by the type that it has, without
 * coercion. As JSON text, in which `u` is `undefined`, and `x` is what JSON cannot say or what is more than `depth` levels down.
 *
 * @param {unknown} value
 * @param {boolean} plain Is an object of a class, whatever it says of itself, no JSON?
 * @param {number} depth
 * @returns {string}
 */
export function describe(value, plain, depth) {
  let parts = MAX_PARTS;
  /** @type {(value: any, depth: number) => string} */
  const say = (value, depth) => {
    if (typeof value === "string") return JSON.stringify(value);
    if (value === null || typeof value === "boolean" || Number.isFinite(value)) return `${value}`;
    if (value === undefined) return "u";
    if (typeof value !== "object" || !depth || !parts) return "x";
    parts -= 1;
    const keys = Object.keys(value);
    const symbols = plain ? Object.getOwnPropertySymbols(value) : [];
    let text = "";
    // What frameworks hide in an object of theirs is no member of it.
    for (let index = 0; index < symbols.length; index += 1)
      if (Reflect.getOwnPropertyDescriptor(value, symbols[index])?.enumerable) return "x";
    if (Array.isArray(value)) {
      // A plain array has its items, and nothing that somebody has added.
      if (plain && keys.length !== value.length) return "x";
      for (let index = 0; index < value.length; index += 1)
        text += `${text && ","}${say(member(value, index), depth - 1)}`;
      return `[${text}]`;
    }
    // A plain object has no prototype, or the last one of its realm. What is of a class and has no members keeps them elsewhere.
    const prototype = (plain || !keys.length) && Reflect.getPrototypeOf(value);
    if (prototype && Reflect.getPrototypeOf(prototype)) return "x";
    for (let index = 0; index < keys.length; index += 1) {
      const key = keys[index];
      text += `${text && ","}${JSON.stringify(key)}:${say(member(value, key), depth - 1)}`;
    }
    return `{${text}}`;
  };
  // A proxy may throw.
  return attempt(() => say(value, depth)) ?? "x";
}

/**
 * The value of an own member, whatever is on the prototypes.
 *
 * @param {any} object
 * @param {string | number} name
 */
export const member = (object, name) => {
  try {
    return object && Object.hasOwn(object, name) ? object[name] : undefined;
  } catch {
    // A getter that throws: nothing that any member may be.
    return Symbol();
  }
};

/**
 * The JSON text of a value, with all that its classes have to say. `undefined` where it has none.
 *
 * @param {unknown} value
 */
export const stringify = (value) => attempt(() => JSON.stringify(value));

/**
 * The value of JSON text; `undefined` where it is none. Its members are own ones whatever is on the prototypes, which
 * assigned ones are not.
 *
 * @param {string} text
 */
export const parse = (text) => attempt(() => JSON.parse(text));

/**
 * Calls a function of the facade's.
 *
 * @param {() => void} listener
 */
export const call = (listener) => attempt(listener);

/**
 * One of the objects and arrays in a value that was handed out, as it was then.
 *
 * @typedef {{ object: any, prototype: unknown, members: any, next: Part | undefined }} Part
 */

/**
 * What was made of which JSON text.
 *
 * @type {WeakMap<object, { json: string, parts: Part | undefined }>}
 */
const handedOut = new WeakMap();

/**
 * The value of JSON text: the one before, for frameworks that compare by identity, unless that was made of another text, or
 * somebody has changed it, be it by a getter, another prototype, or a proxy in the place of an object.
 *
 * @param {any} before
 * @param {string} json
 */
export function renew(before, json) {
  const known = handedOut.get(before);
  if (known?.json === json && isUnchanged(known.parts)) return before;
  /** @type {Part | undefined} */
  let parts;
  /** @type {(object: any) => void} */
  const look = (object) => {
    if (typeof object !== "object" || !object) return;
    /** @type {any} */
    const members = { __proto__: null };
    const keys = Reflect.ownKeys(object);
    for (let index = 0; index < keys.length; index += 1)
      look((members[keys[index]] = object[keys[index]]));
    parts = { object, prototype: Reflect.getPrototypeOf(object), members, next: parts };
  };
  const value = JSON.parse(json);
  look(value);
  handedOut.set(value, { json, parts });
  return value;
}

/** @param {Part | undefined} part */
function isUnchanged(part) {
  for (; part; part = part.next) {
    const { object, prototype, members } = part;
    const keys = Reflect.ownKeys(object);
    if (keys.length !== Reflect.ownKeys(members).length) return false;
    if (Reflect.getPrototypeOf(object) !== prototype) return false;
    for (let index = 0; index < keys.length; index += 1) {
      // A getter's has no value.
      const { value } = own(Reflect.getOwnPropertyDescriptor(object, keys[index]));
      if (!Object.is(value, members[keys[index]])) return false;
    }
  }
  return true;
}

// ── Tasks ────────────────────────────────────────────────────────────────────────────────────

/**
 * The promise that the task which has just been polled waits for.
 *
 * @type {Promise<unknown> | undefined}
 */
let awaited;

/** @param {Promise<unknown> | undefined} promise */
export const waitFor = (promise) => {
  awaited = promise;
};

/**
 * Runs a task that waits from promise to promise, and resolves with what comes of it in the end. `step` polls it with what has come
 * of the last promise; it throws the refusal in the end, or where the module has come to harm. Once `signal` says stop, it is
 * polled at once and finds that out for itself.
 *
 * @param {(task: number, fulfilled: boolean, answer: unknown) => unknown} step
 * @param {number} task
 * @param {AbortSignal | undefined} signal
 */
export async function run(step, task, signal) {
  let promise = awaited;
  // Each task takes its own: another one may be in the middle of a step that has begun this one.
  awaited = undefined;
  /** @type {((answer?: unknown) => void) | undefined} */
  let stop;
  const stopped = signal && new Promise((resolve) => (stop = resolve));
  if (stop) signal?.addEventListener("abort", stop);
  try {
    for (;;) {
      let fulfilled = true;
      let answer;
      try {
        answer = await (stopped ? Promise.race([promise, stopped]) : promise);
      } catch (cause) {
        answer = cause;
        fulfilled = false;
      }
      awaited = undefined;
      const result = step(task, fulfilled, answer);
      if (!awaited) return result;
      promise = awaited;
    }
  } finally {
    if (stop) signal?.removeEventListener("abort", stop);
  }
}

// ── The page ─────────────────────────────────────────────────────────────────────────────────

/** The page's address. */
export const address = () => location.href;

/** How often the address is replaced at most, and how long to wait before the next time, in milliseconds. */
const REPLACEMENTS = 60;
const REPLACE_AGAIN_MS = 500;

/**
 * Puts another address in the bar and in this history entry, without loading anything. A page that forbids leaving keeps
 * its address.
 *
 * @param {string} url
 */
export function replaceAddress(url, left = REPLACEMENTS) {
  const before = location.href;
  const again = () => {
    if (location.href === before) replaceAddress(url, left - 1);
  };
  try {
    history.replaceState(history.state, "", url);
  } catch {
    // Some browsers limit how often a page may do that; a navigation is not limited.
    attempt(() => location.replace(url));
  }
  // Chromium says nothing where a page has done it too often, and lets it again some seconds later.
  if (left && location.href === before) setTimeout(again, REPLACE_AGAIN_MS);
}

/**
 * Leaves for another address. A page that forbids leaving stays.
 *
 * @param {string} url
 */
export const navigate = (url) => attempt(() => location.assign(url));

/** What ends all that is begun with it; nothing can be begun in a page that has none. */
export const makeStop = () => attempt(() => new AbortController());

/**
 * Resolves after a while.
 *
 * @param {AbortController} stop
 * @param {number} milliseconds
 */
export const wait = (stop, milliseconds) =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    atEnd(stop, () => {
      clearTimeout(timer);
      resolve(undefined);
    });
  });

/**
 * Adds to what is done at the end.
 *
 * @param {AbortController} stop
 * @param {() => void} action
 */
function atEnd({ signal }, action) {
  const others = signal.onabort;
  signal.onabort = (event) => {
    others?.call(signal, event);
    action();
  };
}

// ── Storage, which may be blocked, full, or not there ────────────────────────────────────────

/** What the names of our records begin with; a number follows. */
const PREFIX = "auth0-current-user.";

/** @param {boolean} local */
const storage = (local) => (local ? localStorage : sessionStorage);

/**
 * A record; nothing where it cannot be read.
 *
 * @param {boolean} local
 * @param {number} number
 */
export const readRecord = (local, number) =>
  attempt(() => storage(local).getItem(`${PREFIX}${number}`));

/**
 * Writes a record, or removes it where there is none. Has it been done?
 *
 * @param {boolean} local
 * @param {number} number
 * @param {string | undefined} record
 */
export const writeRecord = (local, number, record) =>
  !!attempt(() => {
    const name = `${PREFIX}${number}`;
    if (record === undefined) storage(local).removeItem(name);
    else storage(local).setItem(name, record);
    return true;
  });

/**
 * All our records: what follows the prefix of its name, and the record, in turns, with a zero behind each. Nothing where they
 * cannot be read.
 *
 * @param {boolean} local
 */
export const readRecords = (local) =>
  attempt(() => {
    const records = storage(local);
    let text = "";
    for (let index = 0; index < records.length; index += 1) {
      const name = `${records.key(index)}`;
      let at = 0;
      while (at < PREFIX.length && name[at] === PREFIX[at]) at += 1;
      if (at < PREFIX.length) continue;
      for (; at < name.length; at += 1) text += name[at];
      text += `\0${records.getItem(name)}\0`;
    }
    return text;
  });

// ── The network ──────────────────────────────────────────────────────────────────────────────

/**
 * Sends a request and reads the answer: never with cookies, along a redirect, with a referrer, from or into a cache. Status 0
 * is no complete answer, and 1 is none in time.
 *
 * @param {AbortController} stop
 * @param {number} timeoutMs
 * @param {string} method
 * @param {string} url
 * @param {string | undefined} authorization
 * @param {string | undefined} contentType
 * @param {string | undefined} body
 */
export async function request(stop, timeoutMs, method, url, authorization, contentType, body) {
  let status = 0;
  const timer = setTimeout(() => {
    status = 1;
    stop.abort();
  }, timeoutMs);
  try {
    /** @type {any} */
    const headers = { __proto__: null };
    if (authorization) headers.Authorization = authorization;
    if (contentType) headers["Content-Type"] = contentType;
    const init = {
      __proto__: null,
      method,
      headers,
      body,
      signal: stop.signal,
      credentials: "omit",
      redirect: "error",
      referrerPolicy: "no-referrer",
      cache: "no-store",
      mode: "cors",
    };
    const response = await fetch(url, /** @type {RequestInit} */ (init));
    const text = await response.text();
    status = response.status;
    const header = (/** @type {string} */ name) => response.headers.get(name);
    return { status, text, retryAfter: header("Retry-After"), reset: header("X-RateLimit-Reset") };
  } catch {
    return { status };
  } finally {
    clearTimeout(timer);
  }
}

// ── Windows and frames ───────────────────────────────────────────────────────────────────────

/**
 * Opens a window, empty; `undefined` where the browser does not.
 *
 * @param {AbortController} stop
 */
export function openWindow(stop) {
  try {
    const popup = open("about:blank", "_blank", "popup,width=420,height=680");
    if (!popup) return;
    atEnd(stop, () => popup.close());
    return popup;
  } catch {}
}

/**
 * Makes a frame that nobody sees.
 *
 * @param {AbortController} stop
 */
export function makeFrame(stop) {
  const frame = document.createElement("iframe");
  frame.hidden = true;
  atEnd(stop, () => frame.remove());
  return frame;
}

/** How long to wait between two looks at whether the person has closed the window, in milliseconds. */
const LOOK_MS = 300;

/**
 * Shows the URL in that window or frame and waits for the response that it sends (`response_mode=web_message`): resolves with
 * what {@link describe} says of it, or with "closed" or "timeout". Only a message of the tenant's origin, from that window,
 * with the expected `state`, counts; all others are somebody else's, and ignored (RFC 9700 4.17).
 *
 * @param {AbortController} stop
 * @param {Window | HTMLIFrameElement} place
 * @param {string} url
 * @param {string} origin
 * @param {string} state
 * @param {number} timeoutMs
 */
export const exchange = (stop, place, url, origin, state, timeoutMs) =>
  new Promise((resolve) => {
    const frame = place instanceof HTMLIFrameElement;
    if (frame) {
      place.src = url;
      document.documentElement.appendChild(place);
    } else place.location.replace(url);
    const source = frame ? place.contentWindow : place;
    /** @type {(message: MessageEvent) => void} */
    const listen = (message) => {
      if (message.origin !== origin || message.source !== source) return;
      const { type, response } = own(message.data);
      if (type === "authorization_response" && own(response).state === state)
        resolve(describe(response, false, 2));
    };
    addEventListener("message", listen);
    const timer = setTimeout(resolve, timeoutMs, "timeout");
    let closed = false;
    const look = () => {
      // Looked at once more after it was seen closed: the message may be the last thing it did.
      if (closed) resolve("closed");
      closed = !frame && place.closed;
    };
    const looks = frame ? undefined : setInterval(look, LOOK_MS);
    atEnd(stop, () => {
      removeEventListener("message", listen);
      clearTimeout(timer);
      clearInterval(looks);
      resolve(undefined);
    });
  });

// ── Cryptography ─────────────────────────────────────────────────────────────────────────────

/**
 * Copies what {@link sha256} resolves with.
 *
 * @param {ArrayBuffer} from
 * @param {Uint8Array<ArrayBuffer>} to
 */
export const copyBytes = (from, to) => to.set(new Uint8Array(from));

/**
 * SHA-256. Rejects where the page has no WebCrypto.
 *
 * @param {BufferSource} bytes
 */
export const sha256 = async (bytes) => crypto.subtle.digest("SHA-256", bytes);

/**
 * The key that was used last, as the platform has read it.
 *
 * @type {{ n: string, e: string, key: CryptoKey } | undefined}
 */
let imported;

/**
 * Is this the RSASSA-PKCS1-v1_5 signature with SHA-256 of these bytes (RFC 7518 3.3, RFC 8017 8.2.2)? `undefined` where the
 * platform cannot read the key. Rejects where the page has no WebCrypto.
 *
 * @param {string} n
 * @param {string} e
 * @param {Uint8Array<ArrayBuffer>} signature
 * @param {Uint8Array<ArrayBuffer>} input
 */
export async function verify(n, e, signature, input) {
  const { subtle } = crypto;
  if (!subtle) throw new TypeError("no WebCrypto");
  const name = "RSASSA-PKCS1-v1_5";
  try {
    let key = imported?.n === n && imported.e === e && imported.key;
    if (!key) {
      // Copies, since the memory that they lie in may move meanwhile.
      [signature, input] = [signature.slice(), input.slice()];
      // The members that a public key needs; what else the tenant put there is left out.
      const jwk = { __proto__: null, kty: "RSA", n, e };
      const algorithm = { __proto__: null, name, hash: "SHA-256" };
      key = await subtle.importKey("jwk", jwk, algorithm, false, ["verify"]);
      imported = { n, e, key };
    }
    return await subtle.verify(name, key, signature, input);
  } catch {}
}
