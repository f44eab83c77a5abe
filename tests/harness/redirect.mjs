// Sign-in by redirect, step by step, and authorization responses made by the test.
import { accessTokenHash } from "../../tenant/keys/jws.mjs";
import { ADA, ALL_SCOPES, idTokenOf } from "./fixtures.mjs";

export function redirectSteps({ tenant, driver, origin, options, open, run }) {
  /** Begins a sign-in in a fresh page and returns the address at the tenant. */
  const begin = async (changes = {}, authorize = {}) => {
    await open("/");
    return run(
      async ({ createClient }, given, more) => (await createClient(given)).buildAuthorizeUrl(more),
      options(changes),
      { loginHint: "ada@example.com", ...authorize },
    );
  };

  /** Goes from `begin` through the tenant to the callback page, and returns its address with the response. */
  const comeBack = async (changes, authorize) => {
    tenant.clearSessions();
    const url = await begin(changes, authorize);
    await driver.get(url);
    const address = await driver.getCurrentUrl();
    if (!address.startsWith(origin))
      throw new Error(`the tenant did not redirect to the application: ${address}`);
    return address;
  };

  /** The page handles the response in its address: `{ value }` or `{ error }`. The page keeps the client. */
  const handle = (changes = {}) =>
    run(async ({ createClient, outcome }, given) => {
      const made = await createClient(given);
      return outcome(() => made.handleRedirectCallback());
    }, options(changes));

  /** Signs in by redirect and clears the log. */
  const signIn = async ({ email = "ada@example.com", ...changes } = {}, authorize = {}) => {
    await comeBack(changes, { loginHint: email, ...authorize });
    const { value, error } = await handle(changes);
    if (error) throw new Error(`sign-in failed: ${JSON.stringify(error)}`);
    tenant.clearLog();
    return value;
  };

  /** The address of a response as the tenant would send it, with tokens minted here and changed by the arguments. */
  const forge = ({
    state,
    nonce,
    sub = ADA,
    scope = ALL_SCOPES.join(" "),
    idToken = {},
    accessToken = {},
    set = {},
    drop = [],
    path = "/callback",
  }) => {
    const access_token =
      accessToken.raw ??
      tenant.mintToken({
        ...accessToken,
        claims: { sub, scope: `openid ${scope}`, ...accessToken.claims },
      });
    const id_token =
      idToken.raw ??
      idTokenOf(tenant, sub, {
        ...idToken,
        claims: { nonce, at_hash: accessTokenHash(access_token), ...idToken.claims },
      });
    const parameters = {
      access_token,
      id_token,
      state,
      token_type: "Bearer",
      expires_in: "7200",
      ...set,
    };
    for (const name of drop) delete parameters[name];
    return `${origin}${path}#${new URLSearchParams(parameters)}`;
  };

  return { begin, comeBack, handle, signIn, forge };
}
