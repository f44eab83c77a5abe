// Serves the measured pages: fixed paths, compressed as hosts do, never cached. Receives what a page reports.
import { createServer } from "node:http";
import { extname } from "node:path";
import { brotliCompressSync } from "node:zlib";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".wasm": "application/wasm",
};

const PATIENCE_MS = 30_000;

/**
 * Serves `pages`, a Map from path to text or bytes, which may grow later. Returns `{ origin, heard, close }`. `heard()` resolves
 * with the next report that a page sends to `/say`.
 */
export async function serve(pages) {
  const compressed = new Map();
  const said = [];
  const listeners = [];
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    if (pathname === "/say") {
      let text = "";
      for await (const part of request.setEncoding("utf8")) text += part;
      response.writeHead(204).end();
      const listener = listeners.shift();
      if (listener) listener(JSON.parse(text));
      else said.push(JSON.parse(text));
      return;
    }
    const body = pages.get(pathname);
    if (body === undefined) return response.writeHead(404).end();
    if (!compressed.has(body)) compressed.set(body, brotliCompressSync(body));
    response.writeHead(200, {
      "Content-Type": TYPES[extname(pathname)],
      "Content-Encoding": "br",
      "Cache-Control": "no-store",
      // These headers give the page a clock of 5 µs instead of 100 µs.
      "Cross-Origin-Opener-Policy": "same-origin",
      "Cross-Origin-Embedder-Policy": "require-corp",
      "Cross-Origin-Resource-Policy": "same-origin",
    });
    response.end(compressed.get(body));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://localhost:${server.address().port}`,
    heard: () =>
      new Promise((resolve, reject) => {
        if (said.length > 0) return resolve(said.shift());
        const late = () => reject(new Error(`no page said anything for ${PATIENCE_MS / 1000} s`));
        const timer = setTimeout(late, PATIENCE_MS);
        listeners.push((words) => (clearTimeout(timer), resolve(words)));
      }),
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}
