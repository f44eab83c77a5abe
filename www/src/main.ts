// The page: signed out it offers to sign in, signed in it shows the account.
import type { CurrentUserClient, SignIn } from "auth0-current-user";
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

if (!handBackSecondSignIn()) start().catch((error) => page.replaceChildren(problem(error)));

async function start(): Promise<void> {
  const client = await createClient();
  try {
    // `null` where the address holds no response. Either way there is none in the address bar from here on.
    const signIn = await client.handleRedirectCallback();
    if (signIn) showAccount(client, signIn);
    else showSignedOut(client);
  } catch (error) {
    showSignedOut(client, problem(error));
  }
}

function showSignedOut(client: CurrentUserClient, news?: HTMLElement): void {
  document.title = "Sign in – Your account";
  who.replaceChildren();
  page.className = "signed-out";
  page.replaceChildren(signInCard(client, news));
  if (news) page.focus();
}

function showAccount(
  client: CurrentUserClient,
  { claims, expiresAt, missingScopes }: SignIn,
): void {
  const account = new Account(client);
  const name = claims.name ?? claims.sub;
  document.title = `${name} – Your account`;
  who.replaceChildren(h("span", { class: "who" }, name));
  page.className = "signed-in";
  const left = [profileCard(account), preferencesCard(account), linkedAccountsCard(account)];
  const right = [sessionCard(client, missingScopes), securityCard(account), devicesCard(client)];
  page.replaceChildren(h("div", { class: "columns" }, column(left), column(right)));
  page.focus();
  void account.load();

  const stop = client.subscribe(() => {
    if (client.isAuthenticated) return;
    stop();
    const why =
      Date.now() < expiresAt ? "You are signed out." : "Your session has expired: sign in again.";
    showSignedOut(client, h("p", { class: "notice" }, why));
  });
}

const column = (cards: HTMLElement[]): HTMLElement => h("div", { class: "column" }, ...cards);
