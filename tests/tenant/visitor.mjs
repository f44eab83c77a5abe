// A visitor of the local tenant without a browser, and calls of its API.
import { createLocalJWKSet, jwtVerify } from "jose";

import { ALL_SCOPES, PASSWORD } from "../harness/fixtures.mjs";

export { ADA, ALAN, ALL_SCOPES, GRACE } from "../harness/fixtures.mjs";
export const REDIRECT_URI = "http://localhost:9999/callback";

/** A minimal browser for sign-ins: keeps cookies by path and follows redirects. */
export class Visitor {
  #cookies = new Map();

  /** Goes to `url` and follows redirects to a page, or to the redirect that leaves the tenant. */
  async go(url, options = {}) {
    const { origin } = new URL(url);
    for (let hops = 0; hops < 10; hops += 1) {
      const answer = await fetch(url, {
        redirect: "manual",
        ...options,
        headers: this.#headers(url, options),
      });
      this.#keep(url, answer);
      const location = answer.headers.get("location");
      if (!location)
        return { url, status: answer.status, headers: answer.headers, text: await answer.text() };
      await answer.arrayBuffer();
      url = new URL(location, url).href;
      if (new URL(url).origin !== origin) return { left: url, status: answer.status };
      options = {};
    }
    throw new Error("too many redirects");
  }

  /** Submits the form of the login page `page`. */
  submit(page, fields) {
    const body = new URLSearchParams({ action: "login", ...fields });
    return this.go(page.url, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body,
    });
  }

  /** Goes from /authorize through the login page, if the tenant shows it, to the parameters of the response. */
  async signIn(tenant, { email = "ada@example.com", password = PASSWORD, ...params } = {}) {
    const page = await this.go(authorizeUrl(tenant, params));
    const end = page.left ? page : await this.submit(page, { email, password });
    return responseOf(end);
  }

  #headers(url, { headers }) {
    const { pathname } = new URL(url);
    const cookie = [...this.#cookies.values()]
      .filter(({ path }) => pathname.startsWith(path))
      .map(({ pair }) => pair)
      .join("; ");
    return { ...headers, ...(cookie && { cookie }) };
  }

  #keep(url, answer) {
    for (const line of answer.headers.getSetCookie()) {
      const [pair, ...attributes] = line.split("; ");
      const path = attributes.find((one) => /^path=/i.test(one))?.slice(5) ?? "/";
      const gone = attributes.some((one) => /^expires=Thu, 01 Jan 1970/i.test(one));
      const key = `${pair.split("=")[0]} ${path}`;
      if (gone) this.#cookies.delete(key);
      else this.#cookies.set(key, { pair, path });
    }
  }
}

/** The documented request with `changes`. `undefined` removes a parameter. */
export function authorizeUrl(tenant, changes = {}) {
  const params = {
    response_type: "token id_token",
    client_id: "local-spa",
    redirect_uri: REDIRECT_URI,
    audience: tenant.audience,
    scope: `openid ${ALL_SCOPES.join(" ")}`,
    state: "the-state",
    nonce: "the-nonce",
    ...changes,
  };
  const present = Object.entries(params).filter(([, value]) => value !== undefined);
  return `${tenant.url}authorize?${new URLSearchParams(present)}`;
}

/** Parameters of an authorization response, from its fragment or its query. */
export function responseOf({ left, text, status }) {
  if (!left) throw new Error(`no redirect but ${status}: ${text}`);
  const { hash, search } = new URL(left);
  return Object.fromEntries(new URLSearchParams(hash ? hash.slice(1) : search));
}

/** Calls the Management API, with the body as JSON. */
export async function callApi(tenant, token, method, path, body, headers = {}) {
  const answer = await fetch(`${tenant.url}api/v2/${path}`, {
    method,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { "content-type": "application/json" }),
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: text && JSON.parse(text) };
}

/** Verifies a token by npm `jose`, with the keys that the tenant publishes. */
export async function verify(tenant, token, options) {
  const keys = await (await fetch(`${tenant.url}.well-known/jwks.json`)).json();
  return jwtVerify(token, createLocalJWKSet(keys), {
    issuer: tenant.issuer,
    algorithms: ["RS256"],
    ...options,
  });
}

/** @returns {Promise<{ status: number, body: object }>} */
export async function requestToken(tenant, fields, { json = false, headers = {} } = {}) {
  const answer = await fetch(`${tenant.url}oauth/token`, {
    method: "POST",
    headers: {
      "content-type": json ? "application/json" : "application/x-www-form-urlencoded",
      ...headers,
    },
    body: json ? JSON.stringify(fields) : new URLSearchParams(fields),
  });
  return { status: answer.status, headers: answer.headers, body: await answer.json() };
}

export const userPath = (id, rest = "") => `users/${encodeURIComponent(id)}${rest}`;
