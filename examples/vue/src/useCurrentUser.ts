import { onScopeDispose, readonly, ref, shallowRef } from "vue";
import type { CurrentUserClient, IdTokenClaims } from "auth0-current-user";

/** Handles the tenant's response, and follows every sign-in, sign-out and the session's end. */
export function useCurrentUser(client: CurrentUserClient) {
  const starting = ref(true);
  const error = shallowRef<unknown>();
  const user = shallowRef<IdTokenClaims>();
  const read = () => void (user.value = client.isAuthenticated ? client.claims : undefined);
  onScopeDispose(client.subscribe(read));
  client.handleRedirectCallback().then(
    () => (starting.value = false),
    (reason) => (error.value = reason),
  );
  return { starting: readonly(starting), error, user };
}
