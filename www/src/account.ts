// The profile, read once and shared by the cards that show a part of it.
import type { CurrentUserClient, UserProfile } from "auth0-current-user";
import type { Card } from "./ui/card.js";
import { button, h } from "./ui/dom.js";
import { problem } from "./ui/problem.js";

export class Account {
  profile: UserProfile | undefined;
  #error: unknown;
  readonly #listeners = new Set<() => void>();

  constructor(readonly client: CurrentUserClient) {}

  /** Asks the tenant for the profile; where that is not permitted, the cards do without. */
  async read(): Promise<void> {
    if (this.client.can("getUser")) this.replace(await this.client.getUser());
  }

  /** The same, with a failure shown by the cards. */
  async load(): Promise<void> {
    this.#error = undefined;
    this.#tell();
    await this.read().catch((error) => {
      this.#error = error;
      this.#tell();
    });
  }

  /** Takes over what an operation answered, which saves reading it again. */
  replace(profile: UserProfile): void {
    this.profile = profile;
    this.#tell();
  }

  update(change: Partial<UserProfile>): void {
    if (this.profile) this.replace({ ...this.profile, ...change });
    else this.#tell();
  }

  /**
   * Keeps `card` showing `content(profile)`; `undefined` where the profile may not be read.
   * One of the cards `explains` a failure, the others only say that there was one.
   */
  watch(card: Card, content: (profile?: UserProfile) => Node[], { explains = false } = {}): void {
    const show = () => {
      if (this.profile || !this.client.can("getUser")) card.show(...content(this.profile));
      else if (this.#error === undefined) card.showLoading();
      else card.show(this.#failure(explains));
    };
    this.#listeners.add(show);
    show();
  }

  #failure(explains: boolean): HTMLElement {
    return h(
      "div",
      { class: "empty" },
      explains && h("div", { role: "alert" }, problem(this.#error)),
      h("p", {}, "Your profile could not be read."),
      button("Try again", () => void this.load()),
    );
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
