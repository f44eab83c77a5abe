// Measures handling a response, from its URL to a verified user, with the same tokens, key and checks for every subject.
import { createCurrentUserClient } from "auth0-current-user";
import { WebAuth } from "auth0-js";
import { createLocalJWKSet, createRemoteJWKSet, decodeJwt, jwtVerify } from "jose";
import { alternate, middle, time } from "./alternate.js";
import * as base64url from "./base64url.js";

/** Longer than a key set is cached, so that the next sign-in fetches it. */
const KEY_SET_AGE_MS = 11 * 60_000;

/** A flat string, like `location.href`. Engines represent concatenated strings differently. */
const flat = (url) => new URL(url).href;

const pendingName = (state) => `pending.${state}`;

/** Begins the sign-in of all responses: `{ state, nonce, stored }`. `stored` is the content of storage afterwards. */
export async function begin(options) {
  sessionStorage.clear();
  const client = await createCurrentUserClient(options);
  const { searchParams } = new URL(await client.buildAuthorizeUrl());
  const [state, nonce] = [searchParams.get("state"), searchParams.get("nonce")];
  return { state, nonce, stored: Object.entries(sessionStorage) };
}

/** Each subject is `{ prepare(url), run(url) }`. `run` resolves with the user's `sub`, or rejects. `cold` fetches the keys. */
async function makeSubjects({ options, issuer, audience, jwksUrl, jwks, begun, url }, cold) {
  const { state, nonce, stored } = begun;
  const client = await createCurrentUserClient(options);
  const auth = new WebAuth({
    domain: options.domain,
    clientID: options.clientId,
    responseType: "token id_token",
    overrides: { __token_issuer: issuer, __jwks_uri: jwksUrl },
  });
  const localKeys = createLocalJWKSet(jwks);
  const bare = cold ? undefined : await bareInput(jwks);
  let handled = 0;

  const subjects = {
    "auth0-current-user": {
      prepare: (url) => {
        // Alternates between two times, so that the key set is always stale.
        if (cold) clock = clock === 0 ? KEY_SET_AGE_MS : 0;
        for (const [name, record] of stored) sessionStorage.setItem(name, record);
        // Another URL each time, because the same response is handled only once.
        return flat(`${url}&number=${(handled += 1)}`);
      },
      run: async (url) => (await client.handleRedirectCallback(url)).claims.sub,
    },
    "auth0-js": {
      prepare: (url) => {
        auth.transactionManager.process({ responseType: "token id_token", state, nonce });
        return flat(url);
      },
      run: (url) =>
        new Promise((resolve, reject) =>
          auth.parseHash({ hash: new URL(url).hash }, (error, result) =>
            error ? reject(new Error(error.errorDescription)) : resolve(result.idTokenPayload.sub),
          ),
        ),
    },
    jose: {
      prepare: (url) => {
        sessionStorage.setItem(
          pendingName(state),
          JSON.stringify({ nonce, createdAt: Date.now() }),
        );
        return flat(url);
      },
      run: async (url) => {
        const response = new URLSearchParams(new URL(url).hash.slice(1));
        const name = pendingName(response.get("state"));
        const pending = JSON.parse(sessionStorage.getItem(name));
        sessionStorage.removeItem(name);
        if (pending === null) throw new Error("state");
        const idToken = response.get("id_token");
        const accessToken = response.get("access_token");
        const keys = cold ? createRemoteJWKSet(new URL(jwksUrl)) : localKeys;
        const { payload } = await jwtVerify(idToken, keys, {
          algorithms: ["RS256"],
          issuer,
          audience: options.clientId,
          clockTolerance: 60,
          requiredClaims: ["sub", "iat", "exp", "nonce", "at_hash"],
          currentDate: new Date(),
        });
        if (payload.nonce !== pending.nonce) throw new Error("nonce");
        const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(accessToken));
        if (base64url.encode(new Uint8Array(hash, 0, 16)) !== payload.at_hash)
          throw new Error("at_hash");
        const access = decodeJwt(accessToken);
        if (![access.aud].flat().includes(audience)) throw new Error("audience");
        if (access.sub !== payload.sub) throw new Error("subject");
        if (!access.scope.split(" ").includes("read:current_user")) throw new Error("scope");
        return payload.sub;
      },
    },
  };
  // Only the cryptography. Parsing, decoding and importing the key happen before.
  if (!cold) {
    subjects["subtle.verify + digest"] = {
      prepare: (url) => bare(url),
      run: async ({ key, signature, signed, accessToken, hash, sub }) => {
        if (!(await crypto.subtle.verify("RSASSA-PKCS1-v1_5", key, signature, signed)))
          throw new Error("signature");
        const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", accessToken), 0, 16);
        if (!digest.every((byte, index) => byte === hash[index])) throw new Error("at_hash");
        return sub;
      },
    };
  }
  return subjects;
}

async function bareInput({ keys }) {
  const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
  const { kty, n, e } = keys.at(-1);
  const key = await crypto.subtle.importKey("jwk", { kty, n, e }, algorithm, false, ["verify"]);
  return (url) => {
    const response = new URLSearchParams(new URL(url).hash.slice(1));
    const [header, payload, signature] = response.get("id_token").split(".");
    const { sub, at_hash } = JSON.parse(new TextDecoder().decode(base64url.decode(payload)));
    return {
      key,
      signature: base64url.decode(signature),
      signed: new TextEncoder().encode(`${header}.${payload}`),
      accessToken: new TextEncoder().encode(response.get("access_token")),
      hash: base64url.decode(at_hash),
      sub,
    };
  };
}

