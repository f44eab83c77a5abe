// Writes tests/vectors/*.json. Every run writes the same bytes: time and keys are fixed, RS256 is deterministic, and
// the one thing that is not (ES256, PS256) is never verified, so a constant stands in its place.
//
//   node tests/vectors/generate.mjs           writes the files
//   node tests/vectors/generate.mjs --check   exits 1 where a file is not what this would write
//
// npm `jose` watches over it: what a case calls right it has to accept, and what a case calls forged it has to refuse.
import { createHash, createHmac } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { compactVerify, createLocalJWKSet, importJWK, jwtVerify } from "jose";
import * as b from "./build.mjs";

const { NOW, NOW_MS, HEADER, ACCESS_TOKEN, STATE, NONCE, SUBJECT, GRANTED } = b;
const { idToken, idClaims, accessToken, jws, raw, ok, refused, encode, responseOf, publicJwk, without, keys } = b;

// ── A sign-in by its ID token ────────────────────────────────────────────────────────────────
/** A case that is a whole response with this ID token. */
const withToken = (name, section, token, expect, more = {}) => {
  const { access = ACCESS_TOKEN, response = {}, ...rest } = more;
  return { name, section, ...rest, fragment: encode(responseOf(token, access, response)), expect, leaves: "" };
};

// ── Header ───────────────────────────────────────────────────────────────────────────────────
const hs = (secret, hash = "sha256") => (input) => createHmac(hash, secret).update(input).digest();
const pem = (type) => b.publicKey("tenant").export({ type, format: "pem" });
const der = b.publicKey("tenant").export({ type: "spki", format: "der" });
const empty = () => Buffer.alloc(0);
/** In place of signatures that are different each time: nobody gets as far as looking at them. */
const stand = (length) => () => Buffer.alloc(length, 0x5a);
const algorithm = (name, alg, signature, reason = "mismatch") =>
  withToken(name, "RFC 8725 3.1, 3.2", jws({ ...HEADER, alg }, idClaims(), signature), refused("id_token_algorithm", reason));
const header = (name, section, change, expect, signature) =>
  withToken(name, section, jws({ ...HEADER, ...change }, idClaims(), signature), expect);
const malformed = (reason = "malformed") => refused("id_token_malformed", reason);
const attackerSigned = (input) => b.rs(input, "attacker");

const headers = [
  withToken("a plain sign-in is accepted", "OIDC Core 3.2.2.11", idToken(), ok()),
  header("typ in other letters is accepted", "RFC 7519 5.1", { typ: "jwt" }, ok()),
  header("no typ is accepted", "RFC 7519 5.1", { typ: undefined }, ok()),
  header("unknown header members are ignored", "RFC 7515 4.2", { "x-vendor": { a: [1] }, zip: 1 }, ok()),
  ...["none", "None", "NONE", "nOnE"].flatMap((alg) => [
    algorithm(`alg ${alg} without a signature`, alg, empty),
    algorithm(`alg ${alg} with a signature`, alg),
  ]),
  ...[" none", "none\u0000", "", "RS256 ", "rs256", "Rs256", "RS256\u0000", "RSA256"].map((alg) =>
    algorithm(`alg ${JSON.stringify(alg)}`, alg),
  ),
  ...[
    ["the public key as SPKI PEM", pem("spki")],
    ["the public key as SPKI PEM without its last line end", pem("spki").trimEnd()],
    ["the public key as PKCS1 PEM", pem("pkcs1")],
    ["the public key as DER", der],
    ["the modulus", b.bytesOf(keys.tenant.n)],
    ["the modulus in base64url", keys.tenant.n],
    ["the JWK", JSON.stringify(publicJwk("tenant"))],
    ["the key ID", "tenant"],
    ["the client ID", b.CLIENT_ID],
    ["an empty secret", ""],
  ].map(([what, secret]) => algorithm(`alg HS256 with ${what} as its secret`, "HS256", hs(secret))),
  algorithm("alg HS384 with the public key as its secret", "HS384", hs(pem("spki"), "sha384")),
  algorithm("alg HS512 with the public key as its secret", "HS512", hs(pem("spki"), "sha512")),
  algorithm("alg RS384 by the tenant's key", "RS384", (input) => b.rs(input, "tenant", "SHA384")),
  algorithm("alg RS512 by the tenant's key", "RS512", (input) => b.rs(input, "tenant", "SHA512")),
  algorithm("alg RS1 by the tenant's key", "RS1", (input) => b.rs(input, "tenant", "SHA1")),
  algorithm("alg PS256", "PS256", stand(256)),
  algorithm("alg ES256", "ES256", stand(64)),
  algorithm("alg EdDSA", "EdDSA", stand(64)),
  algorithm("alg dir, as in a JWE", "dir"),
  algorithm("no alg", undefined, b.rs, "missing"),
  algorithm("alg null", null, b.rs, "malformed"),
  algorithm("alg a number", 256, b.rs, "malformed"),
  algorithm("alg an array", ["RS256"], b.rs, "malformed"),
  algorithm("alg an object", { RS256: true }, b.rs, "malformed"),
  header("RS384's signature under alg RS256", "RFC 8725 3.1", {}, refused("id_token_signature"), (input) =>
    b.rs(input, "tenant", "SHA384"),
  ),
  header("RS1's signature under alg RS256", "RFC 8725 3.2", {}, refused("id_token_signature"), (input) =>
    b.rs(input, "tenant", "SHA1"),
  ),
  header("crit with an unknown extension", "RFC 7515 4.1.11", { crit: ["x"], x: 1 }, malformed()),
  header("crit with b64", "RFC 7797 6", { crit: ["b64"], b64: false }, malformed()),
  header("crit that names a known member", "RFC 7515 4.1.11", { crit: ["alg"] }, malformed()),
  header("crit empty", "RFC 7515 4.1.11", { crit: [] }, malformed()),
  header("crit null", "RFC 7515 4.1.11", { crit: null }, malformed()),
  header("crit a string", "RFC 7515 4.1.11", { crit: "exp" }, malformed()),
  header("typ of an access token", "RFC 9068 2.1, RFC 8725 3.11", { typ: "at+jwt" }, malformed()),
  header("typ of an access token in full", "RFC 9068 2.1", { typ: "application/at+jwt" }, malformed()),
  header("typ of a logout token", "OIDC Back-Channel Logout 2.4", { typ: "logout+jwt" }, malformed()),
  header("typ of a DPoP proof", "RFC 9449 4.2", { typ: "dpop+jwt" }, malformed()),
  header("typ a number", "RFC 7515 4.1.9", { typ: 1 }, malformed()),
  header("typ null", "RFC 7515 4.1.9", { typ: null }, malformed()),
  header("kid a number", "RFC 7515 4.1.4", { kid: 1 }, malformed()),
  header("kid null", "RFC 7515 4.1.4", { kid: null }, malformed()),
  header("kid an object", "RFC 7515 4.1.4", { kid: { tenant: 1 } }, malformed()),
  ...[
    ["jwk", publicJwk("attacker", { kid: "tenant" })],
    ["jku", "https://attacker.example/jwks.json"],
    ["x5u", "https://attacker.example/chain.pem"],
    ["x5c", ["TUlJQg=="]],
    ["x5t", "AAAA"],
  ].flatMap(([member, value]) => [
    header(`${member} of an attacker, who signed`, "RFC 8725 3.10", { [member]: value }, refused("id_token_signature"), attackerSigned),
    header(`${member} of an attacker beside the tenant's signature is ignored`, "RFC 8725 3.10", { [member]: value }, ok()),
    header(
      `${member} of an attacker and no kid`,
      "RFC 8725 3.10",
      { [member]: value, kid: undefined },
      refused("id_token_signature"),
      attackerSigned,
    ),
  ]),
  ...[
    ["https://attacker.example/.well-known/jwks.json", "an address"],
    ["../../../dev/null", "a path"],
    ["tenant' OR '1'='1", "SQL"],
    ["__proto__", "a prototype"],
    ["", "empty"],
    ["Tenant", "the right one in other letters"],
    ["tenant\u0000", "the right one and a NUL"],
    ["ténant", "nearly the right one"],
  ].map(([kid, what]) => header(`kid ${what}`, "RFC 8725 3.10", { kid }, refused("signing_key_not_found"))),
];

// ── Form ─────────────────────────────────────────────────────────────────────────────────────
const right = idToken();
const [rightHeader, rightPayload, rightSignature] = right.split(".");
const form = (name, token, expect = malformed(), section = "RFC 7515 2, 7.1; RFC 7519 7.2", more) =>
  withToken(name, section, token, expect, more);
const payload = (text) => jws(HEADER, text);
const claimsText = b.json(idClaims());
/** The other spelling of the last character: the same bytes, with the unused bits set. */
const looseBits = (part) => {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  return part.slice(0, -1) + alphabet[alphabet.indexOf(part.at(-1)) + 1];
};
const nested = (depth) => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;

