// Serves the account page from www/ by Vite. The page imports the built package by its name, like any application.
import { join } from "node:path";
import { root } from "./steps.mjs";
import { linkPackage } from "./link.mjs";

/**
 * Serves the page on `localhost`. The page signs in at the tenant `domain` as the application `clientId`. If `domain` is a custom
 * domain, `tenantDomain` is the tenant's own host. The page reads them as `import.meta.env.VITE_AUTH0_DOMAIN` and so on.
 * `port` 0 chooses a free port. Returns `{ url, close }`.
 */
export async function servePage({ port = 0, domain, clientId = "local-spa", tenantDomain }) {
  const { createServer } = await import("vite");
  const folder = join(root, "www");
  linkPackage(folder);
  const server = await createServer({
    root: folder,
    logLevel: "warn",
    clearScreen: false,
    // As if a `.env` file set them.
    define: Object.fromEntries(
      Object.entries({ DOMAIN: domain, CLIENT_ID: clientId, TENANT_DOMAIN: tenantDomain }).map(
        ([name, value]) => [
          `import.meta.env.VITE_AUTH0_${name}`,
          JSON.stringify(value) ?? "undefined",
        ],
      ),
    ),
    cacheDir: join(root, "target/vite"),
    server: { host: "localhost", port, strictPort: port !== 0, fs: { allow: [root] } },
  });
  await server.listen();
  return { url: server.resolvedUrls.local[0], close: () => server.close() };
}
