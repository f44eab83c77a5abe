// Steps of tests that renew a session.
import assert from "node:assert/strict";

export const renew = (client, options) => client.checkSession(options);
export const getUser = (client) => client.getUser();

export function renewalSteps(harness) {
  /** The Authorization header of the latest call of the Management API. */
  const tokenSent = () => harness.requests("/api/v2/").at(-1).headers.authorization;

  /** Asserts that a failed renewal has changed nothing and left nothing. */
  async function sessionIsStill(before) {
    assert.deepEqual(await harness.session(), before);
    assert.equal(await harness.changes(), 0);
    await harness.nothingRemains();
  }

  return { tokenSent, sessionIsStill };
}
