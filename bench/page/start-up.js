// From the import of an application that is in memory to its client being ready. No network: each file is a Blob.
import { alternate } from "./alternate.js";

let imports = 0;

/** `libraries` are the files of each one's main job, `{ name: [{ file, url }] }`; `options` are for all clients. */
export async function startUp(libraries, options, rounds) {
  const subjects = {};
  for (const [name, files] of Object.entries(libraries)) {
    const parts = await Promise.all(
      files.map(async ({ file, url }) => ({
        file,
        bytes: new Uint8Array(await (await fetch(url)).arrayBuffer()),
      })),
    );
    subjects[name] = {
      prepare: () => address(parts),
      run: async (url) => (await import(url)).start(options),
    };
  }
  return alternate(subjects, { rounds, calls: 1, warmUp: 0 });
}

/** The address of a copy that no cache of the engine has seen. */
function address(parts) {
  imports += 1;
  let main;
  for (const { file, bytes } of parts) {
    if (file === "main.js") main = new TextDecoder().decode(bytes);
  }
  for (const { file, bytes } of parts) {
    if (!file.endsWith(".wasm")) continue;
    const blob = new Blob([bytes, customSection(imports)], { type: "application/wasm" });
    if (!main.includes(file)) throw new Error(`${file} is not what main.js loads`);
    main = main.replace(file, URL.createObjectURL(blob));
  }
  const blob = new Blob([main, `\n// ${imports}`], { type: "text/javascript" });
  return URL.createObjectURL(blob);
}

/** A section that says nothing, and makes the module another one. */
function customSection(number) {
  const text = new TextEncoder().encode(String(number).padStart(8, "0"));
  return new Uint8Array([0, text.length + 1, text.length, ...text]);
}
