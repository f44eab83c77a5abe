// The client as the rest of the page uses it, and a record of what it did. A page without the developer panel needs none of
// this: it uses the client itself.
import type {
  AuthorizeOptions,
  CurrentUserClient,
  CurrentUserError,
  SignIn,
} from "auth0-current-user";
import { DeveloperRecord, type Call } from "./record.js";

export const record = new DeveloperRecord();

const SIGN_IN = ["handleRedirectCallback", "loginWithPopup", "checkSession"];

export function observed(client: CurrentUserClient): CurrentUserClient {
  observeAddresses();
  return new Proxy(client, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== "function") return member;
      return (...args: unknown[]) => {
        const began = performance.now();
        const result: unknown = member.apply(target, args);
        if (result instanceof Promise)
          follow(target, { method: String(name), args, began }, result);
        return result;
      };
    },
  });
}

function follow(client: CurrentUserClient, call: Call, result: Promise<unknown>): void {
  const { method, args } = call;
  record.calls.push(call);
  record.changed();
  const ended = (answer: SignIn | null, error?: CurrentUserError) => {
    call.ended = performance.now();
    if (error) call.error = error;
    if (SIGN_IN.includes(method) && (answer || error))
      record.verification = {
        at: Date.now(),
        ...(answer && { claims: answer.claims }),
        ...(error && { error }),
      };
    record.changed();
  };
  result.then(
    (answer) => ended(answer as SignIn | null),
    (error) => ended(null, error),
  );
  // No page sees the address that another window is sent to. This is the same request, made once more and not sent.
  if (method === "loginWithPopup") {
    const again = client.buildAuthorizeUrl(args[0] as AuthorizeOptions | undefined);
    again.then(
      (url) => record.authorize("window", `${url}&response_mode=web_message`),
      () => {},
    );
  }
}

/** The addresses that this page itself is sent to, and those of its frames. */
function observeAddresses(): void {
  // Not in every browser yet.
  window.navigation?.addEventListener("navigate", ({ destination }) =>
    record.authorize("redirect", destination.url),
  );
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries() as PerformanceResourceTiming[])
      if (entry.initiatorType === "iframe") record.authorize("frame", entry.name);
    record.changed(); // statuses of API requests are read from the same entries
  });
  observer.observe({ type: "resource" });
}
