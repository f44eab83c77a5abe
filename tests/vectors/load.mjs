// The vectors for tests in JavaScript, each complete: the defaults of its file filled in, the page's address put
// together, and the storage as this package would have left it.
import { readFileSync, readdirSync } from "node:fs";

const folder = new URL("./", import.meta.url);

/** `changes` over `base` as RFC 7396 merges them, one level deep: null takes a member away. */
const merge = (base, changes) =>
  Object.fromEntries(
    Object.entries({ ...base, ...changes }).filter(([, value]) => value !== null),
  );

/** Name under which the pending sign-in of a state waits in storage (FNV-1a of its UTF-8 bytes, the upper 31 of 64 bits). */
export function storageName(state) {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(state))
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return `auth0-current-user.${hash >> 33n}`;
}

/** Who asked: the tenant, the flow, the store, the application and its organization. */
const identity = ({ issuer, audience = `${issuer}api/v2/`, codeVerifier, clientId, clientOrganization = "" }) =>
  `${issuer} ${audience} ${codeVerifier ? "code" : "implicit"} session ${clientId} ${clientOrganization}`;

/** The text that waits there: a line for each field; of a sign-in that has been answered, its time alone. */
export function storedRecord(record, used = false) {
  const fields = { client: identity(record), ...record };
  const names = "createdAt state nonce codeVerifier client redirectUri scope maxAge organization appState";
  const lines = names.split(" ").map((name) => String(fields[name] ?? ""));
  return used ? lines[0] : lines.join("\n");
}

/** Every sign-in case: `{ file, name, section, options, storage, jwks, url, now, expect }`. */
export function* signIns() {
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".json")).sort()) {
    const { kind, defaults, cases } = JSON.parse(readFileSync(new URL(file, folder), "utf8"));
    if (kind !== "sign-in") continue;
    for (const { query, fragment, transaction, jwks, now, used, ...rest } of cases) {
      const options = merge(defaults.options, rest.options);
      const record = transaction === null ? undefined : merge(defaults.transaction, transaction);
      yield {
        ...rest,
        file,
        options,
        storage: record === undefined ? {} : { [storageName(record.state)]: storedRecord(record, used) },
        jwks: jwks ?? defaults.jwks,
        now: now ?? defaults.now,
        url:
          options.redirectUri +
          (query === undefined ? "" : `?${query}`) +
          (fragment === undefined ? "" : `#${fragment}`),
      };
    }
  }
}
