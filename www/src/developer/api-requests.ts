// What the client's methods ask of the Management API.
import { scopesFor, type Operation } from "auth0-current-user";
import { h } from "../ui/dom.js";
import type { Call } from "./record.js";

type Endpoint = [operation: Operation, method: string, path: string];

/** By the client's method. `…` in a path is a part of it that differs from call to call. */
const ENDPOINTS: Record<string, Endpoint> = {
  getUser: ["getUser", "GET", "/users/…"],
  getEnrollments: ["getEnrollments", "GET", "/users/…/enrollments"],
  linkIdentity: ["linkIdentity", "POST", "/users/…/identities"],
  linkIdentityWithPopup: ["linkIdentity", "POST", "/users/…/identities"],
  unlinkIdentity: ["unlinkIdentity", "DELETE", "/users/…/identities/…/…"],
  patchUserMetadata: ["patchUserMetadata", "PATCH", "/users/…"],
  clearUserMetadata: ["patchUserMetadata", "PATCH", "/users/…"],
  deleteMultifactor: ["deleteMultifactor", "DELETE", "/users/…/multifactor/…"],
  createDeviceCredential: ["createDeviceCredential", "POST", "/device-credentials"],
  deleteDeviceCredential: ["deleteDeviceCredential", "DELETE", "/device-credentials/…"],
};

export function apiRequests(calls: Call[]): Node[] {
  const rows = calls.flatMap((call) => {
    const endpoint = ENDPOINTS[call.method];
    return endpoint ? [apiRequest(call, endpoint)] : [];
  });
  if (rows.length === 0) return [h("p", { class: "empty" }, "Nothing was asked yet.")];
  return [h("ul", { class: "rows requests" }, ...rows.reverse())];
}

function apiRequest(call: Call, [operation, method, template]: Endpoint): HTMLElement {
  const sent = sentBy(call, template);
  const path = sent ? decodeURIComponent(new URL(sent.name).pathname) : `/api/v2${template}`;
  const [kind, status] = outcomeOf(call, sent);
  const took = call.ended === undefined ? "" : ` · ${Math.round(call.ended - call.began)} ms`;
  return h(
    "li",
    { "data-operation": call.method },
    h(
      "div",
      { class: "what" },
      h("code", { class: "name" }, `${method} ${path}`),
      h(
        "span",
        { class: "detail" },
        h("code", {}, `client.${call.method}()`),
        " needs ",
        h("code", {}, scopesFor(operation).join(" or ")),
        took,
      ),
    ),
    h("span", { class: `badge ${kind}` }, status),
  );
}

/** The last request of that path while the call lasted: reads may be repeated. The browser keeps address and status. */
function sentBy({ began, ended = Infinity }: Call, template: string) {
  const path = new RegExp(`/api/v2${template.replaceAll("…", "[^/]+")}$`);
  const entries = performance.getEntriesByType("resource") as PerformanceResourceTiming[];
  return entries.findLast(
    ({ name, initiatorType, startTime }) =>
      initiatorType === "fetch" && startTime >= began && startTime <= ended && path.test(name),
  );
}

function outcomeOf({ error, ended }: Call, sent?: PerformanceResourceTiming): [string, string] {
  if (ended === undefined) return ["", "under way"];
  if (error && !sent) return ["warn", `not sent: ${error.code}`];
  const status = error?.status ?? (sent?.responseStatus || undefined);
  if (error) return ["warn", `${status ?? "no answer"}: ${error.code}`];
  return ["good", status === undefined ? "done" : String(status)];
}
