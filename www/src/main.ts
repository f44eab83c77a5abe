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
import { problem } from "./ui/problem.js";
import { h } from "./ui/dom.js";

const page = document.querySelector("#page") as HTMLElement;
const who = document.querySelector("#who") as HTMLElement;

start().catch((error) => page.replaceChildren(problem(error)));

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

function showAccount(client: CurrentUserClient, { claims, missingScopes }: SignIn): void {
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

  let { expiresAt = 0 } = client;
  const stop = client.subscribe(() => {
    if (client.isAuthenticated) {
      ({ expiresAt = 0 } = client); // renewed
    } else {
      stop();
      const expired = Date.now() >= expiresAt;
      const why = expired ? "Your session has expired: sign in again." : "You are signed out.";
      showSignedOut(client, h("p", { class: "notice" }, why));
    }
  });
}

const column = (cards: HTMLElement[]): HTMLElement => h("div", { class: "column" }, ...cards);
