// Which sign-in a response belongs to: `state`, pending records in storage, and their age.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ADA, GRACE, startHarness } from "../harness/index.mjs";
import { APP_STATE, now, responseSteps } from "./response-steps.mjs";

const harness = await startHarness({ tenant: { customDomain: true } });
const { tenant } = harness;

const { assertRefused, pending, handleUrl, setAddress } = responseSteps(harness);

describe("matching a response to its request", () => {
  test("refuses a complete, well-signed response that no client requested, and completes the honest sign-in", async () => {
    // States that this package made and that no sign-in waits for any more.
    const lost = (await pending(3)).map(({ state }) => state);
    await harness.run(() => sessionStorage.clear());
    const [honest] = await pending(1, { authorize: { appState: APP_STATE } });
    const { state, nonce } = honest;
    const guesses = {
      unknown: [
        "guessed",
        lost[0],
        state.slice(0, -1),
        `${state}A`,
        state.toLowerCase() === state ? state.toUpperCase() : state.toLowerCase(),
        `${state} `,
        ` ${state}`,
        `${state}\u0000`,
        nonce,
        "__proto__",
        "constructor",
        "undefined",
        "null",
        "x".repeat(100_000),
        "é漢🙂",
      ],
      missing: ["", undefined],
    };
    let tokens = 0;
    for (const [reason, states] of Object.entries(guesses)) {
      for (const guess of states) {
        const url = harness.forge({
          state: guess,
          nonce,
          sub: GRACE,
          // Other tokens each time: the page keeps those of a response that was handled out of its address.
          accessToken: { claims: { jti: `token ${(tokens += 1)}` } },
          drop: guess === undefined ? ["state"] : [],
        });
        await setAddress(url);
        const result = await handleUrl();
        await assertRefused(result, { code: "state_mismatch", reason });
      }
    }
    for (const [index, error] of ["access_denied", "login_required"].entries()) {
      const response = new URLSearchParams({
        error,
        error_description: "x",
        state: lost[index + 1],
      });
      await setAddress(`/callback#${response}`);
      const result = await handleUrl();
      assert.equal("appState" in (result.error ?? {}), false);
      await assertRefused(result, { code: "state_mismatch", reason: "unknown" });
    }
    await setAddress("/fresh");
    for (const foreign of ["guessed", state.slice(0, -1), `${state}A`, `${state} `, nonce]) {
      const address = `${harness.origin}/callback#${new URLSearchParams({ error: "access_denied", state: foreign })}`;
      assert.deepEqual(await handleUrl(address), { value: null });
    }
    await setAddress("/callback#error=access_denied&error_description=Nobody+asked");
    await assertRefused(await handleUrl(), { code: "state_mismatch", reason: "missing" });

    const { value } = await handleUrl(harness.forge(honest));
    assert.equal(value?.claims.sub, ADA);
    assert.deepEqual(value.appState, APP_STATE);
  });

  test("accepts a state once: after a success, a reload with the same response is refused as used", async () => {
    const address = await harness.comeBack();
    assert.equal((await harness.handle()).value?.claims.sub, ADA);
    await harness.open(address);
    await assertRefused(await harness.handle(), { code: "state_mismatch", reason: "used" });
  });

  test("accepts a state once: after a failure, even a good second response is refused as used", async () => {
    const [one, two, three] = await pending(3);
    assert.equal(
      (await handleUrl(harness.forge({ ...one, idToken: { signature: "tampered" } }))).error?.code,
      "id_token_signature",
    );
    assert.equal(
      (await handleUrl(harness.forge({ ...two, drop: ["id_token"] }))).error?.code,
      "invalid_response",
    );
    const denied = new URLSearchParams({ error: "access_denied", state: three.state });
    assert.equal(
      (await handleUrl(`${harness.origin}/callback#${denied}`)).error?.code,
      "access_denied",
    );
    for (const answer of [one, two, three]) {
      const { error } = await handleUrl(harness.forge(answer));
      assert.deepEqual([error?.code, error?.reason], ["state_mismatch", "used"]);
    }
    assert.equal(await harness.run(() => client.isAuthenticated), false);
  });

  test("refuses another client's response as other_client, and leaves it valid for its own client", async () => {
    const [first] = await pending(1, { authorize: { appState: APP_STATE } });
    const url = harness.forge(first);
    for (const other of [
      { clientId: "another-client" },
      { domain: tenant.customDomain.domain, tenantDomain: tenant.domain },
      { flow: "code" },
      // A client with an organization begins no sign-in without one.
      { organization: "org_1" },
    ]) {
      const { error } = await handleUrl(url, other);
      assert.deepEqual(
        [error?.code, error?.reason, "appState" in error],
        ["state_mismatch", "other_client", false],
      );
      assert.equal(await harness.run(() => client.isAuthenticated), false);
    }
    assert.equal((await handleUrl(url, {})).value?.claims.sub, ADA);
  });

  test("refuses a response to another organization's client as other_client, and accepts an organization of one sign-in", async () => {
    const claims = { org_id: "org_1", org_name: "acme" };
    const [one] = await pending(1, { options: { organization: "org_1" } });
    const { error } = await handleUrl(harness.forge({ ...one, idToken: { claims } }), {
      organization: "org_2",
    });
    assert.deepEqual([error?.code, error?.reason], ["state_mismatch", "other_client"]);
    const [two] = await pending(1, {
      options: { organization: "org_2" },
      authorize: { organization: "org_1" },
    });
    const { value } = await handleUrl(harness.forge({ ...two, idToken: { claims } }), {
      organization: "org_2",
    });
    assert.equal(value?.claims.org_id, "org_1");
  });

  test("refuses the tokens of one sign-in as the response to another", async () => {
    const [one, two] = await pending(2);
    const { error } = await handleUrl(harness.forge({ state: one.state, nonce: two.nonce }));
    assert.deepEqual([error?.code, error?.reason], ["id_token_nonce", "mismatch"]);
    assert.equal((await handleUrl(harness.forge(two))).value?.claims.sub, ADA);
  });

  test("completes two pending sign-ins in reverse order", async () => {
    const [one, two] = await pending(2);
    assert.equal((await handleUrl(harness.forge(two))).value?.claims.sub, ADA);
    assert.equal((await handleUrl(harness.forge({ ...one, sub: GRACE }))).value?.claims.sub, GRACE);
    assert.equal(await harness.run(() => client.claims.sub), GRACE);
  });

  test("keeps the newest 20 of 21 pending sign-ins, and the oldest is unknown", async () => {
    const [oldest, ...rest] = await pending(21);
    for (const one of rest)
      assert.equal((await handleUrl(harness.forge(one))).value?.claims.sub, ADA);
    const { error } = await handleUrl(harness.forge(oldest));
    assert.deepEqual([error?.code, error?.reason], ["state_mismatch", "unknown"]);
  });

  test("keeps a pending sign-in while a hundred others are answered", async () => {
    const [waiting] = await pending(1);
    for (let round = 0; round < 10; round += 1) {
      for (const one of await pending(10, { keep: true })) {
        await handleUrl(`${harness.origin}/callback#error=access_denied&state=${one.state}`);
      }
    }
    assert.equal((await handleUrl(harness.forge(waiting))).value?.claims.sub, ADA);
    assert.ok((await harness.run(() => sessionStorage.length)) <= 21, "storage fills up");
  });

  test("removes old and damaged records at the next sign-in, and no entry of other scripts", async () => {
    const [waiting] = await pending(1);
    const left = await harness.run(async () => {
      const hours = (number) => `${Date.now() - number * 3600e3}`;
      const theirs = { note: "1", "auth0-current-user": "2", "auth0-current-user.note": "3" };
      const ours = { 1: "{", 2: hours(25), 3: `${hours(25)}\nstate`, 4: hours(-25), 5: hours(23) };
      for (const [name, record] of Object.entries(theirs)) sessionStorage.setItem(name, record);
      for (const [number, record] of Object.entries(ours))
        sessionStorage.setItem(`auth0-current-user.${number}`, record);
      await client.buildAuthorizeUrl();
      const is = (name) => sessionStorage.getItem(name) !== null;
      return {
        theirs: Object.keys(theirs).filter(is),
        ours: Object.keys(ours).filter((number) => is(`auth0-current-user.${number}`)),
      };
    });
    assert.deepEqual(left, {
      theirs: ["note", "auth0-current-user", "auth0-current-user.note"],
      ours: ["5"],
    });
    assert.equal((await handleUrl(harness.forge(waiting))).value?.claims.sub, ADA);
  });

  /** Handles a response to `one` as if `ms` had passed since its sign-in began. The tokens are of that time. */
  const handleLater = (one, ms) => {
    const later = now() + Math.round(ms / 1000);
    const times = { iat: later, exp: later + 3600 };
    return harness.run(
      async ({ outcome }, url, offset) => {
        const { now } = Date;
        Date.now = () => now() + offset;
        try {
          return await outcome(() => client.handleRedirectCallback(url));
        } finally {
          Date.now = now;
        }
      },
      harness.forge({ ...one, idToken: { claims: times }, accessToken: { claims: times } }),
      ms,
    );
  };
  test("keeps a sign-in pending for ten minutes, an hour and nearly a day", async () => {
    const HOUR = 3600e3;
    const list = await pending(4);
    for (const [index, ms] of [HOUR / 6, HOUR, 23 * HOUR, 24 * HOUR - 2000].entries()) {
      assert.equal((await handleLater(list[index], ms)).value?.claims.sub, ADA, `${ms} ms`);
    }
  });
  test("refuses the response to a sign-in that began more than 24 hours ago", async () => {
    const DAY = 24 * 3600e3;
    const [one, two] = await pending(2);
    for (const [answer, ms] of [
      [one, DAY + 61_000],
      [two, 30 * DAY],
    ]) {
      const { error } = await handleLater(answer, ms);
      assert.deepEqual([error?.code, error?.reason], ["state_mismatch", "expired"]);
    }
    assert.equal(await harness.run(() => client.isAuthenticated), false);
  });

  test("refuses a response if its record in storage is damaged or replaced", async () => {
    const damages = {
      "no record": () => "{",
      "a number": () => "7",
      nothing: () => "",
      "empty lines": (text) => text.replace(/[^\n]/g, ""),
      "numbers for texts": (text) => text.replace(/[^\n]+/g, "7"),
      "another state": (text) => text.replace(/\n.+/, "\nanother"),
      "no nonce": (text) => text.replace(/(\n.+)\n.+/, "$1\n"),
      "an application state that is not JSON": (text) => text.replace(/[^\n]*$/, "{"),
      "many lines": () => "1\n".repeat(100_000),
    };
    for (const [what, damage] of Object.entries(damages)) {
      const [one] = await pending(1);
      await harness.run((pageHelpers, source) => {
        const change = (0, eval)(`(${source})`);
        for (const key of Object.keys(sessionStorage))
          sessionStorage.setItem(key, change(sessionStorage.getItem(key)));
        return null;
      }, damage.toString());
      const { error } = await handleUrl(harness.forge(one));
      assert.equal(error?.code, "state_mismatch", `${what}: ${JSON.stringify(error)}`);
      assert.equal(await harness.run(() => client.isAuthenticated), false);
      await harness.run(() => sessionStorage.clear());
    }
    const [one] = await pending(1);
    assert.equal((await handleUrl(harness.forge(one))).value?.claims.sub, ADA);
  });

  test("refuses a response if its record names another issuer, client or scope", async () => {
    for (const [known, changed] of [
      [tenant.issuer, "https://evil.invalid/"],
      [harness.options().clientId, "another"],
    ]) {
      const [one] = await pending(1);
      await harness.run(
        (pageHelpers, known, changed) => {
          for (const [key, record] of Object.entries(sessionStorage)) {
            if (!record.includes(known)) throw new Error(`no ${known} in ${record}`);
            sessionStorage.setItem(key, record.replace(known, changed));
          }
          return null;
        },
        known,
        changed,
      );
      assert.equal((await handleUrl(harness.forge(one))).error?.code, "state_mismatch");
      await harness.run(() => sessionStorage.clear());
    }
  });
});
