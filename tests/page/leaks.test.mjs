// Searches everything that a page or its developer can see for secrets, after every success and every failure.
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { ADA, startHarness } from "../harness/index.mjs";

const harness = await startHarness();
const { tenant } = harness;

// Runs in the page: everything visible there, as `{ place: text }`. Omits one place that no page can change:
// `performance.getEntriesByType("navigation")`, where Chromium keeps the address that it loaded the page from.
const VISIBLE_PLACES = `async (pageHelpers, given) => {
  const places = {};
  const text = (value) => {
    try { return typeof value === "string" ? value : JSON.stringify(value) ?? String(value); } catch { return String(value); }
  };
  places.location = location.href;
  places.document = [document.URL, document.documentURI, document.baseURI, document.referrer, document.cookie, document.title].join(" ");
  places.html = document.documentElement.outerHTML;
  places["history.state"] = text(history.state);
  places["history entries"] = navigation.entries().map(({ url }) => url).join(" ");
  places["window.name"] = window.name;
  places.sessionStorage = text({ ...sessionStorage });
  places.localStorage = text({ ...localStorage });
  places.indexedDB = text((await indexedDB.databases?.()) ?? []);
  places.caches = text(await caches.keys());
  places.resources = performance.getEntriesByType("resource").map(({ name }) => name).join(" ");
  places["unhandled rejections"] = text(globalThis.heard ?? []);
  places.globals = Object.getOwnPropertyNames(globalThis).filter((name) => !globalThis.usual.includes(name)).map((name) => name + " " + text(globalThis[name])).join(" ");

  // Everything that can be reached from the client, from what it gave out, and from the package's exports.
  const { load } = pageHelpers;
  const seen = new Set();
  const found = [];
  const walk = (value, path, depth) => {
    if (typeof value === "string") found.push(path + " = " + value);
    if (typeof value === "function") found.push(path + " = " + Function.prototype.toString.call(value).slice(0, 200));
    if (value === null || !["object", "function"].includes(typeof value) || seen.has(value) || depth > 6) return;
    seen.add(value);
    for (const key of Reflect.ownKeys(value)) {
      const descriptor = Reflect.getOwnPropertyDescriptor(value, key);
      try { walk(descriptor.get ? descriptor.get.call(globalThis.client ?? value) : descriptor.value, path + "." + String(key), depth + 1); } catch {}
    }
    const prototype = Object.getPrototypeOf(value);
    if (prototype && ![Object.prototype, Function.prototype, Array.prototype].includes(prototype)) walk(prototype, path + ".__proto__", depth + 1);
  };
  walk(globalThis.client, "client", 0);
  walk(await load(), "exports", 0);
  walk(globalThis.results ?? [], "results", 0);
  for (const result of globalThis.results ?? []) found.push(text(result), String(result), String(result?.stack), String(result?.cause), text(result?.cause), String(result?.cause?.stack));
  places.reachable = found.join("\\n");
  places.json = [text(globalThis.client), String(globalThis.client), text(Object.entries(globalThis.client ?? {}))].join(" ");
  return places;
}`;

/** The secrets of an authorization response and its request. */
function secretsOf(address, authorizeUrl) {
  const response = new URLSearchParams(new URL(address).hash.slice(1) || new URL(address).search);
  const request = new URL(authorizeUrl).searchParams;
  const tokens = ["access_token", "id_token"]
    .flatMap((name) => response.getAll(name))
    .filter((token) => token.length > 20);
  return {
    // A search for part of a token finds the whole token, too.
    token: tokens.flatMap((token) => [
      token,
      ...token.split(".").filter((part) => part.length > 20),
      token.slice(0, 24),
      token.slice(-24),
    ]),
    code: response.getAll("code").filter((code) => code.length > 8),
    state: [request.get("state")],
    nonce: [request.get("nonce")],
  };
}

