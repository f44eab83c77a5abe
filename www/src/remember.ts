// "Stay signed in". What is kept is which scopes the person chose, and no token: after a reload the tenant is asked
// again, unseen, and it answers as long as the person is signed in there.
import {
  CurrentUserError,
  type CurrentUserClient,
  type CurrentUserScope,
  type SignIn,
} from "auth0-current-user";
import { asking } from "./client.js";
import { store, stored } from "./ui/storage.js";

const KEY = "stay signed in";

export const remember = (scopes: CurrentUserScope[]): void => store(localStorage, KEY, scopes);
export const isRemembered = (): boolean => stored(localStorage, KEY) !== undefined;
export const forget = (): void => store(localStorage, KEY, undefined);

/** How the tenant says that it does not sign anybody in unseen. */
const WANTS_THE_PERSON = ["login_required", "consent_required", "interaction_required"];

/** The session that was here before the reload; `null` where there was none, or where it is over. */
export async function recover(client: CurrentUserClient): Promise<SignIn | null> {
  const scopes = stored<CurrentUserScope[]>(localStorage, KEY);
  if (!Array.isArray(scopes)) return null;
  try {
    return await client.checkSession({ scopes: asking(scopes) });
  } catch (error) {
    if (!(error instanceof CurrentUserError && WANTS_THE_PERSON.includes(error.code))) throw error;
    forget();
    return null;
  }
}
