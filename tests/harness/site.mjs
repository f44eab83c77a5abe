// The application's site: the files of one folder, and the same empty page at every other path, as a single-page
// application has it.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { basename, extname, join } from "node:path";

const TYPES = { ".js": "text/javascript; charset=utf-8", ".wasm": "application/wasm" };
const PAGE =
  "<!doctype html><html lang=en><title>Application</title><body><main></main></body></html>";

/**
 * `headers()` are sent with every page. `requests` are the addresses asked for, in order.
 *
 * @returns {Promise<{ origin: string, requests: string[], close: () => Promise<void> }>}
 */
export async function openSite(folder, { headers = () => ({}) } = {}) {
  const requests = [];
  const server = createServer(async (request, response) => {
    requests.push(request.url);
    const { pathname } = new URL(request.url, "http://localhost");
    if (pathname === "/favicon.ico") return response.writeHead(204).end();
    const type = TYPES[extname(pathname)];
    if (!type) {
      response.writeHead(200, { "Content-Type": "text/html; charset=utf-8", ...headers() });
      return response.end(PAGE);
    }
    try {
      const body = await readFile(join(folder, basename(pathname)));
      return response
        .writeHead(200, { "Content-Type": type, "Cache-Control": "no-cache" })
        .end(body);
    } catch {
      return response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://localhost:${server.address().port}`,
    requests,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}