const forms = [
  form("one part", rightPayload),
  form("two parts", `${rightHeader}.${rightPayload}`),
  form("four parts", `${right}.${rightSignature}`),
  form("five parts, as a JWE", `${right}.AA.AA`),
  form("a dot behind", `${right}.`),
  form("a dot before", `.${right}`),
  form("only dots", ".."),
  form("the JSON serialization", JSON.stringify({ protected: rightHeader, payload: rightPayload, signature: rightSignature })),
  form("an empty header", `.${rightPayload}.${rightSignature}`),
  form("an empty payload", `${rightHeader}..${rightSignature}`),
  form("an opaque token", "f3242198a7c94b35b8a2c1d5"),
  ...["header", "payload", "signature"].flatMap((part, index) => {
    const change = (edit) => {
      const parts = right.split(".");
      parts[index] = edit(parts[index]);
      return parts.join(".");
    };
    return [
      form(`padding in the ${part}`, change((text) => `${text}=`)),
      form(`two characters of padding in the ${part}`, change((text) => `${text}==`)),
      form(`a space in the ${part}`, change((text) => `${text.slice(0, 5)} ${text.slice(5)}`)),
      form(`a line end in the ${part}`, change((text) => `${text}\n`)),
      form(`a NUL in the ${part}`, change((text) => `${text}\u0000`)),
      form(`another alphabet in the ${part}`, change((text) => `${text.slice(0, 4)}+/${text.slice(6)}`)),
      form(`a lone last character in the ${part}`, change((text) => `${text.slice(0, text.length - (text.length % 4))}A`)),
      form(`a letter outside ASCII in the ${part}`, change((text) => `${text.slice(0, 3)}Ａ${text.slice(4)}`)),
    ];
  }),
  form("unused bits set in the signature", `${rightHeader}.${rightPayload}.${looseBits(rightSignature)}`),
  form("unused bits set in a header", (() => {
    const text = b.b64(`${JSON.stringify(HEADER)} `.padEnd(52));
    return `${looseBits(text)}.${rightPayload}.${rightSignature}`;
  })()),
  form("a header that is not UTF-8", jws(Buffer.from([...Buffer.from('{"alg":"RS256","x":"'), 0xff, 0x22, 0x7d]), idClaims())),
  form("a payload that is not UTF-8", payload(Buffer.from([...Buffer.from(claimsText.slice(0, -2)), 0xc3, 0x28, 0x22, 0x7d]))),
  form("a payload in overlong UTF-8", payload(Buffer.from([...Buffer.from(claimsText.slice(0, -2)), 0xc0, 0xaf, 0x22, 0x7d]))),
  form("a payload in UTF-16", payload(Buffer.from(claimsText, "utf16le"))),
  form("a byte order mark before the header", jws(`\ufeff${JSON.stringify(HEADER)}`, idClaims())),
  form("a byte order mark before the payload", payload(`\ufeff${claimsText}`)),
  ...[
    ["null", "null"],
    ["true", "true"],
    ["a number", "1"],
    ["a string", '"x"'],
    ["an array", `[${claimsText}]`],
    ["an empty array", "[]"],
    ["nothing", ""],
    ["white space", " "],
    ["cut off", claimsText.slice(0, -1)],
    ["followed by more", `${claimsText}{}`],
    ["followed by a comma", `${claimsText},`],
    ["with a comment", `/**/${claimsText}`],
    ["with a comma too many", `${claimsText.slice(0, -1)},}`],
    ["with single quotes", claimsText.replaceAll('"', "'")],
    ["with NaN in it", `${claimsText.slice(0, -1)},"x":NaN}`],
    ["with Infinity in it", `${claimsText.slice(0, -1)},"x":Infinity}`],
    ["with a leading zero", `${claimsText.slice(0, -1)},"x":01}`],
    ["with a leading plus", `${claimsText.slice(0, -1)},"x":+1}`],
    ["with a hexadecimal number", `${claimsText.slice(0, -1)},"x":0x1}`],
    ["with a raw line end in a string", `${claimsText.slice(0, -1)},"x":"\n"}`],
    ["with a broken escape", `${claimsText.slice(0, -1)},"x":"\\u12"}`],
    ["with a NUL behind", `${claimsText}\u0000`],
    ["with a no-break space behind", `${claimsText}\u00a0`],
    ["not JSON", "iss=x"],
  ].flatMap(([what, text]) => [
    form(`a payload that is ${what}`, payload(text)),
    ...(text.startsWith("{") || text.includes("iss\"") ? [] : [form(`a header that is ${what}`, jws(text, idClaims()))]),
  ]),
  form("white space around the JSON is JSON", payload(` \t\r\n${claimsText}\n`), ok(), "RFC 8259 2"),
  form("members of any name are data", payload(b.json(idClaims()).replace("{", '{"__proto__":{"sub":"x"},"constructor":1,"":0,"\\ud83d\\ude00":"\\u0000",')), ok(), "RFC 7519 4"),
  form("inherited claims are none", payload(b.json(idClaims({ nonce: undefined })).replace("{", `{"__proto__":{"nonce":"${NONCE}"},`)), refused("id_token_nonce", "missing"), "CWE-1321"),
  form("of a claim that stands twice the last counts: right", payload(claimsText.replace("{", '{"iss":"https://attacker.example/",')), ok(), "RFC 7519 4"),
  form("of a claim that stands twice the last counts: wrong", payload(claimsText.replace(/}$/, ',"iss":"https://attacker.example/"}')), refused("id_token_issuer", "mismatch"), "RFC 7519 4"),
  form("a claim that stands twice, once escaped", payload(claimsText.replace(/}$/, ',"\\u0069ss":"https://attacker.example/"}')), refused("id_token_issuer", "mismatch"), "RFC 7519 4"),
  form("of a header member that stands twice the last counts: wrong", jws('{"alg":"RS256","alg":"none","kid":"tenant"}', idClaims()), refused("id_token_algorithm", "mismatch"), "RFC 7515 4"),
  form("of a header member that stands twice the last counts: right", jws('{"alg":"none","alg":"RS256","kid":"tenant"}', idClaims()), ok(), "RFC 7515 4"),
  form("escapes in names and values are JSON", payload(claimsText.replace('"iss"', '"\\u0069\\u0073\\u0073"').replace("acme", "\\u0061cme")), ok(), "RFC 8259 7"),
  form("60 levels deep", payload(claimsText.replace(/}$/, `,"x":${nested(60)}}`)), ok(), "CWE-674"),
  form("10,000 levels deep", payload(claimsText.replace(/}$/, `,"x":${nested(10_000)}}`)), malformed(), "CWE-674"),
  form("a lone surrogate", payload(claimsText.replace(/}$/, ',"x":"\\ud800"}')), ok(), "RFC 8259 8.2"),
  form("a number beyond all doubles in a claim that nobody reads", payload(claimsText.replace(/}$/, ',"x":1e999}')), ok(), "RFC 8259 6"),
  form("1,000 claims", idToken(Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`claim-${index}`, index]))), ok(), "CWE-400"),
  form("longer than 256 KiB", idToken({ x: "x".repeat(200_000) }), malformed(), "CWE-400"),
];

// ── Signature ────────────────────────────────────────────────────────────────────────────────
const signature = (name, token, expect = refused("id_token_signature"), section = "RFC 7515 5.2, RFC 8017 8.2.2", more) =>
  withToken(name, section, token, expect, more);
const signed = (input) => b.rs(input);
const flipped = (bit) => (input) => {
  const bytes = signed(input);
  bytes[bit >> 3] ^= 1 << (bit & 7);
  return bytes;
};
/** The first token of a series whose signature has a property. */
const search = (fits) => {
  for (let jti = 0; ; jti++) {
    const token = idToken({ jti });
    if (fits(b.bytesOf(token.split(".")[2]))) return token;
  }
};
const zeroFirst = search((bytes) => bytes[0] === 0);
const toBigInt = (bytes) => BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
const toBytes = (number, length) => Buffer.from(number.toString(16).padStart(length * 2, "0"), "hex");
const modulus = toBigInt(b.bytesOf(keys.tenant.n));
const roomForModulus = search((bytes) => toBigInt(bytes) + modulus < 1n << 2048n);
const resigned = (token, change) => {
  const [header, payload, signature] = token.split(".");
  return `${header}.${payload}.${b.b64(change(b.bytesOf(signature)))}`;
};

const digestInfo = (input, prefix = "3031300d060960864801650304020105000420") =>
  Buffer.concat([Buffer.from(prefix, "hex"), createHash("sha256").update(input).digest()]);
/** 00 01 FF…FF 00 T, RFC 8017 9.2, with everything about it to change. */
const padded = (info, { first = [0, 1], fill = 0xff, tail = Buffer.alloc(0), count } = {}) => {
  const ones = count ?? 256 - 3 - info.length - tail.length;
  const block = Buffer.concat([Buffer.from(first), Buffer.alloc(ones, fill), Buffer.from([0]), info, tail]);
  return Buffer.concat([block, Buffer.alloc(256 - block.length)]);
};
const block = (name, make, key) => signature(name, jws(HEADER, idClaims(), (input) => b.rawSignature(make(input), key)));
const cubeRoot = (number) => {
  let root = 1n << BigInt(Math.ceil(number.toString(2).length / 3));
  for (;;) {
    const next = (2n * root + number / (root * root)) / 3n;
    if (next >= root) return root;
    root = next;
  }
};
/** With the exponent 3 a number can be found whose cube begins as the padded digest does: no private key needed. */
const cubed = (count, info) => (input) => {
  const front = Buffer.concat([Buffer.from([0, 1]), Buffer.alloc(count, 0xff), Buffer.from([0]), info(input)]);
  const least = toBigInt(Buffer.concat([front, Buffer.alloc(256 - front.length)]));
  const root = cubeRoot(least) + 1n;
  const cube = toBytes(root ** 3n, 256);
  if (!cube.subarray(0, front.length).equals(front)) throw new Error("no forgery of this length");
  return toBytes(root, 256);
};
const threes = { jwks: { keys: [publicJwk("threes")] } };
const byThrees = (claims, make) => jws({ ...HEADER, kid: "threes" }, claims, make);

const signatures = [
  signature("the tenant's signature is accepted", right, ok()),
  signature("a signature that begins with a zero byte is accepted", zeroFirst, ok()),
  signature("a signature by a key of 4096 bits is accepted", jws({ ...HEADER, kid: "large" }, idClaims(), (input) => b.rs(input, "large")), ok(), undefined, { jwks: { keys: [publicJwk("large")] } }),
  signature("a signature by a key with the exponent 3 is accepted", byThrees(idClaims(), (input) => b.rs(input, "threes")), ok(), undefined, threes),
  signature("a leading zero byte dropped", resigned(zeroFirst, (bytes) => bytes.subarray(1))),
  signature("a leading zero byte added", resigned(right, (bytes) => Buffer.concat([Buffer.from([0]), bytes]))),
  signature("the modulus added", resigned(roomForModulus, (bytes) => toBytes(toBigInt(bytes) + modulus, 256))),
  signature("the modulus minus it", resigned(right, (bytes) => toBytes(modulus - toBigInt(bytes), 256))),
  ...[0, 7, 8, 1023, 1024, 2040, 2047].map((bit) => signature(`bit ${bit} flipped`, jws(HEADER, idClaims(), flipped(bit)))),
  signature("one byte cut off", resigned(right, (bytes) => bytes.subarray(0, -1))),
  signature("half of it", resigned(right, (bytes) => bytes.subarray(0, 128))),
  signature("one byte behind", resigned(right, (bytes) => Buffer.concat([bytes, Buffer.from([0])]))),
  signature("twice", resigned(right, (bytes) => Buffer.concat([bytes, bytes]))),
  signature("reversed", resigned(right, (bytes) => Buffer.from(bytes).reverse())),
  signature("empty", `${rightHeader}.${rightPayload}.`),
  signature("one byte", `${rightHeader}.${rightPayload}.AA`),
  signature("nothing but zeros", resigned(right, () => Buffer.alloc(256))),
  signature("the number one", resigned(right, () => toBytes(1n, 256))),
  signature("the modulus", resigned(right, () => toBytes(modulus, 256))),
  signature("the modulus less one", resigned(right, () => toBytes(modulus - 1n, 256))),
  signature("as long as a key of 4096 bits", jws(HEADER, idClaims(), (input) => b.rs(input, "large"))),
  signature("by another key", jws(HEADER, idClaims(), (input) => b.rs(input, "attacker"))),
  signature("by another key of the tenant than kid says", jws(HEADER, idClaims(), (input) => b.rs(input, "next"))),
  signature("of other claims", [rightHeader, b.b64(b.json(idClaims({ sub: "auth0|other" }))), rightSignature].join(".")),
  signature("of another header", [b.b64(b.json({ ...HEADER, x: 1 })), rightPayload, rightSignature].join(".")),
  signature("of the payload alone", jws(HEADER, idClaims(), (input) => b.rs(input.split(".")[1]))),
  signature("of the decoded payload", jws(HEADER, idClaims(), () => b.rs(claimsText))),
  signature("of the same claims in other white space", [rightHeader, b.b64(` ${claimsText}`), rightSignature].join(".")),
  signature("of the access token", [rightHeader, rightPayload, ACCESS_TOKEN.split(".")[2]].join(".")),
  signature("by PSS", resigned(right, stand(256))),
  block("padding right to the letter is accepted", (input) => padded(digestInfo(input))),
  block("the digest without DigestInfo", (input) => padded(createHash("sha256").update(input).digest())),
  block("DigestInfo of another hash", (input) => padded(digestInfo(input, "3031300d060960864801650304020205000420"))),
  block("DigestInfo without NULL", (input) => padded(digestInfo(input, "302f300b0609608648016503040201" + "0420"))),
  block("DigestInfo with a long length", (input) => padded(digestInfo(input, "308131300d060960864801650304020105000420"))),
  block("DigestInfo with an empty element behind", (input) => padded(Buffer.concat([digestInfo(input, "3033300d060960864801650304020105000420"), Buffer.from("0500", "hex")]))),
  block("garbage behind the digest", (input) => padded(digestInfo(input), { count: 8, tail: Buffer.alloc(190, 0x42) })),
  block("zeros behind the digest", (input) => padded(digestInfo(input), { count: 8 })),
  block("short padding", (input) => padded(digestInfo(input), { count: 8, tail: Buffer.alloc(2, 1) })),
  block("block type 2", (input) => padded(digestInfo(input), { first: [0, 2], fill: 0x11 })),
  block("block type 0", (input) => padded(digestInfo(input), { first: [0, 0], fill: 0 })),
  block("padding with other bytes than FF", (input) => padded(digestInfo(input), { fill: 0xfe })),
  block("no padding", (input) => Buffer.concat([Buffer.alloc(256 - 51), digestInfo(input)])),
  ...[8, 1].map((count) =>
    signature(`a cube that begins right with ${count} bytes of padding`, byThrees(idClaims(), cubed(count, digestInfo)), undefined, "RFC 8017 8.2.2 (Bleichenbacher 2006)", threes),
  ),
  signature("a cube without padding", byThrees(idClaims(), cubed(0, digestInfo)), undefined, "RFC 8017 8.2.2 (Bleichenbacher 2006)", threes),
];
signatures.find(({ name }) => name === "padding right to the letter is accepted").expect = ok();

