// Prints one line per step with its elapsed time, and the full output of a command only if it failed. It uses Node's standard
// library only, because the set-up runs before the npm dependencies exist.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The repository's root folder. */
export const root = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");

/** A failure whose message explains it. Scripts print it without a stack. */
export class Refusal extends Error {}

const seconds = (since) => `${((performance.now() - since) / 1000).toFixed(1)} s`;

/**
 * Runs `action(note)`, then prints one line: the name, the text that `action` passed to `note`, and the elapsed time. A terminal
 * shows the name while it runs.
 */
export async function step(name, action) {
  const since = performance.now();
  const terminal = process.stdout.isTTY;
  const indent = "  ".repeat(++depth);
  if (terminal) process.stdout.write(`\r\x1b[K${indent}… ${name}`);
  const say = (mark, note) =>
    process.stdout.write(
      `${terminal ? "\r\x1b[K" : ""}${indent}${mark} ${name}${note} (${seconds(since)})\n`,
    );
  try {
    let note = "";
    const result = await action((text) => (note = `: ${text}`));
    say("✓", note);
    return result;
  } catch (error) {
    say("✗", "");
    throw error;
  } finally {
    depth--;
  }
}

let depth = 0;

/**
 * Runs a command and returns `{ stdout, stderr, output }`. `output` is both in order of arrival. Throws a Refusal with the command
 * and its output if it exits with an error, is ended by a signal, or takes longer than `timeoutMs`.
 */
export function run(command, args = [], { cwd = root, env = process.env, timeoutMs, input } = {}) {
  return new Promise((resolve, reject) => {
    // A separate process group, so that ending the command also ends its children.
    const child = spawn(command, args, {
      cwd,
      env,
      detached: true,
      stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    });
    const result = { stdout: "", stderr: "", output: "" };
    let late = false;
    const timer = timeoutMs && setTimeout(() => ((late = true), end(child)), timeoutMs);
    running.add(child);
    for (const stream of ["stdout", "stderr"]) {
      child[stream].setEncoding("utf8").on("data", (text) => {
        result[stream] += text;
        result.output += text;
      });
    }
    const refuse = (why) => {
      const error = new Refusal(
        `\`${[command, ...args].join(" ")}\` ${why}\n${result.output.trimEnd()}`,
      );
      reject(Object.assign(error, result));
    };
    child.on("error", (error) => {
      running.delete(child);
      clearTimeout(timer);
      refuse(`could not be started: ${error.message}`);
    });
    child.on("close", (code, signal) => {
      running.delete(child);
      clearTimeout(timer);
      if (late) refuse(`was ended after ${timeoutMs / 1000} s`);
      else if (code === 0) resolve(result);
      else refuse(signal ? `was ended by ${signal}` : `failed with exit code ${code}`);
    });
    if (input !== undefined) child.stdin.end(input);
  });
}

const running = new Set();
function end(child) {
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // It has already ended.
  }
}
// Commands are in separate process groups, which Ctrl-C does not reach.
for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
]) {
  process.on(signal, () => {
    running.forEach(end);
    if (process.listenerCount(signal) === 1) process.exit(code);
  });
}

/** Whether node was started with the script `url` (its `import.meta.url`). */
export const isMain = (url) =>
  process.argv[1] !== undefined && fileURLToPath(url) === process.argv[1];

/** Runs a script's `main`: a Refusal prints its message, anything else its stack; both exit 1. */
export async function runMain(main) {
  try {
    await main();
  } catch (error) {
    console.error(`\n${error instanceof Refusal ? error.message : error.stack}`);
    process.exitCode = 1;
  }
}
