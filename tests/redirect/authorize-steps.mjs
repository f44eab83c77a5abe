// Creating a client, and the URL that it sends the browser to.
import assert from "node:assert/strict";

export function authorizeSteps(harness) {
  /**
   * Creates a client with the harness's options and `source` spread over them: `null` or the error. `source` is an expression,
   * because JSON cannot carry every value.
   */
  const make = (source) =>
    harness.run(
      `async ({ createClient, outcome }, good) => {
      const { error } = await outcome(() => createClient({ ...good, ...(${source}) }));
      return error ?? null;
    }`,
      harness.options(),
    );
  /** Creates a client with `source` as its options: `null` or the error. */
  const makeOf = (source) =>
    harness.run(
      `async ({ createClient, outcome }) => (await outcome(() => createClient(${source}))).error ?? null`,
    );
  /** The outcome of `buildAuthorizeUrl(source)`. */
  const authorize = (source, changes = {}) =>
    harness.run(
      `async ({ createClient, outcome }, options) => {
      const made = await createClient(options);
      return outcome(() => made.buildAuthorizeUrl(${source}));
    }`,
      harness.options(changes),
    );
  /** The parameters of the URL for `source`. */
  const parameters = async (source = "", changes = {}) => {
    const { value, error } = await authorize(source, changes);
    assert.equal(error, undefined, JSON.stringify(error));
    return new URL(value).searchParams;
  };

  return { make, makeOf, authorize, parameters };
}
