// Between JavaScript's values and the text in which they cross into Rust. Decides nothing.
//
// Other scripts may have put anything on the built-in prototypes. These functions therefore read own members alone, make
// objects without a prototype, and iterate no list by its iterator.

/**
 * Calls `run`. Returns `undefined` where it throws.
 *
 * @template T
 * @param {() => T} run
 */
export const attempt = (run) => {
  try {
    return run();
  } catch {}
};

/**
 * A copy of the own members of an object, without a prototype.
 *
 * @type {(value: any) => any}
 */
export const withoutPrototype = (value) => ({ __proto__: null, ...value });

/**
 * The value of an own member, whatever is on the prototypes. A symbol where a getter throws, because no member may be a symbol.
 *
 * @param {any} object
 * @param {string | number} name
 */
export const ownProperty = (object, name) => {
  try {
    return object && Object.hasOwn(object, name) ? object[name] : undefined;
  } catch {
    return Symbol();
  }
};

/**
 * Whether a value is an event of the page, or a framework's wrapper of one: what a method gets that is itself an event
 * handler.
 *
 * @param {any} value
 */
export const isEvent = (value) =>
  !!attempt(() => value instanceof Event || value?.nativeEvent instanceof Event);

/** How many objects and arrays are looked into at most, so that a value which contains itself has an end. */
const MAX_PARTS = 1 << 18;

/**
 * Writes a value as tagged JSON: own enumerable members alone, each by its own type, without coercion. In tagged JSON `u` is
 * `undefined`, and `x` is what JSON cannot express or what lies deeper than `depth` levels.
 *
 * @param {unknown} value
 * @param {boolean} plain Whether objects of classes count as `x`.
 * @param {number} depth
 * @returns {string}
 */
export function toTaggedJson(value, plain, depth) {
  let parts = MAX_PARTS;
  /** @type {(value: any, depth: number) => string} */
  const write = (value, depth) => {
    if (typeof value === "string") return JSON.stringify(value);
    if (value === null || typeof value === "boolean" || Number.isFinite(value)) return `${value}`;
    if (value === undefined) return "u";
    if (typeof value !== "object" || !depth || !parts) return "x";
    parts -= 1;
    const keys = Object.keys(value);
    const symbols = plain ? Object.getOwnPropertySymbols(value) : [];
    let text = "";
    // Frameworks mark their own objects with symbols that are not enumerable. Those are no members.
    for (let index = 0; index < symbols.length; index += 1)
      if (Reflect.getOwnPropertyDescriptor(value, symbols[index])?.enumerable) return "x";
    if (Array.isArray(value)) {
      // A plain array has its items and nothing that somebody has added.
      if (plain && keys.length !== value.length) return "x";
      for (let index = 0; index < value.length; index += 1)
        text += `${text && ","}${write(ownProperty(value, index), depth - 1)}`;
      return `[${text}]`;
    }
    // A plain object has no prototype, or the last one of its realm. An object of a class without members keeps its content
    // elsewhere.
    const prototype = (plain || !keys.length) && Reflect.getPrototypeOf(value);
    if (prototype && Reflect.getPrototypeOf(prototype)) return "x";
    for (let index = 0; index < keys.length; index += 1) {
      const key = keys[index];
      text += `${text && ","}${JSON.stringify(key)}:${write(ownProperty(value, key), depth - 1)}`;
    }
    return `{${text}}`;
  };
  // A proxy may throw.
  return attempt(() => write(value, depth)) ?? "x";
}

/**
 * The JSON text of a value, with what its classes return from `toJSON`. `undefined` where there is none.
 *
 * @param {unknown} value
 */
export const stringify = (value) => attempt(() => JSON.stringify(value));

/**
 * Parses JSON text. `undefined` where the text is not JSON.
 *
 * @param {string} text
 */
export const parse = (text) => attempt(() => JSON.parse(text));

/**
 * Calls a function of the facade's. What it throws is the facade's business.
 *
 * @param {() => void} listener
 */
export const notify = (listener) => attempt(listener);

/**
 * One object or array inside a value that was handed out, as it was then.
 *
 * @typedef {{ object: any, prototype: unknown, members: any, next: Snapshot | undefined }} Snapshot
 */

/**
 * The text that a value came from, and how each part of the value looked.
 *
 * @type {WeakMap<object, { json: string, snapshots: Snapshot | undefined }>}
 */
const handedOut = new WeakMap();

/**
 * Parses `json`. Returns `before` itself if it came from the same text and is unmodified, because frameworks such as React
 * compare by identity. A changed property, getter, prototype or proxy counts as a modification.
 *
 * @param {any} before
 * @param {string} json
 */
export function reuseIfUnchanged(before, json) {
  const known = handedOut.get(before);
  if (known?.json === json && isUnchanged(known.snapshots)) return before;
  /** @type {Snapshot | undefined} */
  let snapshots;
  /** @type {(object: any) => void} */
  const remember = (object) => {
    if (typeof object !== "object" || !object) return;
    const members = withoutPrototype(undefined);
    const keys = Reflect.ownKeys(object);
    for (let index = 0; index < keys.length; index += 1)
      remember((members[keys[index]] = object[keys[index]]));
    snapshots = { object, prototype: Reflect.getPrototypeOf(object), members, next: snapshots };
  };
  const value = JSON.parse(json);
  remember(value);
  handedOut.set(value, { json, snapshots });
  return value;
}

/** @param {Snapshot | undefined} snapshot */
function isUnchanged(snapshot) {
  for (; snapshot; snapshot = snapshot.next) {
    const { object, prototype, members } = snapshot;
    const keys = Reflect.ownKeys(object);
    if (keys.length !== Reflect.ownKeys(members).length) return false;
    if (Reflect.getPrototypeOf(object) !== prototype) return false;
    for (let index = 0; index < keys.length; index += 1) {
      // A getter has no value in its descriptor.
      const { value } = withoutPrototype(Reflect.getOwnPropertyDescriptor(object, keys[index]));
      if (!Object.is(value, members[keys[index]])) return false;
    }
  }
  return true;
}
