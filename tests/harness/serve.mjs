// A static file server on loopback that can misbehave for single requests.
import { createServer } from "node:http";
import { readFile, stat } from "node:fs/promises";
import { extname, join, normalize } from "node:path";

const types = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
};

/**
 * Serves `folder`. `answer(path, address)` may return `{ status, headers, body }`, each optional, to replace that part
 * of the response; `address` is the path with its query. `singlePage` answers paths without a file by `PATH.html`, or else by
 * the page at `/`, as hosts of single-page apps do. Returns `{ origin, requests, close }`; `requests` are the
 * requested paths, in order.
 */
export async function serve(folder, answer = () => undefined, { singlePage = false } = {}) {
  const requests = [];
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    requests.push(pathname);
    let file = join(folder, normalize(decodeURIComponent(pathname)));
    const change = answer(pathname, request.url) ?? {};
    if (singlePage && extname(file) === "" && !(await isFile(join(file, "index.html"))))
      file = (await isFile(`${file}.html`)) ? `${file}.html` : join(folder, "index.html");
    const isFolder = await stat(file).then(
      (found) => found.isDirectory(),
      () => false,
    );
    if (isFolder) file = join(file, "index.html");
    try {
      const body = change.body ?? (await readFile(file));
      response.writeHead(change.status ?? 200, {
        "Content-Type": types[extname(file)] ?? "application/octet-stream",
        ...change.headers,
      });
      response.end(body);
    } catch {
      response.writeHead(404, { "Content-Type": "text/plain" }).end("not found");
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

const isFile = (path) =>
  stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
