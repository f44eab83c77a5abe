// What tests expect of an outcome, `{ value }` or `{ error }`, and of parameters.
import assert from "node:assert/strict";

/** Pairs as an object. Asserts that no name occurs twice. */
export function once(pairs) {
  assert.equal(new Set(pairs.map(([name]) => name)).size, pairs.length, "a parameter occurs twice");
  return Object.fromEntries(pairs);
}

/** The error of an outcome. Asserts that there is one and that it contains no token. */
export function refusal(ended) {
  assert.ok(ended.error, `no refusal: ${JSON.stringify(ended)}`);
  assert.equal(ended.error.name, "CurrentUserError");
  assert.ok(ended.error.message.length > 10);
  assert.doesNotMatch(JSON.stringify(ended.error), /eyJ/);
  return ended.error;
}

/** The value of an outcome. Asserts that there is one. */
export function success(ended) {
  assert.ok("value" in ended, `refused: ${JSON.stringify(ended)}`);
  return ended.value;
}
