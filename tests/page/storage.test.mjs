// Storage that is missing, full, read-only, or throws.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { startHarness } from "../harness/index.mjs";

const harness = await startHarness();
const { tenant } = harness;

describe("storage that fails", () => {
  const begin = (prepare, changes = {}) =>
    harness.run(
      `async ({ createClient, outcome }, options) => {
        ${prepare};
        const made = await createClient(options);
        return outcome(() => made.buildAuthorizeUrl());
      }`,
      harness.options(changes),
    );
  const handle = (prepare, changes = {}) =>
    harness.run(
      `async ({ createClient, outcome, session }, options) => {
        ${prepare};
        const made = await createClient(options);
        const result = await outcome(() => made.handleRedirectCallback());
        return { ...result, session: session(made), href: location.href };
      }`,
      harness.options(changes),
    );
  const BROKEN = {
    "throws when it is touched":
      "Object.defineProperty(window, STORE, { configurable: true, get() { throw new DOMException('denied', 'SecurityError'); } })",
    "is missing": "Object.defineProperty(window, STORE, { configurable: true, value: null })",
    "is undefined":
      "Object.defineProperty(window, STORE, { configurable: true, value: undefined })",
    "throws on setItem":
      "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); }",
    "throws on every method":
      "for (const name of ['getItem', 'setItem', 'removeItem', 'key']) Storage.prototype[name] = () => { throw new DOMException('denied'); }",
    "is full":
      "(() => { const store = window[STORE]; try { for (let size = 1 << 20; size > 0; size >>= 1) { try { for (;;) store.setItem('fill' + Math.random(), 'x'.repeat(size)); } catch {} } } catch {} })()",
  };
  for (const [what, prepare] of Object.entries(BROKEN)) {
    for (const [store, changes] of [
      ["sessionStorage", {}],
      ["localStorage", { transactionStore: "local" }],
    ]) {
      test(`a sign-in by redirect is refused with a clear message and a client is created when ${store} ${what}`, async () => {
        const { error } = await begin(prepare.replaceAll("STORE", `"${store}"`), changes);
        assert.equal(error?.name, "CurrentUserError", JSON.stringify(error));
        assert.equal(error.code, "invalid_configuration");
        assert.match(error.message, /stor/i);
      });
    }
  }
  for (const what of ["throws when it is touched", "is missing", "throws on every method"]) {
    test(`nobody is signed in and the address is clean when storage ${what} as the response arrives`, async () => {
      await harness.comeBack();
      const { error, session, href } = await handle(
        BROKEN[what].replaceAll("STORE", '"sessionStorage"'),
      );
      assert.equal(error?.name, "CurrentUserError", JSON.stringify(error));
      assert.equal(session.isAuthenticated, false);
      assert.doesNotMatch(href, /token/);
      assert.deepEqual(
        tenant.log.filter(({ headers }) => headers.authorization),
        [],
      );
    });
  }
  test("a state cannot be used twice when storage cannot be written as the response arrives", async () => {
    const address = await harness.comeBack();
    await handle("Storage.prototype.setItem = () => { throw new DOMException('full'); }");
    await harness.open(address);
    const { error } = await handle("");
    assert.equal(error?.code, "state_mismatch");
  });
  test("a state cannot be used twice when storage cannot be cleared as the response arrives", async () => {
    const address = await harness.comeBack();
    await handle("Storage.prototype.removeItem = () => { throw new DOMException('denied'); }");
    await harness.open(address);
    const { error } = await handle("");
    assert.equal(error?.code, "state_mismatch");
  });
  test("nobody is signed in when storage is read-only as the response arrives", async () => {
    await harness.comeBack();
    const { error, session, href } = await handle(
      "Storage.prototype.setItem = Storage.prototype.removeItem = () => { throw new DOMException('denied'); }",
    );
    assert.equal(error?.code, "invalid_configuration", JSON.stringify(error));
    assert.match(error.message, /storage/);
    assert.equal(session.isAuthenticated, false);
    assert.doesNotMatch(href, /token/);
  });
  test("entries of other scripts in the same storage stay unchanged", async () => {
    await harness.run(() => {
      for (let index = 0; index < 50; index += 1)
        sessionStorage.setItem(`theirs.${index}`, index % 2 ? "{" : '{"used":true}');
      return null;
    });
    await harness.run(async ({ createClient }, options) => {
      const made = await createClient(options);
      for (let index = 0; index < 25; index += 1) await made.buildAuthorizeUrl();
      return null;
    }, harness.options());
    assert.equal(
      await harness.run(
        () => Object.keys(sessionStorage).filter((key) => key.startsWith("theirs.")).length,
      ),
      50,
    );
    assert.equal(await harness.run(() => sessionStorage.length), 70);
  });
});