// ── Key set ──────────────────────────────────────────────────────────────────────────────────
const tenantKey = publicJwk("tenant");
const keySet = (name, set, expect = ok(), token = right, more) =>
  withToken(name, "RFC 7517 4, 5; OIDC Core 10.1", token, expect, { jwks: set, ...more });
const one = (members) => ({ keys: [{ ...tenantKey, ...members }] });
const notFound = refused("signing_key_not_found");
const noKid = idToken({}, { kid: undefined });
const rest = without(tenantKey, "kid", "use", "alg");

const keySets = [
  keySet("the right key among others", { keys: [publicJwk("next"), publicJwk("attacker"), tenantKey] }),
  keySet("a key that says nothing but what it is", { keys: [{ ...rest, kid: "tenant" }] }),
  keySet("a key with everything that Auth0 writes", one({ x5c: ["MIIC"], x5t: "a", "x5t#S256": "b", x5u: "https://x.example/", key_ops: ["verify"] })),
  keySet("a private key that was published by mistake still verifies", one({ d: keys.tenant.d })),
  keySet("no kid in the token and one key", { keys: [tenantKey] }, ok(), noKid),
  keySet("no kid in the token and one key without kid", { keys: [rest] }, ok(), noKid),
  keySet("no kid in the token and several keys", { keys: [publicJwk("next"), tenantKey] }, ok(), noKid),
  keySet("no kid in the token and only wrong keys", { keys: [publicJwk("next")] }, refused("id_token_signature"), noKid),
  keySet("no kid in the token and an unreadable key beside the right one", { keys: [{ ...publicJwk("next"), n: "*" }, tenantKey] }, ok(), noKid),
  keySet("a kid in the token and keys without", { keys: [rest] }, notFound),
  keySet("one kid for two key types", { keys: [publicJwk("curve", { kid: "tenant" }), tenantKey] }),
  keySet("one kid for two key types, the other way round", { keys: [tenantKey, publicJwk("curve", { kid: "tenant" })] }),
  keySet("one kid for two RSA keys", { keys: [publicJwk("attacker", { kid: "tenant" }), tenantKey] }),
  keySet("one kid for an encryption key and the right one", { keys: [publicJwk("next", { kid: "tenant", use: "enc" }), tenantKey] }),
  keySet("one kid for a broken key and the right one", { keys: [{ kty: "RSA", kid: "tenant" }, tenantKey] }),
  keySet("odd entries before the right one", { keys: [null, 1, "x", [], {}, [tenantKey], { kty: "XYZ" }, tenantKey] }),
  keySet("unknown members beside the keys", { keys: [tenantKey], next: null }),
  keySet("100 keys", { keys: [...Array.from({ length: 99 }, (_, index) => publicJwk("next", { kid: `k${index}` })), tenantKey] }),
  keySet("a key for encryption", one({ use: "enc" }), notFound),
  keySet("use in other letters", one({ use: "SIG" }), notFound),
  keySet("use null", one({ use: null }), notFound),
  keySet("use empty", one({ use: "" }), notFound),
  keySet("a key for signing alone", one({ key_ops: ["sign"] }), notFound),
  keySet("a key for wrapping", one({ key_ops: ["wrapKey", "encrypt"] }), notFound),
  keySet("key_ops empty", one({ key_ops: [] }), notFound),
  keySet("key_ops a string", one({ key_ops: "verify" }), notFound),
  keySet("a key for RS512", one({ alg: "RS512" }), notFound),
  keySet("a key for PS256", one({ alg: "PS256" }), notFound),
  keySet("a key for RSA-OAEP", one({ alg: "RSA-OAEP" }), notFound),
  keySet("a key for HS256", one({ alg: "HS256" }), notFound),
  keySet("alg of a key in other letters", one({ alg: "rs256" }), notFound),
  keySet("alg of a key not a string", one({ alg: 256 }), notFound),
  keySet("a key of another type under the kid", { keys: [publicJwk("curve", { kid: "tenant" })] }, notFound),
  keySet("a symmetric key under the kid", { keys: [{ kty: "oct", kid: "tenant", k: keys.tenant.n, alg: "RS256" }] }, notFound),
  keySet("kty in other letters", one({ kty: "rsa" }), notFound),
  keySet("no kty", { keys: [without(tenantKey, "kty")] }, notFound),
  keySet("kid a number in the key set", one({ kid: 1 }), notFound),
  keySet("kid in other letters in the key set", one({ kid: "TENANT" }), notFound),
  keySet("no modulus", { keys: [without(tenantKey, "n")] }, notFound),
  keySet("no exponent", { keys: [without(tenantKey, "e")] }, notFound),
  keySet("a modulus that is no base64url", one({ n: `${keys.tenant.n}==` }), notFound),
  keySet("a modulus that is a number", one({ n: 1 }), notFound),
  keySet("an empty modulus", one({ n: "" }), notFound),
  keySet("an exponent of one", one({ e: "AQ" }), notFound),
  keySet("an exponent of zero", one({ e: "AA" }), notFound),
  keySet("an even exponent", one({ e: "Ag" }), notFound),
  keySet("a key of 1024 bits", { keys: [publicJwk("weak", { kid: "tenant" })] }, notFound, jws(HEADER, idClaims(), (input) => b.rs(input, "weak"))),
  keySet("another modulus", { keys: [publicJwk("attacker", { kid: "tenant" })] }, refused("id_token_signature")),
  keySet("no keys", { keys: [] }, notFound),
  ...[["null", null], ["an array", [tenantKey]], ["a string", "x"], ["without keys", {}], ["keys null", { keys: null }], ["keys an object", { keys: { 0: tenantKey } }], ["the key itself", tenantKey], ["keys in other letters", { Keys: [tenantKey] }]].map(
    ([what, set]) => keySet(`a key set that is ${what}`, set === null ? "null" : set, notFound),
  ),
  keySet("a key set that is no JSON", "<!doctype html>", notFound),
  keySet("a key set that is nothing", "", notFound),
];

// ── Claims ───────────────────────────────────────────────────────────────────────────────────
const claim = (name, section, changes, expect = ok(), more = {}) =>
  withToken(name, section, idToken(changes, {}, more.access), expect, more);
/** Missing, null and every other JSON type. */
const types = (name, section, member, code, { string = true, more } = {}) => [
  claim(`no ${member}`, section, { [member]: undefined }, refused(code, "missing"), more),
  ...[null, true, 1, [], {}, ...(string ? [] : ["1700000000", ""])]
    .filter((value) => string || typeof value !== "number")
    .map((value) => claim(`${member} ${JSON.stringify(value)}`, section, { [member]: value }, refused(code, "malformed"), more)),
];
const texts = (section, member, code, wrong, more) =>
  wrong.map((value) => claim(`${member} ${JSON.stringify(value)}`, section, { [member]: value }, refused(code, "mismatch"), more));
const leeway = (seconds, more = {}) => ({ options: { leewaySeconds: seconds, ...more.options }, ...more });
const expired = (reason = "mismatch") => refused("id_token_expired", reason);
const issuedAt = (reason = "mismatch") => refused("id_token_issued_at", reason);
/** Accepted, by a clock that is this many seconds behind: on it, the access token's end comes so much earlier. */
const endsBefore = (seconds) => ok({ expiresAt: NOW_MS + 7_200_000 - seconds * 1000 });
const DAY = 86_400;
const authTime = (reason = "mismatch") => refused("id_token_auth_time", reason);
const maxAge = (seconds) => ({ transaction: { maxAge: seconds } });
const organization = (name) => ({ transaction: { organization: name } });
const orgRefused = (reason = "mismatch") => refused("id_token_organization", reason);
const azp = (reason) => refused("id_token_authorized_party", reason);

