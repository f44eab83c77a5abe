// What a change of `user_metadata` changes, and whether somebody else has changed the same meanwhile.
import { h } from "../ui/dom.js";

export type Metadata = Record<string, unknown>;

/** The server keeps JSON, and so does not tell the order of keys apart. */
export const isSame = (one: unknown, other: unknown): boolean => inOrder(one) === inOrder(other);

const inOrder = (value: unknown): string | undefined =>
  JSON.stringify(value, (_, part: unknown) =>
    part !== null && typeof part === "object" && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );

/** The keys that are not the same in both. */
export const changedKeys = (before: Metadata, after: Metadata): string[] =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (key) => !isSame(before[key], after[key]),
  );

/** What to send for `keys` to be as they are in `target`: null removes those that it does not have. */
export const patchTo = (target: Metadata, keys: string[]): Metadata =>
  Object.fromEntries(keys.map((key) => [key, target[key] ?? null]));

export const pick = (from: Metadata, keys: string[]): Metadata =>
  Object.fromEntries(keys.filter((key) => Object.hasOwn(from, key)).map((key) => [key, from[key]]));

/** “theme”: dark → light. A key that `after` does not have, or has as null, is one that goes. */
export const difference = (before: Metadata, after: Metadata): HTMLElement =>
  h(
    "span",
    { class: "difference" },
    ...changedKeys(before, after).map((key) => {
      const [was, will] = [before[key] ?? undefined, after[key] ?? undefined];
      return h(
        "span",
        {},
        h("strong", {}, key),
        " ",
        was !== undefined && h("del", {}, quoted(was)),
        was === undefined ? "new: " : will === undefined ? " is removed" : " becomes ",
        will !== undefined && h("ins", {}, quoted(will)),
      );
    }),
  );

export const asText = (value: unknown): string =>
  typeof value === "string" ? value : JSON.stringify(value);

/** Text in quotation marks, so that it is not taken for JSON. */
export const quoted = (value: unknown): string =>
  value === undefined ? "nothing" : typeof value === "string" ? `“${value}”` : asText(value);
