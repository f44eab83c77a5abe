import { createHash, createHmac, createPublicKey, sign } from "node:crypto";

/** Splits a compact JWS and reads its header and claims; `undefined` for an opaque token. */
export function readJws(token) {
  const [header, claims, signature, ...rest] = String(token).split(".");
  if (signature === undefined || rest.length > 0) return undefined;
  try {
    return { header: parsePart(header), claims: parsePart(claims), signature };
  } catch {
    return undefined;
  }
}

/**
 * Signs `claims`, well or in one of the ways an attacker would.
 *
 * @param {object} parts
 * @param {object} parts.header
 * @param {object} parts.claims
 * @param {"valid"|"tampered"|"empty"|"hmac-with-public-key"|"stranger"} [parts.signature]
 * @param {object} keys as made by `createSigningKeys`
 */
export function signJws({ header, claims, signature = "valid" }, keys) {
  const input = `${encodePart(header)}.${encodePart(claims)}`;
  return `${input}.${SIGNATURES[signature](Buffer.from(input), keys).toString("base64url")}`;
}

/** `at_hash` of OIDC Core 3.2.2.9 for RS256: the left half of the SHA-256 digest. */
export function accessTokenHash(accessToken) {
  const digest = createHash("sha256").update(accessToken, "ascii").digest();
  return digest.subarray(0, digest.length / 2).toString("base64url");
}

const SIGNATURES = {
  valid: (input, keys) => sign("RSA-SHA256", input, keys.signingKey.key),
  tampered: (input, keys) => {
    const signature = sign("RSA-SHA256", input, keys.signingKey.key);
    signature[signature.length >> 1] ^= 1;
    return signature;
  },
  empty: () => Buffer.alloc(0),
  "hmac-with-public-key": (input, keys) => {
    const publicKey = createPublicKey(keys.signingKey.key);
    return createHmac("sha256", publicKey.export({ type: "spki", format: "pem" }))
      .update(input)
      .digest();
  },
  stranger: (input, keys) => sign("RSA-SHA256", input, keys.strangerKey),
};

/** Names that `signature` may have. */
export const SIGNATURE_KINDS = Object.keys(SIGNATURES);

const encodePart = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
const parsePart = (text) => JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