/** How far `Date.now` is ahead, so that the key set expires. Only this package caches one. */
let clock = 0;
const realNow = Date.now;

/**
 * Times all subjects on the valid response, after each has refused every forged one. Warm: the keys are in memory, and a subject
 * without a cache fetches them from memory. Cold: each handling fetches the keys from `jwksUrl`.
 */
export async function redirects(input, { cold = false, ...how }) {
  const { url, forged, sub, jwks, jwksUrl } = input;
  if (cold) Date.now = () => realNow.call(Date) + clock;
  else answerFromMemory({ [jwksUrl]: JSON.stringify(jwks) });
  try {
    const subjects = await makeSubjects(input, cold);
    await prove(subjects, { url, forged, sub });
    const timed = Object.entries(subjects).map(([name, { prepare, run }]) => [
      name,
      { prepare: () => prepare(url), run },
    ]);
    return await alternate(Object.fromEntries(timed), how);
  } finally {
    answerFromNetwork();
    Date.now = realNow;
  }
}

/** Milliseconds of a subject's first response in this page. The subject fetches its keys from memory. */
export async function firstRedirect(input, name) {
  const { url, sub, jwks, jwksUrl } = input;
  answerFromMemory({ [jwksUrl]: JSON.stringify(jwks) });
  const { prepare, run } = (await makeSubjects(input, true))[name];
  const given = prepare(url);
  const began = performance.now();
  const found = await run(given);
  const ms = performance.now() - began;
  if (found !== sub) throw new Error(`${name} found ${found} in a response for ${sub}`);
  return ms;
}

/** Throws if a subject refuses the valid response, or accepts a forged one. */
async function prove(subjects, { url, forged, sub }) {
  for (const [name, { prepare, run }] of Object.entries(subjects)) {
    const found = await run(prepare(url));
    if (found !== sub) throw new Error(`${name} found ${found} in a response for ${sub}`);
    for (const [fault, bad] of Object.entries(forged)) {
      const outcome = await Promise.resolve(run(prepare(bad))).then(
        () => "accepted",
        () => "refused",
      );
      if (outcome === "accepted") throw new Error(`${name} accepts a response with ${fault}`);
    }
    // A subject that refuses everything would pass otherwise.
    await run(prepare(url));
  }
}

const realFetch = globalThis.fetch;

/** Makes `fetch` answer these URLs from memory, until `answerFromNetwork`. Other URLs go to the network. */
export function answerFromMemory(texts) {
  globalThis.fetch = async (request, init) => {
    const text = texts[String(request.url ?? request)];
    if (text === undefined) return realFetch(request, init);
    return new Response(text, { headers: { "Content-Type": "application/json" } });
  };
}

export function answerFromNetwork() {
  globalThis.fetch = realFetch;
}

/** Milliseconds of a response whose keys are fetched from memory, by the size of the key set: `{ samples, memory }`. */
export async function growingKeySets(input, { rounds, calls, counts }) {
  Date.now = () => realNow.call(Date) + clock;
  try {
    const subject = (await makeSubjects(input, true))["auth0-current-user"];
    const strangers = Array.from({ length: Math.max(...counts) - 1 }, stranger);
    const subjects = {};
    const memory = {};
    for (const count of counts) {
      // The signing key is the last one.
      const keys = [...strangers.slice(0, count - 1), input.jwks.keys.at(-1)];
      const text = JSON.stringify({ keys });
      subjects[count] = {
        prepare: () => {
          answerFromMemory({ [input.jwksUrl]: text });
          return subject.prepare(input.url);
        },
        run: subject.run,
      };
      for (let call = 0; call < 20; call += 1) await time(subjects[count]);
      memory[count] = globalThis.wasmMemory();
    }
    return { samples: await alternate(subjects, { rounds, calls }), memory };
  } finally {
    answerFromNetwork();
    Date.now = realNow;
  }
}

/** A random JWK in the form of an RSA key of 2048 bits. */
function stranger(_, index) {
  const bytes = crypto.getRandomValues(new Uint8Array(256));
  bytes[0] |= 128;
  bytes[255] |= 1;
  const n = base64url.encode(bytes);
  return { kty: "RSA", alg: "RS256", use: "sig", kid: `stranger-${index}`, n, e: "AQAB" };
}

/** Handles `count` new responses in steps: `[{ done, ms, memory }]`, with `ms` for one response. */
export async function manySignIns(input, { count, steps }) {
  answerFromMemory({ [input.jwksUrl]: JSON.stringify(input.jwks) });
  try {
    const subject = (await makeSubjects(input, false))["auth0-current-user"];
    const prepare = () => subject.prepare(input.url);
    const rows = [];
    let times = [];
    for (let done = 1; done <= count; done += 1) {
      times.push(await time({ prepare, run: subject.run }));
      if (done % (count / steps) > 0) continue;
      rows.push({ done, ms: middle(times), memory: globalThis.wasmMemory() });
      times = [];
    }
    return rows;
  } finally {
    answerFromNetwork();
  }
}
