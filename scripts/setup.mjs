// Finds or installs everything that building and testing need:
//   - a Rust toolchain for the host, and one that can build the standard library for wasm32-unknown-unknown from source;
//   - the wasm-bindgen command-line tool and test runner, of exactly the version in Cargo.lock, in a folder per user;
//   - the npm dependencies;
//   - for tests in a browser, Chromium and ChromeDriver.
// It prefers installed tools, then rustup, then Debian's packages. If all fail, it prints what to install.
// It uses Node's standard library only, because it runs before the npm dependencies exist.
import {
  accessSync,
  constants,
  existsSync,
  readFileSync,
  readdirSync,
  realpathSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createHash } from "node:crypto";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { Refusal, isMain, root, run, runMain, step } from "./steps.mjs";

const TARGET = "wasm32-unknown-unknown";
/** Debian's second Rust, which follows the newest release because browsers need it. It includes std's source and its crates. */
const DEBIAN_WASM_RUST = ["rustc-web", "cargo-web", "rust-web-src", "rust-web-llvm", "lld-22"];
const DEBIAN_LINTS = ["rust-web-clippy", "rustfmt-web"];
const DEBIAN_BROWSER = ["chromium", "chromium-driver"];
const DEBIAN_FIREFOX = ["firefox-esr"];
const DEBIAN_WEBKIT = ["webkit2gtk-driver", "xvfb", "xauth"];
const GECKODRIVER = "0.37.1";
const TWIGGY = "0.8.0";
/**
 * immediate-abort: a panic becomes one trap instruction, which saves 7 kB. The standard library must be built the same way.
 * location-detail: omits the source locations of panics, which would name files of the machine that built the module.
 * share-generics: code that is kept for other crates cannot be removed, and no other crate uses it.
 * llvm-args: switch off what LLVM does for speed even at `opt-level = "z"`: copying small values member by member, keeping loaded
 * values, turning loop indices into pointers, and inlining functions that are called often.
 */
const RELEASE_RUSTFLAGS = [
  "-Cpanic=immediate-abort",
  "-Zunstable-options",
  "-Zlocation-detail=none",
  "-Zshare-generics=no",
  "-Cllvm-args=-max-store-memcpy=1",
  "-Cllvm-args=-enable-gvn-memdep=false",
  "-Cllvm-args=-disable-lsr",
  "-Cllvm-args=-inline-call-penalty=40",
].join(" ");
const RUSTUP_LIMIT_MS = 120_000;

/**
 * Prepares the machine for the other scripts, and returns what they need:
 *
 * - `host`: `{ env }` for cargo on this machine (native tests, tools);
 * - `wasm`: `{ kind, env, debug, release }`: `env` for cargo for wasm32; `debug` and `release` are
 *   `{ args, env }`, the arguments of every cargo command of that build, and its whole environment.
 *   There are only two, because the standard library is built once for each set of flags;
 * - `wasmBindgen`, `wasmBindgenTestRunner`: paths;
 * - `chromium`, `chromedriver`: paths, with `browser: true`.
 */
export async function setup({ browser = false } = {}) {
  const host = await step("Rust for this machine", findHostRust);
  const wasm = await step("Rust for WebAssembly", findWasmRust);
  const tools = await step("wasm-bindgen command-line tool", (note) =>
    findWasmBindgen(host.env, note),
  );
  await step("npm dependencies", installNpmDependencies);
  const found = browser ? await step("Chromium and ChromeDriver", findBrowser) : {};
  return { host, wasm, ...tools, ...found };
}

/** Installs only the npm dependencies, for scripts that need no Rust. */
export const setupNpm = () => step("npm dependencies", installNpmDependencies);

// ── Rust ─────────────────────────────────────────────────────────────────────────────────────

function requiredRust() {
  return /^rust-version = "(.+)"/m.exec(readFileSync(join(root, "Cargo.toml"), "utf8"))[1];
}

const atLeast = (version, required) =>
  version.localeCompare(required, "en", { numeric: true }) >= 0;

