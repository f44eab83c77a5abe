import { createPrivateKey } from "node:crypto";
import { readFileSync } from "node:fs";

const { keys: POOL } = JSON.parse(
  readFileSync(new URL("../seed/signing-keys.json", import.meta.url), "utf8"),
);

/**
 * The tenant's signing keys: the first one signs, all of them are published. Fixed keys, so that
 * the tenant starts at once; after as many rotations as there are keys the first comes round again.
 */
export function createSigningKeys() {
  let turn = 0;
  let current = [POOL[0]];
  const listeners = new Set();

  const replaceBy = (keys) => {
    current = keys;
    for (const listener of listeners) listener();
  };

  return {
    /** Private JWKs, the signing one first. */
    get privateJwks() {
      return current;
    },
    /** Public JWKs, as `/.well-known/jwks.json` shows them. */
    get publicJwks() {
      return current.map(({ kty, use, alg, kid, n, e }) => ({ kty, use, alg, kid, n, e }));
    },
    get signingKey() {
      return { kid: current[0].kid, key: createPrivateKey({ key: current[0], format: "jwk" }) };
    },
    /** A key the tenant has never published while it is not in use: for forged signatures. */
    get strangerKey() {
      const stranger = POOL.findLast(({ kid }) => current.every((key) => key.kid !== kid));
      return createPrivateKey({ key: stranger ?? POOL.at(-1), format: "jwk" });
    },
    rotate({ dropOld = false } = {}) {
      turn = (turn + 1) % POOL.length;
      const next = POOL[turn];
      replaceBy([next, ...(dropOld ? [] : current.filter((key) => key !== next))]);
    },
    reset() {
      turn = 0;
      if (current.length !== 1 || current[0] !== POOL[0]) replaceBy([POOL[0]]);
    },
    onChange(listener) {
      listeners.add(listener);
    },
  };
}
