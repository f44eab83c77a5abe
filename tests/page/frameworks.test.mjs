// The client as frameworks use it: members without their object, proxies, comparison by identity.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ADA, startHarness } from "../harness/index.mjs";
import { now } from "../redirect/response-steps.mjs";

const harness = await startHarness({ tenant: { customDomain: true } });

describe("the client in the hands of frameworks", () => {
  test("members work when they are passed on without the client", async () => {
    await harness.signIn();
    const heard = await harness.run(async () => {
      const { subscribe, getUser, can, logout, checkSession } = client;
      const heard = [];
      subscribe(() => heard.push(client.isAuthenticated));
      heard.push((await getUser()).user_id, can("getUser"), (await checkSession()).claims.sub);
      await logout({ localOnly: true });
      return heard;
    });
    assert.deepEqual(heard, [true, ADA, true, ADA, false]);
  });

  test("methods that others add to the class's prototype do not disturb the client", async () => {
    await harness.signIn();
    const made = await harness.run(async ({ createClient }, options) => {
      const { prototype } = globalThis.client.constructor;
      Object.assign(prototype, { instrumented: true, nothing: null });
      try {
        const { instrumented, isAuthenticated } = await createClient(options);
        return [instrumented, isAuthenticated];
      } finally {
        delete prototype.instrumented;
        delete prototype.nothing;
      }
    }, harness.options());
    assert.deepEqual(made, [true, false]);
  });

  test("members work through a proxy", async () => {
    await harness.signIn();
    const seen = await harness.run(async () => {
      const proxy = new Proxy(client, {});
      const { isAuthenticated, claims, grantedScopes, expiresAt } = proxy;
      const same = claims === client.claims && grantedScopes === client.grantedScopes;
      return [
        isAuthenticated,
        same,
        expiresAt === client.expiresAt,
        (await proxy.getUser()).user_id,
      ];
    });
    assert.deepEqual(seen, [true, true, true, ADA]);
  });

  test("claims and grantedScopes stay the same objects until they change or somebody modifies them", async () => {
    const same = () => [
      client.claims === client.claims,
      client.grantedScopes === client.grantedScopes,
    ];
    await harness.signIn();
    assert.deepEqual(await harness.run(same), [true, true]);
    const after = await harness.run(() => {
      client.grantedScopes.push("read:users");
      client.claims.sub = "somebody";
      return [client.claims.sub, client.grantedScopes.includes("read:users")];
    });
    assert.deepEqual(after, [ADA, false]);
    assert.deepEqual(await harness.run(same), [true, true]);
    const [before, now] = await harness.run(async () => {
      const before = client.grantedScopes;
      await client.logout({ localOnly: true });
      return [before, client.grantedScopes];
    });
    assert.deepEqual([before.length > 0, now], [true, []]);
    assert.deepEqual(await harness.run(same), [true, true]);
  });
});
