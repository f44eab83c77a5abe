// `npm start` with the user's own tenant.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { until, By } from "selenium-webdriver";
import { withChromium } from "../harness/browser.mjs";

const SCRIPT = fileURLToPath(new URL("../../scripts/start.mjs", import.meta.url));

/** Starts the script. `output` collects what it prints. */
function start(env) {
  const child = spawn(process.execPath, [SCRIPT], { env: { ...process.env, ...env } });
  const started = { child, output: "" };
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text) => (started.output += text));
  return started;
}

test("serves the page for the tenant in the environment, and starts no other", async () => {
  const started = start({
    AUTH0_DOMAIN: "login.localhost:9",
    AUTH0_CLIENT_ID: "my-own-app",
    AUTH0_TENANT_DOMAIN: "acme.localhost:9",
  });
  try {
    const url = await new Promise((resolve, reject) => {
      const look = () => {
        const [, found] = /Account page\s+(http\S+)[^]*Ctrl-C/.exec(started.output) ?? [];
        if (found) resolve(found);
      };
      started.child.stdout.on("data", look);
      started.child.once("exit", () => reject(new Error(started.output)));
    });
    assert.match(started.output, /Tenant\s+login\.localhost:9, application my-own-app/);
    assert.doesNotMatch(started.output, /local tenant/i);
    await withChromium(async (driver) => {
      await driver.get(url);
      const button = await driver.wait(until.elementLocated(By.css("#sign-in .filled")), 20_000);
      await button.click();
      await driver.wait(until.urlContains("/authorize"), 10_000);
      const { origin, searchParams } = new URL(await driver.getCurrentUrl());
      assert.equal(origin, "https://login.localhost:9");
      assert.equal(searchParams.get("client_id"), "my-own-app");
      assert.equal(searchParams.get("audience"), "https://acme.localhost:9/api/v2/");
      assert.equal(searchParams.get("redirect_uri"), url);
    });
  } finally {
    const ended = once(started.child, "exit");
    started.child.kill("SIGTERM");
    await ended;
  }
});

test("reports the missing variable if only one of the two is set", async () => {
  const started = start({ AUTH0_DOMAIN: "acme.eu.auth0.com", AUTH0_CLIENT_ID: "" });
  const [code] = await once(started.child, "close");
  assert.equal(code, 1);
  assert.match(started.output, /AUTH0_DOMAIN and AUTH0_CLIENT_ID go together/);
});
