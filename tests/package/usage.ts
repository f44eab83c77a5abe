// types.test.mjs compiles this as an application's code. Each `@ts-expect-error` fails the test if the next line compiles.
import {
  createCurrentUserClient,
  CurrentUserClient,
  CurrentUserError,
  scopesFor,
  type ClientOptions,
  type CurrentUserScope,
  type ErrorCode,
  type SignIn,
  type UserProfile,
} from "auth0-current-user";
import { createCurrentUserClient as createSlim } from "auth0-current-user/slim";
import { createCurrentUserClient as createInline } from "auth0-current-user/inline";

const scopes: CurrentUserScope[] = scopesFor("getUser", "linkIdentity");
const options: ClientOptions = {
  domain: "acme.eu.auth0.com",
  clientId: "client",
  redirectUri: "https://app.example/callback",
  scopes: [...scopes, "email"],
};

export async function main(): Promise<string | undefined> {
  const client: CurrentUserClient = await createCurrentUserClient(options);
  const signIn: SignIn<{ from: string }> | null = await client.handleRedirectCallback<{
    from: string;
  }>();
  const from: string | undefined = signIn?.appState?.from;
  const unsubscribe: () => void = client.subscribe(() => {});
  unsubscribe();
  try {
    const profile: UserProfile<{ theme: "dark" | "light" }> = await client.getUser<{
      theme: "dark" | "light";
    }>();
    return profile.user_metadata?.theme ?? from;
  } catch (error) {
    if (error instanceof CurrentUserError) {
      const code: ErrorCode = error.code;
      return code;
    }
    throw error;
  }
}

export const entries: (typeof createCurrentUserClient)[] = [createSlim, createInline];

export async function refused(client: CurrentUserClient): Promise<void> {
  // @ts-expect-error: not a scope that a single-page app can hold
  await createCurrentUserClient({ ...options, scopes: ["update:users"] });
  // @ts-expect-error: an unknown option
  await createCurrentUserClient({ ...options, client_secret: "x" });
  // @ts-expect-error: a required option is absent
  await createCurrentUserClient({ domain: "acme.eu.auth0.com" });
  // @ts-expect-error: not an operation
  scopesFor("deleteUser");
  // @ts-expect-error: only createCurrentUserClient makes clients
  new CurrentUserClient();
  // @ts-expect-error: the session is read-only
  client.isAuthenticated = true;
  // @ts-expect-error: no call takes a user id
  await client.getUser("auth0|1");
  // @ts-expect-error: wasm-bindgen's own stays inside
  client.free();
}
