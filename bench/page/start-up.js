// Measures from the import of an application in memory until its client is ready. Each file is a Blob, without network.
import { alternate } from "./alternate.js";

let imports = 0;

/** `libraries` has the files of each main job, `{ name: [{ file, url }] }`. `options` is for all clients. */
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

/** The URL of a copy that is in no cache of the engine. */
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

/** An empty custom section, which makes the module a different one. */
function customSection(number) {
  const text = new TextEncoder().encode(String(number).padStart(8, "0"));
  return new Uint8Array([0, text.length + 1, text.length, ...text]);
}
