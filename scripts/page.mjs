// The account page, served from www/ by Vite. It imports the built package by its name, as any application does.
import { join } from "node:path";
import { root } from "./steps.mjs";
import { linkPackage } from "./link.mjs";

/**
 * Serves the page on `localhost`, signing in at the tenant `domain` as the application `clientId`.
 * The page reads the two as `import.meta.env.VITE_AUTH0_DOMAIN` and `import.meta.env.VITE_AUTH0_CLIENT_ID`.
 * Returns `{ url, close }`; `port` 0 is any free one.
 */
export async function servePage({ port = 0, domain, clientId = "local-spa" }) {
  const { createServer } = await import("vite");
  const folder = join(root, "www");
  linkPackage(folder);
  const server = await createServer({
    root: folder,
    logLevel: "warn",
    clearScreen: false,
    // As if they stood in a `.env` file.
    define: {
      "import.meta.env.VITE_AUTH0_DOMAIN": JSON.stringify(domain),
      "import.meta.env.VITE_AUTH0_CLIENT_ID": JSON.stringify(clientId),
    },
    cacheDir: join(root, "target/vite"),
    server: { host: "localhost", port, strictPort: port !== 0, fs: { allow: [root] } },
  });
  await server.listen();
  return { url: server.resolvedUrls.local[0], close: () => server.close() };
}
