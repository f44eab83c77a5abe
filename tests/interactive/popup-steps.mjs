// Steps of tests that sign in by popup.
import assert from "node:assert/strict";

export const login = (client, options) => client.loginWithPopup(options);

export function popupSteps(harness) {
  /** A person logs in at the tenant's form in the popup. */
  const atTheForm = (email = "ada@example.com") => harness.inPopup(() => harness.logIn(email));

  /** Asserts that nobody is signed in, no subscriber was notified, and nothing remains. */
  async function nobodyIsSignedIn() {
    const { isAuthenticated, claims, expiresAt } = await harness.session();
    assert.deepEqual(
      { isAuthenticated, claims, expiresAt },
      { isAuthenticated: false, claims: null, expiresAt: null },
    );
    assert.equal(await harness.changes(), 0);
    await harness.nothingRemains();
  }

  return { atTheForm, nobodyIsSignedIn };
}
