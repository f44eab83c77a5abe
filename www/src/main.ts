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
import { signInCard, type Choice } from "./cards/sign-in.js";
import { observed } from "./developer/observed.js";
import { developerSwitch } from "./developer/panel.js";
import { forget, isRemembered, recover, remember } from "./remember.js";
import { connectionNotice, isOffline, whenBack } from "./ui/connection.js";
import { h } from "./ui/dom.js";
import { mayTryAgain, offline, problem } from "./ui/problem.js";

const page = document.querySelector("#page") as HTMLElement;
const who = document.querySelector("#who") as HTMLElement;
const tools = document.querySelector("#tools") as HTMLElement;
const developer = document.querySelector("#developer") as HTMLElement;

page.before(connectionNotice());
createClient().then(start, (error) => page.replaceChildren(problem(error)));

async function start(created: CurrentUserClient): Promise<void> {
  // For the developer panel. A page without one uses the client as it was created.
  const client = observed(created);
  tools.replaceChildren(developerSwitch(developer));
  await signInFromAddress(client);
}

async function signInFromAddress(client: CurrentUserClient): Promise<void> {
  try {
    // `null` where the address holds no response. Either way there is none in the address bar from here on.
    const signIn = await client.handleRedirectCallback<Choice>();
    if (signIn) signedIn(client, signIn, signIn.appState);
    else await comeBack(client);
  } catch (error) {
    showSignedOut(client, problem(error));
  }
}

/** A page that was reloaded, or opened anew: quietly, until the tenant has said who is there. */
async function comeBack(client: CurrentUserClient): Promise<void> {
  const again = () => void comeBack(client);
  const showTrouble = (trouble: HTMLElement) => {
    showSignedOut(client, trouble);
    whenBack(trouble, again);
  };
  if (isRemembered() && isOffline()) return showTrouble(offline(again));
  page.className = "signed-out";
  page.replaceChildren(h("p", { class: "starting", role: "status" }, "Looking for your session…"));
  try {
    const signIn = await recover(client);
    if (signIn) showAccount(client, signIn);
    else showSignedOut(client);
  } catch (error) {
    showTrouble(problem(error, mayTryAgain(error) ? again : undefined));
  }
}

function showSignedOut(client: CurrentUserClient, news?: HTMLElement): void {
  document.title = "Sign in – Your account";
  who.replaceChildren();
  page.className = "signed-out";
  const onSignIn = (signIn: SignIn, choice: Choice) => signedIn(client, signIn, choice);
  page.replaceChildren(signInCard(client, onSignIn, news));
  if (news) page.focus();
}

function signedIn(client: CurrentUserClient, signIn: SignIn, choice: Choice | undefined): void {
  if (choice?.staySignedIn) remember(choice.scopes);
  else forget();
  showAccount(client, signIn);
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
      const why = expired ? "Your session has expired: sign in again." : "You are signed out here.";
      showSignedOut(client, h("p", { class: "notice" }, why));
    }
  });
}

const column = (cards: HTMLElement[]): HTMLElement => h("div", { class: "column" }, ...cards);