async function assertNoSecret(secrets, { pending = false } = {}) {
  const places = await harness.run(VISIBLE_PLACES);
  const { console: lines } = await consoleLines();
  const all = { ...places, console: lines };
  for (const [kind, texts] of Object.entries(secrets)) {
    for (const [place, text] of Object.entries(all)) {
      if (pending && ["state", "nonce"].includes(kind) && place.endsWith("Storage")) continue;
      // The verified claims contain the nonce, as documented. A used nonce is worthless.
      const searched =
        kind === "nonce" ? text.replaceAll(/(nonce("|:| = |\\)*:?\s*\\?"?)[\w-]+/g, "$1…") : text;
      for (const secret of texts)
        assert.equal(
          searched.includes(secret),
          false,
          `${kind} in ${place}: …${around(searched, secret)}…`,
        );
    }
  }
}
const around = (text, secret) =>
  text.slice(Math.max(0, text.indexOf(secret) - 80), text.indexOf(secret) + 30);
const consoleLines = async () => ({
  console: (await harness.driver.manage().logs().get("browser"))
    .map(({ message }) => message)
    .join("\n"),
});

/** Signs in through the tenant with a fault, and keeps every outcome in the page's `results`. */
async function signInAndUse({ fault, options = {}, match, authorize = {}, changes = {}, use }) {
  if (fault && !match) tenant.faults.set(fault, options);
  tenant.clearSessions();
  const authorizeUrl = await harness.begin(changes, { appState: { a: 1 }, ...authorize });
  await harness.driver.get(authorizeUrl);
  const address = await harness.driver.getCurrentUrl();
  if (fault && match) tenant.faults.set(fault, options, { match });
  const source = `async ({ createClient }, options) => {
    globalThis.heard = [];
    globalThis.usual = Object.getOwnPropertyNames(globalThis);
    addEventListener("unhandledrejection", ({ reason }) => heard.push(String(reason?.stack ?? reason)));
    addEventListener("error", ({ message, error }) => heard.push(message + String(error?.stack)));
    globalThis.usual.push("client", "results", "heard", "usual");
    globalThis.results = [];
    const keep = async (action) => {
      try { results.push(await action()); } catch (error) { results.push(error); }
    };
    globalThis.client = await createClient(options);
    await keep(() => globalThis.client.handleRedirectCallback());
    await keep(() => globalThis.client.handleRedirectCallback());
    await (${use ?? (() => {})})(globalThis.client, keep);
    await new Promise((resolve) => setTimeout(resolve, 20));
    return null;
  }`;
  await harness.run(source, harness.options(changes));
  return secretsOf(address, authorizeUrl);
}

const nameOf = (fault, options = {}) =>
  Object.keys(options).length === 0 ? fault : `${fault} ${JSON.stringify(options)}`;

const calls = async (client, keep) => {
  await keep(() => client.getUser());
  await keep(() => client.getEnrollments());
  await keep(() => client.patchUserMetadata({ a: 1 }));
  await keep(() => client.patchUserMetadata({}));
  await keep(() => client.deleteMultifactor("carrier-pigeon"));
  await keep(() => client.createDeviceCredential({}));
  await keep(() => client.deleteDeviceCredential("dcr_1"));
  await keep(() => client.getUser({ signal: AbortSignal.abort() }));
  await keep(() => client.getUser({ signal: AbortSignal.abort(new Error("because")) }));
  await keep(() => client.linkIdentity("not.a.token"));
};

describe("after a success", () => {
  test("no secret is visible anywhere after a sign-in and every kind of call", async () => {
    const secrets = await signInAndUse({ use: calls });
    assert.equal(await harness.run(() => client.claims.sub), ADA);
    assert.ok(secrets.token.length > 8);
    await assertNoSecret(secrets);
  });

  test("the client itself has no property that holds a secret", async () => {
    await signInAndUse({});
    const [listed, text, own, inherited] = await harness.run(() => {
      const names = (object) => Reflect.ownKeys(object).toSorted();
      const { prototype } = client.constructor;
      return [Object.keys(client), JSON.stringify(client), names(client), names(prototype)];
    });
    assert.deepEqual([listed, text], [[], "{}"]);
    // Its own properties are the bound methods of its class.
    assert.deepEqual(["constructor", ...own].toSorted(), inherited);
  });

  test("back and forward in the history show no response again", async () => {
    const secrets = await signInAndUse({});
    await harness.driver.executeScript("history.pushState({}, '', '/next')");
    await harness.driver.navigate().back();
    await assertNoSecret(secrets);
    for (const url of await harness.driver.executeScript(
      "return navigation.entries().map(({ url }) => url)",
    )) {
      for (const secret of [...secrets.token, ...secrets.state])
        assert.equal(url.includes(secret), false);
    }
    await harness.driver.executeScript("history.go(-1)");
    await harness.driver.navigate().forward();
    const address = await harness.driver.getCurrentUrl();
    for (const secret of secrets.token) assert.equal(address.includes(secret), false);
  });

  test("the access token goes to the API's origin in one header, and nowhere else", async () => {
    tenant.clearLog();
    const secrets = await signInAndUse({ use: calls });
    const [whole] = secrets.token;
    for (const { url, headers, body, method } of tenant.log) {
      const { authorization = "", ...others } = headers;
      const rest = [url, JSON.stringify(others), body].join(" ");
      for (const secret of secrets.token)
        assert.equal(rest.includes(secret), false, `${method} ${url}`);
      if (authorization) assert.ok(url.startsWith("/api/v2/"), url);
    }
    assert.ok(whole);
    assert.ok(
      harness.site.requests.every((path) => !secrets.token.some((secret) => path.includes(secret))),
    );
  });

  test("a second pending sign-in keeps its state and nonce in storage alone", async () => {
    const secrets = await signInAndUse({});
    const url = await harness.run(() => client.buildAuthorizeUrl());
    const { state, nonce } = secretsOf(`${harness.origin}/#`, url);
    const places = await harness.run(VISIBLE_PLACES);
    for (const [place, text] of Object.entries(places)) {
      for (const secret of [...state, ...nonce]) {
        if (place === "sessionStorage") assert.equal(text.includes(secret), true);
        else assert.equal(text.includes(secret), false, place);
      }
    }
    await assertNoSecret(secrets);
  });
});

describe("after a failure", () => {
  const FAULTS = [
    ["wrong-nonce"],
    ["missing-nonce"],
    ["wrong-audience"],
    ["wrong-issuer"],
    ["expired-id-token"],
    ["issued-in-future", { seconds: 90_000 }],
    ["wrong-at-hash"],
    ["algorithm-none"],
    ["algorithm-hs256"],
    ["tampered-signature"],
    ["unknown-key"],
    ["access-token-as-id-token"],
    ["swapped-access-token"],
    ["foreign-access-token"],
    ["wrong-access-token-audience"],
    ["machine-access-token"],
    ["opaque-access-token"],
    ["expired-access-token"],
    ["missing-id-token"],
    ["missing-access-token"],
    ["wrong-token-type"],
    ["error-with-tokens"],
    ["wrong-issuer-parameter"],
    ["authorization-error"],
    ["tokens", { response: { set: { code: "a-code-that-nobody-asked-for" } } }],
    [
      "tokens",
      {
        idToken: {
          raw: "eyJhbGciOiJSUzI1NiJ9.bm90IGpzb24gYnV0IGxvbmcgZW5vdWdo.c2lnbmF0dXJlIHNpZ25hdHVyZQ",
        },
      },
    ],
    ["altered-state", {}, "pending"],
    ["missing-state", {}, "pending"],
    ["duplicated-parameter", { name: "access_token" }],
    ["duplicated-parameter", { name: "state" }, "pending"],
  ];
  for (const [fault, options = {}, pending] of FAULTS) {
    test(`no secret is visible after ${nameOf(fault, options)}`, async () => {
      const secrets = await signInAndUse({ fault, options, use: calls });
      assert.equal(await harness.run(() => client.isAuthenticated), false);
      await assertNoSecret(secrets, { pending: pending === "pending" });
    });
  }

  test("no secret is visible after tokens-in-query, except in the browser's own record of the navigation", async () => {
    const secrets = await signInAndUse({ fault: "tokens-in-query", use: calls });
    await assertNoSecret(secrets);
  });

  const KEY_SETS = [
    ["jwks-empty"],
    ["broken-json", {}, { target: "jwks" }],
    ["answer", { status: 500 }, { target: "jwks" }],
    ["dropped-connection", {}, { target: "jwks" }],
    ["without-cors", {}, { target: "jwks" }],
    ["redirect", { location: "/elsewhere" }, { target: "jwks" }],
    ["stalled-body", {}, { target: "jwks" }],
  ];
  for (const [fault, options, match] of KEY_SETS) {
    test(`no secret is visible after the key set had ${fault}`, async () => {
      const changes = { retries: 0, timeoutMs: 300 };
      const secrets = await signInAndUse({ fault, options, match, changes, use: calls });
      await assertNoSecret(secrets);
    });
  }

  const API = [
    ["api-error", { error: "invalid_token" }],
    ["api-error", { error: "insufficient_scope" }],
    ["api-error", { error: "too_many_requests" }],
    ["broken-json"],
    ["html-answer"],
    ["empty-answer"],
    ["dropped-connection"],
    ["without-cors"],
    ["redirect", { location: "/elsewhere?of=nobody" }],
    ["stalled-body"],
  ];
  for (const [fault, options] of API) {
    test(`no secret is visible after the API had ${nameOf(fault, options)}`, async () => {
      const changes = { retries: 0, timeoutMs: 300 };
      const secrets = await signInAndUse({
        fault,
        options,
        match: { target: "api" },
        changes,
        use: calls,
      });
      assert.equal(await harness.run(() => client.claims.sub), ADA);
      await assertNoSecret(secrets);
    });
  }

  test("a client whose session has expired shows no secret", async () => {
    tenant.setAccessTokenLifetime(2);
    const secrets = await signInAndUse({
      use: async (client, keep) => {
        await new Promise((resolve) => setTimeout(resolve, client.expiresAt - Date.now() + 5));
        await keep(() => client.getUser());
      },
    });
    await assertNoSecret(secrets);
  });

  test("failing subscribers and unhandled rejections report nothing of a token", async () => {
    const secrets = await signInAndUse({
      fault: "wrong-nonce",
      use: async (client) => {
        client.subscribe(() => {
          throw new Error("a listener failed");
        });
        client.getUser();
        client.linkIdentity("a.b.c");
        client.handleRedirectCallback(7);
        client.loginWithRedirect({ extraParams: { state: "x" } });
      },
    });
    const heard = await harness.run(() => globalThis.heard.length);
    assert.ok(heard >= 3, `${heard} unhandled rejections were heard`);
    await assertNoSecret(secrets);
  });
});
