// What the developer panel shows: calls of the client, and requests to /authorize. Never a token, state, nonce or challenge.
import type { CurrentUserError, IdTokenClaims } from "auth0-current-user";
import { store, stored } from "../ui/storage.js";

/** One call of one of the client's methods. */
export interface Call {
  method: string;
  args: readonly unknown[];
  /** On the clock of `performance`, in milliseconds. */
  began: number;
  ended?: number;
  error?: CurrentUserError;
}

/** A request to /authorize as it was sent, but for what is secret in it. */
export interface AuthorizeRequest {
  how: "redirect" | "window" | "frame";
  origin: string;
  parameters: [name: string, value: string][];
}

/** How the last sign-in, or renewal, ended. */
export interface Verification {
  at: number;
  claims?: IdTokenClaims;
  error?: CurrentUserError;
}

/** Good for one sign-in each, and worth nothing to those who want to learn. */
const SECRET = ["state", "nonce", "code_challenge", "id_token_hint"];
const KEY = "last request to /authorize";
const MOST_CALLS = 50;

export class DeveloperRecord {
  readonly calls: Call[] = [];
  verification: Verification | undefined;
  // Outlives the redirect that it describes.
  request: AuthorizeRequest | undefined = stored(sessionStorage, KEY);
  readonly #listeners = new Set<() => void>();

  subscribe(listener: () => void): void {
    this.#listeners.add(listener);
  }

  changed(): void {
    if (this.calls.length > MOST_CALLS) this.calls.splice(0, this.calls.length - MOST_CALLS);
    for (const listener of this.#listeners) listener();
  }

  authorize(how: AuthorizeRequest["how"], address: string): void {
    const { origin, pathname, searchParams } = new URL(address);
    if (pathname !== "/authorize") return;
    const parameters = [...searchParams].map(([name, value]): [string, string] => [
      name,
      SECRET.includes(name) ? redacted(value) : value,
    ]);
    this.request = { how, origin, parameters };
    store(sessionStorage, KEY, this.request);
    this.changed();
  }
}

export const redacted = (value: string): string => `•••••• (${value.length} characters)`;
