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

// A client is an interface: applications mock it, implement it and pick from it, and the value is for `instanceof` alone.
export const mock: Pick<CurrentUserClient, "isAuthenticated" | "logout"> = {
  isAuthenticated: false,
  logout: async () => {},
};
export const copy = (client: CurrentUserClient): CurrentUserClient => ({ ...client });
export const isClient = (value: unknown): value is CurrentUserClient =>
  value instanceof CurrentUserClient;

/** Members that are optional also take `undefined`, under exactOptionalPropertyTypes too. */
export async function undefinedMembers(client: CurrentUserClient): Promise<void> {
  await createCurrentUserClient({
    ...options,
    tenantDomain: undefined,
    flow: undefined,
    transactionStore: undefined,
    organization: undefined,
    leewaySeconds: undefined,
    timeoutMs: undefined,
    retries: undefined,
  });
  await client.loginWithRedirect({
    appState: undefined,
    scopes: undefined,
    redirectUri: undefined,
    connection: undefined,
    prompt: undefined,
    loginHint: undefined,
    maxAge: undefined,
    extraParams: undefined,
  });
  await client.loginWithPopup({ timeoutMs: undefined });
  await client.checkSession({ timeoutMs: undefined });
  await client.linkIdentityWithPopup({ signal: undefined, timeoutMs: undefined });
  await client.logout({ returnTo: undefined, federated: undefined, localOnly: undefined });
  await client.getUser({ signal: undefined });
}

interface Preferences {
  theme: "dark" | "light";
}

/** Metadata may be of an interface, which has no index signature. */
export async function metadata(client: CurrentUserClient, given: Preferences): Promise<string> {
  const { user_metadata } = await client.patchUserMetadata<Preferences>(given);
  return user_metadata?.theme ?? "light";
}

/** A library's context takes the place of the options of a call. */
export const query = (client: CurrentUserClient) => {
  const run = <T>(queryFn: (context: { queryKey: string[]; signal: AbortSignal }) => T): T =>
    queryFn({ queryKey: ["user"], signal: new AbortController().signal });
  return run(client.getUser);
};

/** Applications make errors for their own tests. */
export const failure = new CurrentUserError({
  code: "login_required",
  message: "nobody is signed in",
  serverCode: "login_required",
  status: 401,
  reason: "missing",
  retryAfterMs: 1000,
  requiredScopes: ["read:current_user"],
  appState: { from: "/" },
  cause: new TypeError("Failed to fetch"),
});

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
  // @ts-expect-error: an error has a code and a message
  new CurrentUserError("no");
  // @ts-expect-error: a code of this package
  new CurrentUserError({ code: "other", message: "no" });
  // @ts-expect-error: metadata is an object
  await client.patchUserMetadata("theme");
  // @ts-expect-error: the session is read-only
  client.isAuthenticated = true;
  // @ts-expect-error: no call takes a user id
  await client.getUser("auth0|1");
  // @ts-expect-error: wasm-bindgen's own stays inside
  client.free();
}