const claims = [
  ...types("iss", "OIDC Core 3.1.3.7 (2)", "iss", "id_token_issuer"),
  ...texts("OIDC Core 3.1.3.7 (2)", "iss", "id_token_issuer", [
    "", "https://acme.eu.auth0.com", "http://acme.eu.auth0.com/", "https://ACME.eu.auth0.com/", "https://acme.eu.auth0.com:443/",
    "https://acme.eu.auth0.com//", "https://acme.eu.auth0.com/.", " https://acme.eu.auth0.com/", "https://acme.eu.auth0.com/\u0000",
    "https://acme.eu.auth0.com.attacker.example/", "https://acme.eu.auth0.com@attacker.example/", "acme.eu.auth0.com",
  ]),
  claim("iss the custom domain", "OIDC Core 3.1.3.7 (2)", { iss: "https://login.example/" , at_hash: b.atHash(accessToken({ iss: "https://login.example/" })) }, ok(), {
    options: { domain: "login.example", tenantDomain: "acme.eu.auth0.com" },
    transaction: { issuer: "https://login.example/", audience: "https://acme.eu.auth0.com/api/v2/" },
    access: accessToken({ iss: "https://login.example/" }),
  }),
  claim("iss the tenant behind a custom domain", "OIDC Core 3.1.3.7 (2)", {}, refused("id_token_issuer", "mismatch"), {
    options: { domain: "login.example", tenantDomain: "acme.eu.auth0.com" },
    transaction: { issuer: "https://login.example/", audience: "https://acme.eu.auth0.com/api/v2/" },
  }),

  ...types("aud", "OIDC Core 3.1.3.7 (3)", "aud", "id_token_audience").filter(({ name }) => name !== "aud []"),
  ...texts("OIDC Core 3.1.3.7 (3)", "aud", "id_token_audience", ["", "other", "SPA-CLIENT", "spa-client ", "spa-client,other", "spa-client other"]),
  claim("aud an empty array", "OIDC Core 3.1.3.7 (3)", { aud: [] }, refused("id_token_audience", "mismatch")),
  claim("aud an array of others", "OIDC Core 3.1.3.7 (3)", { aud: ["a", "b"], azp: b.CLIENT_ID }, refused("id_token_audience", "mismatch")),
  claim("aud an array with a number in it", "OIDC Core 3.1.3.7 (3)", { aud: [b.CLIENT_ID, 1], azp: b.CLIENT_ID }, refused("id_token_audience", "malformed")),
  claim("aud an array in an array", "OIDC Core 3.1.3.7 (3)", { aud: [[b.CLIENT_ID]] }, refused("id_token_audience", "malformed")),
  claim("aud an array of this application", "OIDC Core 3.1.3.7 (3)", { aud: [b.CLIENT_ID] }),
  claim("aud the Management API: an access token as an ID token", "RFC 8725 3.12", { aud: [b.AUDIENCE, b.USERINFO] }, refused("id_token_audience", "mismatch")),
  withToken("the access token in the ID token's place", "RFC 8725 2.8, 3.12", ACCESS_TOKEN, refused("id_token_audience", "mismatch")),

  claim("azp this application", "OIDC Core 3.1.3.7 (5)", { azp: b.CLIENT_ID }),
  claim("several audiences and azp", "OIDC Core 3.1.3.7 (4)", { aud: [b.CLIENT_ID, "other"], azp: b.CLIENT_ID }),
  claim("several audiences, ours last, and azp", "OIDC Core 3.1.3.7 (4)", { aud: ["other", b.CLIENT_ID], azp: b.CLIENT_ID }),
  claim("several audiences and no azp", "OIDC Core 3.1.3.7 (4)", { aud: [b.CLIENT_ID, "other"] }, azp("missing")),
  claim("several audiences and another azp", "OIDC Core 3.1.3.7 (5)", { aud: [b.CLIENT_ID, "other"], azp: "other" }, azp("mismatch")),
  claim("one audience and another azp", "OIDC Core 3.1.3.7 (5)", { azp: "other" }, azp("mismatch")),
  claim("azp empty", "OIDC Core 3.1.3.7 (5)", { azp: "" }, azp("mismatch")),
  claim("azp null", "OIDC Core 3.1.3.7 (5)", { azp: null }, azp("malformed")),
  claim("azp an array", "OIDC Core 3.1.3.7 (5)", { azp: [b.CLIENT_ID] }, azp("malformed")),

  ...types("sub", "OIDC Core 2", "sub", "id_token_subject"),
  claim("sub empty", "OIDC Core 2", { sub: "" }, refused("id_token_subject", "malformed")),
  claim("sub with every kind of letter", "OIDC Core 2", { sub: "oidc|ü/ñ%7C \u{1f600}?#" , at_hash: b.atHash(accessToken({ sub: "oidc|ü/ñ%7C \u{1f600}?#" })) }, ok({ sub: "oidc|ü/ñ%7C \u{1f600}?#" }), { access: accessToken({ sub: "oidc|ü/ñ%7C \u{1f600}?#" }) }),
  claim("sub of a machine", "RFC 6749 4.4", { sub: `${b.CLIENT_ID}@clients` }, refused("machine_token_forbidden")),
  claim("gty of a machine", "RFC 6749 4.4", { gty: "client-credentials" }, refused("machine_token_forbidden")),

  ...types("nonce", "OIDC Core 3.2.2.11", "nonce", "id_token_nonce"),
  ...texts("OIDC Core 3.2.2.11", "nonce", "id_token_nonce", ["", NONCE.slice(0, -1), `${NONCE}A`, NONCE.toLowerCase(), ` ${NONCE}`, `${NONCE}\u0000`, STATE]),
  claim("nonce the right one in an array", "OIDC Core 3.2.2.11", { nonce: [NONCE] }, refused("id_token_nonce", "malformed")),

  // exp
  ...types("exp", "OIDC Core 3.1.3.7 (9)", "exp", "id_token_expired", { string: false }),
  ...[0, 60, 300].flatMap((seconds) => [
    claim(`exp just within a leeway of ${seconds}`, "OIDC Core 3.1.3.7 (9)", { exp: NOW - seconds + 1 }, ok(), leeway(seconds)),
    claim(`exp a fraction within a leeway of ${seconds}`, "RFC 7519 2", { exp: NOW - seconds + 0.001 }, ok(), leeway(seconds)),
    claim(`exp at the end of a leeway of ${seconds}`, "RFC 7519 4.1.4", { exp: NOW - seconds }, expired(), leeway(seconds)),
    claim(`exp a fraction beyond a leeway of ${seconds}`, "RFC 7519 2", { exp: NOW - seconds - 0.001 }, expired(), leeway(seconds)),
    claim(`iat at the end of a leeway of ${seconds}`, "OIDC Core 3.1.3.7 (10)", { iat: NOW + seconds }, ok(), leeway(seconds)),
    claim(`iat a fraction beyond a leeway of ${seconds}`, "RFC 7519 2", { iat: NOW + seconds + 0.001 }, endsBefore(seconds + 0.001), leeway(seconds)),
    claim(`iat a second beyond a leeway of ${seconds}`, "OIDC Core 3.1.3.7 (10)", { iat: NOW + seconds + 1 }, endsBefore(seconds + 1), leeway(seconds)),
    claim(`iat as long before the sign-in as a leeway of ${seconds}`, "OIDC Core 3.1.3.7 (10)", { iat: NOW - 30 - seconds }, ok(), leeway(seconds)),
    claim(`iat longer before the sign-in than a leeway of ${seconds}`, "OIDC Core 3.1.3.7 (10)", { iat: NOW - 31 - seconds }, ok(), leeway(seconds)),
    claim(`nbf at the end of a leeway of ${seconds}`, "RFC 7519 4.1.5", { nbf: NOW + seconds }, ok(), leeway(seconds)),
    claim(`nbf a fraction beyond a leeway of ${seconds}`, "RFC 7519 4.1.5", { nbf: NOW + seconds + 0.001 }, issuedAt(), leeway(seconds)),
    claim(`auth_time at the end of a leeway of ${seconds}`, "OIDC Core 3.1.3.7 (13)", { auth_time: NOW - 630 - seconds }, ok(), { ...leeway(seconds), ...maxAge(600) }),
    claim(`auth_time beyond a leeway of ${seconds}`, "OIDC Core 3.1.3.7 (13)", { auth_time: NOW - 631 - seconds }, authTime(), { ...leeway(seconds), ...maxAge(600) }),
    claim(`auth_time a fraction beyond a leeway of ${seconds}`, "OIDC Core 3.1.3.7 (13)", { auth_time: NOW - 630 - seconds - 0.001 }, authTime(), { ...leeway(seconds), ...maxAge(600) }),
  ]),
  claim("iat a day in the future", "a clock that is a day behind", { iat: NOW + DAY, exp: NOW + DAY + 60 }, refused("token_expired"), {}),
  claim("iat more than a day in the future", "OIDC Core 3.1.3.7 (10)", { iat: NOW + DAY + 1 }, issuedAt()),
  claim("iat more than a day before the sign-in", "OIDC Core 3.1.3.7 (10)", { iat: NOW - 31 - DAY }, issuedAt()),
  claim("exp before iat, by a wrong clock", "RFC 7519 4.1.4", { iat: NOW - 3600, exp: NOW - 3660 }, expired()),
  claim("the leeway is 60 seconds unless said otherwise", "RFC 7519 4.1.4", { exp: NOW - 59 }),
  claim("the leeway is no more than 60 seconds unless said otherwise", "RFC 7519 4.1.4", { exp: NOW - 60 }, expired()),
  claim("milliseconds of the clock count", "RFC 7519 2", { exp: NOW }, expired(), { ...leeway(0), now: NOW_MS + 1 }),
  claim("exp with an exponent", "RFC 8259 6", { exp: raw("1.700036e9") }),
  claim("exp with a capital exponent and sign", "RFC 8259 6", { exp: raw("1.700036E+9") }),
  claim("exp with a fraction of zeros", "RFC 8259 6", { exp: raw("1700036000.000") }),
  claim("iat with an exponent", "RFC 8259 6", { iat: raw("1.69999999e9") }),
  claim("exp far away", "RFC 7519 4.1.4", { exp: raw("9007199254740993") }),
  claim("exp beyond 64 bits", "RFC 7519 4.1.4", { exp: raw("1e30") }),
  claim("exp beyond all doubles", "RFC 7519 4.1.4", { exp: raw("1e999") }, expired("malformed")),
  claim("exp zero", "RFC 7519 4.1.4", { exp: 0 }, expired()),
  claim("exp minus zero", "RFC 7519 4.1.4", { exp: raw("-0") }, expired()),
  claim("exp negative", "RFC 7519 4.1.4", { exp: -1 }, expired()),
  claim("exp far below zero", "RFC 7519 4.1.4", { exp: raw("-1e30") }, expired()),
  claim("exp in milliseconds long ago is a time far away", "RFC 7519 2", { exp: NOW_MS - 1 }),
  ...["NaN", "Infinity", "1e999", "never", " 1800000000 ", "0x7fffffff"].map((text) => claim(`exp the string ${JSON.stringify(text)}`, "RFC 7519 2", { exp: text }, expired("malformed"))),

  ...types("iat", "OIDC Core 3.1.3.7 (10)", "iat", "id_token_issued_at", { string: false }),
  claim("iat zero", "OIDC Core 3.1.3.7 (10)", { iat: 0 }, issuedAt()),
  claim("iat negative", "OIDC Core 3.1.3.7 (10)", { iat: -1 }, issuedAt()),
  claim("iat in milliseconds", "RFC 7519 2", { iat: NOW_MS }, issuedAt()),
  claim("iat in the second in which the sign-in began", "RFC 7519 2", { iat: NOW - 30 }, ok(), { ...leeway(0), transaction: { createdAt: NOW_MS - 30_000 + 999 } }),
  claim("iat ten minutes after the sign-in began", "OIDC Core 3.1.3.7 (10)", { iat: NOW - 2 }, ok(), { transaction: { createdAt: NOW_MS - 600_000 } }),
  claim("iat after exp", "RFC 7519 4.1.6", { iat: NOW + 50, exp: NOW + 40 }, ok()),

  claim("nbf long gone", "RFC 7519 4.1.5", { nbf: 0 }),
  claim("nbf far away", "RFC 7519 4.1.5", { nbf: NOW + 86_400 }, issuedAt()),
  ...[null, true, "1700000000", [], {}].map((nbf) => claim(`nbf ${JSON.stringify(nbf)}`, "RFC 7519 4.1.5", { nbf }, issuedAt("malformed"))),

  claim("auth_time is not looked at where no maxAge was asked for", "OIDC Core 3.1.3.7 (13)", { auth_time: 1 }),
  claim("maxAge 0 and a sign-in just now", "OIDC Core 3.1.2.1", { auth_time: NOW - 1 }, ok(), maxAge(0)),
  claim("maxAge 0 and a sign-in just now without leeway", "OIDC Core 3.1.2.1", { auth_time: NOW }, ok(), { ...leeway(0), ...maxAge(0) }),
  claim("maxAge 0 and a sign-in a second before this one began, without leeway", "OIDC Core 3.1.2.1", { auth_time: NOW - 31 }, authTime(), { ...leeway(0), ...maxAge(0) }),
  ...types("auth_time", "OIDC Core 3.1.3.7 (13)", "auth_time", "id_token_auth_time", { string: false, more: maxAge(600) }),
  claim("auth_time in the future", "OIDC Core 3.1.3.7 (13)", { auth_time: NOW + 61 }, authTime(), maxAge(600)),
  claim("auth_time in the future, within the leeway", "OIDC Core 3.1.3.7 (13)", { auth_time: NOW + 60 }, ok(), maxAge(600)),
  claim("auth_time in milliseconds", "OIDC Core 3.1.3.7 (13)", { auth_time: (NOW - 60) * 1000 }, authTime(), maxAge(600)),
  claim("auth_time negative", "OIDC Core 3.1.3.7 (13)", { auth_time: -1 }, authTime(), maxAge(600)),
  claim("the largest maxAge", "OIDC Core 3.1.2.1", { auth_time: NOW - 1e9 }, ok(), maxAge(4_294_967_295)),

  claim("the organization by its id", "Auth0 Organizations", { org_id: "org_1" }, ok(), organization("org_1")),
  claim("the organization by its name", "Auth0 Organizations", { org_id: "org_1", org_name: "acme" }, ok(), organization("acme")),
  claim("the organization by its name in other letters", "Auth0 Organizations", { org_name: "acme" }, ok(), organization("Acme")),
  claim("an organization that nobody asked for", "Auth0 Organizations", { org_id: "org_1" }),
  claim("another organization's id", "Auth0 Organizations", { org_id: "org_2" }, orgRefused(), organization("org_1")),
  claim("an id in other letters", "Auth0 Organizations", { org_id: "org_A" }, orgRefused(), organization("org_a")),
  claim("an id that begins alike", "Auth0 Organizations", { org_id: "org_12" }, orgRefused(), organization("org_1")),
  claim("another organization's name", "Auth0 Organizations", { org_name: "other" }, orgRefused(), organization("acme")),
  claim("an id in the name's place", "Auth0 Organizations", { org_name: "org_1" }, orgRefused("missing"), organization("org_1")),
  claim("a name in the id's place", "Auth0 Organizations", { org_id: "acme" }, orgRefused("missing"), organization("acme")),
  claim("no organization's id", "Auth0 Organizations", {}, orgRefused("missing"), organization("org_1")),
  claim("no organization's name", "Auth0 Organizations", { org_id: "org_1" }, orgRefused("missing"), organization("acme")),
  claim("org_id null", "Auth0 Organizations", { org_id: null }, orgRefused("malformed"), organization("org_1")),
  claim("org_id an array", "Auth0 Organizations", { org_id: ["org_1"] }, orgRefused("malformed"), organization("org_1")),
  claim("org_name a number", "Auth0 Organizations", { org_name: 1 }, orgRefused("malformed"), organization("1")),
];

