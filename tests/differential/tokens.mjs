// Correct and mutated tokens for the comparison, reproducible from a seed. A case is
// `{ mutations, token, jwks, leeway, now }`. `mutations` are names; a correct token has none.
import { createHmac } from "node:crypto";
import {
  b64,
  idClaims,
  json,
  keys,
  NOW,
  NOW_MS,
  publicJwk,
  raw,
  rs,
  without,
} from "../vectors/build.mjs";

/** mulberry32, a small generator that is good enough to choose mutations. */
function generator(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit) => Math.floor(next() * limit);
  return { below, one: (list) => list[below(list.length)], chance: (part) => next() < part };
}

const LEEWAYS = [0, 60, 300];
const VALUES = [null, true, false, 0, 1, -1, "", "x", [], {}, ["x"], { a: 1 }, "1700000000", 1e300];
const KEYS = ["tenant", "next", "attacker", "threes"];
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** Mutations of a token's parts before encoding. */
const BEFORE = {
  "a claim of another type or value": (it, { one }) => {
    it.claims[one(["iss", "sub", "aud", "exp", "iat", "nbf"])] = one(VALUES);
  },
  "a claim missing": (it, { one }) => {
    delete it.claims[one(["iss", "sub", "aud", "exp", "iat", "nonce", "at_hash", "name"])];
  },
  "times around the limits": (it, { one }) => {
    const edge = one([-it.leeway, 0, it.leeway]);
    it.claims[one(["exp", "iat", "nbf"])] = NOW + edge + one([-1, -0.5, -0.001, 0, 0.001, 0.5, 1]);
  },
  "times far away": (it, { one }) => {
    it.claims[one(["exp", "iat", "nbf"])] = one([
      0,
      -1,
      -1e300,
      1e300,
      NOW_MS,
      2 ** 31,
      2 ** 53,
      -(2 ** 53),
      raw("-0"),
      raw("1.7e9"),
      raw("17E8"),
    ]);
  },
  "other audiences": (it, { one, below }) => {
    it.claims.aud = Array.from({ length: below(4) }, () =>
      one(["spa-client", "other", "SPA-CLIENT", ""]),
    );
    it.claims.azp = "spa-client";
  },
  "an audience that is no string beside ours": (it, { one }) => {
    it.claims.aud = ["spa-client", one([1, null, {}, ["x"]])];
    it.claims.azp = "spa-client";
  },
  "several audiences without azp": (it) => {
    it.claims.aud = ["spa-client", "other"];
  },
  "another azp": (it, { one }) => {
    it.claims.azp = one(["other", "", null, 1]);
  },
  "an empty sub": (it) => {
    it.claims.sub = "";
  },
  "a sub that is no string": (it, { one }) => {
    it.claims.sub = one([1, null, [], {}, true]);
  },
  "a machine's sub": (it) => {
    it.claims.sub = "x@clients";
  },
  "a machine's grant": (it) => {
    it.claims.gty = "client-credentials";
  },
  "an issuer that looks alike": (it, { one }) => {
    const { iss } = it.claims;
    it.claims.iss = one([
      iss.slice(0, -1),
      iss.toUpperCase(),
      `${iss} `,
      `${iss}/`,
      iss.replace("https", "http"),
      [iss],
    ]);
  },
  "another alg in the header": (it, { one }) => {
    it.header.alg = one([
      "none",
      "None",
      "HS256",
      "RS384",
      "RS512",
      "PS256",
      "ES256",
      "EdDSA",
      "rs256",
      "",
      null,
      1,
      ["RS256"],
      undefined,
    ]);
  },
  "another alg, and signed so": (it, { one }) => {
    const [alg, hash] = one([
      ["RS384", "SHA384"],
      ["RS512", "SHA512"],
      ["RS1", "SHA1"],
    ]);
    it.header.alg = alg;
    it.sign = (input) => rs(input, "tenant", hash);
  },
  "another hash under RS256": (it, { one }) => {
    const hash = one(["SHA384", "SHA512", "SHA1"]);
    it.sign = (input) => rs(input, "tenant", hash);
  },
  "HS256 with a public value": (it, { one }) => {
    const secret = one([keys.tenant.n, JSON.stringify(publicJwk("tenant")), "", "tenant"]);
    it.header.alg = "HS256";
    it.sign = (input) => createHmac("sha256", secret).update(input).digest();
  },
  "signed by another key": (it, { one }) => {
    const key = one(KEYS);
    it.sign = (input) => rs(input, key);
  },
  "another kid": (it, { one }) => {
    it.header.kid = one(["next", "attacker", "", "x", "TENANT", "__proto__"]);
  },
  "no kid": (it) => {
    delete it.header.kid;
  },
  "a kid that is no string": (it, { one }) => {
    it.header.kid = one([1, null, {}, ["tenant"]]);
  },
  "a key in the header, whose owner signed": (it) => {
    it.header.jwk = publicJwk("attacker", { kid: "tenant" });
    it.sign = (input) => rs(input, "attacker");
  },
  "crit of an unknown extension": (it) => {
    Object.assign(it.header, { crit: ["x"], x: 1 });
  },
  "crit of b64: true": (it) => {
    Object.assign(it.header, { crit: ["b64"], b64: true });
  },
  "crit of a strange shape": (it, { one }) => {
    it.header.crit = one([[], {}, "x", 1, [1], [""], true]);
  },
  "crit null": (it) => {
    it.header.crit = null;
  },
  "typ of another token": (it, { one }) => {
    it.header.typ = one(["at+jwt", "logout+jwt", "application/at+jwt", "JWS"]);
  },
  "typ that is no string": (it, { one }) => {
    it.header.typ = one([1, null, {}, []]);
  },
  "typ in other letters, or none": (it, { one }) => {
    it.header.typ = one(["jwt", "Jwt", undefined]);
  },
  "unknown header members": (it) => {
    Object.assign(it.header, { cty: "x", "x-a": [1], jku: "https://attacker.example/", x5c: "x" });
  },
  "key set: a key for something else": (it, { one }) => {
    const change = one([
      { use: "enc" },
      { use: "" },
      { alg: "RS512" },
      { alg: "PS256" },
      { key_ops: ["sign"] },
      { key_ops: [] },
      { kty: "EC" },
      { kid: "x" },
    ]);
    it.keys = it.keys.map((key) => ({ ...key, ...change }));
  },
  "key set: members missing": (it, { one }) => {
    const name = one(["use", "alg", "kid", "kty", "n", "e"]);
    it.keys = it.keys.map((key) => without(key, name));
  },
  "key set: another exponent": (it, { one }) => {
    const e = one(["AQ", "Aw", "AA", "Ag", "", "AQAC"]);
    it.keys = it.keys.map((key) => ({ ...key, e }));
  },
  "key set: others' keys under the kid": (it, { one }) => {
    it.keys.unshift(publicJwk(one(["next", "attacker"]), { kid: "tenant" }));
  },
  "key set: other types under the kid": (it, { chance }) => {
    const other = chance(0.5)
      ? publicJwk("curve", { kid: "tenant" })
      : { kty: "oct", k: "AAAA", kid: "tenant" };
    it.keys.unshift(other);
  },
  "key set: empty": (it) => {
    it.keys = [];
  },
  "key set: a weak key, which signed": (it) => {
    it.keys = [publicJwk("weak", { kid: "tenant" })];
    it.sign = (input) => rs(input, "weak");
  },
  "key set: a key of 2047 bits, which signed": (it) => {
    it.keys = [publicJwk("almost", { kid: "tenant" })];
    it.sign = (input) => rs(input, "almost");
  },
  "key set: the private key published": (it) => {
    it.keys = [publicJwk("tenant", { d: keys.tenant.d })];
  },
  "JSON: white space around": (it) => {
    it.edit = (text) => ` \n${text}\t`;
  },
  "JSON: a byte order mark": (it) => {
    it.edit = (text) => `\ufeff${text}`;
  },
  "JSON: cut off or followed by more": (it, { one, below }) => {
    const cut = below(40);
    it.edit = one([
      (text) => text.slice(0, -1 - cut),
      (text) => `${text}x`,
      (text) => `${text},{}`,
      (text) => `[${text}]`,
    ]);
  },
  "JSON: a member twice": (it, { one }) => {
    const second = one(['"iss":"x"', '"aud":"x"', '"exp":1', '"\\u0065xp":1', '"sub":1', '"x":1']);
    const first = one([true, false]);
    it.edit = (text) =>
      first ? text.replace("{", `{${second},`) : text.replace(/}$/, `,${second}}`);
  },
  "JSON: numbers that are none": (it, { one }) => {
    const number = one(["NaN", "Infinity", "01", "+1", "1.", ".5", "0x1", "1e", "--1"]);
    it.edit = (text) => text.replace(/}$/, `,"x":${number}}`);
  },
  "JSON: bytes that are no UTF-8": (it) => {
    it.bytes = Buffer.concat([
      Buffer.from(json(it.claims).slice(0, -1)),
      Buffer.from([0x2c, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
    ]);
  },
  "JSON: a lone surrogate": (it) => {
    it.edit = (text) => text.replace(/}$/, ',"x":"\\udc00"}');
  },
};