/** `{ version, sysroot }` of a rustc, or undefined if it cannot be run. */
async function describeRustc(rustc, env) {
  try {
    const { stdout } = await run(rustc, ["--verbose", "--version"], { env });
    const version = /^release: (\S+)/m.exec(stdout)?.[1];
    const sysroot = (await run(rustc, ["--print", "sysroot"], { env })).stdout.trim();
    return { version, sysroot };
  } catch {
    return undefined;
  }
}

async function findHostRust(note) {
  const required = requiredRust();
  const env = { ...process.env };
  let rust = await describeRustc("rustc", env);
  if (!rust || !which("cargo")) {
    if (!(await installDebian([...DEBIAN_WASM_RUST, ...DEBIAN_LINTS]))) {
      throw new Refusal(
        `Rust ${required} or newer is needed: install it from https://rustup.rs, then run this again.`,
      );
    }
    rust = await describeRustc("rustc", env);
  }
  if (!rust || !atLeast(rust.version, required)) {
    throw new Refusal(
      `Rust ${required} or newer is needed, found ${rust?.version ?? "none"}: run \`rustup update stable\`, then run this again.`,
    );
  }
  note(rust.version);
  return { env };
}

/** Whether the toolchain has the standard library's source, and can build it. */
const hasStdSource = (sysroot) =>
  existsSync(join(sysroot, "lib/rustlib/src/rust/library/Cargo.lock"));
const hasWasmStd = (sysroot) => existsSync(join(sysroot, "lib/rustlib", TARGET, "lib"));

async function findWasmRust(note) {
  const rust = (await installedWasmRust()) ?? (await rustupWasmRust()) ?? (await debianWasmRust());
  note(`${rust.version} (${rust.kind})`);
  return rust;
}

async function installedWasmRust() {
  const debian = await debianToolchain();
  if (debian) return debian;
  const rust = await describeRustc("rustc");
  return rust && hasStdSource(rust.sysroot) && hasWasmStd(rust.sysroot)
    ? plainToolchain(rust)
    : undefined;
}

/** Adds the target's standard library for debug builds, and the standard library's source for release builds. */
async function rustupWasmRust() {
  if (!which("rustup")) return undefined;
  const env = { ...process.env, RUSTUP_MAX_RETRIES: "0" };
  try {
    await run("rustup", ["target", "add", TARGET], { env, timeoutMs: RUSTUP_LIMIT_MS });
    await run("rustup", ["component", "add", "rust-src"], { env, timeoutMs: RUSTUP_LIMIT_MS });
    const rust = await describeRustc("rustc");
    if (!rust || !hasStdSource(rust.sysroot) || !hasWasmStd(rust.sysroot)) return undefined;
    // Building std needs crates from the network. Fails here rather than in the middle of a build.
    const manifest = join(rust.sysroot, "lib/rustlib/src/rust/library/Cargo.toml");
    await run("cargo", ["fetch", "--locked", "--target", TARGET, "--manifest-path", manifest], {
      env: { ...process.env, RUSTC_BOOTSTRAP: "1" },
      timeoutMs: RUSTUP_LIMIT_MS,
    });
    return plainToolchain(rust);
  } catch {
    return undefined; // no network, or not rustup's toolchain
  }
}

async function debianWasmRust() {
  const installed =
    (await installDebian([...DEBIAN_WASM_RUST, ...DEBIAN_LINTS])) && (await debianToolchain());
  if (installed) return installed;
  throw new Refusal(
    [
      `The standard library for ${TARGET} and its source are needed. Either`,
      `  rustup target add ${TARGET} && rustup component add rust-src`,
      "or, on Debian, as root",
      `  apt-get install --no-install-recommends ${[...DEBIAN_WASM_RUST, ...DEBIAN_LINTS].join(" ")}`,
      "then run this again.",
    ].join("\n"),
  );
}

function plainToolchain({ version }) {
  return wasmToolchain("rustup", version, process.env, []);
}