// ── Access token ─────────────────────────────────────────────────────────────────────────────
const access = (name, section, token, expect = ok(), { claims: changes = {}, ...more } = {}) =>
  withToken(name, section, idToken(changes, {}, token), expect, { access: token, ...more });
const withAccess = (name, section, changes, expect, more) => access(name, section, accessToken(changes), expect, more);
const hash = (name, at_hash, reason = "mismatch") =>
  access(name, "OIDC Core 3.2.2.9", ACCESS_TOKEN, refused("access_token_hash", reason), { claims: { at_hash } });
const rightHash = b.atHash(ACCESS_TOKEN);
const digest = (algorithm) => createHash(algorithm).update(ACCESS_TOKEN).digest();
const audience = (reason) => refused("access_token_audience", reason);
const subject = (reason) => refused("access_token_subject", reason);
const machine = refused("machine_token_forbidden");
const scopes = (granted, missing) => ok({ grantedScopes: granted, missingScopes: missing });
const custom = {
  options: { domain: "login.example", tenantDomain: "acme.eu.auth0.com" },
  transaction: { issuer: "https://login.example/", audience: "https://acme.eu.auth0.com/api/v2/" },
  claims: { iss: "https://login.example/" },
};
const until = (seconds) => ok({ expiresAt: (NOW + seconds) * 1000 });

const accessTokens = [
  hash("no at_hash", undefined, "missing"),
  hash("at_hash null", null, "malformed"),
  hash("at_hash a number", 1, "malformed"),
  hash("at_hash an array", [rightHash], "malformed"),
  hash("at_hash empty", ""),
  hash("at_hash of the whole digest", b.b64(digest("sha256"))),
  hash("at_hash of the right half", b.b64(digest("sha256").subarray(16))),
  hash("at_hash in hexadecimal", digest("sha256").subarray(0, 16).toString("hex")),
  hash("at_hash with padding", `${rightHash}==`),
  hash("at_hash in the other alphabet", digest("sha256").subarray(0, 16).toString("base64").replaceAll("=", "") === rightHash ? `${rightHash}=` : digest("sha256").subarray(0, 16).toString("base64").replaceAll("=", "")),
  hash("at_hash in other letters", rightHash.toLowerCase()),
  hash("at_hash cut short", rightHash.slice(0, -1)),
  hash("at_hash of nothing", ""),
  hash("at_hash of SHA-1", b.b64(digest("sha1").subarray(0, 10))),
  hash("at_hash of SHA-384", b.b64(digest("sha384").subarray(0, 24))),
  hash("at_hash of SHA-512", b.b64(digest("sha512").subarray(0, 32))),
  hash("at_hash of the ID token's own nonce", b.atHash(NONCE)),
  hash("at_hash of another access token", b.atHash(accessToken({ jti: 1 }))),
  withToken("an access token exchanged on its way", "OIDC Core 3.2.2.9", right, refused("access_token_hash", "mismatch"), { access: accessToken({ jti: "swapped" }) }),
  withToken("another user's access token exchanged on its way", "OIDC Core 3.2.2.9", right, refused("access_token_hash", "mismatch"), { access: accessToken({ sub: "auth0|other" }) }),

  withAccess("aud the Management API alone", "RFC 9068 4", { aud: b.AUDIENCE }),
  withAccess("aud the Management API in an array", "RFC 9068 4", { aud: [b.AUDIENCE] }),
  withAccess("aud userinfo first", "RFC 9068 4", { aud: [b.USERINFO, b.AUDIENCE] }),
  withAccess("no aud", "RFC 9068 4", { aud: undefined }, audience("missing")),
  ...[null, true, 1, {}, [b.AUDIENCE, 1], [[b.AUDIENCE]]].map((aud) => withAccess(`aud ${JSON.stringify(aud)}`, "RFC 9068 4", { aud }, audience("malformed"))),
  ...[
    "", [], b.USERINFO, b.ISSUER, b.CLIENT_ID, b.AUDIENCE.slice(0, -1), `${b.AUDIENCE}/`, b.AUDIENCE.toUpperCase(), `${b.AUDIENCE}users/`,
    "https://other.eu.auth0.com/api/v2/", "http://acme.eu.auth0.com/api/v2/", [b.AUDIENCE, "https://api.example/"], `${b.AUDIENCE} ${b.USERINFO}`,
  ].map((aud) => withAccess(`aud ${JSON.stringify(aud)}`, "RFC 9068 4, RFC 9700 4.9", { aud }, audience("mismatch"))),
  withAccess("with a custom domain the audience is the tenant's own", "RFC 9068 4", { iss: "https://login.example/" }, ok(), custom),
  withAccess("with a custom domain userinfo may be the custom domain's", "RFC 9068 4", { aud: [b.AUDIENCE, "https://login.example/userinfo"] }, ok(), custom),
  withAccess("with a custom domain the custom domain's API is not the audience", "RFC 9068 4", { aud: ["https://login.example/api/v2/"] }, audience("mismatch"), custom),
  access("an opaque token", "RFC 6749 1.4", "xM7bYrHq0Yw7g0pW8hZJ", audience("malformed")),
  access("an encrypted token", "RFC 7516 7.1", "eyJhbGciOiJkaXIifQ..AAAA.AAAA.AAAA", audience("malformed")),
  access("a token whose payload is no JSON", "RFC 7519 7.2", jws(HEADER, "x"), audience("malformed")),
  access("a token whose payload is an array", "RFC 7519 7.2", jws(HEADER, "[]"), audience("malformed")),
  access("a token with padding", "RFC 7515 2", `${ACCESS_TOKEN}=`, audience("malformed")),
  access("the ID token in the access token's place", "RFC 8725 3.12", b.idToken({ at_hash: undefined }), audience("mismatch")),

  withAccess("no sub", "OIDC Core 5.3.2", { sub: undefined }, subject("missing")),
  ...[null, 1, [SUBJECT]].map((sub) => withAccess(`sub ${JSON.stringify(sub)}`, "OIDC Core 5.3.2", { sub }, subject("malformed"))),
  ...["", "auth0|other", SUBJECT.toUpperCase(), `${SUBJECT} `, encodeURIComponent(SUBJECT), SUBJECT.slice(6)].map((sub) =>
    withAccess(`sub ${JSON.stringify(sub)}`, "OIDC Core 5.3.2", { sub }, subject("mismatch")),
  ),

  withAccess("a machine's by its grant", "RFC 6749 4.4", { gty: "client-credentials" }, machine),
  withAccess("a machine's by its grant in the other spelling", "RFC 6749 4.4", { gty: "client_credentials" }, machine),
  withAccess("a machine's by one of its grants", "RFC 6749 4.4", { gty: ["password", "client-credentials"] }, machine),
  withAccess("a machine's by its subject", "RFC 6749 4.4", { sub: "AbC@clients" }, machine),
  withAccess("a machine's in full, and the ID token's, too", "RFC 6749 4.4", { sub: "AbC@clients", gty: "client-credentials" }, machine, { claims: { sub: "AbC@clients" } }),
  withToken("a machine's although at_hash is not its own", "RFC 6749 4.4", right, machine, { access: accessToken({ gty: "client-credentials" }) }),
  withAccess("another grant", "RFC 6749 4.4", { gty: "password" }),
  withAccess("a subject that only speaks of clients", "RFC 6749 4.4", { sub: "auth0|@clients.example" }, ok({ sub: "auth0|@clients.example" }), { claims: { sub: "auth0|@clients.example" } }),

  withAccess("no exp", "RFC 9068 2.2", { exp: undefined }, refused("token_expired", "missing")),
  withAccess("exp in the past", "RFC 9068 2.2", { exp: NOW - 1 }, refused("token_expired")),
  withAccess("exp now", "RFC 9068 2.2", { exp: NOW }, refused("token_expired")),
  withAccess("exp before expires_in", "RFC 6749 4.2.2", { exp: NOW + 60 }, until(60)),
  withAccess("exp a fraction", "RFC 7519 2", { exp: NOW + 60.5 }, until(60.5)),
  ...[
    ["before exp", "60", 60],
    ["beyond exp", "86400", 7200],
    ["missing", undefined, 7200],
    ["empty", "", 7200],
    ["a word", "soon", 7200],
    ["zero", "0", 7200],
    ["negative", "-1", 7200],
    ["a fraction", "60.5", 7200],
    ["with an exponent", "1e9", 7200],
    ["hexadecimal", "0x10", 7200],
    ["infinite", "Infinity", 7200],
    ["beyond 32 bits", "4294967296", 7200],
    ["beyond all numbers", "9".repeat(400), 7200],
    ["with a space before", " 60", 7200],
    ["with a plus", "+60", 7200],
    ["in other digits", "６０", 7200],
  ].map(([what, expires_in, seconds]) => withAccess(`expires_in ${what}`, "RFC 6749 4.2.2", {}, until(seconds), { response: { expires_in } })),

  withAccess("more scopes than were asked for", "RFC 6749 3.3", { scope: `openid ${GRANTED.join(" ")} delete:current_user_metadata` }, scopes([...GRANTED, "delete:current_user_metadata"].sort((x, y) => order(x) - order(y)), [])),
  withAccess("fewer scopes than were asked for", "RFC 6749 3.3", { scope: "openid read:current_user" }, scopes(["read:current_user"], ["update:current_user_metadata"])),
  withAccess("no scope", "RFC 6749 3.3", { scope: undefined }, scopes([], GRANTED)),
  withAccess("scope empty", "RFC 6749 3.3", { scope: "" }, scopes([], GRANTED)),
  withAccess("scope an array", "RFC 6749 3.3", { scope: GRANTED }, scopes([], GRANTED)),
  withAccess("scope null", "RFC 6749 3.3", { scope: null }, scopes([], GRANTED)),
  withAccess("scopes in other letters", "RFC 6749 3.3", { scope: "Read:current_user UPDATE:CURRENT_USER_METADATA" }, scopes([], GRANTED)),
  withAccess("scopes with commas", "RFC 6749 3.3", { scope: GRANTED.join(",") }, scopes([], GRANTED)),
  withAccess("scopes with line ends", "RFC 6749 3.3", { scope: GRANTED.join("\n") }, scopes([], GRANTED)),
  withAccess("scopes that begin alike", "RFC 6749 3.3", { scope: "read:current_user_ read:current_users xread:current_user" }, scopes([], GRANTED)),
  withAccess("scopes with more than one space", "RFC 6749 3.3", { scope: ` ${GRANTED.join("   ")} ` }),
  withAccess("privileged scopes open nothing", "RFC 6749 3.3", { scope: "read:users update:users delete:users create:users" }, scopes([], GRANTED)),
  withAccess("scopes in the fragment count for nothing", "RFC 6749 3.3", { scope: "openid read:current_user" }, scopes(["read:current_user"], ["update:current_user_metadata"]), { response: { scope: GRANTED.join(" ") } }),
  withAccess("scopes missing from the fragment count all the same", "RFC 6749 3.3", {}, ok(), { response: { scope: undefined } }),
  withAccess("permissions are no scopes", "RFC 6749 3.3", { scope: "openid", permissions: GRANTED }, scopes([], GRANTED)),
];
/** Place in the order in which this library names scopes. */
function order(scope) {
  return [
    "read:current_user", "update:current_user_identities", "create:current_user_metadata", "update:current_user_metadata",
    "delete:current_user_metadata", "create:current_user_device_credentials", "delete:current_user_device_credentials",
  ].indexOf(scope);
}

