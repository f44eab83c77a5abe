// One tenant, one static site with a copy of dist/, one browser: what every suite here stands on.
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { accessTokenHash } from "../../tenant/keys/jws.mjs";
import { startTenant } from "../../tenant/index.mjs";
import { inPage, openChromium } from "./browser.mjs";
import { openSite } from "./site.mjs";

export const ADA = "auth0|5a620d29a840170a9ef43672";
export const GRACE = "google-oauth2|103547991597142817347";
export const ALAN = "auth0|66d1f0a2b8c4e97d30f15a88";
export const ALL_SCOPES = [
  "read:current_user",
  "update:current_user_identities",
  "create:current_user_metadata",
  "update:current_user_metadata",
  "delete:current_user_metadata",
  "create:current_user_device_credentials",
  "delete:current_user_device_credentials",
];

/**
 * Opens everything. `bench.headers` are sent with every page (not with scripts), so that a test can set a policy.
 * The build is copied first: another build may replace dist/ while the suite runs. `DIST` names another one.
 */
export async function openBench({ tenant: tenantOptions = {} } = {}) {
  const { driver, close } = await openChromium();
  const folder = mkdtempSync(join(tmpdir(), "site-"));
  cpSync(process.env.DIST ?? fileURLToPath(new URL("../../dist", import.meta.url)), folder, {
    recursive: true,
  });
  cpSync(
    fileURLToPath(new URL("page/page-helpers.js", import.meta.url)),
    join(folder, "page-helpers.js"),
  );
  const tenant = await startTenant({ autoLogin: true, ...tenantOptions });
  const bench = { tenant, headers: {} };
  const site = await openSite(folder, { headers: () => bench.headers });

  const options = (changes = {}) => ({
    domain: tenant.domain,
    clientId: "local-spa",
    redirectUri: `${site.origin}/callback`,
    scopes: ALL_SCOPES,
    ...changes,
  });

  /** Loads a page of the site, as a new document even where only the hash differs. */
  const open = async (path = "/") => {
    const address = path.startsWith("http") ? path : site.origin + path;
    const present = await driver.getCurrentUrl();
    if (present.split("#")[0] === address.split("#")[0]) await driver.get("about:blank");
    await driver.get(address);
  };

  /** Runs `action(kit, ...args)` in the page; `kit` is page/page-helpers.js. Resolves with what it returns. */
  const run = (action, ...args) =>
    inPage(
      driver,
      `async (...args) => (${action})(await import("/page-helpers.js"), ...args)`,
      ...args,
    );

  /** Begins a sign-in in a fresh page and returns the address at the tenant. */
  const begin = async (changes = {}, authorize = {}) => {
    await open("/");
    return run(
      async ({ client }, given, more) => (await client(given)).buildAuthorizeUrl(more),
      options(changes),
      { loginHint: "ada@example.com", ...authorize },
    );
  };

  /** From begin() through the tenant to the callback page, where the response is in the address. */
  const comeBack = async (changes, authorize) => {
    tenant.clearSessions();
    const url = await begin(changes, authorize);
    await driver.get(url);
    const address = await driver.getCurrentUrl();
    if (!address.startsWith(site.origin))
      throw new Error(`the tenant did not send us back: ${address}`);
    return address;
  };

  /** The page handles the response in its address: `{ value }` or `{ error }`. The client stays at hand. */
  const handle = (changes = {}) =>
    run(async ({ client, outcome }, given) => {
      const made = await client(given);
      return outcome(() => made.handleRedirectCallback());
    }, options(changes));

  /** A page with somebody signed in, and a log that begins there. */
  const signIn = async ({ email = "ada@example.com", ...changes } = {}, authorize = {}) => {
    await comeBack(changes, { loginHint: email, ...authorize });
    const { value, error } = await handle(changes);
    if (error) throw new Error(`sign-in failed: ${JSON.stringify(error)}`);
    tenant.clearLog();
    return value;
  };

  /** The address of a response as the tenant would send it, from tokens made here; `changes` spoil it. */
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
    return `${site.origin}${path}#${new URLSearchParams(parameters)}`;
  };

  let visits = 0;
  /** Back to how it was at the start: data, faults, log, storage, policy. */
  const reset = async () => {
    tenant.reset();
    bench.headers = {};
    await open(`/fresh-${(visits += 1)}`);
    await driver.executeScript("sessionStorage.clear(); localStorage.clear();");
    await driver.manage().logs().get("browser");
  };

  const stop = async () => {
    await close();
    await site.close();
    await tenant.close();
    rmSync(folder, { recursive: true, force: true });
  };

  return Object.assign(bench, {
    driver,
    site,
    options,
    open,
    run,
    begin,
    comeBack,
    handle,
    signIn,
    forge,
    reset,
    close: stop,
  });
}

/** Requests of the Management API in a log, without preflights. */
export const apiRequests = (tenant) =>
  tenant.log.filter(({ url, method }) => url.startsWith("/api/v2/") && method !== "OPTIONS");

/** Everything in a log that concerns the Management API, preflights included. */
export const apiTraffic = (tenant) => tenant.log.filter(({ url }) => url.startsWith("/api/v2/"));

/** An ID token of the local tenant for the application, as if `sub` had signed in a moment ago. */
export const idTokenOf = (tenant, sub, { claims, drop = [], ...rest } = {}) =>
  tenant.mintToken({
    claims: { sub, aud: "local-spa", ...claims },
    drop: ["scope", ...(claims?.azp ? [] : ["azp"]), ...drop],
    ...rest,
  });
