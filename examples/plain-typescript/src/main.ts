import { CurrentUserError, type CurrentUserClient, type UserProfile } from "auth0-current-user";
import { createClient, type Preferences } from "./client";

const app = document.querySelector("#app")!;

try {
  const client = await createClient();
  await client.handleRedirectCallback();
  client.subscribe(() => show(client));
  show(client);
} catch (error) {
  explain(error);
}

function show(client: CurrentUserClient): void {
  if (!client.isAuthenticated) {
    app.replaceChildren(button("Sign in", () => client.loginWithRedirect()));
    return;
  }
  const heading = document.createElement("h1");
  heading.textContent = `Hello, ${client.claims?.name}`;
  const theme = document.createElement("p");
  const signOut = () => client.logout({ returnTo: `${location.origin}/` });
  app.replaceChildren(heading, theme, button("Sign out", signOut));
  showTheme(client, theme).catch(explain);
}

/** A preference that is kept in the user's own `user_metadata`. */
async function showTheme(client: CurrentUserClient, place: HTMLElement): Promise<void> {
  place.textContent = "Loading…";
  let profile: UserProfile<Preferences> = await client.getUser<Preferences>();
  const output = document.createElement("output");
  const theme = () => profile.user_metadata?.theme ?? "light";
  const change = button("Change theme", async () => {
    profile = await client.patchUserMetadata({ theme: theme() === "dark" ? "light" : "dark" });
    output.textContent = theme();
  });
  change.disabled = !client.can("patchUserMetadata");
  output.textContent = theme();
  place.replaceChildren("Your theme is ", output, ". ", change);
}

function button(name: string, action: () => Promise<void>): HTMLButtonElement {
  const made = document.createElement("button");
  made.textContent = name;
  made.onclick = () => void action().catch(explain);
  return made;
}

/** As text: a message may hold words of the server. */
function explain(error: unknown): void {
  const alert = document.createElement("p");
  alert.setAttribute("role", "alert");
  const known = error instanceof CurrentUserError;
  alert.textContent = known ? `${error.message} (${error.code}) ` : "Something went wrong. ";
  const again = document.createElement("a");
  again.href = "/";
  again.textContent = "Start again";
  alert.append(again);
  app.replaceChildren(alert);
}
