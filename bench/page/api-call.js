// Measures one call of the Management API, and `fetch` with the same token.
import { createCurrentUserClient } from "auth0-current-user";
import { alternate } from "./alternate.js";
import { answerFromMemory, answerFromNetwork } from "./redirect.js";

async function signedIn({ options, begun, url }) {
  for (const [name, record] of begun.stored) sessionStorage.setItem(name, record);
  const client = await createCurrentUserClient(options);
  const { claims } = await client.handleRedirectCallback(`${url}&number=api`);
  return { client, sub: claims.sub };
}

function byHand(url, address) {
  const token = new URLSearchParams(new URL(url).hash.slice(1)).get("access_token");
  return async () => {
    const headers = { authorization: `Bearer ${token}` };
    const response = await fetch(address, { headers, cache: "no-store" });
    if (!response.ok) throw new Error(`status ${response.status}`);
    return response.json();
  };
}

const profileAddress = ({ options }, sub) =>
  `http://${options.domain}/api/v2/users/${encodeURIComponent(sub)}`;

/** At the local tenant. */
export async function apiCall(input, how) {
  const { client, sub } = await signedIn(input);
  const ours = () => client.getUser();
  const fetched = byHand(input.url, profileAddress(input, sub));
  const [left, right] = [await ours(), await fetched()];
  if (left.user_id !== sub || JSON.stringify(left) !== JSON.stringify(right))
    throw new Error("the two calls bring different profiles");
  return alternate({ "auth0-current-user": { run: ours }, fetch: { run: fetched } }, how);
}

/**
 * Reads profiles of these sizes from memory: `[{ size, samples, memory }]`. Measures one size after the other, because the garbage
 * of a megabyte would slow down the measurement of a kilobyte.
 */
export async function growingProfiles(input, { sizes, ...how }) {
  const { client, sub } = await signedIn(input);
  const address = profileAddress(input, sub);
  const subjects = {
    "auth0-current-user": { run: () => client.getUser() },
    fetch: { run: byHand(input.url, address) },
  };
  const rows = [];
  try {
    for (const size of sizes) {
      const profile = { user_id: sub, user_metadata: { notes: "x".repeat(size - 90) } };
      answerFromMemory({ [address]: JSON.stringify(profile) });
      const samples = await alternate(subjects, how);
      rows.push({ size, samples, memory: globalThis.wasmMemory() });
    }
  } finally {
    answerFromNetwork();
  }
  return rows;
}
