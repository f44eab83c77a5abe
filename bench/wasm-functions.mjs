// Whose code the bytes of a WebAssembly module are: its sections, and its functions by the names that it has kept.

const CUSTOM = 0;
const IMPORT = 2;
const CODE = 10;
const SECTIONS = {
  1: "types",
  2: "imports",
  3: "function types",
  4: "tables",
  5: "memories",
  6: "globals",
  7: "exports",
  9: "function table",
  10: "code",
  11: "data (texts)",
  12: "data count",
};
const FUNCTION_NAMES = 1;

/** `{ sections: [{ name, bytes }], functions: [{ name, bytes }] }`; names as the linker wrote them. */
export function readModule(module) {
  const sections = [];
  const bodies = [];
  const names = new Map();
  let imported = 0;
  const all = new Reader(module, 8);
  while (!all.done) {
    const id = all.byte();
    const section = all.part();
    if (id !== CUSTOM)
      sections.push({ name: SECTIONS[id] ?? `section ${id}`, bytes: section.left });
    if (id === IMPORT) imported = countImportedFunctions(section);
    if (id === CODE) section.times(() => bodies.push(section.part().left));
    if (id === CUSTOM && section.text() === "name") readNames(section, names);
  }
  const functions = bodies.map((bytes, index) => ({
    name: names.get(imported + index) ?? `function ${imported + index}`,
    bytes,
  }));
  return { sections, functions };
}

function readNames(section, names) {
  while (!section.done) {
    const kind = section.byte();
    const part = section.part();
    if (kind === FUNCTION_NAMES) part.times(() => names.set(part.number(), part.text()));
  }
}

function countImportedFunctions(section) {
  let functions = 0;
  section.times(() => {
    section.text();
    section.text();
    const kind = section.byte();
    if (kind === 0) functions += 1;
    // A function's type, a table's or memory's limits, or a global's type.
    if (kind === 0) section.number();
    else if (kind === 3) (section.byte(), section.byte());
    else {
      if (kind === 1) section.byte();
      const bounded = section.byte() & 1;
      section.number();
      if (bounded) section.number();
    }
  });
  return functions;
}

class Reader {
  constructor(bytes, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }
  get left() {
    return this.bytes.length - this.at;
  }
  get done() {
    return this.left <= 0;
  }
  byte() {
    return this.bytes[this.at++];
  }
  /** LEB128, unsigned. */
  number() {
    for (let value = 0, factor = 1; ; factor *= 128) {
      const byte = this.byte();
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  }
  part() {
    const length = this.number();
    const start = this.at;
    this.at += length;
    return new Reader(this.bytes.subarray(start, this.at));
  }
  text() {
    return new TextDecoder().decode(this.part().bytes);
  }
  times(action) {
    for (let count = this.number(); count > 0; count--) action();
  }
}

/** Without the crates' hashes: `<auth0_current_user[29411e]::…>` is `<auth0_current_user::…>`. */
export const readable = (name) => name.replace(/\[[0-9a-f]+\]/g, "");

/** The module of ours, or the crate of somebody else's, that a function stands in. */
export function ownerOf(name) {
  // wasm-bindgen's name for an export of ours, with all that was inlined into it.
  if (name.startsWith("wasmclient_")) return "auth0_current_user::bindings";
  const path = /\w+(?:::\w+)+/.exec(
    readable(name).replace(/^<(str|char|bool|[ui]\d+|\[.*?\])>/, "core"),
  );
  const [crate, ...modules] = path?.[0].split("::") ?? ["made by tools"];
  if (crate !== "auth0_current_user") return crate;
  // The path ends with a function's own name, or its type's.
  return [crate, ...modules.slice(0, -1)].join("::");
}