// ── Response ─────────────────────────────────────────────────────────────────────────────────
const full = responseOf(right);
const response = (name, section, { fragment, query }, expect, more = {}) => ({
  name,
  section,
  ...more,
  ...(query === undefined ? {} : { query: typeof query === "string" ? query : encode(query) }),
  ...(fragment === undefined ? {} : { fragment: typeof fragment === "string" ? fragment : encode(fragment) }),
  expect,
  leaves: more.leaves ?? "",
});
const invalid = refused("invalid_response");
const shape = (name, section, changes, expect = invalid, more) => response(name, section, { fragment: { ...full, ...changes } }, expect, more);
const twice = (name, second = full[name]) => [...Object.entries(full), [name, second]];
const state = (reason) => refused("state_mismatch", reason);
const nothing = { ok: null };
/** The page's own: not a response, and left as it is. */
const own = (name, place, more) => {
  const { query, fragment } = place;
  const leaves = (query === undefined ? "" : `?${query}`) + (fragment === undefined ? "" : `#${fragment}`);
  return response(name, "no response of the tenant's", place, nothing, { ...more, leaves });
};
const failed = (error, code, more = {}) =>
  response(`error=${error}`, "RFC 6749 4.2.2.1, OIDC Core 3.1.2.6", { fragment: { error, error_description: "x y", state: STATE } }, refused(code, undefined, { serverCode: error }), more);
const code = { options: { flow: "code" }, transaction: { codeVerifier: b.b64(Buffer.alloc(32, 3)) } };
const fullText = encode(full);

