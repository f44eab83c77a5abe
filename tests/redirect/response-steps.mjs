// Steps of tests that make authorization responses themselves and have a page handle them.
import assert from "node:assert/strict";

export const APP_STATE = { back: "/orders/7", list: [1, null, "two"] };
export const now = () => Math.floor(Date.now() / 1000);

export function responseSteps(harness) {
  const { tenant } = harness;

  /** Asserts an error and everything that holds after a refusal in the page where it happened. */
  async function assertRefused({ value, error }, { code, reason, appState, ...fields }) {
    const label = JSON.stringify(error ?? value);
    if (code instanceof RegExp) assert.match(error?.code ?? "", code, label);
    else assert.equal(error?.code, code, label);
    if (reason !== undefined) assert.equal(error.reason, reason, label);
    for (const [name, expected] of Object.entries(fields))
      assert.equal(error[name], expected, label);
    assert.deepEqual(error.appState, appState, label);
    assert.equal(error.name, "CurrentUserError");
    assert.ok(error.message.length > 20, "the message says something");
    await assertNoTrace();
    assert.deepEqual(await harness.run(({ session }) => session()), {
      isAuthenticated: false,
      sub: null,
      claims: null,
      grantedScopes: [],
      expiresAt: null,
      can: false,
    });
    assert.deepEqual(
      tenant.log.filter(({ headers }) => headers.authorization),
      [],
      "a request went out with a token",
    );
  }

  /** Asserts that neither the address nor the history contains a response. */
  async function assertNoTrace() {
    const places = await harness.run(() => [
      location.href,
      document.URL,
      JSON.stringify(history.state),
      ...navigation.entries().map(({ url }) => url),
    ]);
    for (const place of places)
      assert.doesNotMatch(place ?? "", /eyJ|access_token|id_token|error=|state=/);
  }

  /** Begins `count` sign-ins without leaving the page: `[{ state, nonce }]`. `keep` uses the page's client. */
  const pending = (count = 1, { options = {}, authorize = {}, keep = false } = {}) =>
    harness.run(
      async ({ createClient }, given, more, times, same) => {
        const made = same ? globalThis.client : await createClient(given);
        const list = [];
        for (let index = 0; index < times; index += 1) {
          const { searchParams } = new URL(await made.buildAuthorizeUrl(more));
          list.push({ state: searchParams.get("state"), nonce: searchParams.get("nonce") });
        }
        return list;
      },
      harness.options(options),
      authorize,
      count,
      keep,
    );

  /** Passes an address to the page's client, or to a new client with `options`. */
  const handleUrl = (url, options) =>
    harness.run(
      async ({ createClient, outcome }, address, given) => {
        const made = given ? await createClient(given) : globalThis.client;
        return outcome(() => made.handleRedirectCallback(address ?? undefined));
      },
      url,
      options && harness.options(options),
    );

  /** Replaces the address of the document without loading another. */
  const setAddress = (address) =>
    harness.run((pageHelpers, url) => history.replaceState(history.state, "", url), address);

  return { assertNoTrace, assertRefused, pending, handleUrl, setAddress };
}
