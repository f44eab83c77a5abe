// The tenant's key set: selection, rotation, failures, and forged key ids.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ADA, startHarness } from "../harness/index.mjs";
import { responseSteps } from "./response-steps.mjs";

const harness = await startHarness({ tenant: { customDomain: true } });
const { tenant } = harness;

const { pending, handleUrl } = responseSteps(harness);

describe("signing keys", () => {
  const fetches = () => tenant.log.filter(({ url }) => url === "/.well-known/jwks.json").length;

  test("finds the right key among malformed ones, keys for other uses, and two types that share a kid", async () => {
    for (const fault of ["jwks-odd-keys", "jwks-duplicate-kid"]) {
      tenant.faults.clear();
      tenant.faults.set(fault);
      await harness.open("/");
      const [one] = await pending(1);
      assert.equal((await handleUrl(harness.forge(one))).value?.claims.sub, ADA, fault);
    }
  });

  test("verifies nothing with a key that is marked for another use", async () => {
    const [own] = tenant.keys;
    const marks = [
      { use: "enc" },
      { alg: "RS512" },
      { alg: "PS256" },
      { key_ops: ["encrypt"] },
      { key_ops: [] },
      { kty: "EC" },
      { use: ["sig"] },
    ];
    for (const mark of marks) {
      tenant.faults.clear();
      tenant.faults.set("jwks-keys", { keys: [{ ...own, ...mark }] });
      await harness.open("/");
      const [one] = await pending(1);
      const { error } = await handleUrl(harness.forge(one));
      assert.equal(error?.code, "signing_key_not_found", JSON.stringify(mark));
    }
  });

  test("verifies a token without kid against one key, and accepts or refuses it with several", async () => {
    const [own] = tenant.keys;
    tenant.faults.set("jwks-keys", { keys: [own] });
    const [one] = await pending(1);
    assert.equal(
      (await handleUrl(harness.forge({ ...one, idToken: { header: { kid: undefined } } }))).value
        ?.claims.sub,
      ADA,
    );
    tenant.faults.clear();
    tenant.rotateKeys();
    await harness.open("/");
    const [two] = await pending(1);
    const { value, error } = await handleUrl(
      harness.forge({ ...two, idToken: { header: { kid: undefined } } }),
    );
    assert.ok(
      value?.claims.sub === ADA || /^(signing_key_not_found|id_token_signature)$/.test(error?.code),
    );
  });

  const BROKEN = [
    ["empty", "jwks-empty", {}],
    ["broken JSON", "broken-json", {}],
    ["HTML", "html-answer", { status: 200 }],
    ["an empty body", "empty-answer", {}],
    ["an array", "answer", { status: 200, body: "[]" }],
    ["null", "answer", { status: 200, body: "null" }],
    ["keys in an object instead of an array", "answer", { status: 200, body: '{"keys":{"0":{}}}' }],
    ["404", "answer", { status: 404, body: "{}" }],
    ["500", "answer", { status: 500 }],
    ["a redirect", "redirect", { location: "/elsewhere" }],
    ["cut off by a dropped connection", "dropped-connection", {}],
    ["hidden by CORS", "without-cors", {}],
    [
      "a stranger's keys",
      "jwks-keys",
      {
        keys: [
          {
            kty: "RSA",
            use: "sig",
            alg: "RS256",
            kid: "stranger",
            n: "u1SU1LfVLPHCozMxH2Mo4lgOEePzNm0tRgeLezV6ffAt0gunVTLw7onLRnrq0_IzW7yWR7QkrmBL7jTKEn5u-qKhbwKfBstIs-bMY2Zkp18gnTxKLxoS2tFczGkPLPgizskuemMghRniWaoLcyehkd3qqGElvW_VDL5AaWTg0nLVkjRo9z-40RQzuVaE8AkAFmxZzow3x-VJYKdjykkJ0iT9wCS0DRTXu269V264Vf_3jvredZiKRkgwlL9xNAwxXFg0x_XFw005UWVRIkdgcKWTjpBP2dPwVZ4WWC-9aGVd-Gyn1o0CLelf4rEjGoXbAAEgAqeGUxrcIlbjXfbcmw",
            e: "AQAB",
          },
        ],
      },
    ],
  ];
  for (const [what, fault, options] of BROKEN) {
    test(`refuses the sign-in in time if the key set is ${what}`, async () => {
      const http = !fault.startsWith("jwks-");
      tenant.faults.set(fault, options, http ? { match: { target: "jwks" } } : {});
      const [one] = await pending(1, { options: { retries: 0 } });
      const { error } = await handleUrl(harness.forge(one));
      assert.match(
        error?.code ?? "",
        /^(signing_key_not_found|network_error)$/,
        JSON.stringify(error),
      );
      assert.equal(await harness.run(() => client.isAuthenticated), false);
      assert.equal(tenant.log.filter(({ url }) => url === "/elsewhere").length, 0);
    });
  }

  test("fetches the keys without token or cookies, and once for many sign-ins and clients", async () => {
    for (let index = 0; index < 3; index += 1) {
      for (const one of await pending(3))
        assert.equal((await handleUrl(harness.forge(one))).value?.claims.sub, ADA);
    }
    assert.equal(fetches(), 1);
    const [{ headers }] = tenant.log.filter(({ url }) => url === "/.well-known/jwks.json");
    assert.deepEqual(
      [headers.authorization, headers.cookie, headers.referer],
      [undefined, undefined, undefined],
    );
  });

  test("follows each key rotation at once, with one more fetch", async () => {
    const [first] = await pending(1);
    assert.equal((await handleUrl(harness.forge(first))).value?.claims.sub, ADA);
    for (let round = 1; round <= 3; round += 1) {
      tenant.rotateKeys({ dropOld: round === 2 });
      const [one] = await pending(1, { keep: true });
      assert.equal((await handleUrl(harness.forge(one))).value?.claims.sub, ADA, `round ${round}`);
      assert.equal(fetches(), 1 + round);
    }
  });

  test("a real sign-in succeeds after a rotation, through the tenant's page", async () => {
    await harness.signIn();
    tenant.rotateKeys({ dropOld: true });
    await harness.signIn();
  });

  test("twenty forged kids do not cause a fetch each", async () => {
    const list = await pending(20);
    for (const [index, one] of list.entries()) {
      const { error } = await handleUrl(
        harness.forge({
          ...one,
          idToken: { header: { kid: `forged-${index}` }, signature: "stranger" },
        }),
      );
      assert.equal(error?.code, "signing_key_not_found");
    }
    assert.ok(fetches() <= 3, `${fetches()} fetches`);
    const [one] = await pending(1, { keep: true });
    assert.equal((await handleUrl(harness.forge(one))).value?.claims.sub, ADA);
  });

  test("a forged kid does not invalidate the known keys when the key set cannot be fetched", async () => {
    const [first, forged, honest] = await pending(3);
    assert.equal((await handleUrl(harness.forge(first))).value?.claims.sub, ADA);
    tenant.faults.set("answer", { status: 500 }, { match: { target: "jwks" } });
    for (const kid of ["forged", "forged too"]) {
      const idToken = { header: { kid }, signature: "stranger" };
      const [one] = kid === "forged" ? [forged] : await pending(1, { keep: true });
      const { error } = await handleUrl(harness.forge({ ...one, idToken }));
      assert.equal(error?.code, "signing_key_not_found");
    }
    assert.equal((await handleUrl(harness.forge(honest))).value?.claims.sub, ADA);
    assert.equal(fetches(), 2);
  });

  test("fetches the key set again at the next sign-in after a failed fetch", async () => {
    tenant.faults.set("answer", { status: 500 }, { times: 1, match: { target: "jwks" } });
    const [one, two] = await pending(2, { options: { retries: 0 } });
    assert.ok((await handleUrl(harness.forge(one))).error);
    assert.equal((await handleUrl(harness.forge(two))).value?.claims.sub, ADA);
  });
});