const responses = [
  response("a plain response", "RFC 6749 4.2.2", { fragment: full }, ok()),
  response("the page's own query stays", "RFC 9700 4.3.2", { query: "tab=2&x=%20y", fragment: full }, ok(), { leaves: "?tab=2&x=%20y" }),
  response("parameters in another order", "RFC 6749 4.2.2", { fragment: Object.fromEntries(Object.entries(full).reverse()) }, ok()),
  response("unknown parameters are ignored", "RFC 6749 4.2.2", { fragment: { ...full, "x-vendor": "1", "": "2", "a[]": "3" } }, ok()),
  response("an unknown parameter twice", "RFC 6749 4.2.2", { fragment: `${fullText}&x=1&x=2` }, ok()),
  response("names and values percent-encoded", "RFC 6749 App. B", { fragment: Object.entries(full).map(([name, value]) => `${percent(name)}=${percent(value)}`).join("&") }, ok()),
  response("names and values percent-encoded in small letters", "RFC 6749 App. B", { fragment: Object.entries(full).map(([name, value]) => `${percent(name).toLowerCase()}=${percent(value).toLowerCase()}`).join("&") }, ok()),
  response("a plus for a space", "RFC 6749 App. B", { fragment: fullText.replaceAll("%20", "+") }, ok()),
  response("broken percent signs in parameters that nobody reads", "RFC 6749 App. B", { fragment: `${fullText}&x=%&y=%zz&z=%1` }, ok()),
  response("bytes that are no UTF-8 in parameters that nobody reads", "RFC 6749 App. B", { fragment: `${fullText}&x=%ff%fe` }, ok()),
  response("empty pairs", "RFC 6749 App. B", { fragment: `&${fullText.replaceAll("&", "&&")}&` }, ok()),
  response("names made to pollute prototypes", "CWE-1321", { fragment: `${fullText}&__proto__[state]=x&constructor=1&__proto__=2` }, ok()),
  response("2,000 unknown parameters", "CWE-400", { fragment: `${fullText}&${Array.from({ length: 2_000 }, (_, index) => `p${index}=1`).join("&")}` }, ok()),
  response("a slash behind the #", "hash routers", { fragment: `/${fullText}` }, ok(), { leaves: "#/" }),
  response("a question mark behind the #", "hash routers", { fragment: `?${fullText}` }, ok()),
  response("a slash and a question mark behind the #", "hash routers", { fragment: `/?${fullText}` }, ok(), { leaves: "#/" }),
  response("a route before the response that is waited for", "hash routers", { fragment: `/callback?${fullText}` }, ok(), { leaves: "#/callback" }),
  response("a route with a query before the response", "hash routers", { fragment: `/list?page=2#${fullText}` }, ok(), { leaves: "#/list?page=2" }),
  response("a route with a query that the response goes on", "hash routers", { fragment: `/list?page=2&${fullText}` }, ok(), { leaves: "#/list?page=2" }),
  response("a route with two question marks", "hash routers", { fragment: `/list?page=2?${fullText}` }, ok(), { leaves: "#/list?page=2" }),
  response("a route with a query of the response's words", "hash routers", { fragment: `/list?state=open&scope=all#${fullText}` }, ok(), { leaves: "#/list?state=open&scope=all" }),
  response("a route that the response goes on without a question mark", "hash routers", { fragment: `/callback&${fullText}` }, ok(), { leaves: "#/callback" }),
  response("a route with an equals sign", "hash routers", { fragment: `/a=b&${fullText}` }, ok(), { leaves: "#/a=b" }),
  response("a route with a query before a response that goes on with the page's own", "hash routers", { fragment: `/list?page=2&${fullText}&tab=1` }, ok(), { leaves: "#/list?page=2&tab=1" }),
  response("a route with a query before a forged response", "hash routers", { fragment: `/list?page=2#${encode({ ...full, state: "forged" })}` }, state("unknown"), { leaves: "#/list?page=2" }),
  ...["#", "?", "/", "!"].flatMap((mark) => [
    response(`a response behind another one and ${mark}`, "hash routers", { fragment: `${fullText}${mark}${fullText}` }, invalid),
    response(`a response behind another one and ${mark}, behind a route`, "hash routers", { fragment: `/list?${fullText}${mark}${fullText}` }, invalid, { leaves: "#/list" }),
    response(`a name of ours behind ${mark} in the page's own value`, "hash routers", { fragment: `${fullText}&next=x${mark}state=open` }, ok()),
    response(`a name of ours behind ${mark} in the last value`, "hash routers", { fragment: `${fullText}${mark}scope=x` }, state("unknown")),
    response(`${mark} in the page's own value before the response`, "hash routers", { fragment: `x=a${mark}b&${fullText}` }, ok()),
  ]),
  response("an error with a name of ours in its address", "hash routers", { fragment: `error=access_denied&error_uri=https://h/?error=42&state=${STATE}` }, refused("access_denied", undefined, { serverCode: "access_denied" })),
  shape("token_type in small letters", "RFC 6749 7.1", { token_type: "bearer" }, ok()),
  shape("token_type in capital letters", "RFC 6749 7.1", { token_type: "BEARER" }, ok()),
  shape("no token_type", "RFC 6749 4.2.2", { token_type: undefined }),
  shape("token_type empty", "RFC 6749 7.1", { token_type: "" }),
  shape("token_type MAC", "RFC 6749 7.1", { token_type: "mac" }),
  shape("token_type DPoP", "RFC 9449 5", { token_type: "DPoP" }),
  shape("token_type with a space", "RFC 6749 7.1", { token_type: "Bearer " }),
  shape("token_type of the seeds' ID tokens", "RFC 8693 3", { token_type: "N_A" }),
  shape("no ID token", "OIDC Core 3.2.2.5", { id_token: undefined }),
  shape("no access token", "OIDC Core 3.2.2.5", { access_token: undefined }),
  shape("an empty ID token", "OIDC Core 3.2.2.5", { id_token: "" }),
  shape("an empty access token", "OIDC Core 3.2.2.5", { access_token: "" }),
  response("a state alone", "OIDC Core 3.2.2.5", { fragment: { state: STATE } }, invalid),
  shape("a code beside the tokens", "RFC 9700 2.1.2", { code: "abc" }),
  response("a code where tokens were asked for", "RFC 9700 2.1.2", { fragment: { code: "abc", state: STATE } }, invalid),
  response("a code in the query where tokens were asked for", "RFC 9700 2.1.2", { query: { code: "abc", state: STATE } }, invalid),
  response("tokens in the query", "Multiple Response Types 3", { query: full }, invalid),
  response("tokens in the query beside the page's own", "Multiple Response Types 3", { query: `a=1&${fullText}&b=2` }, invalid, { leaves: "?a=1&b=2" }),
  response("tokens in the query without a state", "Multiple Response Types 3", { query: { ...full, state: undefined } }, state("missing")),
  own("one word of ours with a value in the query", { query: "access_token=my-own" }),
  response("an access token in the query beside the response", "Multiple Response Types 3", { query: `access_token=${ACCESS_TOKEN}&tab=2`, fragment: full }, invalid, { leaves: "?tab=2" }),
  response("a word of ours of the page's own in the query beside the response", "RFC 9700 4.3.2", { query: "access_token=pk.public&tab=2", fragment: full }, ok(), { leaves: "?access_token=pk.public&tab=2" }),
  response("an ID token in the query and the rest in the fragment", "Multiple Response Types 3", { query: { id_token: full.id_token }, fragment: { ...full, id_token: undefined } }, invalid),
  response("tokens in the query and a route in the fragment", "Multiple Response Types 3", { query: full, fragment: "/home" }, invalid, { leaves: "#/home" }),
  shape("an error beside the tokens", "RFC 6749 4.2.2.1", { error: "access_denied" }),
  shape("an empty error beside the tokens", "RFC 6749 4.2.2.1", { error: "" }),
  response("an error beside a code", "RFC 6749 4.1.2.1", { fragment: { error: "access_denied", code: "abc", state: STATE } }, invalid),
  response("an empty error", "RFC 6749 4.2.2.1", { fragment: { error: "", state: STATE } }, invalid),
  ...Object.keys(full).flatMap((name) => [
    response(`${name} twice with one value`, "RFC 6749 3.1", { fragment: twice(name) }, invalid),
    response(`${name} twice, empty the second time`, "RFC 6749 3.1", { fragment: twice(name, "") }, invalid),
    response(`${name} twice, percent-encoded the second time`, "RFC 6749 3.1", { fragment: `${fullText}&${percent(name)}=x` }, invalid),
  ]),
  response("an error twice", "RFC 6749 3.1", { fragment: [["error", "access_denied"], ["error", "login_required"], ["state", STATE]] }, invalid),
  shape("names in other letters are other names", "RFC 6749 3.1", { id_token: undefined, ID_TOKEN: right }),
  shape("names in brackets are other names", "CWE-1321", { id_token: undefined, "id_token[]": right }),

  // State
  shape("no state", "RFC 6749 10.12", { state: undefined }, state("missing")),
  shape("an empty state", "RFC 6749 10.12", { state: "" }, state("missing")),
  ...[
    ["a guessed state", b.b64(Buffer.alloc(32, 0x52))],
    ["a state that is one letter longer", `${STATE}A`],
    ["a state that is one letter shorter", STATE.slice(0, -1)],
    ["a state in other letters", STATE.toLowerCase() === STATE ? STATE.toUpperCase() : STATE.toLowerCase()],
    ["a state with a space before", ` ${STATE}`],
    ["a state with a NUL behind", `${STATE}\u0000`],
    ["the nonce as the state", NONCE],
    ["__proto__ as the state", "__proto__"],
    ["a state of 100,000 letters", "A".repeat(100_000)],
    ["another encoding of the state", Buffer.from(b.bytesOf(STATE)).toString("hex")],
  ].map(([name, value]) => shape(name, "RFC 6749 10.12, RFC 9700 4.7", { state: value }, state("unknown"))),
  response("nobody waits", "RFC 9700 4.7", { fragment: full }, state("unknown"), { transaction: null }),
  response("used before", "RFC 9700 4.7", { fragment: full }, state("used"), { used: true }),
  response("used before, an error", "RFC 9700 4.7", { fragment: { error: "access_denied", error_description: "x", state: STATE } }, state("used"), { used: true }),
  response("a tenant's own that another client of the page asked for", "RFC 9700 4.4", { fragment: full }, state("other_client"), { transaction: { clientId: "other" } }),
  response("of another tenant of the page", "RFC 9700 4.4", { fragment: full }, state("other_client"), { transaction: { issuer: "https://other.eu.auth0.com/" } }),
  response("of another tenant behind the same domain", "RFC 9700 4.4", { fragment: full }, state("other_client"), { transaction: { audience: "https://other.eu.auth0.com/api/v2/" } }),
  response("a sign-in that began ten minutes ago", "RFC 9700 4.7", { fragment: full }, ok(), { transaction: { createdAt: NOW_MS - 600_000 } }),
  response("a sign-in that began 23 hours ago", "RFC 9700 4.7", { fragment: full }, ok(), { transaction: { createdAt: NOW_MS - 23 * 3_600_000 } }),
  response("tokens that answer a sign-in which asked for a code", "RFC 9700 4.4", { fragment: full }, state("other_client"), { transaction: code.transaction }),
  response("a code that answers a sign-in which asked for tokens", "RFC 9700 4.4", { query: { code: "abc", state: STATE } }, state("other_client"), { options: code.options }),
  response("a sign-in of a client without the organization", "Auth0 Organizations", { fragment: full }, state("other_client"), { options: { organization: "org_1" } }),
  response("a sign-in of a client with another organization", "Auth0 Organizations", { fragment: full }, state("other_client"), { options: { organization: "org_1" }, transaction: { organization: "org_1", clientOrganization: "org_2" } }),
  response("a sign-in that began more than 24 hours ago", "RFC 9700 4.7", { fragment: full }, state("expired"), { transaction: { createdAt: NOW_MS - 86_400_001 } }),
  response("a sign-in that began days ago", "RFC 9700 4.7", { fragment: full }, state("expired"), { transaction: { createdAt: NOW_MS - 5 * 86_400_000 } }),
  response("a sign-in that has yet to begin", "RFC 9700 4.7", { fragment: full }, state("expired"), { transaction: { createdAt: NOW_MS + 3_600_000 } }),
  response("a sign-in by a clock some seconds ahead", "RFC 9700 4.7", { fragment: full }, ok(), { transaction: { createdAt: NOW_MS + 5_000 } }),
  ...[
    ["no nonce", { nonce: null }],
    ["nobody who asked", { client: "" }],
    ["no redirect URI", { redirectUri: null }],
    ["no scope", { scope: null }],
    ["no time", { createdAt: null }],
    ["a time that is none", { createdAt: "soon" }],
    ["a time before all times", { createdAt: -1 }],
    ["a maxAge that is no number", { maxAge: "1e3" }],
    ["a scope that nobody may have", { scope: "openid read:users" }],
    ["a line too many", { appState: "1\n2" }],
  ].map(([what, transaction]) => response(`a damaged record: ${what}`, "CWE-20", { fragment: full }, state("unknown"), { transaction })),

  // RFC 9207
  shape("iss the tenant", "RFC 9207 2.4", { iss: b.ISSUER }, ok()),
  shape("iss another tenant", "RFC 9207 2.4", { iss: "https://other.eu.auth0.com/" }),
  shape("iss without its slash", "RFC 9207 2.4", { iss: b.ISSUER.slice(0, -1) }),
  shape("iss empty", "RFC 9207 2.4", { iss: "" }),
  shape("iss twice", "RFC 9207 2.4", {}, invalid, {}),
  response("iss of another tenant on an error", "RFC 9207 2.4", { fragment: { error: "access_denied", state: STATE, iss: "https://other.eu.auth0.com/" } }, invalid),

  // Errors
  failed("login_required", "login_required"),
  failed("consent_required", "consent_required"),
  failed("interaction_required", "interaction_required"),
  failed("access_denied", "access_denied"),
  ...["unauthorized", "invalid_request", "unauthorized_client", "server_error", "temporarily_unavailable", "account_selection_required", "LOGIN_REQUIRED", "constructor", "<script>alert(1)</script>"].map((error) =>
    failed(error, "authorization_error"),
  ),
  response("an error in the query", "RFC 6749 4.2.2.1", { query: { error: "access_denied", error_description: "x", state: STATE } }, refused("access_denied", undefined, { serverCode: "access_denied" })),
  response("an error in the query beside the page's own", "RFC 6749 4.2.2.1", { query: `a=1&error=access_denied&state=${STATE}` }, refused("access_denied", undefined, { serverCode: "access_denied" }), { leaves: "?a=1" }),
  response("an error without a description", "RFC 6749 4.2.2.1", { fragment: { error: "access_denied", state: STATE } }, refused("access_denied", undefined, { serverCode: "access_denied" })),
  response("an error without a state", "RFC 6749 4.2.2.1", { fragment: { error: "access_denied", error_description: "x" } }, state("missing")),
  own("an error with a state of another program", { fragment: encode({ error: "access_denied", error_description: "x", state: "guessed" }) }),
  response("an error with a state that nobody waits for any more", "RFC 6749 4.2.2.1", { fragment: { error: "access_denied", error_description: "x", state: b.stateOf(Buffer.alloc(32, 9)) } }, state("unknown")),

  // Nothing of ours
  own("no hash, no query", {}),
  own("an empty hash", { fragment: "" }),
  own("an empty query", { query: "" }),
  own("a route", { fragment: "/settings/profile" }),
  own("a route with parameters", { fragment: "/search?state=open&scope=all&code=7&error=none" }),
  own("an anchor", { fragment: "access_token" }),
  own("an anchor that speaks of an error", { fragment: "error-handling" }),
  own("words of ours without values", { fragment: "access_token&id_token&state" }),
  own("words of ours with empty values", { fragment: "access_token=&id_token=" }),
  own("a state of the page's own in the hash", { fragment: "state=open" }),
  own("a code of the page's own in the hash", { fragment: "code=DE" }),
  own("a query with a state", { query: "state=open&page=2" }),
  own("a query with a code", { query: "code=WELCOME10" }),
  own("a query with an error", { query: "error=404" }),
  own("a query with a scope and an iss", { query: "scope=all&iss=1&expires_in=3" }),
  own("a query with a code and a state that nobody waits for", { query: "code=abc&state=xyz" }),
  own("names in other letters", { fragment: `ACCESS_TOKEN=${ACCESS_TOKEN}&Id_Token=${right}` }),
  own("text with percent signs", { fragment: "100%&%zz=%" }),
  own("a code for the page's own in the code flow", { query: "code=WELCOME10" }, code),
  own("a state for the page's own in the code flow", { query: "state=open" }, code),

  // The other flow
  response("tokens where a code was asked for", "RFC 9700 2.1.2", { fragment: full }, invalid, code),
  response("tokens in the query where a code was asked for", "RFC 9700 2.1.2", { query: full }, invalid, code),
  response("tokens beside the code", "RFC 9700 2.1.2", { query: { code: "abc", state: STATE, access_token: ACCESS_TOKEN } }, invalid, code),
  response("the code in the fragment", "Multiple Response Types 2", { fragment: { code: "abc", state: STATE } }, invalid, code),
  response("the code twice", "RFC 6749 3.1", { query: `code=abc&code=abc&state=${STATE}` }, invalid, code),
  response("an empty code", "RFC 6749 4.1.2", { query: { code: "", state: STATE } }, invalid, code),
  own("a code with a state of another program", { query: encode({ code: "abc", state: "guessed" }) }, code),
  response("a code with a state that nobody waits for any more", "RFC 6749 10.12", { query: { code: "abc", state: b.stateOf(Buffer.alloc(32, 9)) } }, state("unknown"), code),
  response("a code without a state is the page's own", "RFC 6749 10.12", { query: "code=abc" }, nothing, { ...code, leaves: "?code=abc" }),
  response("an error where a code was asked for", "RFC 6749 4.1.2.1", { query: { error: "login_required", state: STATE } }, refused("login_required", undefined, { serverCode: "login_required" }), code),
  response("iss of another tenant beside the code", "RFC 9207 2.4", { query: { code: "abc", state: STATE, iss: "https://other.eu.auth0.com/" } }, invalid, code),
];
{
  const issTwice = responses.find(({ name }) => name === "iss twice");
  issTwice.fragment = `${fullText}&iss=${encodeURIComponent(b.ISSUER)}&iss=${encodeURIComponent(b.ISSUER)}`;
}
/** Every letter percent-encoded, although none needs it. */
function percent(text) {
  return [...Buffer.from(text)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join("");
}

// ── Published examples ───────────────────────────────────────────────────────────────────────
const JOE = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
const published = [
  {
    name: "HS256 by a symmetric key",
    section: "RFC 7515 A.1",
    key: { kty: "oct", k: "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow" },
    jws: `eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.${JOE}.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk`,
    expect: refused("id_token_algorithm", "mismatch"),
  },
  {
    name: "RS256",
    section: "RFC 7515 A.2",
    key: {
      kty: "RSA",
      n: "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ",
      e: "AQAB",
    },
    jws: `eyJhbGciOiJSUzI1NiJ9.${JOE}.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw`,
    verifies: true,
    expect: refused("id_token_issuer", "mismatch"),
  },
  {
    name: "ES256",
    section: "RFC 7515 A.3",
    key: { kty: "EC", crv: "P-256", x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", y: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0" },
    jws: `eyJhbGciOiJFUzI1NiJ9.${JOE}.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q`,
    expect: refused("id_token_algorithm", "mismatch"),
  },
  {
    name: "ES512 over a payload that is no JSON",
    section: "RFC 7515 A.4",
    key: {
      kty: "EC",
      crv: "P-521",
      x: "AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk",
      y: "ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2",
    },
    jws: "eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA.AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_7XdtAG8GaSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn",
    expect: malformed(),
  },
  { name: "unsecured", section: "RFC 7515 A.5", jws: `eyJhbGciOiJub25lIn0.${JOE}.`, expect: refused("id_token_algorithm", "mismatch") },
  {
    name: "RS256 over a payload that is no JSON",
    section: "RFC 7520 4.1",
    key: {
      kty: "RSA",
      kid: "bilbo.baggins@hobbiton.example",
      use: "sig",
      n: "n4EPtAOCc9AlkeQHPzHStgAbgs7bTZLwUBZdR8_KuKPEHLd4rHVTeT-O-XV2jRojdNhxJWTDvNd7nqQ0VEiZQHz_AJmSCpMaJMRBSFKrKb2wqVwGU_NsYOYL-QtiWN2lbzcEe6XC0dApr5ydQLrHqkHHig3RBordaZ6Aj-oBHqFEHYpPe7Tpe-OfVfHd1E6cS6M1FZcD1NNLYD5lFHpPI9bTwJlsde3uhGqC0ZCuEHg8lhzwOHrtIQbS0FVbb9k3-tVTU4fg_3L_vniUFAKwuCLqKnS2BYwdq_mzSnbLY7h_qixoR7jig3__kRhuaxwUkRz5iaiQkqgc5gHdrNP5zw",
      e: "AQAB",
    },
    jws: "eyJhbGciOiJSUzI1NiIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9.SXTigJlzIGEgZGFuZ2Vyb3VzIGJ1c2luZXNzLCBGcm9kbywgZ29pbmcgb3V0IHlvdXIgZG9vci4gWW91IHN0ZXAgb250byB0aGUgcm9hZCwgYW5kIGlmIHlvdSBkb24ndCBrZWVwIHlvdXIgZmVldCwgdGhlcmXigJlzIG5vIGtub3dpbmcgd2hlcmUgeW91IG1pZ2h0IGJlIHN3ZXB0IG9mZiB0by4.MRjdkly7_-oTPTS3AXP41iQIGKa80A0ZmTuV5MEaHoxnW2e5CZ5NlKtainoFmKZopdHM1O2U4mwzJdQx996ivp83xuglII7PNDi84wnB-BDkoBwA78185hX-Es4JIwmDLJK3lfWRa-XtL0RnltuYv746iYTh_qHRD68BNt1uSNCrUCTJDt5aAE6x8wW1Kt9eRo4QPocSadnHXFxnt8Is9UzpERV0ePPQdLuW3IS_de3xyIrDaLGdjluPxUAhb6L2aXic1U12podGU0KLUQSE_oI-ZnmKJ3F4uOZDnd6QZWJushZ41Axf_fcIe8u9ipH84ogoree7vjbU5y18kDquDg",
    verifies: true,
    expect: malformed(),
  },
];

// ── Files ────────────────────────────────────────────────────────────────────────────────────
const file = (name, about, cases, kind = "sign-in") => ({
  name,
  content: kind === "sign-in" ? { about, kind, defaults: b.defaults, cases } : { about, kind, cases },
});
const files = [
  file("id-token-header.json", "The JOSE header of the ID token.", headers),
  file("id-token-form.json", "The ID token as text, bytes and JSON.", forms),
  file("id-token-signature.json", "The ID token's signature.", signatures),
  file("id-token-claims.json", "The ID token's claims, one at a time.", claims),
  file("key-set.json", "The tenant's key set.", keySets),
  file("access-token.json", "The access token, its hash, its scopes, its end.", accessTokens),
  file("response.json", "The shape of the response, and whose it is.", responses),
  file("published.json", "Examples that the standards publish, with their keys.", published, "jws"),
];

await watch(files);
let stale = false;
for (const { name, content } of files) {
  const names = content.cases.map(({ name }) => name);
  const again = names.find((name, index) => names.indexOf(name) !== index);
  if (again !== undefined) throw new Error(`${name}: two cases are called "${again}"`);
  // One case is one line, so that a change to one is a change of one line.
  const { cases, ...rest } = content;
  const head = JSON.stringify(rest, null, 1).slice(0, -2);
  const text = `${head},\n "cases": [\n${cases.map((one) => JSON.stringify(one)).join(",\n")}\n]}\n`;
  const url = new URL(name, import.meta.url);
  if (!process.argv.includes("--check")) writeFileSync(url, text);
  else if (readFileSync(url, "utf8") !== text) {
    stale = true;
    console.error(`${name} is not what generate.mjs writes`);
  }
  console.log(`${name}: ${cases.length} cases`);
}
if (stale) process.exitCode = 1;

/** jose has to agree with every case that is about a signature, an algorithm, the issuer, the audience or `exp`. */
async function watch(files) {
  const judged = new Set(["id_token_malformed", "id_token_algorithm", "id_token_signature", "id_token_issuer", "id_token_audience", "id_token_expired"]);
  // Where jose lets pass what this package refuses, each for a reason that tests/vectors/deviations.json gives.
  const lenient =
    /^(a byte order mark|a private key that was published|crit |typ |kid (a number|null|an object)|aud an array with a number|longer than|10,000 levels|a lone surrogate|a number beyond|exp beyond all|(padding|two characters of padding|a space|a line end|a NUL|another alphabet|a lone last character|a letter outside ASCII|unused bits set) (in|set in)? ?the signature)/;
  for (const { name: file, content } of files) {
    if (content.kind !== "sign-in") continue;
    for (const one of content.cases) {
      const token = new URLSearchParams(one.fragment).get("id_token");
      const accepts = one.expect.ok != null;
      if (!token || !(accepts || judged.has(one.expect.code))) continue;
      const { domain, clientId, leewaySeconds = 60 } = { ...content.defaults.options, ...one.options };
      const now = one.now ?? content.defaults.now;
      const set = one.jwks ?? content.defaults.jwks;
      let verdict = true;
      try {
        const find = createLocalJWKSet({ keys: set.keys.filter((key) => key?.kty === "RSA") });
        const options = {
          algorithms: ["RS256"],
          issuer: `https://${domain}/`,
          audience: clientId,
          clockTolerance: leewaySeconds,
          currentDate: new Date(Math.floor(now / 1000) * 1000),
          requiredClaims: ["exp", "iat", "sub", "nonce"],
        };
        await jwtVerify(token, find, options).catch(async (error) => {
          if (error.code !== "ERR_JWKS_MULTIPLE_MATCHING_KEYS") throw error;
          for await (const key of error) {
            const found = await jwtVerify(token, key, options).catch(() => undefined);
            if (found) return;
          }
          throw error;
        });
      } catch {
        verdict = false;
      }
      // jose knows whole seconds alone, and refuses tokens of 1,000 levels and keys as it likes: a refusal of its
      // own is looked at by the differential test.
      const fraction = /fraction|milliseconds of the clock/.test(one.name);
      if (verdict !== accepts && !fraction && !lenient.test(one.name))
        throw new Error(`${file}: jose ${verdict ? "accepts" : "refuses"} "${one.name}"`);
    }
  }
  for (const { name, key, jws } of published) {
    if (key === undefined) continue;
    const algorithm = JSON.parse(b.bytesOf(jws.split(".")[0])).alg;
    await compactVerify(jws, await importJWK(key, algorithm)).catch(() => {
      throw new Error(`${name}: jose does not verify the published example`);
    });
  }
}
