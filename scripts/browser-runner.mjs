// Runs one test program in a browser: cargo calls it with the program's path.
//
// The server of wasm-bindgen-test-runner holds a thread for each open connection and starts with four. Where more
// connections open at once, it may leave some without a thread, and the page waits for its modules for ever. Chromium opens
// six. So it reaches the server through a proxy that asks for one file after the other.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { Agent, createServer, request as send } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const agent = new Agent({ keepAlive: false, maxSockets: 1 });

const proxy = createServer((request, response) => {
  const { method, headers, url } = request;
  const forwarded = send(url, { method, headers, agent }, (answer) => {
    response.writeHead(answer.statusCode, answer.headers);
    answer.pipe(response);
  });
  forwarded.on("error", () => response.destroy());
  request.pipe(forwarded);
});

proxy.listen(0, "127.0.0.1", () => {
  const capabilities = JSON.parse(readFileSync("webdriver.json", "utf8"));
  capabilities["goog:chromeOptions"].args.push(
    `--proxy-server=http=127.0.0.1:${proxy.address().port}`,
    "--proxy-bypass-list=<-loopback>",
  );
  // The runner reads webdriver.json where it is started.
  const cwd = mkdtempSync(join(tmpdir(), "browser-runner-"));
  writeFileSync(join(cwd, "webdriver.json"), JSON.stringify(capabilities));
  const [program, ...args] = process.argv.slice(2);
  const runner = spawn(process.env.WASM_BINDGEN_TEST_RUNNER, [resolve(program), ...args], {
    cwd,
    stdio: "inherit",
  });
  runner.on("error", (error) => {
    throw error;
  });
  runner.on("exit", (code) => {
    rmSync(cwd, { recursive: true, force: true });
    process.exit(code ?? 1);
  });
});