async function debianToolchain() {
  const bin = "/usr/bin";
  const rustc = join(bin, "rustc");
  const needed = ["rustc", "cargo", "cargo-clippy", "rust-lld"];
  if (!needed.every((name) => isExecutable(join(bin, name)))) return undefined;
  const rust = await describeRustc(rustc);
  if (!rust || !hasStdSource(rust.sysroot) || !atLeast(rust.version, requiredRust()))
    return undefined;
  // Debian's cargo would take rustup's rustc from PATH, which has no source. So both must be Debian's.
  const { RUSTUP_TOOLCHAIN: _, ...rest } = process.env;
  const env = { ...rest, PATH: [bin, process.env.PATH].join(delimiter), RUSTC: rustc };
  // Debian has no prebuilt standard library for wasm32, so debug builds also build it.
  return wasmToolchain("Debian", rust.version, env, ["-Zbuild-std=std,panic_abort"]);
}

function wasmToolchain(kind, version, base, debugStd) {
  // RUSTC_BOOTSTRAP: building std and immediate-abort are unstable. The code itself uses stable Rust only.
  // A separate target folder prevents two toolchains from rebuilding each other's output.
  const env = {
    ...base,
    RUSTC_BOOTSTRAP: "1",
    CARGO_TARGET_DIR: join(root, "target/wasm"),
    RUSTFLAGS: "",
  };
  const target = ["--target", TARGET];
  return {
    kind,
    version,
    env,
    debug: { args: [...target, ...debugStd], env },
    release: {
      args: [
        ...target,
        "--release",
        "-Zbuild-std=std,panic_abort",
        "-Zbuild-std-features=optimize_for_size",
      ],
      env: { ...env, RUSTFLAGS: RELEASE_RUSTFLAGS },
    },
  };
}

// ── wasm-bindgen ─────────────────────────────────────────────────────────────────────────────

function lockedVersion(crate) {
  const lock = readFileSync(join(root, "Cargo.lock"), "utf8");
  return new RegExp(`^name = "${crate}"\\nversion = "(.+)"`, "m").exec(lock)[1];
}

async function findWasmBindgen(env, note) {
  const version = lockedVersion("wasm-bindgen");
  const folder = join(cacheFolder(), `wasm-bindgen-${version}`);
  const tools = {
    wasmBindgen: join(folder, "bin/wasm-bindgen"),
    wasmBindgenTestRunner: join(folder, "bin/wasm-bindgen-test-runner"),
  };
  if (!Object.values(tools).every(isExecutable)) {
    // Without TLS it installs in half the time.
    await installCrate("wasm-bindgen-cli", version, folder, env, "--no-default-features");
  }
  note(version);
  return tools;
}

// ── npm ──────────────────────────────────────────────────────────────────────────────────────

async function installNpmDependencies(note) {
  const lock = join(root, "package-lock.json");
  const installed = join(root, "node_modules/.package-lock.json");
  const stamp = join(root, "node_modules/.package-lock.sha256");
  const hash = createHash("sha256").update(readFileSync(lock)).digest("hex");
  const same = existsSync(stamp) && readFileSync(stamp, "utf8") === hash;
  const newer = existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs;
  if (same || newer) return;
  await run("npm", ["ci", "--no-audit", "--no-fund"]);
  writeFileSync(stamp, hash);
  note("installed");
}

// ── Browser ──────────────────────────────────────────────────────────────────────────────────

async function findBrowser() {
  const look = () => ({
    chromium: which("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"),
    chromedriver: which("chromedriver"),
  });
  let found = look();
  if (!found.chromium || !found.chromedriver) {
    await installDebian(DEBIAN_BROWSER);
    found = look();
  }
  if (!found.chromium || !found.chromedriver) {
    throw new Refusal(
      `Chromium and a ChromeDriver of the same version are needed on PATH, found ${found.chromium ?? "no Chromium"} and ` +
        `${found.chromedriver ?? "no ChromeDriver"}. On Debian, as root: apt-get install ${DEBIAN_BROWSER.join(" ")}`,
    );
  }
  return found;
}

/**
 * Finds a browser engine: `{ name, variable, driver, binary, display }`. `variable` is the environment variable in which
 * wasm-bindgen's test runner looks for the driver. `display` is a command that provides a window system.
 */
export const setupEngine = (name, host) => step(name, () => ENGINES[name](host));

