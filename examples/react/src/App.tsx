import { useEffect, useState } from "react";
import { CurrentUserError, type CurrentUserClient, type UserProfile } from "auth0-current-user";
import type { Preferences } from "./client";
import { useCurrentUser } from "./useCurrentUser";

export function App({ client }: { client: CurrentUserClient }) {
  const { starting, error, user } = useCurrentUser(client);
  const [failed, setFailed] = useState<unknown>();
  const signIn = () => void client.loginWithRedirect().catch(setFailed);
  const signOut = () => void client.logout({ returnTo: `${location.origin}/` }).catch(setFailed);
  if (error || failed) return <Problem error={error ?? failed} />;
  if (starting) return <p role="status">Starting…</p>;
  if (!user) return <button onClick={signIn}>Sign in</button>;
  return (
    <>
      <h1>Hello, {user.name}</h1>
      <Theme client={client} />
      <button onClick={signOut}>Sign out</button>
    </>
  );
}

/** A preference that is kept in the user's own `user_metadata`. */
function Theme({ client }: { client: CurrentUserClient }) {
  const [profile, setProfile] = useState<UserProfile<Preferences>>();
  const [error, setError] = useState<unknown>();
  useEffect(() => {
    const unmounted = new AbortController();
    client.getUser<Preferences>({ signal: unmounted.signal }).then(setProfile, (reason) => {
      if (!unmounted.signal.aborted) setError(reason);
    });
    return () => unmounted.abort();
  }, [client]);
  if (error) return <Problem error={error} />;
  if (!profile) return <p role="status">Loading…</p>;
  const theme = profile.user_metadata?.theme ?? "light";
  const toggle = () =>
    client
      .patchUserMetadata<Preferences>({ theme: theme === "dark" ? "light" : "dark" })
      .then(setProfile, setError);
  return (
    <p>
      Your theme is <output>{theme}</output>.{" "}
      <button disabled={!client.can("patchUserMetadata")} onClick={() => void toggle()}>
        Change theme
      </button>
    </p>
  );
}

export function Problem({ error }: { error: unknown }) {
  const known = error instanceof CurrentUserError;
  return (
    <p role="alert">
      {known ? `${error.message} (${error.code})` : "Something went wrong."}{" "}
      <a href="/">Start again</a>
    </p>
  );
}
