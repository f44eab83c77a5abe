// Platform functions that are missing or fail: crypto, fetch, history.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ADA, startHarness } from "../harness/index.mjs";

const harness = await startHarness();
const { tenant } = harness;

describe("a page that lacks something", () => {
  test("without crypto.subtle, as without TLS, no client is created, with a clear message; with it, the next attempt works", async () => {
    await harness.comeBack();
    const { error } = await harness.run(async ({ createClient, outcome }, options) => {
      const own = Object.getOwnPropertyDescriptor(Crypto.prototype, "subtle");
      Object.defineProperty(Crypto.prototype, "subtle", { configurable: true, value: undefined });
      try {
        return await outcome(() => createClient(options));
      } finally {
        Object.defineProperty(Crypto.prototype, "subtle", own);
      }
    }, harness.options());
    assert.equal(error?.name, "CurrentUserError", JSON.stringify(error));
    assert.equal(error.code, "invalid_configuration", JSON.stringify(error));
    assert.match(error.message, /WebCrypto|https/);
    assert.equal((await harness.handle()).value?.claims.sub, ADA);
    assert.doesNotMatch(await harness.driver.getCurrentUrl(), /token/);
  });

  for (const what of ["importKey", "verify", "digest"]) {
    test(`a sign-in is refused if crypto.subtle.${what} throws or rejects`, async () => {
      for (const how of [
        "() => { throw new Error('no'); }",
        "() => Promise.reject(new Error('no'))",
      ]) {
        await harness.comeBack();
        const { error, authenticated } = await harness.run(
          `async ({ createClient, outcome }, options) => {
            SubtleCrypto.prototype.${what} = ${how};
            const made = await createClient(options);
            return { ...(await outcome(() => made.handleRedirectCallback())), authenticated: made.isAuthenticated };
          }`,
          harness.options(),
        );
        assert.equal(error?.name, "CurrentUserError", JSON.stringify(error));
        assert.equal(authenticated, false);
        await harness.reset();
      }
    });
  }

  test("a fetch that throws, rejects or returns nonsense becomes a documented code, and the client still works", async () => {
    await harness.signIn({ retries: 0 });
    const odd = [
      "() => { throw new Error('no'); }",
      "() => Promise.reject('text')",
      "() => Promise.reject(undefined)",
      "() => undefined",
      "async () => undefined",
      "async () => ({})",
      "async () => null",
      "async () => 7",
    ];
    for (const how of odd) {
      const { error } = await harness.run(`async ({ outcome }) => {
        const { fetch } = globalThis;
        globalThis.fetch = ${how};
        try { return await outcome(() => client.getUser()); } finally { globalThis.fetch = fetch; }
      }`);
      assert.equal(error?.name, "CurrentUserError", `${how}: ${JSON.stringify(error)}`);
      assert.match(error.code, /^(network_error|api_error)$/, `${how}: ${JSON.stringify(error)}`);
    }
    assert.equal((await harness.run(() => client.getUser())).user_id, ADA);
  });

  test("a platform function that fails unexpectedly ends the call, not the page", async () => {
    await harness.signIn({ retries: 0 });
    const answer = (more) =>
      `async () => ({ status: 200, headers: new Headers(), text: async () => "{}", ${more} })`;
    const odd = [
      answer("get status() { throw new Error('no'); }"),
      answer("get headers() { throw new Error('no'); }"),
      answer("get text() { throw new Error('no'); }"),
      answer("headers: { get() { throw new Error('no'); } }"),
      answer("status: {}"),
      answer("text: async () => 7"),
      answer("text: () => ({ then() { throw new Error('no'); } })"),
      "() => ({ get then() { throw new Error('no'); } })",
    ];
    for (const how of odd) {
      const { error, ms } = await harness.run(`async ({ outcome, sleep }) => {
        const { fetch } = globalThis;
        const began = performance.now();
        globalThis.fetch = ${how};
        const never = sleep(3000).then(() => ({ error: { name: "never settles" } }));
        const ended = await Promise.race([outcome(() => client.getEnrollments()), never]);
        globalThis.fetch = fetch;
        return { ...ended, ms: performance.now() - began };
      }`);
      assert.equal(error?.name, "CurrentUserError", `${how}: ${JSON.stringify(error)}`);
      assert.ok(ms < 2500, `${ms} ms`);
      assert.equal((await harness.run(() => client.getUser())).user_id, ADA, how);
    }
    const { error } = await harness.run(({ outcome, sleep }) => {
      const { aborted } = Object.getOwnPropertyDescriptors(AbortSignal.prototype);
      Object.defineProperty(AbortSignal.prototype, "aborted", {
        configurable: true,
        get() {
          throw new Error("no");
        },
      });
      const calling = outcome(() => client.getUser({ signal: new AbortController().signal }));
      Object.defineProperty(AbortSignal.prototype, "aborted", aborted);
      return Promise.race([
        calling,
        sleep(3000).then(() => ({ error: { name: "never settles" } })),
      ]);
    });
    if (error) assert.equal(error.name, "CurrentUserError", JSON.stringify(error));
    assert.equal((await harness.run(() => client.getUser())).user_id, ADA);
  });

  test("the module is fetched once for any number of clients", async () => {
    harness.site.requests.length = 0;
    await harness.run(async ({ createClient }, options) => {
      await Promise.all([createClient(options), createClient(options), createClient(options)]);
      await createClient(options);
      return null;
    }, harness.options());
    assert.deepEqual(
      harness.site.requests.filter((path) => /wasm|inline/.test(path)),
      ["/package/auth0_current_user.wasm"],
    );
  });

  test("calls fetch once for each request, to the tenant alone, with the documented options", async () => {
    await harness.comeBack();
    const seen = await harness.run(async ({ createClient }, options) => {
      const { fetch } = globalThis;
      const seen = [];
      globalThis.fetch = (input, init) => {
        seen.push([
          String(input),
          {
            ...init,
            headers: Object.keys(init?.headers ?? {}),
            signal: init?.signal instanceof AbortSignal,
          },
        ]);
        return fetch(input, init);
      };
      const made = await createClient(options);
      await made.handleRedirectCallback();
      await made.getUser();
      await made.deleteMultifactor("duo");
      globalThis.fetch = fetch;
      return seen;
    }, harness.options());
    const requests = seen.filter(([url]) => !url.endsWith(".wasm"));
    assert.equal(requests.length, 3);
    for (const [url, init] of requests) {
      assert.ok(url.startsWith(tenant.url), url);
      assert.deepEqual(
        [init.credentials, init.redirect, init.referrerPolicy, init.signal],
        ["omit", "error", "no-referrer", true],
      );
    }
    assert.deepEqual(
      requests.map(([, init]) => init.headers),
      [[], ["Authorization"], ["Authorization"]],
    );
  });

  test("removes the response even if the history refuses the change", async () => {
    await harness.comeBack();
    await harness
      .run(async ({ createClient }, options) => {
        history.replaceState = () => {
          throw new DOMException("too often", "SecurityError");
        };
        const made = await createClient(options);
        await made.handleRedirectCallback().catch(() => {});
        return null;
      }, harness.options())
      .catch(() => {});
    await harness.driver
      .wait(async () => !/token/.test(await harness.driver.getCurrentUrl()), 3000)
      .catch(() => {});
    assert.doesNotMatch(await harness.driver.getCurrentUrl(), /token/);
  });
});