export const ENGINES = {
  async Chromium() {
    const { chromium, chromedriver } = await findBrowser();
    return { name: "Chromium", variable: "CHROMEDRIVER", driver: chromedriver, binary: chromium };
  },
  async Firefox({ env }) {
    const find = () => which("firefox-esr", "firefox");
    const binary = find() ?? ((await installDebian(DEBIAN_FIREFOX)) ? find() : undefined);
    if (!binary) throw missing("Firefox", DEBIAN_FIREFOX);
    const driver = which("geckodriver") ?? (await installGeckodriver(env));
    return { name: "Firefox", variable: "GECKODRIVER", driver, binary };
  },
  async WebKit() {
    const find = () => ({
      driver: which("WebKitWebDriver"),
      display: which("xvfb-run"),
      binary: webkitBrowsers().find(isExecutable),
    });
    let found = find();
    const whole = () => Object.values(found).every(Boolean);
    if (!whole() && (await installDebian(DEBIAN_WEBKIT))) found = find();
    if (!whole()) throw missing("WebKitGTK's WebDriver, its MiniBrowser and Xvfb", DEBIAN_WEBKIT);
    return { name: "WebKit", variable: "SAFARIDRIVER", ...found };
  },
};

const missing = (what, packages) =>
  new Refusal(`${what} not found. On Debian, as root: apt-get install ${packages.join(" ")}`);

/** WebKitGTK's MiniBrowser is beside its libraries: /usr/lib/TRIPLET/webkit2gtk-VERSION/MiniBrowser. */
function webkitBrowsers() {
  const folders = (path) =>
    existsSync(path) && statSync(path).isDirectory() ? readdirSync(path) : [];
  return folders("/usr/lib").flatMap((triplet) =>
    folders(join("/usr/lib", triplet))
      .filter((name) => /^webkit(2gtk|gtk)-/.test(name))
      .map((name) => join("/usr/lib", triplet, name, "MiniBrowser")),
  );
}

const installGeckodriver = (env) => findCrate("geckodriver", GECKODRIVER, env);

/** The path of twiggy, which tells what the bytes of a WebAssembly module are for. */
export const setupTwiggy = ({ env }) => step("twiggy", () => findCrate("twiggy", TWIGGY, env));

// ── The machine ──────────────────────────────────────────────────────────────────────────────

/** The user's folder of tools, which every clone of the repository uses. */
export const cacheFolder = () =>
  join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "auth0-current-user");

/** The path of a program that is published as a crate; installs this version if it is missing. */
async function findCrate(name, version, env) {
  const folder = join(cacheFolder(), `${name}-${version}`);
  const program = join(folder, "bin", name);
  if (!isExecutable(program)) await installCrate(name, version, folder, env);
  return program;
}

/** As a debug build, which takes half the time to install and is fast enough. */
async function installCrate(name, version, folder, env, ...args) {
  const { CARGO_TARGET_DIR: _, ...clean } = env;
  const install = ["install", name, "--version", version, "--debug", "--root", folder, ...args];
  await run("cargo", install, { env: clean });
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** The path of the first of these commands on PATH, or undefined. */
function which(...names) {
  const folders = (process.env.PATH ?? "").split(delimiter).filter(Boolean);
  for (const name of names) {
    const folder = folders.find((each) => isExecutable(join(each, name)));
    if (folder) return join(folder, name);
  }
  return undefined;
}

/** Installs Debian packages if apt-get can be run as root. Returns whether it did. */
async function installDebian(packages) {
  if (!which("apt-get")) return false;
  const asRoot = process.getuid?.() === 0 ? [] : ["sudo", "-n"];
  const apt = async (...args) => {
    const [command, ...rest] = [...asRoot, "apt-get", ...args];
    return run(command, rest, { env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } });
  };
  try {
    await apt("update");
    await apt("install", "--yes", "--no-install-recommends", ...packages);
    return true;
  } catch (error) {
    console.error(error.message);
    return false; // no such package, or no permission: the caller prints what is needed
  }
}

if (isMain(import.meta.url)) await runMain(() => setup({ browser: true }));
