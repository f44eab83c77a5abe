import { load } from "./load.js";
export { CurrentUserError } from "./error.js";

/** The version of this package. */
export async function version(): Promise<string> {
  return (await load()).version();
}
