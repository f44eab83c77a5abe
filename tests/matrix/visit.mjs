// What is done in each application: a person signs in at the local tenant, and two forgeries are refused.
import assert from "node:assert/strict";
import { inPage } from "../harness/browser.mjs";
import { COPY, FILE } from "./expected.mjs";

const PATIENCE_MS = 10_000;

/**
 * Opens the application at `origin`, whose script is `mainScript`. Returns how the WebAssembly module came,
 * or the code with which no client was made; throws where anything after that is not as it should be.
 */
export async function visit({ driver, tenant, origin }) {
  // WebKit's driver goes on before the page's modules have run.
  const inApplication = async (...call) => {
    const ready = () => driver.executeScript(() => globalThis.api !== undefined);
    await driver.wait(ready, PATIENCE_MS, "the application does not start");
    return inPage(driver, ...call);
  };
  tenant.reset();
  tenant.clearSessions();
  await driver.get("about:blank");
  await driver.get(`${origin}/`);
  const options = {
    domain: tenant.domain,
    clientId: "local-spa",
    redirectUri: `${origin}/`,
    scopes: ["read:current_user", "email"],
  };

  const { outcome, address } = await inApplication(begin, options);
  if (address === undefined) return outcome;

  await driver.get(address);
  const session = await inApplication(finish, options);
  assert.deepEqual(session, {
    email: "ada@example.com",
    name: "Ada Lovelace",
    isAuthenticated: true,
    address: `${origin}/`,
  });

  const forged = `${origin}/#access_token=a&id_token=b&state=c&token_type=Bearer`;
  assert.equal(await inApplication(refusal, options, forged), "state_mismatch");

  tenant.faults.set("foreign-signature", {}, { times: 1 });
  const { address: again } = await inApplication(begin, options);
  await driver.get(again);
  assert.equal(await inApplication(refusal, options), "id_token_signature");
  assert.deepEqual(tenant.internalErrors, []);
  return { streamed: FILE, buffered: COPY }[outcome] ?? outcome;
}

/** A client, how its module was compiled, and where the sign-in begins. */
async function begin(options) {
  try {
    const client = await globalThis.api.createCurrentUserClient(options);
    const address = await client.buildAuthorizeUrl({ loginHint: "ada@example.com" });
    return { outcome: globalThis.compiled, address };
  } catch (error) {
    return { outcome: error instanceof globalThis.api.CurrentUserError ? error.code : `${error}` };
  }
}

/** The tenant has sent the browser back. */
async function finish(options) {
  const client = await globalThis.api.createCurrentUserClient(options);
  const signIn = await client.handleRedirectCallback();
  const { name } = await client.getUser();
  const { isAuthenticated } = client;
  return { email: signIn.claims.email, name, isAuthenticated, address: location.href };
}

async function refusal(options, address) {
  const client = await globalThis.api.createCurrentUserClient(options);
  return client.handleRedirectCallback(address).then(
    () => "accepted",
    (error) => error.code,
  );
}
