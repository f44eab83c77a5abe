// After every success and every failure, everything that a page or its developer can see is searched for secrets.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";

import { ADA, openBench } from "../harness/bench.mjs";

let bench;
let tenant;
before(async () => {
  bench = await openBench();
  ({ tenant } = bench);
});
after(() => bench?.close());
beforeEach(() => bench.reset());

// Runs in the page: all that can be seen there, as `{ place: text }`. One place is left out, because no page can change it:
// `performance.getEntriesByType("navigation")`, where Chromium keeps the address that the page was loaded with.
const SIGHT = `async (kit, given) => {
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
  const { load } = kit;
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

/** What nobody may find, out of an authorization response and the request it answers. */
function secretsOf(address, authorizeUrl) {
  const response = new URLSearchParams(new URL(address).hash.slice(1) || new URL(address).search);
  const request = new URL(authorizeUrl).searchParams;
  const tokens = ["access_token", "id_token"]
    .flatMap((name) => response.getAll(name))
    .filter((token) => token.length > 20);
  return {
    // A part of a token is as good as the whole to a search.
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

async function search(secrets, { pending = false } = {}) {
  const places = await bench.run(SIGHT);
  const { console: lines } = await consoleLines();
  const all = { ...places, console: lines };
  for (const [kind, texts] of Object.entries(secrets)) {
    for (const [place, text] of Object.entries(all)) {
      if (pending && ["state", "nonce"].includes(kind) && place.endsWith("Storage")) continue;
      // The verified claims hold the nonce, as the contract's type says; it is worth nothing once it has been used.
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
  console: (await bench.driver.manage().logs().get("browser"))
    .map(({ message }) => message)
    .join("\n"),
});

/** Signs in through the tenant with a fault, remembering everything that comes out: `globalThis.results`. */
async function signInAndUse({ fault, options = {}, match, authorize = {}, changes = {}, use }) {
  if (fault && !match) tenant.faults.set(fault, options);
  tenant.clearSessions();
  const authorizeUrl = await bench.begin(changes, { appState: { a: 1 }, ...authorize });
  await bench.driver.get(authorizeUrl);
  const address = await bench.driver.getCurrentUrl();
  if (fault && match) tenant.faults.set(fault, options, { match });
  const source = `async ({ client }, options) => {
    globalThis.heard = [];
    globalThis.usual = Object.getOwnPropertyNames(globalThis);
    addEventListener("unhandledrejection", ({ reason }) => heard.push(String(reason?.stack ?? reason)));
    addEventListener("error", ({ message, error }) => heard.push(message + String(error?.stack)));
    globalThis.usual.push("client", "results", "heard", "usual");
    globalThis.results = [];
    const keep = async (action) => {
      try { results.push(await action()); } catch (error) { results.push(error); }
    };
    globalThis.client = await client(options);
    await keep(() => globalThis.client.handleRedirectCallback());
    await keep(() => globalThis.client.handleRedirectCallback());
    await (${use ?? (() => {})})(globalThis.client, keep);
    await new Promise((resolve) => setTimeout(resolve, 20));
    return null;
  }`;
  await bench.run(source, bench.options(changes));
  return secretsOf(address, authorizeUrl);
}

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
  test("signed in, with every kind of call made: no secret anywhere", async () => {
    const secrets = await signInAndUse({ use: calls });
    assert.equal(await bench.run(() => client.claims.sub), ADA);
    assert.ok(secrets.token.length > 8);
    await search(secrets);
  });

  test("the client itself holds nothing that can be listed", async () => {
    await signInAndUse({});
    const [listed, text, own, inherited] = await bench.run(() => {
      const names = (object) => Reflect.ownKeys(object).toSorted();
      const { prototype } = client.constructor;
      return [Object.keys(client), JSON.stringify(client), names(client), names(prototype)];
    });
    assert.deepEqual([listed, text], [[], "{}"]);
    // Its own members are those of its class, bound to it.
    assert.deepEqual(["constructor", ...own].toSorted(), inherited);
  });

  test("back and forward in the history shows no response again", async () => {
    const secrets = await signInAndUse({});
    await bench.driver.executeScript("history.pushState({}, '', '/next')");
    await bench.driver.navigate().back();
    await search(secrets);
    for (const url of await bench.driver.executeScript(
      "return navigation.entries().map(({ url }) => url)",
    )) {
      for (const secret of [...secrets.token, ...secrets.state])
        assert.equal(url.includes(secret), false);
    }
    await bench.driver.executeScript("history.go(-1)");
    await bench.driver.navigate().forward();
    const address = await bench.driver.getCurrentUrl();
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
      bench.site.requests.every((path) => !secrets.token.some((secret) => path.includes(secret))),
    );
  });

  test("a second sign-in that is under way keeps its own state and nonce in storage alone", async () => {
    const secrets = await signInAndUse({});
    const url = await bench.run(() => client.buildAuthorizeUrl());
    const { state, nonce } = secretsOf(`${bench.site.origin}/#`, url);
    const places = await bench.run(SIGHT);
    for (const [place, text] of Object.entries(places)) {
      for (const secret of [...state, ...nonce]) {
        if (place === "sessionStorage") assert.equal(text.includes(secret), true);
        else assert.equal(text.includes(secret), false, place);
      }
    }
    await search(secrets);
  });
});

describe("after a failure", () => {
  const FAULTS = [
    ["wrong-nonce"],
    ["missing-nonce"],
    ["wrong-audience"],
    ["wrong-issuer"],
    ["expired-id-token"],
    ["issued-in-future"],
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
    test(`${fault} ${JSON.stringify(options)}: no secret anywhere`, async () => {
      const secrets = await signInAndUse({ fault, options, use: calls });
      assert.equal(await bench.run(() => client.isAuthenticated), false);
      await search(secrets, { pending: pending === "pending" });
    });
  }

  test("tokens-in-query: no secret but where the browser itself remembers the navigation", async () => {
    const secrets = await signInAndUse({ fault: "tokens-in-query", use: calls });
    await search(secrets);
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
    test(`key set ${fault}: no secret anywhere`, async () => {
      const changes = { retries: 0, timeoutMs: 300 };
      const secrets = await signInAndUse({ fault, options, match, changes, use: calls });
      await search(secrets);
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
    test(`the API with ${fault} ${JSON.stringify(options ?? {})}: no secret anywhere`, async () => {
      const changes = { retries: 0, timeoutMs: 300 };
      const secrets = await signInAndUse({
        fault,
        options,
        match: { target: "api" },
        changes,
        use: calls,
      });
      assert.equal(await bench.run(() => client.claims.sub), ADA);
      await search(secrets);
    });
  }

  test("a client whose session has expired holds no secret in sight", async () => {
    tenant.setAccessTokenLifetime(2);
    const secrets = await signInAndUse({
      use: async (client, keep) => {
        await new Promise((resolve) => setTimeout(resolve, client.expiresAt - Date.now() + 5));
        await keep(() => client.getUser());
      },
    });
    await search(secrets);
  });

  test("a listener that fails, a promise that nobody awaits: nothing of a token in what is reported", async () => {
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
    const heard = await bench.run(() => globalThis.heard.length);
    assert.ok(heard >= 3, `${heard} unhandled rejections were heard`);
    await search(secrets);
  });
});