/** Mutations of the encoded token. */
const AFTER = {
  "text: a character exchanged": (token, { below, one }) => {
    const at = below(token.length);
    return token.slice(0, at) + one(LETTERS) + token.slice(at + 1);
  },
  "text: a character left out": (token, { below }) => {
    const at = below(token.length);
    return token.slice(0, at) + token.slice(at + 1);
  },
  "text: a character put in": (token, { below, one }) => {
    const at = below(token.length);
    return token.slice(0, at) + one(`${LETTERS}.`) + token.slice(at);
  },
  "text: cut off": (token, { below }) => token.slice(0, below(token.length)),
  "text: a part more or less": (token, { one }) => {
    const parts = token.split(".");
    return one([
      parts.slice(0, 2),
      parts.slice(1),
      [...parts, "AA"],
      [...parts, ""],
      ["", ...parts],
      [parts[1], parts[0], parts[2]],
    ]).join(".");
  },
  "text: no signature": (token) => `${token.split(".").slice(0, 2).join(".")}.`,
  "text: padding behind the signature": (token, { one }) => token + one(["=", "=="]),
  "text: white space in the signature": (token, { one }) => {
    const at = token.length - 20;
    return token.slice(0, at) + one([" ", "\n", "\t"]) + token.slice(at);
  },
  "text: the other alphabet in the signature": (token) => {
    const [header, payload, signature = ""] = token.split(".");
    return `${header}.${payload}.${signature.replaceAll("-", "+").replaceAll("_", "/")}`;
  },
  "text: unused bits in the signature": (token) => {
    const last = LETTERS.indexOf(token.at(-1));
    return token.slice(0, -1) + LETTERS[last + 1];
  },
  "text: a character that base64 decoders skip in the signature": (token, { one }) => {
    const at = token.length - 10;
    return token.slice(0, at) + one(["!", "*", "\u00e9", "~"]) + token.slice(at);
  },
};

