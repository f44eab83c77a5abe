import { useEffect, useState, useSyncExternalStore } from "react";
import type { CurrentUserClient, IdTokenClaims } from "auth0-current-user";

/** Handles the tenant's response, and renders again whenever somebody signs in or out, or the session expires. */
export function useCurrentUser(client: CurrentUserClient): {
  starting: boolean;
  error: unknown;
  user: IdTokenClaims | undefined;
} {
  const [starting, setStarting] = useState(true);
  const [error, setError] = useState<unknown>();
  const user = useSyncExternalStore(client.subscribe, () =>
    client.isAuthenticated ? client.claims : undefined,
  );
  useEffect(() => {
    // StrictMode runs this twice; both calls get the same answer.
    client.handleRedirectCallback().then(() => setStarting(false), setError);
  }, [client]);
  return { starting, error, user };
}
