// The port `StateStore`. Storage may be blocked, full or missing; then these functions return `undefined` or `false`.
import { attempt } from "./values.js";

/** What the names of this package's records begin with. A number follows. */
const PREFIX = "auth0-current-user.";

/** @param {boolean} local */
const storage = (local) => (local ? localStorage : sessionStorage);

/**
 * @param {boolean} local
 * @param {number} number
 */
export const readRecord = (local, number) =>
  attempt(() => storage(local).getItem(`${PREFIX}${number}`));

/**
 * Writes a record, or removes it where `record` is `undefined`. Returns whether that worked.
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
 * All records in one text, because each crossing into the module takes time: the name behind the prefix, a zero, the record,
 * a zero, and so on.
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
