// `cause` of a network_error: what the browser threw, and never a token, a code or a body.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ADA, idTokenOf, GRACE, startHarness } from "../harness/index.mjs";

const harness = await startHarness();
const { tenant } = harness;

/** Everything that can be reached from the error of a call while `fetch` is `source`, as one text. */
const reachable = (source, call) =>
  harness.run(
    `async ({ load }, given) => {
      const { CurrentUserError } = await load();
      const { fetch } = globalThis;
      globalThis.fetch = ${source};
      let thrown;
      try {
        await (${call})(given);
      } catch (error) {
        thrown = error;
      } finally {
        globalThis.fetch = fetch;
      }
      const seen = new Set();
      const texts = [];
      const walk = (value) => {
        if (typeof value === "string") return void texts.push(value);
        if ((typeof value !== "object" && typeof value !== "function") || !value) return;
        if (seen.has(value) || value === globalThis || value instanceof Node) return;
        seen.add(value);
        if (value instanceof Headers || value instanceof Map || value instanceof Set)
          for (const part of value) walk(part);
        if (value instanceof Request) walk(value.headers);
        for (let object = value; object && object !== Object.prototype; object = Object.getPrototypeOf(object)) {
          for (const name of Reflect.ownKeys(object)) {
            texts.push(String(name));
            try {
              walk(value[name]);
            } catch {}
          }
        }
      };
      walk(thrown);
      return {
        isOurs: thrown instanceof CurrentUserError,
        code: thrown?.code,
        cause: thrown?.cause === undefined ? null : String(thrown.cause),
        text: texts.join("\\n"),
      };
    }`,
    idTokenOf(tenant, GRACE),
  );

const CALLS = {
  getUser: "() => client.getUser()",
  linkIdentity: "(idToken) => client.linkIdentity(idToken)",
};

describe("the cause of a network_error", () => {
  test("is what the browser threw", async () => {
    await harness.signIn({ retries: 0 });
    tenant.faults.set("dropped-connection");
    const { isOurs, code, cause } = await reachable("fetch", CALLS.getUser);
    assert.deepEqual([isOurs, code, cause], [true, "network_error", "TypeError: Failed to fetch"]);
  });

  test("is the same object that a patched fetch threw, where no token is in it", async () => {
    await harness.signIn({ retries: 0 });
    const same = await harness.run(async () => {
      const { fetch } = globalThis;
      const thrown = new TypeError("blocked by an extension");
      globalThis.fetch = () => Promise.reject(thrown);
      try {
        return await client.getUser().catch(({ cause }) => cause === thrown);
      } finally {
        globalThis.fetch = fetch;
      }
    });
    assert.equal(same, true);
  });

  const THROWN = {
    "its arguments": "throw args",
    "its options": "throw args[1]",
    "the header": "throw args[1].headers.Authorization",
    "a message with its options": "throw new Error(JSON.stringify(args))",
    "a message with the bare token":
      'throw new Error((args[1].headers.Authorization ?? "").replace("Bearer ", "") + args[1].body)',
    "an error with its arguments in a member": "throw Object.assign(new Error('no'), { args })",
    "an error with its options in a member":
      "throw Object.assign(new Error('no'), { request: { init: args[1] } })",
    "an error with the headers in a member":
      "throw Object.assign(new Error('no'), { headers: new Headers(args[1].headers), body: [args[1].body] })",
    "an error with a map in a member":
      "throw Object.assign(new Error('no'), { map: new Map([['init', args[1]]]) })",
    "an error with a hidden member":
      "throw Object.defineProperty(new Error('no'), 'init', { value: { deep: args[1] } })",
    "an error with a member named by a symbol":
      "throw Object.assign(new Error('no'), { [Symbol('init')]: args[1] })",
    "an error with a getter":
      "throw new (class extends Error { get init() { return args[1]; } })('no')",
    "an error with another error as its cause":
      "throw new Error('no', { cause: new Error(JSON.stringify(args)) })",
    "an error in an error in an error":
      "throw new AggregateError([new Error('no', { cause: { args } })], 'no')",
    "an error whose toJSON hides its options":
      "throw Object.assign(new Error('no'), { init: args[1], toJSON: () => 'nothing' })",
  };
  for (const [what, source] of Object.entries(THROWN)) {
    for (const [name, call] of Object.entries(CALLS)) {
      test(`holds no token of ${name} if fetch throws ${what}`, async () => {
        await harness.signIn({ retries: 0 });
        // The keys of the tenant are fetched as ever.
        const fetching = `(...args) => {
            if (!args[1].headers.Authorization) return fetch(...args);
            ${source};
          }`;
        const { isOurs, code, text } = await reachable(fetching, call);
        assert.deepEqual([isOurs, code], [true, "network_error"]);
        assert.doesNotMatch(text, /eyJ|Bearer/);
        const { value } = await harness.run(({ outcome }) => outcome(() => client.getUser()));
        assert.equal(value?.user_id, ADA);
      });
    }
  }

  test("holds neither code nor verifier if fetch throws its arguments to the token endpoint", async () => {
    const address = await harness.comeBack({ flow: "code" });
    const code = new URL(address).searchParams.get("code");
    const { error, text } = await harness.run(
      async ({ createClient, outcome }, options) => {
        const made = await createClient(options);
        const { fetch } = globalThis;
        globalThis.fetch = (...args) => {
          throw Object.assign(new Error(String(args[1].body)), { args });
        };
        let text = "";
        const ended = await outcome(() =>
          made.handleRedirectCallback().catch((error) => {
            text = JSON.stringify([error, error.cause, error.cause?.args, String(error.cause)]);
            throw error;
          }),
        );
        globalThis.fetch = fetch;
        return { ...ended, text };
      },
      harness.options({ flow: "code" }),
    );
    assert.equal(error?.code, "network_error");
    assert.equal(text.includes(code), false);
    assert.doesNotMatch(text, /code_verifier/);
  });
});
