// What each bundler makes of each entry with nothing but install and import, or with the setting that its mode names.
// Modes are scripts of apps/NAME/package.json. docs/loading.md says the same in words.

/** The `.wasm` beside the JavaScript, compiled while it streams. */
export const FILE = "file";
/** The copy in the JavaScript chunk. */
export const COPY = "copy";
/** `createCurrentUserClient` rejects with this code: the `.wasm` is not where the JavaScript looks for it. */
export const MISSING = "network_error";

/** The order of the columns below. */
export const ENTRIES = [
  "auth0-current-user",
  "auth0-current-user/slim",
  "auth0-current-user/inline",
];

const carriesTheFile = [FILE, FILE, COPY];
const losesTheFile = [COPY, MISSING, COPY];

export const BUNDLERS = {
  "vite-5": {
    dev: losesTheFile,
    "dev, with exclude": carriesTheFile,
    build: carriesTheFile,
  },
  "vite-6": {
    dev: losesTheFile,
    "dev, with exclude": carriesTheFile,
    build: carriesTheFile,
  },
  "vite-7": {
    dev: losesTheFile,
    "dev, with exclude": carriesTheFile,
    build: carriesTheFile,
  },
  "vite-8": { dev: carriesTheFile, build: carriesTheFile },
  "webpack-5": { development: carriesTheFile, production: carriesTheFile },
  "rspack-2": { development: carriesTheFile, production: carriesTheFile },
  "rollup-4": { build: losesTheFile, "build, .wasm copied": carriesTheFile },
  esbuild: {
    build: losesTheFile,
    "build, one file": losesTheFile,
    "build, .wasm copied": carriesTheFile,
  },
  "parcel-2": { dev: carriesTheFile, build: carriesTheFile },
  "no-bundler": { "import map": carriesTheFile },
};

/** The modes of each of examples/; a person goes through all of it, with the main entry. */
export const EXAMPLES = {
  react: ["dev", "build"],
  vue: ["dev", "build"],
  "plain-typescript": ["dev", "build"],
};
