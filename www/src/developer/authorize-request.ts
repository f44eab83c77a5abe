// The request to /authorize, taken apart.
import { h } from "../ui/dom.js";
import type { AuthorizeRequest } from "./record.js";

const HOW: Record<AuthorizeRequest["how"], string> = {
  redirect: "This page was left for it, and the answer came back in this page’s address.",
  window:
    "A window was opened for it, and sent the answer as a message. No page can read another window’s address: this is the same request, built once more.",
  frame: "A hidden frame asked it, and sent the answer as a message: nobody saw anything.",
};

/** Why each parameter is there. */
const EXPLAINED: Record<string, string> = {
  audience: "The API that the access token is for: the tenant’s own Management API.",
  scope: "What the token may be used for. The tenant silently leaves out what it does not grant.",
  response_type:
    "What comes back. “token id_token”: both tokens at once, the implicit grant. “code”: a code to be redeemed for them.",
  client_id: "Which application asks.",
  redirect_uri: "Where the answer goes. The tenant takes only Allowed Callback URLs.",
  nonce: "Random. The ID token has to repeat it, so that another sign-in’s cannot take its place.",
  state: "Random. The answer has to repeat it: one that was not asked for here is refused.",
  code_challenge:
    "Digest of a secret that never leaves this page until the code is redeemed (PKCE).",
  code_challenge_method: "How the digest was made: SHA-256.",
  response_mode: "“web_message”: the answer is posted to this page, and appears in no address.",
  prompt: "“none”: answer without showing anything. “login”: ask for the password in any case.",
  max_age: "How old the sign-in at the tenant may be, in seconds.",
  organization: "The organization that the person signs in to.",
  connection: "Where the person’s account is.",
  login_hint: "Whom the login form suggests.",
  id_token_hint: "Who is expected.",
};

export function authorizeRequest(request: AuthorizeRequest | undefined): Node[] {
  if (!request) return [h("p", { class: "empty" }, "Sign in, or renew, to see one.")];
  const { how, origin, parameters } = request;
  const row = ([name, value]: [string, string]) =>
    h(
      "li",
      { "data-parameter": name },
      h("div", { class: "what" }, h("code", { class: "name" }, name), h("code", {}, value)),
      h("p", { class: "detail" }, EXPLAINED[name] ?? "Set by this page."),
    );
  return [
    h("p", {}, h("code", {}, `GET ${origin}/authorize`)),
    h("p", { class: "hint" }, HOW[how]),
    h("ul", { class: "rows explained" }, ...parameters.map(row)),
  ];
}
