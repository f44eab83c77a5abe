import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { goodOptions, installPackedPackage } from "./consumer.mjs";

let app;
before(async () => (app = await installPackedPackage()));
after(() => app.remove());

/** Runs a module in the application's folder and returns what it wrote. */
async function runInNode(text) {
  app.write("main.mjs", text);
  const { stdout } = await promisify(execFile)(process.execPath, ["main.mjs"], { cwd: app.folder });
  return stdout;
}

// What a server does not have, and what an import must not use where it is there.
const traps = `
  const touched = [];
  for (const name of ["window", "document", "location", "history", "navigator", "sessionStorage", "localStorage", "fetch", "crypto", "WebAssembly", "XMLHttpRequest", "setTimeout", "setInterval"]) {
    const value = globalThis[name];
    Object.defineProperty(globalThis, name, { configurable: true, get() { touched.push(name); return value; } });
  }
`;

for (const entry of [
  "auth0-current-user",
  "auth0-current-user/slim",
  "auth0-current-user/inline",
]) {
  test(`importing ${entry} on a server touches neither window nor network nor WebAssembly`, async () => {
    const output = await runInNode(`${traps}
      const api = await import(${JSON.stringify(entry)});
      console.log(JSON.stringify({ touched, exports: Object.keys(api) }));`);
    const { touched, exports } = JSON.parse(output);
    assert.deepEqual(touched, []);
    assert.ok(
      exports.includes("createCurrentUserClient") && exports.includes("CurrentUserError"),
      exports.join(),
    );
  });
}

test("scopesFor works on a server, before anything is loaded", async () => {
  const output = await runInNode(`${traps}
    const { scopesFor } = await import("auth0-current-user");
    console.log(JSON.stringify({ scopes: scopesFor("getUser", "getEnrollments", "linkIdentity"), touched }));`);
  assert.deepEqual(JSON.parse(output), {
    scopes: ["read:current_user", "update:current_user_identities"],
    touched: [],
  });
});

test("a client made where there is no browser is refused, and the message says so", async () => {
  const output = await runInNode(`${traps}
    const { createCurrentUserClient, CurrentUserError } = await import("auth0-current-user");
    const answer = await createCurrentUserClient(${JSON.stringify(goodOptions)}).catch((error) => error);
    const { code, message } = answer;
    console.log(JSON.stringify({ ours: answer instanceof CurrentUserError, code, message, touched }));`);
  const { message, ...rest } = JSON.parse(output);
  assert.deepEqual(rest, { ours: true, code: "invalid_configuration", touched: ["location"] });
  assert.match(message, /browser/);
});
