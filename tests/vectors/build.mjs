// What the vectors are built from: fixed time, fixed keys, and tokens that are right until a case makes them wrong.
import { constants, createHash, createPrivateKey, createPublicKey, createSign, privateEncrypt } from "node:crypto";
import { readFileSync } from "node:fs";

export const keys = JSON.parse(readFileSync(new URL("keys.json", import.meta.url), "utf8"));

/** The moment of every case that says nothing else, in milliseconds. */
export const NOW_MS = 1_700_000_000_000;
/** The same in seconds, as tokens count. */
export const NOW = NOW_MS / 1000;

export const b64 = (bytes) => Buffer.from(bytes).toString("base64url");
export const bytesOf = (text) => Buffer.from(text, "base64url");

const fixed = (text) => createHash("sha256").update(text).digest();
/** A `state` of these random bytes, with the mark by which the package knows it: half of their FNV-1a hash. */
export function stateOf(random) {
  let hash = 0xcbf29ce484222325n;
  for (const byte of random) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  const mark = Buffer.alloc(8);
  mark.writeBigUInt64BE(hash);
  return b64(Buffer.concat([random, mark.subarray(0, 4)]));
}
export const STATE = stateOf(fixed("state"));
export const NONCE = b64(fixed("nonce"));
export const ORIGIN = "https://acme.eu.auth0.com";
export const ISSUER = `${ORIGIN}/`;
export const AUDIENCE = `${ORIGIN}/api/v2/`;
export const USERINFO = `${ORIGIN}/userinfo`;
export const CLIENT_ID = "spa-client";
export const SUBJECT = "auth0|5f7c8ec7c33c6c004bbafe82";
export const GRANTED = ["read:current_user", "update:current_user_metadata"];

/** The public half as a tenant publishes it. */
export const publicJwk = (name, members = {}) => {
  const { kty, n, e, crv, x, y } = keys[name];
  const half = kty === "RSA" ? { kty, n, e } : { kty, crv, x, y };
  return { ...half, kid: name, use: "sig", alg: kty === "RSA" ? "RS256" : "ES256", ...members };
};
/** As above, with members taken away. */
export const without = (jwk, ...names) =>
  Object.fromEntries(Object.entries(jwk).filter(([name]) => !names.includes(name)));

export const defaults = {
  options: {
    domain: "acme.eu.auth0.com",
    clientId: CLIENT_ID,
    redirectUri: "https://app.example/callback",
    scopes: GRANTED,
  },
  transaction: {
    state: STATE,
    nonce: NONCE,
    issuer: ISSUER,
    clientId: CLIENT_ID,
    redirectUri: "https://app.example/callback",
    scope: "openid read:current_user update:current_user_metadata",
    appState: '{"page":7}',
    createdAt: NOW_MS - 30_000,
  },
  jwks: { keys: [publicJwk("next"), publicJwk("tenant")] },
  now: NOW_MS,
};

/** JSON text in which "@raw:…@" stands for itself, for numbers that JavaScript would write in another way. */
export const json = (value) =>
  typeof value === "string" || value instanceof Uint8Array
    ? value
    : JSON.stringify(value).replace(/"@raw:([^"]*)@"/g, "$1");
export const raw = (text) => `@raw:${text}@`;

const privateKey = (name) => createPrivateKey({ key: keys[name], format: "jwk" });
export const publicKey = (name) => createPublicKey({ key: publicJwk(name), format: "jwk" });
export const rs = (input, name = "tenant", hash = "SHA256") =>
  createSign(`RSA-${hash}`).update(input).sign(privateKey(name));
export const ps = (input, name = "tenant") =>
  createSign("RSA-SHA256")
    .update(input)
    .sign({ key: privateKey(name), padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 });
/** The RSA operation on a block that was padded by hand. */
export const rawSignature = (block, name = "tenant") =>
  privateEncrypt({ key: privateKey(name), padding: constants.RSA_NO_PADDING }, block);

export const HEADER = { alg: "RS256", typ: "JWT", kid: "tenant" };
export const signingInput = (header, payload) => `${b64(json(header))}.${b64(json(payload))}`;
/** A JWS, signed with RS256 unless `signature` makes another. Both parts may be text or bytes instead of values. */
export const jws = (header, payload, signature = rs) => {
  const input = signingInput(header, payload);
  return `${input}.${b64(signature(input))}`;
};

const plain = (claims, changes) => {
  const changed = { ...claims, ...changes };
  return Object.fromEntries(Object.entries(changed).filter(([, value]) => value !== undefined));
};

export const accessClaims = (changes) =>
  plain(
    {
      iss: ISSUER,
      sub: SUBJECT,
      aud: [AUDIENCE, USERINFO],
      iat: NOW - 2,
      exp: NOW + 7200,
      azp: CLIENT_ID,
      scope: `openid ${GRANTED.join(" ")}`,
    },
    changes,
  );
export const accessToken = (changes) =>
  jws({ alg: "RS256", typ: "JWT", kid: "tenant" }, accessClaims(changes));
export const ACCESS_TOKEN = accessToken();

/** OIDC Core 3.2.2.9: the left half of the digest. */
export const atHash = (token) => b64(createHash("sha256").update(token).digest().subarray(0, 16));

export const idClaims = (changes, access = ACCESS_TOKEN) =>
  plain(
    {
      iss: ISSUER,
      sub: SUBJECT,
      aud: CLIENT_ID,
      iat: NOW - 2,
      exp: NOW + 36_000,
      nonce: NONCE,
      at_hash: atHash(access),
      name: "Ada Lovelace",
    },
    changes,
  );
export const idToken = (changes, header = {}, access) =>
  jws(plain(HEADER, header), idClaims(changes, access));

/** A response's parameters as the tenant writes them. */
export const encode = (parameters) => {
  const pairs = parameters instanceof Array ? parameters : Object.entries(parameters);
  return pairs
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join("&");
};
export const responseOf = (id_token, access_token = ACCESS_TOKEN, changes = {}) => ({
  access_token,
  id_token,
  scope: `openid ${GRANTED.join(" ")}`,
  expires_in: "7200",
  token_type: "Bearer",
  state: STATE,
  ...changes,
});

/** What a sign-in that went well says, unless a case asked for something else. */
export const ok = (changes) => ({
  ok: {
    sub: SUBJECT,
    grantedScopes: GRANTED,
    missingScopes: [],
    expiresAt: NOW_MS + 7_200_000,
    appState: '{"page":7}',
    ...changes,
  },
});
export const refused = (code, reason, more) => ({
  code,
  ...(reason === undefined ? {} : { reason }),
  ...more,
});
