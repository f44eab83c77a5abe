// The profile, read once and shared by the cards that show a part of it.
import type { CurrentUserClient, UserProfile } from "auth0-current-user";
import type { Slot } from "./ui/slot.js";

export class Account {
  profile: UserProfile | undefined;
  #error: unknown;
  readonly #listeners = new Set<() => void>();

  constructor(readonly client: CurrentUserClient) {}

  /** Asks the tenant for the profile; where that is not permitted, the cards do without. */
  async read(): Promise<void> {
    if (this.client.can("getUser")) this.replace(await this.client.getUser());
  }

  /** The same, with a failure shown by the slots. */
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
  }

  /**
   * Keeps `slot` showing `content(profile)`; `undefined` where the profile may not be read.
   * One of the slots `explains` a failure, the others only say that there was one.
   */
  watch(slot: Slot, content: (profile?: UserProfile) => Node[], { explains = false } = {}): void {
    const retry = () => void this.load();
    const show = () => {
      const error = this.#error;
      if (this.profile || !this.client.can("getUser")) slot.show(...content(this.profile));
      else if (error === undefined) slot.showLoading();
      else slot.showFailure("Your profile could not be read.", retry, error, { explains });
    };
    this.#listeners.add(show);
    show();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
