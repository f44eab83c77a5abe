// The page: signed out it offers to sign in, signed in it shows the account.
import type { CurrentUserClient, CurrentUserScope } from "auth0-current-user";
import { Account } from "./account.js";
import { createClient } from "./client.js";
import { devicesCard } from "./cards/devices.js";
import { linkedAccountsCard } from "./cards/linked-accounts.js";
import { preferencesCard } from "./cards/preferences.js";
import { profileCard } from "./cards/profile.js";
import { securityCard } from "./cards/security.js";
import { sessionCard } from "./cards/session.js";
import { signInCard } from "./cards/sign-in.js";
import { handBackSecondSignIn } from "./second-sign-in.js";
import { problem } from "./ui/problem.js";
import { h } from "./ui/dom.js";

const page = document.querySelector("#page") as HTMLElement;
const who = document.querySelector("#who") as HTMLElement;

if (!handBackSecondSignIn()) void start().catch((error) => page.replaceChildren(problem(error)));

async function start(): Promise<void> {
  const client = await createClient();
  try {
    // `null` where the address holds no response; it is out of the address bar either way.
    const signIn = await client.handleRedirectCallback();
    if (signIn) showAccount(client, signIn.missingScopes);
    else showSignedOut(client);
  } catch (error) {
    showSignedOut(client, problem(error));
  }
  client.subscribe(() => {
    // Signed out, or expired.
    if (!client.isAuthenticated)
      showSignedOut(client, h("p", { class: "notice" }, "You are signed out."));
  });
}

function showSignedOut(client: CurrentUserClient, news?: HTMLElement): void {
  document.title = "Sign in";
  who.replaceChildren();
  page.className = "signed-out";
  page.replaceChildren(signInCard(client, news));
  if (news) page.focus();
}

function showAccount(client: CurrentUserClient, missing: CurrentUserScope[]): void {
  const account = new Account(client);
  const name = client.claims?.name ?? client.claims?.sub ?? "";
  document.title = `${name}: your account`;
  who.replaceChildren(h("span", { class: "who" }, name));
  page.className = "signed-in";
  page.replaceChildren(
    h("h1", { class: "for-screen-readers" }, `Account of ${name}`),
    h(
      "div",
      { class: "cards" },
      profileCard(account),
      sessionCard(client, missing),
      preferencesCard(account),
      linkedAccountsCard(account),
      securityCard(account),
      devicesCard(client),
    ),
  );
  page.focus();
  void account.load();
}
