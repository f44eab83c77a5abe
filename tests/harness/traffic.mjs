// What the tenant has received, and a page of its own that answers instead of it.
import assert from "node:assert/strict";

/** Requests to the Management API in a log, without preflights. */
export const apiRequests = (tenant) =>
  tenant.log.filter(({ url, method }) => url.startsWith("/api/v2/") && method !== "OPTIONS");

/** Requests to the Management API in a log, with preflights. */
export const apiTraffic = (tenant) => tenant.log.filter(({ url }) => url.startsWith("/api/v2/"));

export const trafficOf = (tenant) => ({
  /** Requests whose path begins with `path`, without preflights. */
  requests: (path) =>
    tenant.log.filter(({ method, url }) => method !== "OPTIONS" && url.startsWith(path)),
  /** The parameters of every request to /authorize, as pairs. */
  authorizations: () =>
    tenant.log
      .filter(({ url }) => url.startsWith("/authorize?"))
      .map(({ url }) => [...new URL(url, "http://tenant.invalid").searchParams]),
});

/** Answers the next request to /authorize with a page of the tenant's origin that runs `script`. */
export function answerWithScript(tenant, script, match = { target: "authorize" }) {
  const headers = { "content-type": "text/html; charset=utf-8" };
  const body = `<!doctype html><title>Tenant</title><script>{${script}}</script>`;
  return tenant.faults.set("answer", { status: 200, headers, body }, { times: 1, match });
}

/** The user of a Management API request. Asserts that path and token name the same user. */
export function signedInAs(tenant, { url, headers }) {
  const { sub } = tenant.readToken(headers.authorization.replace("Bearer ", "")).claims;
  assert.equal(
    decodeURIComponent(url.split(/[/?]/)[4]),
    sub,
    "path and token name different users",
  );
  return sub;
}
