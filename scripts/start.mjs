// A local tenant and the account page that signs in at it, from a bare machine.
import { createServer } from "node:net";
import { once } from "node:events";
import { runMain, step } from "./steps.mjs";
import { setup } from "./setup.mjs";
import { build } from "./build.mjs";

const TENANT_PORT = 4400;
const PAGE_PORT = 5173;

await runMain(async () => {
  const stopped = new Promise((resolve) =>
    ["SIGINT", "SIGTERM"].forEach((signal) => process.once(signal, resolve)),
  );
  await build(await setup());
  const { startTenant } = await import("../tenant/index.mjs");
  const { servePage } = await import("./page.mjs");

  const tenant = await step("local tenant", async () =>
    startTenant({ port: await freePort(TENANT_PORT) }),
  );
  const page = await step("account page", async () =>
    servePage({ port: await freePort(PAGE_PORT), domain: tenant.domain }),
  );
  const [[email, { password }]] = tenant.logins;
  console.log(`
  Account page   ${page.url}
  Local tenant   ${tenant.url}
  Sign in as     ${email}   ${password}

  Ctrl-C ends both.`);

  await stopped;
  await page.close();
  await tenant.close();
});

/** `port`, or the next one that nobody listens on; says so when it is not the first. */
async function freePort(port) {
  for (let next = port; next < port + 100; next++) {
    if (await isFree(next)) return next;
    console.log(`  port ${next} is taken, trying ${next + 1}`);
  }
  return 0;
}

/** `localhost` is both address families, and a browser tries either. */
async function isFree(port) {
  for (const host of ["127.0.0.1", "::1"]) {
    const server = createServer().listen(port, host);
    try {
      await once(server, "listening");
      server.close();
      await once(server, "close");
    } catch (error) {
      if (error.code === "EADDRINUSE") return false;
    }
  }
  return true;
}
