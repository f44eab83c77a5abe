import { readdir } from "node:fs/promises";

const folder = new URL("../faults/", import.meta.url);

/** Every misbehaviour the tenant knows, by name: one file of `faults/` each. */
const CATALOGUE = new Map(
  await Promise.all(
    (await readdir(folder))
      .filter((file) => file.endsWith(".mjs"))
      .map((file) => file.slice(0, -".mjs".length))
      .sort()
      .map(async (name) => [name, (await import(new URL(`${name}.mjs`, folder).href)).default]),
  ),
);

/**
 * The faults that are switched on. Where several fit, each hook decides: HTTP faults take the
 * oldest, token and key set faults apply all, oldest first.
 */
export function createFaults() {
  let active = [];
  let lastId = 0;

  return {
    /**
     * Switches a fault on and returns its id.
     *
     * @param {string} name a file name of `faults/`
     * @param {object} [options] the fault's own
     * @param {object} [when]
     * @param {number} [when.times] how often it happens before it ends by itself; default: always
     * @param {number} [when.every] only at every n-th fitting request; default 1
     * @param {object} [when.match] HTTP faults: `target`, `method`, `path` (regular expression on
     *   path and query); token faults: `params`, of the authorization or token request
     */
    set(name, options = {}, { times = Infinity, every = 1, match = {} } = {}) {
      const fault = CATALOGUE.get(name);
      if (!fault) throw new RangeError(`no fault named \`${name}\``);
      const id = ++lastId;
      active.push({ id, name, fault, options, left: times ?? Infinity, every, match, met: 0 });
      return id;
    },

    /** Switches off one fault by id, all of one name, or all. */
    clear(idOrName) {
      active = active.filter(
        ({ id, name }) => idOrName !== undefined && id !== idOrName && name !== idOrName,
      );
    },

    /** The active faults; `left` is null where there is no end. */
    list: () =>
      active.map(({ id, name, options, left, every, match }) => ({
        id,
        name,
        options,
        left: Number.isFinite(left) ? left : null,
        every,
        match,
      })),

    available: () =>
      [...CATALOGUE].map(([name, { description, options }]) => ({ name, description, options })),

    /** Takes the active faults for which `fits` holds, and counts them as happened. */
    take(fits, { onlyFirst = false } = {}) {
      const taken = [];
      for (const entry of active) {
        if (onlyFirst && taken.length > 0) break;
        if (entry.left <= 0 || !fits(entry)) continue;
        entry.met += 1;
        if (entry.met % entry.every !== 0) continue;
        entry.left -= 1;
        taken.push(entry);
      }
      active = active.filter(({ left }) => left > 0);
      return taken;
    },
  };
}
