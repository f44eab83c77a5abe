// This package's core and npm `jose` with its strictest settings verify thousands of tokens, correct and mutated ones.
// Both must agree, except for the deviations with reasons in tests/vectors/deviations.json. A deviation that no token
// shows fails as well, so that the list stays current.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { createLocalJWKSet, jwtVerify } from "jose";
import { CLIENT_ID, ISSUER } from "../vectors/build.mjs";
import { MUTATIONS, cases } from "./tokens.mjs";

const COUNT = 6_000;
const SEED = Number(process.env.SEED ?? 20_231_114);
const root = fileURLToPath(new URL("../..", import.meta.url));
const deviations = JSON.parse(
  readFileSync(new URL("../vectors/deviations.json", import.meta.url), "utf8"),
).deviations;

/** The core's verdicts in order: `accepted`, or the code of the refusal. */
function ours(all) {
  const args = ["run", "--quiet", "--example", "verdicts"];
  const child = spawn("cargo", args, { cwd: root, stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.end(
    all.map((one) => `${JSON.stringify({ ...one, jwks: JSON.stringify(one.jwks) })}\n`).join(""),
  );
  return new Promise((resolve, reject) => {
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (more) => (text += more));
    child.on("error", reject);
    child.on("close", (code) =>
      code === 0 ? resolve(text.trim().split("\n")) : reject(new Error(`cargo ended with ${code}`)),
    );
  });
}

async function theirs({ token, jwks, leeway, now }) {
  const options = {
    algorithms: ["RS256"],
    issuer: ISSUER,
    audience: CLIENT_ID,
    clockTolerance: leeway,
    currentDate: new Date(now),
    // No maximum age, but the option makes jose check that `iat` is a number and not in the future.
    maxTokenAge: 1e301,
    requiredClaims: ["iss", "sub", "aud", "exp", "iat"],
  };
  try {
    await jwtVerify(token, createLocalJWKSet(jwks), options);
    return "accepted";
  } catch (error) {
    if (error.code !== "ERR_JWKS_MULTIPLE_MATCHING_KEYS") return error.code ?? error.name;
    for await (const key of error) {
      const verdict = await jwtVerify(token, key, options).then(
        () => "accepted",
        (error) => error.code ?? error.name,
      );
      if (verdict !== "ERR_JWS_SIGNATURE_VERIFICATION_FAILED") return verdict;
    }
    return "ERR_JWS_SIGNATURE_VERIFICATION_FAILED";
  }
}

test(`the core agrees with jose on ${COUNT} tokens (seed ${SEED})`, async () => {
  const all = [...cases(SEED, COUNT)];
  const verdicts = await ours(all);
  assert.equal(verdicts.length, all.length);
  const shown = new Set();
  const strange = [];
  let accepted = 0;
  for (const [index, one] of all.entries()) {
    const us = verdicts[index];
    const them = await theirs(one);
    if (us === "accepted") accepted++;
    if ((us === "accepted") === (them === "accepted")) continue;
    const known = deviations.find(
      ({ mutation, ours, jose }) =>
        one.mutations.includes(mutation) &&
        ours === us &&
        (jose === "accepted") === (them === "accepted"),
    );
    if (known === undefined)
      strange.push({ mutations: one.mutations, ours: us, jose: them, token: one.token });
    else shown.add(known);
  }
  assert.deepEqual(strange.slice(0, 10), [], `${strange.length} tokens are judged in another way`);
  const gone = deviations.filter((deviation) => !shown.has(deviation));
  assert.deepEqual(gone, [], "no token shows these deviations any more: take them off the list");
  assert.ok(accepted > COUNT / 5 && accepted < COUNT * 0.6, `${accepted} of ${COUNT} accepted`);
});

test("accepts every correct token, and every deviation names a mutation and its reason", async () => {
  const right = [...cases(SEED + 1, 200)].filter(({ mutations }) => mutations.length === 0);
  assert.deepEqual(new Set(await ours(right)), new Set(["accepted"]));
  for (const { mutation, ours, jose, reason } of deviations) {
    assert.ok(MUTATIONS.includes(mutation), mutation);
    assert.notEqual(ours === "accepted", jose === "accepted");
    assert.ok(reason.length > 20, mutation);
  }
});
