// The application's site: the package in /package, the page helpers in /harness, and one page at every other path, as
// a single-page application has it.
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { serve } from "./serve.mjs";

const PAGE =
  "<!doctype html><html lang=en><title>Application</title><body><main></main></body></html>";
const WATCHED_PAGE = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Application</title>
<script src="/harness/watch.js"></script>
<button id="go">Go</button></html>`;

const local = (path) => fileURLToPath(new URL(path, import.meta.url));

/**
 * Starts the site. `headers` are sent with every page, not with scripts, so that a test can set a policy. `requests`
 * are the requested addresses with their queries, in order.
 *
 * @returns {Promise<{ origin: string, requests: string[], headers: object, close: () => Promise<void> }>}
 */
export async function startSite({ watched = false } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "site-"));
  // A copy, because another build may replace dist/ while the tests run.
  cpSync(process.env.DIST ?? local("../../dist"), join(folder, "package"), { recursive: true });
  cpSync(local("page"), join(folder, "harness"), { recursive: true });
  const requests = [];
  const site = { requests, headers: {} };
  const { origin, close } = await serve(folder, (pathname, address) => {
    requests.push(address);
    if (pathname === "/favicon.ico") return { status: 204, body: "" };
    if (extname(pathname) !== "") return { headers: { "Cache-Control": "no-cache" } };
    const headers = { "Content-Type": "text/html; charset=utf-8", ...site.headers };
    return { headers, body: watched ? WATCHED_PAGE : PAGE };
  });
  return Object.assign(site, {
    origin,
    async close() {
      await close();
      rmSync(folder, { recursive: true, force: true });
    },
  });
}
