// Response bodies that are broken, unexpected or large.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ADA, startHarness } from "../harness/index.mjs";
import { WRITES, networkSteps } from "./network-steps.mjs";

const harness = await startHarness();
const { tenant } = harness;

const { call, count } = networkSteps(harness);

describe("response bodies", () => {
  const BROKEN = [
    ["JSON that breaks off", "broken-json", { status: 200 }],
    ["HTML", "html-answer", { status: 200 }],
    ["nothing", "empty-answer", { status: 200 }],
    ["204", "answer", { status: 204 }],
    ["null", "answer", { status: 200, body: "null" }],
    ["a number", "answer", { status: 200, body: "42" }],
    ["text in JSON", "answer", { status: 200, body: '"auth0|x"' }],
    ["white space", "answer", { status: 200, body: "  \n" }],
    ["two values", "answer", { status: 200, body: "{} {}" }],
    [
      "JSON of two megabytes without an end",
      "answer",
      { status: 200, body: `{"a":"${"x".repeat(2 << 20)}` },
    ],
    ["a thousand levels of arrays", "answer", { status: 200, body: "[".repeat(100_000) }],
  ];
  const READING = [
    ["getUser"],
    ["getEnrollments"],
    ["patchUserMetadata", [{ a: 1 }]],
    ["unlinkIdentity", ["github", "1815"]],
    ["createDeviceCredential", WRITES[4][1]],
  ];
  for (const [what, fault, options] of BROKEN) {
    test(`${what} is refused with api_error and the status, once, and the client still works`, async () => {
      await harness.signIn();
      for (const [name, args] of READING) {
        tenant.faults.clear();
        tenant.clearLog();
        tenant.faults.set(fault, options);
        const { error } = await call(name, args);
        assert.equal(error?.code, "api_error", `${name}: ${JSON.stringify(error)}`);
        assert.equal(error.status, options.status);
        assert.equal(count(), 1, name);
      }
      tenant.faults.clear();
      assert.equal((await call("getUser")).value?.user_id, ADA);
    });
  }

  test("an array instead of an object, an object instead of an array, or a credential without an id is refused with api_error", async () => {
    await harness.signIn();
    for (const [name, args, body] of [
      ["getUser", [], "[]"],
      ["patchUserMetadata", [{ a: 1 }], "[]"],
      ["getEnrollments", [], "{}"],
      ["unlinkIdentity", ["github", "1"], '{"0":{}}'],
      ["createDeviceCredential", WRITES[4][1], "{}"],
      ["createDeviceCredential", WRITES[4][1], '{"id":7}'],
    ]) {
      tenant.faults.clear();
      tenant.faults.set("answer", { status: 200, body });
      assert.equal((await call(name, args)).error?.code, "api_error", `${name} ${body}`);
    }
  });

  test("calls without a result accept an empty body and any other", async () => {
    await harness.signIn();
    for (const body of ["", "{}", "null", "<p>done</p>", '{"broken":']) {
      tenant.faults.clear();
      tenant.faults.set("answer", { status: body ? 200 : 204, body });
      const values = await harness.run(async () => [
        (await client.deleteDeviceCredential("dcr_1")) === undefined,
        (await client.deleteMultifactor("duo")) === undefined,
      ]);
      assert.deepEqual(values, [true, true], body);
    }
  });

  test("unknown fields pass through, `__proto__` stays data, and no prototype changes", async () => {
    await harness.signIn();
    const body =
      '{"user_id":"auth0|x","__proto__":{"isAdmin":true},"constructor":{"prototype":{"isAdmin":true}},"toString":1,"new_field":[{"__proto__":[]}],"identities":[{"user_id":7,"__proto__":null}]}';
    tenant.faults.set("answer", { status: 200, body });
    const seen = await harness.run(async () => {
      const user = await client.getUser();
      return {
        text: JSON.stringify(user),
        own: Object.hasOwn(user, "__proto__"),
        isAdmin: user.isAdmin ?? null,
        polluted: {}.isAdmin ?? null,
        prototype: Object.getPrototypeOf(user) === Object.prototype,
      };
    });
    assert.deepEqual(seen, {
      text: body,
      own: true,
      isAdmin: null,
      polluted: null,
      prototype: true,
    });
  });

  test("a profile of 1 MB with any characters arrives whole, many times over", async () => {
    await harness.signIn();
    const profile = {
      user_id: ADA,
      user_metadata: Object.fromEntries(
        Array.from({ length: 4000 }, (none, index) => [
          `key ${index} é漢🙂`,
          `${"x".repeat(230)} \u2028\\"${index}`,
        ]),
      ),
    };
    const body = JSON.stringify(profile);
    assert.ok(body.length > 1_000_000);
    tenant.faults.set("answer", { status: 200, body });
    const same = await harness.run(async (pageHelpers) => {
      const texts = [];
      for (let index = 0; index < 20; index += 1)
        texts.push(JSON.stringify(await client.getUser()));
      return [new Set(texts).size, texts[0]];
    });
    assert.equal(same[0], 1);
    assert.equal(same[1], body);
  });

  test("a returned value belongs to the caller", async () => {
    await harness.signIn();
    const names = await harness.run(async () => {
      const first = await client.getUser();
      first.name = "Mallory";
      first.identities.length = 0;
      const second = await client.getUser();
      return [second.name, second.identities.length];
    });
    assert.deepEqual(names, ["Ada Lovelace", 2]);
  });
});
