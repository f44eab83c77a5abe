// Values that the client returns, and functions that it calls: neither gives scripts a way in.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ADA, apiRequests, startHarness } from "../harness/index.mjs";

const harness = await startHarness();
const { tenant } = harness;

describe("returned values and callbacks", () => {
  test("subscribers that throw disturb neither each other nor the sign-in, and are reported", async () => {
    await harness.comeBack();
    const { heard, reported, sub } = await harness.run(async ({ createClient, sleep }, options) => {
      const reported = [];
      addEventListener("error", (event) => {
        reported.push(event.message);
        event.preventDefault();
      });
      const made = await createClient(options);
      const heard = [];
      made.subscribe(() => heard.push(1));
      made.subscribe(() => {
        throw new Error("a listener failed");
      });
      made.subscribe(() => {
        throw null;
      });
      made.subscribe(() => Promise.reject(new Error("later")).catch(() => {}));
      made.subscribe(() => heard.push(2));
      const { claims } = await made.handleRedirectCallback();
      await sleep(20);
      return { heard, reported, sub: claims.sub };
    }, harness.options());
    assert.deepEqual(heard, [1, 2]);
    assert.equal(sub, ADA);
    assert.equal(reported.length, 2, reported.join());
  });

  test("subscribers can call the client, subscribe and unsubscribe", async () => {
    await harness.comeBack();
    const heard = await harness.run(async ({ createClient }, options) => {
      const made = await createClient(options);
      const heard = [];
      const stop = made.subscribe(() => {
        heard.push([
          "first",
          made.isAuthenticated,
          made.claims.sub,
          made.can("getUser"),
          made.grantedScopes.length,
        ]);
        stop();
        stop();
        made.subscribe(() => heard.push("late"));
        heard.push(made.getUser());
      });
      made.subscribe(() => heard.push("second"));
      await made.handleRedirectCallback();
      return Promise.all(heard.map(async (one) => (await one).user_id ?? one));
    }, harness.options());
    assert.deepEqual(heard, [["first", true, ADA, true, 7], ADA, "second"]);
  });

  test("refuses a subscriber that is not a function with invalid_argument, and accepts one function twice", async () => {
    const results = await harness.run(async ({ createClient, outcome }, options) => {
      const made = await createClient(options);
      const codes = [];
      for (const wrong of [undefined, null, 7, {}, "x"])
        codes.push((await outcome(() => made.subscribe(wrong))).error?.code);
      const listener = () => {};
      const [first, second] = [made.subscribe(listener), made.subscribe(listener)];
      return [codes, first !== second, first(), second()].map((one) => one ?? null);
    }, harness.options());
    assert.deepEqual(results, [Array(5).fill("invalid_argument"), true, null, null]);
  });

  const MUTATIONS = {
    assigning: "claims.sub = 'auth0|evil'; claims.admin = true",
    deleting: "delete claims.iss; delete claims.sub",
    "another prototype": "Object.setPrototypeOf(claims, { roles: ['admin'] })",
    "a getter":
      "Object.defineProperty(claims, 'sub', { get: () => 'auth0|evil', enumerable: true })",
    "a hidden member": "Object.defineProperty(claims, 'admin', { value: true })",
    "a function": "claims.admin = () => true",
    "a toJSON of its own": "claims.toJSON = () => ({ sub: 'auth0|evil' })",
    "a symbol": "claims[Symbol.for('admin')] = true",
    "a member of an inner object": "claims['https://app.example/roles'].admin = true",
    "an element of an inner array": "claims['https://app.example/roles'].push('admin')",
    freezing: "Object.freeze(claims)",
  };
  for (const [what, source] of Object.entries(MUTATIONS)) {
    test(`claims that were changed by ${what} change nothing`, async () => {
      tenant.faults.set("tokens", {
        idToken: { claims: { "https://app.example/roles": ["reader"] } },
      });
      await harness.signIn();
      const [before, after, user] = await harness.run(`async () => {
        const picture = (claims) => [JSON.stringify(claims), Reflect.ownKeys(claims).length, claims.admin ?? null, claims.roles ?? null, claims.sub, Object.getPrototypeOf(claims) === Object.prototype, claims[Symbol.for("admin")] ?? null, claims["https://app.example/roles"].admin ?? null];
        const before = picture(client.claims);
        // Whether such a change is refused or lost is the package's choice.
        try { const claims = client.claims; ${source}; } catch {}
        return [before, picture(client.claims), (await client.getUser()).user_id];
      }`);
      assert.deepEqual(after, before);
      assert.equal(user, ADA);
    });
  }

  test("grantedScopes and claims with a getter or a proxy that changes its value change nothing", async () => {
    await harness.comeBack();
    await harness.handle();
    const seen = await harness.run(() => {
      const inTurns = (object, name, evil) => {
        const genuine = object[name];
        let asked = 0;
        const get = () => ((asked += 1) % 2 ? genuine : evil);
        Object.defineProperty(object, name, { enumerable: true, configurable: true, get });
      };
      inTurns(client.claims, "sub", "auth0|evil");
      inTurns(client.grantedScopes, 0, "update:users");
      const subjects = [client.claims.sub, client.claims.sub];
      const scopes = [client.grantedScopes[0], client.grantedScopes[0]];
      Object.setPrototypeOf(client.claims, Object.assign(Object.create(null), { admin: true }));
      const { admin = "none" } = client.claims;
      client.claims.aud = new Proxy([client.claims.aud], {});
      return { subjects, scopes, admin, aud: typeof client.claims.aud };
    });
    assert.deepEqual(seen.subjects, [ADA, ADA]);
    assert.deepEqual(new Set(seen.scopes).size, 1);
    assert.notEqual(seen.scopes[0], "update:users");
    assert.deepEqual([seen.admin, seen.aud], ["none", "string"]);
  });

  test("a signal on Object.prototype is not used", async () => {
    await harness.signIn();
    const ends = await harness.run(async ({ outcome }) => {
      const ends = [];
      for (const signal of [AbortSignal.abort(), "x"]) {
        Object.prototype.signal = signal;
        try {
          ends.push(await outcome(() => client.getUser({})));
          ends.push(await outcome(() => client.patchUserMetadata({ a: 1 }, {})));
        } finally {
          delete Object.prototype.signal;
        }
      }
      return ends.map(({ value, error }) => error?.code ?? value.user_id);
    });
    assert.deepEqual(ends, [ADA, ADA, ADA, ADA]);
  });

  test("every caller of the same result gets an object of its own", async () => {
    await harness.comeBack({}, { appState: { to: "/mine" } });
    const seen = await harness.run(async ({ createClient }, options) => {
      const made = await createClient(options);
      const [first, second] = await Promise.all([
        made.handleRedirectCallback(),
        made.handleRedirectCallback(),
      ]);
      first.claims.sub = "auth0|evil";
      first.appState.to = "/evil";
      const third = await made.handleRedirectCallback();
      const silent = await Promise.all([made.checkSession(), made.checkSession()]);
      silent[0].claims.sub = "auth0|evil";
      return [second, third, silent[1]].map(({ claims, appState }) => [claims.sub, appState?.to]);
    }, harness.options());
    assert.deepEqual(seen, [
      [ADA, "/mine"],
      [ADA, "/mine"],
      [ADA, null],
    ]);
  });

  test("a logout cancels the sign-in that it overtakes, for every caller that waits for it", async () => {
    for (const inListener of [false, true]) {
      await harness.comeBack();
      const ends = await harness.run(
        async ({ createClient, outcome }, [options, inListener]) => {
          const [one, two] = [await createClient(options), await createClient(options)];
          if (inListener)
            one.subscribe(() => one.isAuthenticated && one.logout({ localOnly: true }));
          const calls = [one, two].map((made) => outcome(() => made.handleRedirectCallback()));
          if (!inListener) await two.logout({ localOnly: true });
          const ends = (await Promise.all(calls)).map(({ error }) => error?.code ?? null);
          return [...ends, one.isAuthenticated, two.isAuthenticated];
        },
        [harness.options(), inListener],
      );
      assert.deepEqual(ends, ["aborted", "aborted", false, false], `in a listener: ${inListener}`);
    }
  });

  test("a sign-in that could not begin does not obstruct the next one", async () => {
    await harness.signIn();
    const seen = await harness.run(async ({ outcome }) => {
      const { getRandomValues } = crypto;
      crypto.getRandomValues = () => {
        throw new Error("no");
      };
      const { error } = await outcome(() => client.checkSession());
      delete crypto.getRandomValues;
      crypto.getRandomValues === getRandomValues || (crypto.getRandomValues = getRandomValues);
      return [error?.code, (await client.checkSession()).claims.sub];
    });
    assert.deepEqual(seen, ["invalid_configuration", ADA]);
  });

  test("modified scopes and results change nothing", async () => {
    await harness.comeBack({ scopes: ["read:current_user"] });
    const { value } = await harness.run(
      async ({ createClient, outcome }, options) => {
        const made = await createClient(options);
        return outcome(async () => {
          const signIn = await made.handleRedirectCallback();
          try {
            signIn.claims.sub = "auth0|evil";
            signIn.grantedScopes.push("update:current_user_metadata");
            signIn.expiresAt = 9e15;
          } catch {}
          try {
            made.grantedScopes.push("update:current_user_metadata");
            made.grantedScopes.length = 0;
          } catch {}
          return [
            made.claims.sub,
            made.grantedScopes,
            made.expiresAt < 9e15,
            made.can("patchUserMetadata"),
            (await outcome(() => made.patchUserMetadata({ a: 1 }))).error?.code,
          ];
        });
      },
      harness.options({ scopes: ["read:current_user"] }),
    );
    assert.deepEqual(value, [ADA, ["read:current_user"], true, false, "insufficient_scope"]);
    assert.deepEqual(apiRequests(tenant), []);
  });

  test("options that are modified after the client was created change nothing", async () => {
    const url = await harness.run(async ({ createClient }, options) => {
      const made = await createClient(options);
      options.domain = "evil.example";
      options.scopes.length = 0;
      return made.buildAuthorizeUrl();
    }, harness.options());
    assert.ok(url.startsWith(tenant.url));
    assert.equal(new URL(url).searchParams.get("scope").split(" ").length, 8);
  });

  test("claims are the same object until they change, also for other scripts", async () => {
    await harness.signIn();
    const [same, afterCalls, again] = await harness.run(async () => {
      const { claims } = client;
      const same = client.claims === claims && client.claims === client.claims;
      await client.getUser();
      await client.patchUserMetadata({ a: 1 });
      return [same, client.claims === claims, await client.buildAuthorizeUrl()];
    });
    assert.deepEqual([same, afterCalls], [true, true]);
    const { searchParams } = new URL(again);
    const response = harness.forge({
      state: searchParams.get("state"),
      nonce: searchParams.get("nonce"),
    });
    const changed = await harness.run(async (pageHelpers, url) => {
      const { claims } = client;
      await client.handleRedirectCallback(url);
      return [client.claims !== claims, client.claims === client.claims];
    }, response);
    assert.deepEqual(changed, [true, true]);
  });

  test("a page that embeds, prints or clones the client gets no secret from it", async () => {
    await harness.signIn();
    const out = await harness.run(async ({ outcome }) => {
      const clone = { ...client };
      const assigned = Object.assign({}, client);
      const { error } = await outcome(() => structuredClone(client).getUser());
      return [
        JSON.stringify(clone),
        JSON.stringify(assigned),
        error !== undefined,
        String(client),
        Object.keys(client).length,
      ];
    });
    assert.deepEqual(out, ["{}", "{}", true, "[object Object]", 0]);
  });

  test("methods that are called on another object refuse instead of leaking", async () => {
    await harness.signIn();
    const out = await harness.run(async () => {
      const prototype = Object.getPrototypeOf(client);
      const tries = [];
      for (const name of Object.getOwnPropertyNames(prototype)) {
        if (name === "constructor") continue;
        const { value, get } = Object.getOwnPropertyDescriptor(prototype, name);
        for (const receiver of [undefined, {}, Object.create(client), new Proxy(client, {})]) {
          try {
            const result = await (value ?? get).call(receiver);
            if (result !== undefined) tries.push([name, String(result)]);
          } catch {}
        }
      }
      return tries;
    });
    assert.deepEqual(out, []);
  });
});
