// Second factors: what is enrolled, and the providers that can be taken away.
import type { Enrollment, UserProfile } from "auth0-current-user";
import type { Account } from "../account.js";
import { needs, permitted } from "../scopes.js";
import { Card } from "../ui/card.js";
import { confirmed } from "../ui/confirm.js";
import { button, dateAndTime, h } from "../ui/dom.js";
import { Slot } from "../ui/slot.js";

/** The providers that the Management API removes; others are an administrator's. */
const REMOVABLE = ["google-authenticator", "duo"];

export function securityCard(account: Account): HTMLElement {
  const { client } = account;
  const card = new Card("security", "Security", "Second factors that protect your sign-in.");
  const enrolled = new Slot();
  const providers = new Slot();

  const readEnrollments = async () => {
    if (client.can("getEnrollments")) enrolled.show(enrollmentList(await client.getEnrollments()));
    else enrolled.show(needs("getEnrollments"));
  };
  const loadEnrollments = () => {
    enrolled.showLoading();
    readEnrollments().catch((error) =>
      enrolled.showFailure("Your factors could not be read.", loadEnrollments, error),
    );
  };

  const remove = async (provider: string, pressed: HTMLButtonElement) => {
    const sure = await confirmed({
      title: `Remove ${provider}?`,
      text: "Whoever knows your password can then sign in without it, until you enroll again.",
      action: "Remove",
    });
    if (!sure) return;
    await card.run(pressed, async () => {
      await client.deleteMultifactor(provider);
      await Promise.all([readEnrollments(), account.read()]);
      return `Removed ${provider}.`;
    });
  };

  const factor = (provider: string) => {
    const removing = button("Remove", () => void remove(provider, removing), {
      "aria-label": `Remove ${provider}`,
    });
    return h(
      "li",
      { "data-factor": provider },
      h("div", { class: "what" }, h("span", { class: "name" }, provider)),
      REMOVABLE.includes(provider)
        ? permitted(client, "deleteMultifactor", removing)
        : h("span", { class: "hint" }, "Ask an administrator to remove it."),
    );
  };

  card.body.show(
    h("div", {}, h("h3", {}, "Enrolled"), enrolled.element),
    h("div", {}, h("h3", {}, "Providers"), providers.element),
  );
  loadEnrollments();
  account.watch(providers, (profile) => [providerList(providersOf(profile), factor)]);
  return card.element;
}

/** Where the profile may not be read, those that there could be. */
const providersOf = (profile?: UserProfile): string[] =>
  profile ? ((profile.multifactor as string[] | undefined) ?? []) : REMOVABLE;

const providerList = (providers: string[], row: (provider: string) => HTMLElement): HTMLElement =>
  providers.length > 0
    ? h("ul", { class: "rows" }, ...providers.map(row))
    : h("p", { class: "empty" }, "No provider is set up.");

const enrollmentList = (enrollments: Enrollment[]): HTMLElement =>
  enrollments.length > 0
    ? h("ul", { class: "rows" }, ...enrollments.map(enrollmentRow))
    : h("p", { class: "empty" }, "No factor is enrolled.");

const enrollmentRow = ({ id, status, enrolled_at, ...enrollment }: Enrollment): HTMLElement => {
  const { name, auth_method, type } = enrollment;
  const since = typeof enrolled_at === "string" ? dateAndTime(enrolled_at) : undefined;
  return h(
    "li",
    { "data-enrollment": id },
    h(
      "div",
      { class: "what" },
      h("span", { class: "name" }, typeof name === "string" ? name : (auth_method ?? type ?? id)),
      h("span", { class: "detail" }, "Enrolled ", since ?? "on an unknown day"),
    ),
    h("span", { class: status === "confirmed" ? "badge good" : "badge warn" }, status ?? "unknown"),
  );
};
