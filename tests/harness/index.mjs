// The harness of every browser test: a tenant, the application's site with a copy of the built package, and a browser.
import { after, beforeEach } from "node:test";
import { startTenant } from "../../tenant/index.mjs";
import { openChromium } from "./browser.mjs";
import { ALL_SCOPES } from "./fixtures.mjs";
import { pageSteps } from "./page-steps.mjs";
import { redirectSteps } from "./redirect.mjs";
import { startSite } from "./site.mjs";
import { trafficOf } from "./traffic.mjs";
import { windowSteps } from "./windows.mjs";

export * from "./expectations.mjs";
export * from "./fixtures.mjs";
export * from "./traffic.mjs";

const PROFILE_SCOPES = ["read:current_user", "update:current_user_identities", "profile", "email"];

/**
 * Starts everything for the tests of one file. Resets it before each test and closes it after the last.
 *
 * - `tenant`: options of `startTenant`.
 * - `watched`: the browser blocks popups, as it does for a person, and page/watch.js records in every page which
 *   timers, listeners and frames the package leaves behind. Clients ask for the scopes of a profile page.
 *
 * The environment variable `DIST` names another build than dist/.
 */
export async function startHarness({ tenant: tenantOptions = {}, watched = false } = {}) {
  const { driver, close: closeBrowser } = await openChromium({ blocksPopups: watched });
  const tenant = await startTenant({ autoLogin: true, ...tenantOptions });
  const site = await startSite({ watched });
  const parts = {
    tenant,
    driver,
    site,
    origin: site.origin,
    /** The same site by another name: another origin, and a third party to the tenant's cookies. */
    otherOrigin: site.origin.replace("localhost", "127.0.0.1"),
    scopes: watched ? PROFILE_SCOPES : ALL_SCOPES,
  };
  const page = pageSteps(parts);
  const windows = windowSteps({ ...parts, ...page });
  const redirect = redirectSteps({ ...parts, ...page });

  let visits = 0;
  /** One window, nobody signed in, nothing stored, no fault, no policy, an empty log. */
  const reset = async () => {
    await windows.closeOthers();
    tenant.reset();
    tenant.clearSessions();
    site.headers = {};
    // A new path, so that the page has a document and a history entry of its own.
    await page.open(`/fresh-${(visits += 1)}`);
    await driver.executeScript("sessionStorage.clear(); localStorage.clear();");
    await driver.manage().logs().get("browser");
    tenant.clearLog();
  };

  after(async () => {
    await closeBrowser();
    await site.close();
    await tenant.close();
  });
  beforeEach(reset);
  return { ...parts, ...page, ...redirect, ...windows, ...trafficOf(tenant), reset };
}