/** All cases of a seed. */
export function* cases(seed, count) {
  const random = generator(seed);
  const before = Object.keys(BEFORE);
  const after = Object.keys(AFTER);
  const all = [...before, ...after];
  for (let index = 0; index < count; index++) {
    // Every tenth token is correct. Most have one mutation, each mutation in turn, and some have two.
    const mutations = index % 10 === 0 ? [] : [all[index % all.length]];
    if (mutations.length > 0 && random.chance(0.15)) mutations.push(random.one(all));
    const leeway = random.one(LEEWAYS);
    const it = {
      header: { alg: "RS256", typ: "JWT", kid: "tenant" },
      claims: idClaims({ jti: index }),
      keys: [publicJwk("next"), publicJwk("tenant")],
      sign: (input) => rs(input, "tenant"),
      edit: (text) => text,
      leeway,
    };
    for (const name of mutations) BEFORE[name]?.(it, random);
    const payload = it.bytes ?? it.edit(json(it.claims));
    const input = `${b64(json(it.header))}.${b64(Buffer.from(payload))}`;
    let token = `${input}.${b64(it.sign(input))}`;
    for (const name of mutations) token = AFTER[name]?.(token, random) ?? token;
    yield { mutations, token, jwks: { keys: it.keys }, leeway, now: NOW_MS };
  }
}

/** The names of all mutations. */
export const MUTATIONS = [...Object.keys(BEFORE), ...Object.keys(AFTER)];
