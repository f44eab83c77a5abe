// Sets up, builds and serves the account page, with a local tenant, or with the tenant that AUTH0_DOMAIN and AUTH0_CLIENT_ID name.
import { createServer } from "node:net";
import { once } from "node:events";
import { Refusal, runMain, step } from "./steps.mjs";
import { setup } from "./setup.mjs";
import { build } from "./build.mjs";

const TENANT_PORT = 4400;
const PAGE_PORT = 5173;

await runMain(async () => {
  const stopped = new Promise((resolve) =>
    ["SIGINT", "SIGTERM"].forEach((signal) => process.once(signal, resolve)),
  );
  const own = ownTenant(process.env);
  await build(await setup());
  const { servePage } = await import("./page.mjs");

  const local = own ? undefined : await step("local tenant", startLocalTenant);
  const page = await step("account page", async () =>
    servePage({ port: await freePort(PAGE_PORT), ...(own ?? { domain: local.domain }) }),
  );
  console.log(`\n  Account page   ${page.url}`);
  if (own) console.log(`  Tenant         ${own.domain}, application ${own.clientId}`);
  else {
    const [[email, { password }]] = local.logins;
    console.log(`  Local tenant   ${local.url}\n  Sign in as     ${email}   ${password}`);
  }
  console.log(`\n  Ctrl-C stops ${own ? "it" : "both"}.`);

  await stopped;
  await page.close();
  await local?.close();
});

/** The tenant that the environment names, or `undefined` for the local tenant. */
function ownTenant({ AUTH0_DOMAIN, AUTH0_CLIENT_ID, AUTH0_TENANT_DOMAIN }) {
  if (!AUTH0_DOMAIN && !AUTH0_CLIENT_ID && !AUTH0_TENANT_DOMAIN) return undefined;
  if (!AUTH0_DOMAIN || !AUTH0_CLIENT_ID)
    throw new Refusal("AUTH0_DOMAIN and AUTH0_CLIENT_ID go together: see www/README.md");
  return {
    domain: AUTH0_DOMAIN,
    clientId: AUTH0_CLIENT_ID,
    tenantDomain: AUTH0_TENANT_DOMAIN || undefined,
  };
}

async function startLocalTenant() {
  const { startTenant } = await import("../tenant/index.mjs");
  return startTenant({ port: await freePort(TENANT_PORT) });
}

/** `port`, or the next free one. Prints a line for each port that is taken. */
async function freePort(port) {
  for (let next = port; next < port + 100; next++) {
    if (await isFree(next)) return next;
    console.log(`  port ${next} is taken, trying ${next + 1}`);
  }
  return 0;
}

/** Whether `port` is free in both address families of `localhost`, because a browser may use either. */
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
