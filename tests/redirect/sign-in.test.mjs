// Signing in by redirect as a black box: what must be refused, by its code and without a trace, and what must keep working.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, beforeEach, describe, test } from "node:test";

import { ADA, ALL_SCOPES, GRACE, openBench } from "../harness/bench.mjs";

let bench;
let tenant;
before(async () => {
  bench = await openBench({ tenant: { customDomain: true } });
  ({ tenant } = bench);
});
after(() => bench?.close());
beforeEach(() => bench.reset());

const APP_STATE = { back: "/orders/7", list: [1, null, "two"] };
const now = () => Math.floor(Date.now() / 1000);

/** What must hold after every refusal, in the page where it happened. */
async function assertRefused({ value, error }, { code, reason, appState, ...fields }) {
  const label = JSON.stringify(error ?? value);
  if (code instanceof RegExp) assert.match(error?.code ?? "", code, label);
  else assert.equal(error?.code, code, label);
  if (reason !== undefined) assert.equal(error.reason, reason, label);
  for (const [name, expected] of Object.entries(fields)) assert.equal(error[name], expected, label);
  assert.deepEqual(error.appState, appState, label);
  assert.equal(error.name, "CurrentUserError");
  assert.ok(error.message.length > 20, "the message says something");
  await assertNoTrace();
  assert.deepEqual(await bench.run(({ session }) => session()), {
    isAuthenticated: false,
    sub: null,
    grantedScopes: [],
    expiresAt: null,
    can: false,
  });
  assert.deepEqual(
    tenant.log.filter(({ headers }) => headers.authorization),
    [],
    "a request went out with a token",
  );
}

/** No response in the address, in the history, or in what the entry carries. */
async function assertNoTrace() {
  const places = await bench.run(() => [
    location.href,
    document.URL,
    JSON.stringify(history.state),
    ...navigation.entries().map(({ url }) => url),
  ]);
  for (const place of places)
    assert.doesNotMatch(place ?? "", /eyJ|access_token|id_token|error=|state=/);
}

/** Pending sign-ins of a client in the page: `[{ state, nonce }]`. The page and the client stay. */
const pending = (count = 1, { options = {}, authorize = {}, keep = false } = {}) =>
  bench.run(
    async ({ client }, given, more, times, same) => {
      const made = same ? globalThis.client : await client(given);
      const list = [];
      for (let index = 0; index < times; index += 1) {
        const { searchParams } = new URL(await made.buildAuthorizeUrl(more));
        list.push({ state: searchParams.get("state"), nonce: searchParams.get("nonce") });
      }
      return list;
    },
    bench.options(options),
    authorize,
    count,
    keep,
  );

/** Hands an address to the client at hand, or to a new one of these options. */
const handleUrl = (url, options) =>
  bench.run(
    async ({ client, outcome }, address, given) => {
      const made = given ? await client(given) : globalThis.client;
      return outcome(() => made.handleRedirectCallback(address ?? undefined));
    },
    url,
    options && bench.options(options),
  );

/** The page's own document with another address, as if the tenant had sent us there without leaving. */
const setAddress = (address) =>
  bench.run((kit, url) => history.replaceState(history.state, "", url), address);

describe("responses that the tenant spoils", () => {
  // [fault, its options, what must come of it, the sign-in's options]
  const FAULTS = [
    ["wrong-nonce", {}, { code: "id_token_nonce", reason: "mismatch" }],
    ["missing-nonce", {}, { code: "id_token_nonce", reason: "missing" }],
    ["wrong-audience", {}, { code: "id_token_audience", reason: "mismatch" }],
    ["several-audiences", {}, { code: "id_token_authorized_party", reason: "missing" }],
    ["wrong-authorized-party", {}, { code: "id_token_authorized_party", reason: "mismatch" }],
    ["missing-subject", {}, { code: "id_token_subject", reason: "missing" }],
    ["wrong-issuer", {}, { code: "id_token_issuer", reason: "mismatch" }],
    ["wrong-issuer", { issuer: "" }, { code: "id_token_issuer" }],
    ["expired-id-token", {}, { code: "id_token_expired", reason: "mismatch" }],
    ["expired-id-token", { seconds: 90 }, { code: "id_token_expired" }],
    ["issued-in-future", {}, { code: "id_token_issued_at", reason: "mismatch" }],
    ["issued-in-future", { seconds: 90 }, { code: "id_token_issued_at" }],
    ["issued-in-future", { seconds: -3600 }, { code: "id_token_issued_at" }],
    ["stale-auth-time", {}, { code: "id_token_auth_time", reason: "mismatch" }, { maxAge: 60 }],
    [
      "tokens",
      { idToken: { drop: ["auth_time"] } },
      { code: "id_token_auth_time", reason: "missing" },
      { maxAge: 60 },
    ],
    [
      "wrong-organization",
      {},
      { code: "id_token_organization", reason: "mismatch" },
      { organization: "acme" },
    ],
    [
      "wrong-organization",
      {},
      { code: "id_token_organization" },
      { organization: "org_Zx8kQmT1vB3nR5yL" },
    ],
    [
      "tokens",
      { idToken: { drop: ["org_id", "org_name"] } },
      { code: "id_token_organization", reason: "missing" },
      { organization: "acme" },
    ],
    ["wrong-at-hash", {}, { code: "access_token_hash", reason: "mismatch" }],
    ["missing-at-hash", {}, { code: "access_token_hash", reason: "missing" }],
    ["algorithm-none", {}, { code: "id_token_algorithm" }],
    [
      "tokens",
      { idToken: { header: { alg: "nOnE" }, signature: "empty" } },
      { code: "id_token_algorithm" },
    ],
    ["algorithm-hs256", {}, { code: "id_token_algorithm" }],
    ["tampered-signature", {}, { code: "id_token_signature" }],
    ["foreign-signature", {}, { code: "id_token_signature" }],
    ["unknown-key", {}, { code: "signing_key_not_found" }],
    ["access-token-as-id-token", {}, { code: /^id_token_/ }],
    ["swapped-access-token", {}, { code: "access_token_hash", reason: "mismatch" }],
    ["foreign-access-token", {}, { code: "access_token_subject", reason: "mismatch" }],
    ["wrong-access-token-audience", {}, { code: "access_token_audience" }],
    [
      "wrong-access-token-audience",
      { audience: "http://localhost/api/v2/" },
      { code: "access_token_audience" },
    ],
    ["opaque-access-token", {}, { code: "access_token_audience" }],
    ["machine-access-token", {}, { code: "machine_token_forbidden" }],
    ["expired-access-token", {}, { code: "token_expired" }],
    ["missing-access-token", {}, { code: "invalid_response" }],
    ["missing-id-token", {}, { code: "invalid_response" }],
    ["wrong-token-type", {}, { code: "invalid_response" }],
    ["tokens", { response: { drop: ["token_type"] } }, { code: "invalid_response" }],
    ["tokens", { response: { set: { access_token: "" } } }, { code: "invalid_response" }],
    ["tokens", { response: { set: { id_token: "" } } }, { code: "invalid_response" }],
    ["tokens", { response: { set: { code: "abc" } } }, { code: "invalid_response" }],
    ["error-with-tokens", {}, { code: "invalid_response" }],
    ["wrong-issuer-parameter", {}, { code: "invalid_response" }],
    ["tokens-in-query", {}, { code: "invalid_response" }],
    [
      "authorization-error",
      { error: "access_denied", description: "<img src=x onerror=alert(1)>" },
      {
        code: "access_denied",
        serverCode: "access_denied",
        serverMessage: "<img src=x onerror=alert(1)>",
      },
    ],
    [
      "authorization-error",
      { error: "login_required" },
      { code: "login_required", serverCode: "login_required" },
    ],
    [
      "authorization-error",
      { error: "consent_required" },
      { code: "consent_required", serverCode: "consent_required" },
    ],
    [
      "authorization-error",
      { error: "interaction_required" },
      { code: "interaction_required", serverCode: "interaction_required" },
    ],
    [
      "authorization-error",
      { error: "unauthorized", description: "user is blocked" },
      { code: "authorization_error", serverCode: "unauthorized", serverMessage: "user is blocked" },
    ],
    [
      "authorization-error",
      { error: "server_error" },
      { code: "authorization_error", serverCode: "server_error" },
    ],
    [
      "authorization-error",
      { error: "__proto__" },
      { code: "authorization_error", serverCode: "__proto__" },
    ],
  ];
  for (const [fault, options, expected, authorize] of FAULTS) {
    const details = JSON.stringify(options) === "{}" ? "" : ` ${JSON.stringify(options)}`;
    test(`${fault}${details} is ${expected.code}`, async () => {
      tenant.faults.set(fault, options);
      await bench.comeBack({}, { appState: APP_STATE, ...authorize });
      await assertRefused(await bench.handle(), { appState: APP_STATE, ...expected });
      // The state has been used up, whatever came of it: a page that is loaded again gets no second chance.
    });
  }

  const OF_NOBODY = [
    ["missing-state", {}, { code: "state_mismatch", reason: "missing" }],
    ["altered-state", {}, { code: "state_mismatch", reason: "unknown" }],
    ["altered-state", { state: "__proto__" }, { code: "state_mismatch", reason: "unknown" }],
    ["tokens", { response: { set: { state: "" } } }, { code: "state_mismatch", reason: "missing" }],
    ["duplicated-parameter", { name: "state" }, { code: "invalid_response" }],
  ];
  for (const [fault, options, expected] of OF_NOBODY) {
    test(`${fault} ${JSON.stringify(options)} is ${expected.code}, and gives no appState away`, async () => {
      tenant.faults.set(fault, options);
      await bench.comeBack({}, { appState: APP_STATE });
      const result = await bench.handle();
      assert.equal("appState" in result.error, false);
      await assertRefused(result, expected);
    });
  }

  for (const name of ["access_token", "id_token", "token_type", "expires_in", "scope"]) {
    test(`the parameter ${name} twice is invalid_response`, async () => {
      tenant.faults.set("duplicated-parameter", { name });
      const address = await bench.comeBack({}, { appState: APP_STATE });
      await assertRefused(await bench.handle(), { code: "invalid_response", appState: APP_STATE });
      // The state was there once and matched: it has been used up.
      const [page, hash] = address.split("#");
      const mended = hash.split("&").filter((pair, index, all) => all.indexOf(pair) === index);
      await bench.open(`${page}#${mended.join("&")}`);
      await assertRefused(await bench.handle(), { code: "state_mismatch", reason: "used" });
    });
  }

  test("tokens in the query leave the address, and the application's own query stays", async () => {
    tenant.faults.set("tokens-in-query");
    const redirectUri = `${bench.site.origin}/callback?tab=1`;
    await bench.comeBack({ redirectUri });
    await assertRefused(await bench.handle({ redirectUri }), { code: "invalid_response" });
    assert.equal(await bench.driver.getCurrentUrl(), redirectUri);
  });

  test("machines are known by grant and by subject, however well the token fits otherwise", async () => {
    const machines = [
      { gty: "client-credentials" },
      { gty: ["client-credentials"] },
      { sub: "local-m2m@clients" },
    ];
    for (const claims of machines) {
      tenant.faults.clear();
      tenant.faults.set("tokens", {
        accessToken: { claims },
        ...(claims.sub && { idToken: { claims: { sub: claims.sub } } }),
      });
      await bench.comeBack();
      await assertRefused(await bench.handle(), { code: "machine_token_forbidden" });
    }
  });
});

describe("whose response it is", () => {
  test("a complete, well-signed response that nobody here asked for is refused, and the honest sign-in goes on", async () => {
    const [honest] = await pending(1, { authorize: { appState: APP_STATE } });
    const { state, nonce } = honest;
    const guesses = {
      unknown: [
        "guessed",
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
    for (const [reason, states] of Object.entries(guesses)) {
      for (const guess of states) {
        const url = bench.forge({
          state: guess,
          nonce,
          sub: GRACE,
          drop: guess === undefined ? ["state"] : [],
        });
        await setAddress(url);
        const result = await handleUrl();
        await assertRefused(result, { code: "state_mismatch", reason });
      }
    }
    for (const error of ["access_denied", "login_required"]) {
      const response = new URLSearchParams({ error, error_description: "x", state: "guessed" });
      await setAddress(`/callback#${response}`);
      const result = await handleUrl();
      assert.equal("appState" in (result.error ?? {}), false);
      await assertRefused(result, { code: "state_mismatch", reason: "unknown" });
    }
    await setAddress("/callback#error=access_denied&error_description=Nobody+asked");
    await assertRefused(await handleUrl(), { code: "state_mismatch", reason: "missing" });

    const { value } = await handleUrl(bench.forge(honest));
    assert.equal(value?.claims.sub, ADA);
    assert.deepEqual(value.appState, APP_STATE);
  });

  test("a state works once: after a success, a page loaded again with the same response is told so", async () => {
    const address = await bench.comeBack();
    assert.equal((await bench.handle()).value?.claims.sub, ADA);
    await bench.open(address);
    await assertRefused(await bench.handle(), { code: "state_mismatch", reason: "used" });
  });

  test("a state works once: after a failure, too, even where the second response is a good one", async () => {
    const [one, two, three] = await pending(3);
    assert.equal(
      (await handleUrl(bench.forge({ ...one, idToken: { signature: "tampered" } }))).error?.code,
      "id_token_signature",
    );
    assert.equal(
      (await handleUrl(bench.forge({ ...two, drop: ["id_token"] }))).error?.code,
      "invalid_response",
    );
    const denied = new URLSearchParams({ error: "access_denied", state: three.state });
    assert.equal(
      (await handleUrl(`${bench.site.origin}/callback#${denied}`)).error?.code,
      "access_denied",
    );
    for (const answer of [one, two, three]) {
      const { error } = await handleUrl(bench.forge(answer));
      assert.deepEqual([error?.code, error?.reason], ["state_mismatch", "used"]);
    }
    assert.equal(await bench.run(() => client.isAuthenticated), false);
  });

  test("a response for another client of the page is other_client, and is still good for its own", async () => {
    const [first] = await pending(1, { authorize: { appState: APP_STATE } });
    const url = bench.forge(first);
    for (const other of [
      { clientId: "another-client" },
      { domain: tenant.customDomain.domain, tenantDomain: tenant.domain },
      { flow: "code" },
      // Whoever has an organization begins no sign-in without one.
      { organization: "org_1" },
    ]) {
      const { error } = await handleUrl(url, other);
      assert.deepEqual(
        [error?.code, error?.reason, "appState" in error],
        ["state_mismatch", "other_client", false],
      );
      assert.equal(await bench.run(() => client.isAuthenticated), false);
    }
    assert.equal((await handleUrl(url, {})).value?.claims.sub, ADA);
  });

  test("a response to another organization's client is other_client, and an organization asked for by the way is not", async () => {
    const claims = { org_id: "org_1", org_name: "acme" };
    const [one] = await pending(1, { options: { organization: "org_1" } });
    const { error } = await handleUrl(bench.forge({ ...one, idToken: { claims } }), {
      organization: "org_2",
    });
    assert.deepEqual([error?.code, error?.reason], ["state_mismatch", "other_client"]);
    const [two] = await pending(1, {
      options: { organization: "org_2" },
      authorize: { organization: "org_1" },
    });
    const { value } = await handleUrl(bench.forge({ ...two, idToken: { claims } }), {
      organization: "org_2",
    });
    assert.equal(value?.claims.org_id, "org_1");
  });

  test("the tokens of one sign-in do not answer another", async () => {
    const [one, two] = await pending(2);
    const { error } = await handleUrl(bench.forge({ state: one.state, nonce: two.nonce }));
    assert.deepEqual([error?.code, error?.reason], ["id_token_nonce", "mismatch"]);
    assert.equal((await handleUrl(bench.forge(two))).value?.claims.sub, ADA);
  });

  test("two sign-ins begun, the later one finished first, and both work", async () => {
    const [one, two] = await pending(2);
    assert.equal((await handleUrl(bench.forge(two))).value?.claims.sub, ADA);
    assert.equal((await handleUrl(bench.forge({ ...one, sub: GRACE }))).value?.claims.sub, GRACE);
    assert.equal(await bench.run(() => client.claims.sub), GRACE);
  });

  test("of 21 pending sign-ins the newest 20 work, and the oldest is unknown", async () => {
    const [oldest, ...rest] = await pending(21);
    for (const one of rest)
      assert.equal((await handleUrl(bench.forge(one))).value?.claims.sub, ADA);
    const { error } = await handleUrl(bench.forge(oldest));
    assert.deepEqual([error?.code, error?.reason], ["state_mismatch", "unknown"]);
  });

  test("a hundred answered sign-ins do not push a pending one out", async () => {
    const [waiting] = await pending(1);
    for (let round = 0; round < 10; round += 1) {
      for (const one of await pending(10, { keep: true })) {
        await handleUrl(`${bench.site.origin}/callback#error=access_denied&state=${one.state}`);
      }
    }
    assert.equal((await handleUrl(bench.forge(waiting))).value?.claims.sub, ADA);
    assert.ok((await bench.run(() => sessionStorage.length)) <= 21, "storage fills up");
  });

  test("the next sign-in takes old and damaged records away, and nothing that is not ours", async () => {
    const [waiting] = await pending(1);
    const left = await bench.run(async () => {
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
    assert.equal((await handleUrl(bench.forge(waiting))).value?.claims.sub, ADA);
  });

  /** Handles a response to `one`, with tokens of that time, as if `ms` had passed since it began. */
  const handleLater = (one, ms) => {
    const later = now() + Math.round(ms / 1000);
    const times = { iat: later, exp: later + 3600 };
    return bench.run(
      async ({ outcome }, url, offset) => {
        const { now } = Date;
        Date.now = () => now() + offset;
        try {
          return await outcome(() => client.handleRedirectCallback(url));
        } finally {
          Date.now = now;
        }
      },
      bench.forge({ ...one, idToken: { claims: times }, accessToken: { claims: times } }),
      ms,
    );
  };
  test("a sign-in waits ten minutes, an hour and nearly a day", async () => {
    const HOUR = 3600e3;
    const list = await pending(4);
    for (const [index, ms] of [HOUR / 6, HOUR, 23 * HOUR, 24 * HOUR - 2000].entries()) {
      assert.equal((await handleLater(list[index], ms)).value?.claims.sub, ADA, `${ms} ms`);
    }
  });
  test("a sign-in of more than 24 hours ago is expired", async () => {
    const DAY = 24 * 3600e3;
    const [one, two] = await pending(2);
    for (const [answer, ms] of [
      [one, DAY + 61_000],
      [two, 30 * DAY],
    ]) {
      const { error } = await handleLater(answer, ms);
      assert.deepEqual([error?.code, error?.reason], ["state_mismatch", "expired"]);
    }
    assert.equal(await bench.run(() => client.isAuthenticated), false);
  });

  test("what is in storage may be damaged or replaced: then nobody waits", async () => {
    const damages = {
      "no record": () => "{",
      "a number": () => "7",
      nothing: () => "",
      "empty lines": (text) => text.replace(/[^\n]/g, ""),
      "numbers for texts": (text) => text.replace(/[^\n]+/g, "7"),
      "another state": (text) => text.replace(/\n.+/, "\nanother"),
      "no nonce": (text) => text.replace(/(\n.+)\n.+/, "$1\n"),
      "an application state that is no JSON": (text) => text.replace(/[^\n]*$/, "{"),
      "many lines": () => "1\n".repeat(100_000),
    };
    for (const [what, damage] of Object.entries(damages)) {
      const [one] = await pending(1);
      await bench.run((kit, source) => {
        const change = (0, eval)(`(${source})`);
        for (const key of Object.keys(sessionStorage))
          sessionStorage.setItem(key, change(sessionStorage.getItem(key)));
        return null;
      }, damage.toString());
      const { error } = await handleUrl(bench.forge(one));
      assert.equal(error?.code, "state_mismatch", `${what}: ${JSON.stringify(error)}`);
      assert.equal(await bench.run(() => client.isAuthenticated), false);
      await bench.run(() => sessionStorage.clear());
    }
    const [one] = await pending(1);
    assert.equal((await handleUrl(bench.forge(one))).value?.claims.sub, ADA);
  });

  test("a record for another issuer, client or scope written into storage makes no sign-in of theirs", async () => {
    for (const [known, changed] of [
      [tenant.issuer, "https://evil.invalid/"],
      [bench.options().clientId, "another"],
    ]) {
      const [one] = await pending(1);
      await bench.run(
        (kit, known, changed) => {
          for (const [key, record] of Object.entries(sessionStorage)) {
            if (!record.includes(known)) throw new Error(`no ${known} in ${record}`);
            sessionStorage.setItem(key, record.replace(known, changed));
          }
          return null;
        },
        known,
        changed,
      );
      assert.equal((await handleUrl(bench.forge(one))).error?.code, "state_mismatch");
      await bench.run(() => sessionStorage.clear());
    }
  });
});

describe("tabs and reloads", () => {
  const inNewTab = async (action) => {
    const [first] = await bench.driver.getAllWindowHandles();
    await bench.driver.switchTo().newWindow("tab");
    try {
      await bench.open("/");
      return await action();
    } finally {
      await bench.driver.close();
      await bench.driver.switchTo().window(first);
    }
  };

  test("a reload in mid-sign-in does not disturb it", async () => {
    const [one] = await pending(1);
    await bench.driver.navigate().refresh();
    await bench.open("/elsewhere");
    assert.equal((await handleUrl(bench.forge(one), {})).value?.claims.sub, ADA);
  });

  test("a reload ends the session, and storage holds nothing of it", async () => {
    await bench.signIn();
    await bench.driver.navigate().refresh();
    assert.equal(
      await bench.run(
        async ({ client }, options) => (await client(options)).isAuthenticated,
        bench.options(),
      ),
      false,
    );
    const stored = await bench.run(() =>
      JSON.stringify([{ ...sessionStorage }, { ...localStorage }]),
    );
    assert.doesNotMatch(stored, /eyJ|auth0\|/);
  });

  test("two tabs sign in at once, each with its own storage", async () => {
    const [one] = await pending(1);
    await inNewTab(async () => {
      const [two] = await pending(1);
      assert.equal((await handleUrl(bench.forge({ ...two, sub: GRACE }))).value?.claims.sub, GRACE);
      const { error } = await handleUrl(bench.forge(one), {});
      assert.deepEqual([error?.code, error?.reason], ["state_mismatch", "unknown"]);
    });
    assert.equal((await handleUrl(bench.forge(one))).value?.claims.sub, ADA);
  });

  test('with transactionStore "local" the response may come back in another tab, once', async () => {
    const options = { transactionStore: "local" };
    const [one, two] = await pending(2, { options, authorize: { appState: APP_STATE } });
    await inNewTab(async () => {
      const { value } = await handleUrl(bench.forge(one), options);
      assert.equal(value?.claims.sub, ADA);
      assert.deepEqual(value.appState, APP_STATE);
    });
    const { error } = await handleUrl(bench.forge(one));
    assert.deepEqual([error?.code, error?.reason], ["state_mismatch", "used"]);
    assert.equal((await handleUrl(bench.forge(two))).value?.claims.sub, ADA);
    assert.equal(await bench.run(() => sessionStorage.length), 0);
  });
});

describe("handled twice", () => {
  const handleTwice = (how) =>
    bench.run(
      `async ({ client, outcome, load }, options) => {
        const first = await client(options);
        const results = await (${how})(first, () => client(options), outcome);
        return { results, authenticated: globalThis.client.isAuthenticated };
      }`,
      bench.options(),
    );
  // As React's StrictMode and impatient code would do it.
  const WAYS = {
    "at once": (one, more, outcome) =>
      Promise.all([
        outcome(() => one.handleRedirectCallback()),
        outcome(() => one.handleRedirectCallback()),
      ]),
    "one after the other": async (one, more, outcome) => [
      await outcome(() => one.handleRedirectCallback()),
      await outcome(() => one.handleRedirectCallback()),
    ],
    "with the address given": (one, more, outcome) => {
      const address = location.href;
      return Promise.all([
        outcome(() => one.handleRedirectCallback(address)),
        outcome(() => one.handleRedirectCallback(address)),
      ]);
    },
    "by two clients of the same options": async (one, more, outcome) => {
      const two = await more();
      return Promise.all([
        outcome(() => one.handleRedirectCallback()),
        outcome(() => two.handleRedirectCallback()),
      ]);
    },
    "one after the other, each with the page's address": async (one, more, outcome) => [
      await outcome(() => one.handleRedirectCallback(location.href)),
      await outcome(() => one.handleRedirectCallback(location.href)),
    ],
    "one after the other, each with what is behind the #": async (one, more, outcome) => [
      await outcome(() => one.handleRedirectCallback(location.hash)),
      await outcome(() => one.handleRedirectCallback(location.hash)),
    ],
    "with what is behind the #, then without": async (one, more, outcome) => [
      await outcome(() => one.handleRedirectCallback(location.hash)),
      await outcome(() => one.handleRedirectCallback()),
    ],
    "however long the first takes": async (one, more, outcome) => {
      const first = outcome(() => one.handleRedirectCallback());
      const { now } = Date;
      Date.now = () => now() + 20_000;
      try {
        return [await first, await outcome(() => one.handleRedirectCallback())];
      } finally {
        Date.now = now;
      }
    },
    "by a client that is made after the first has finished": async (one, more, outcome) => {
      const first = await outcome(() => one.handleRedirectCallback());
      return [first, await outcome(async () => (await more()).handleRedirectCallback())];
    },
  };
  for (const [how, way] of Object.entries(WAYS)) {
    test(`${how}: the same sign-in`, async () => {
      await bench.comeBack({}, { appState: APP_STATE });
      const { results, authenticated } = await handleTwice(way);
      assert.equal(results[0].value?.claims.sub, ADA, JSON.stringify(results));
      assert.deepEqual(results[1], results[0]);
      assert.equal(authenticated, true);
    });
    test(`${how}: the same refusal`, async () => {
      tenant.faults.set("wrong-nonce");
      await bench.comeBack({}, { appState: APP_STATE });
      const { results, authenticated } = await handleTwice(way);
      assert.equal(results[0].error?.code, "id_token_nonce");
      assert.deepEqual(results[1], results[0]);
      assert.equal(authenticated, false);
    });
  }

  for (const [what, changes] of Object.entries({
    flow: { flow: "code" },
    organization: { organization: "org_1" },
    audience: { tenantDomain: "canonical.example" },
    application: { clientId: "another-client" },
  })) {
    test(`a client with another ${what} has no part in it`, async () => {
      await bench.comeBack();
      const [first, second, authenticated] = await bench.run(
        async ({ client, outcome }, options, changes) => {
          const [one, two] = [await client(options), await client({ ...options, ...changes })];
          const first = outcome(() => one.handleRedirectCallback());
          return [
            await outcome(() => two.handleRedirectCallback()),
            await first,
            two.isAuthenticated,
          ];
        },
        bench.options(),
        changes,
      );
      assert.deepEqual([first, authenticated], [{ value: null }, false]);
      assert.equal(second.value?.claims.sub, ADA);
    });
  }

  for (const [what, address] of Object.entries({
    "the page's path": "/callback",
    nothing: "",
    "a route": "#/list",
    "another page": "https://elsewhere.example/",
    "somebody's response": "/callback#access_token=a&id_token=b&state=forged",
  })) {
    test(`a response that waits in the address is still there after ${what} was handed over`, async () => {
      const waiting = await bench.comeBack();
      const { error, value } = await handleUrl(address, {});
      assert.equal(error?.code ?? value, what.includes("response") ? "state_mismatch" : null);
      assert.equal(await bench.driver.getCurrentUrl(), waiting);
      assert.equal((await handleUrl()).value?.claims.sub, ADA);
    });
  }

  for (const source of ["location", "new URL(location.href)", "null", "{}", "7"]) {
    test(`${source} is no address, and the response leaves the page's one all the same`, async () => {
      await bench.comeBack();
      const { error } = await bench.run(
        `async ({ client, outcome }, options) => {
          const made = await client(options);
          return outcome(() => made.handleRedirectCallback(${source}));
        }`,
        bench.options(),
      );
      assert.equal(error?.code, "invalid_argument");
      assert.equal(await bench.driver.getCurrentUrl(), `${bench.site.origin}/callback`);
    });
  }

  test("where the page has replaced its address too often, the response leaves it as soon as the browser lets it", async () => {
    await bench.comeBack();
    const { value } = await bench.run(async ({ client, outcome }, options) => {
      const made = await client(options);
      for (let index = 0; index < 400; index += 1) history.replaceState(index, "", location.href);
      return outcome(() => made.handleRedirectCallback());
    }, bench.options());
    assert.equal(value?.claims.sub, ADA);
    assert.match(await bench.driver.getCurrentUrl(), /token/);
    await bench.driver.wait(
      async () => (await bench.driver.getCurrentUrl()) === `${bench.site.origin}/callback`,
      20_000,
    );
  });

  test("another client's refusal does not take its place", async () => {
    const [one] = await pending(1);
    const url = bench.forge(one);
    const first = await handleUrl(url);
    assert.equal(first.value?.claims.sub, ADA);
    const refused = await bench.run(
      async ({ client, outcome }, options, address) => {
        const ours = globalThis.client;
        const other = await client(options);
        globalThis.client = ours;
        return outcome(() => other.handleRedirectCallback(address));
      },
      bench.options({ clientId: "another-client" }),
      url,
    );
    assert.equal(refused.error?.code, "state_mismatch");
    assert.deepEqual(await handleUrl(url), first);
  });

  test("an address where it never was does not ask for it", async () => {
    const [one] = await pending(1);
    assert.equal((await handleUrl(bench.forge(one))).value?.claims.sub, ADA);
    assert.deepEqual(await handleUrl(), { value: null });
    assert.deepEqual(await handleUrl(""), { value: null });
  });

  test("who has logged out while waiting for it stays logged out, whatever else was handled meanwhile", async () => {
    const [one] = await pending(1);
    tenant.faults.set("delay", { ms: 600 }, { match: { target: "jwks" } });
    const authenticated = await bench.run(
      async ({ client, outcome }, options, url, forged) => {
        const first = globalThis.client;
        const second = await client(options);
        const ends = [first, second].map((it) => outcome(() => it.handleRedirectCallback(url)));
        await outcome(() => first.handleRedirectCallback(forged));
        await second.logout({ localOnly: true });
        await Promise.all(ends);
        return [first.isAuthenticated, second.isAuthenticated];
      },
      bench.options(),
      bench.forge(one),
      `${bench.site.origin}/callback#error=login_required&state=forged`,
    );
    assert.deepEqual(authenticated, [true, false]);
  });

  test("a renewal that ends after another user's sign-in leaves that alone", async () => {
    await bench.signIn();
    tenant.faults.set("delay", { ms: 700 }, { times: 1, match: { target: "authorize" } });
    await bench.run(({ outcome }) => {
      globalThis.renewal = outcome(() => client.checkSession());
      return null;
    });
    const [one] = await pending(1, { keep: true });
    assert.equal((await handleUrl(bench.forge({ ...one, sub: GRACE }))).value?.claims.sub, GRACE);
    const { error } = await bench.run(() => renewal);
    assert.deepEqual([error?.code, error?.reason], ["id_token_subject", "mismatch"]);
    assert.equal(await bench.run(() => client.claims.sub), GRACE);
    assert.equal(
      (await bench.run(({ outcome }) => outcome(() => client.checkSession()))).value?.claims.sub,
      ADA,
    );
  });

  test("listeners hear of a sign-in once, and find it done", async () => {
    await bench.comeBack();
    const heard = await bench.run(async ({ client }, options) => {
      const made = await client(options);
      const heard = [];
      made.subscribe(() => heard.push(made.claims.sub));
      const stop = made.subscribe(() => heard.push("never"));
      stop();
      await Promise.all([made.handleRedirectCallback(), made.handleRedirectCallback()]);
      return heard;
    }, bench.options());
    assert.deepEqual(heard, [ADA]);
  });

  test("listeners hear of the expiry", async () => {
    tenant.setAccessTokenLifetime(2);
    await bench.signIn();
    const heard = await bench.run(async ({ sleep }) => {
      const heard = [];
      client.subscribe(() => heard.push(client.isAuthenticated));
      await sleep(client.expiresAt - Date.now() + 300);
      return heard;
    });
    assert.equal(heard.at(-1), false);
  });
});

describe("the client in the hands of frameworks", () => {
  test("members work when they are handed on by themselves", async () => {
    await bench.signIn();
    const heard = await bench.run(async () => {
      const { subscribe, getUser, can, logout, checkSession } = client;
      const heard = [];
      subscribe(() => heard.push(client.isAuthenticated));
      heard.push((await getUser()).user_id, can("getUser"), (await checkSession()).claims.sub);
      await logout({ localOnly: true });
      return heard;
    });
    assert.deepEqual(heard, [true, ADA, true, ADA, false]);
  });

  test("what others have put on the class's prototype is no obstacle", async () => {
    await bench.signIn();
    const made = await bench.run(async ({ client }, options) => {
      const { prototype } = globalThis.client.constructor;
      Object.assign(prototype, { instrumented: true, nothing: null });
      try {
        const { instrumented, isAuthenticated } = await client(options);
        return [instrumented, isAuthenticated];
      } finally {
        delete prototype.instrumented;
        delete prototype.nothing;
      }
    }, bench.options());
    assert.deepEqual(made, [true, false]);
  });

  test("members work through a proxy", async () => {
    await bench.signIn();
    const seen = await bench.run(async () => {
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

  test("claims and grantedScopes are the same objects until they change, or somebody changes them", async () => {
    const same = () => [
      client.claims === client.claims,
      client.grantedScopes === client.grantedScopes,
    ];
    await bench.signIn();
    assert.deepEqual(await bench.run(same), [true, true]);
    const after = await bench.run(() => {
      client.grantedScopes.push("read:users");
      client.claims.sub = "somebody";
      return [client.claims.sub, client.grantedScopes.includes("read:users")];
    });
    assert.deepEqual(after, [ADA, false]);
    assert.deepEqual(await bench.run(same), [true, true]);
    const [before, now] = await bench.run(async () => {
      const before = client.grantedScopes;
      await client.logout({ localOnly: true });
      return [before, client.grantedScopes];
    });
    assert.deepEqual([before.length > 0, now], [true, []]);
    assert.deepEqual(await bench.run(same), [true, true]);
  });
});

describe("the application's own addresses", () => {
  const OWN = [
    "",
    "#",
    "#/",
    "#!",
    "#!/",
    "#section-2",
    "#/settings",
    "#/settings?tab=keys&page=2",
    "#?tab=keys",
    "#tab=keys&page=2",
    "#state",
    "#state=open",
    "#/orders?state=open&scope=all",
    "#code=7",
    "#code",
    "#error",
    "#error=",
    "#/error",
    "#/error/404",
    "#scope=team",
    "#iss=x",
    "#expires_in=3",
    "#token_type=Bearer",
    "#access_tokens=1",
    "#my_access_token=1",
    "#ACCESS_TOKEN=1&ID_TOKEN=2",
    "#q=access_token",
    "#/docs/access_token",
    "#/docs/id_token?state=open",
    "#:~:text=access_token",
    "#%20%20",
    "#%zz",
    "#é漢🙂",
    "#__proto__=1&constructor=2",
    "#a=1&a=2&a=3",
    "?code=abc",
    "?code=abc&state=xyz",
    "?state=open",
    "?q=access_token%3D1",
    "?error=none",
    "?scope=all&iss=x#/route",
    "?utm_source=a&utm_medium=b#top",
    "?__proto__=1",
  ];
  test(`${OWN.length} addresses with any words in them are null, and stay as they are`, async () => {
    const touched = await bench.run(
      async ({ client }, options, list) => {
        const made = await client(options);
        const { replaceState } = history;
        const touched = [];
        for (const address of list) {
          const state = { the: "application's own" };
          replaceState.call(history, state, "", `/app${address}`);
          const before = [location.href, history.length, JSON.stringify(history.state)].join();
          let calls = 0;
          history.replaceState = (...args) => ((calls += 1), replaceState.apply(history, args));
          const given = await made.handleRedirectCallback(location.href);
          const taken = await made.handleRedirectCallback();
          delete history.replaceState;
          const after = [location.href, history.length, JSON.stringify(history.state)].join();
          if (given !== null || taken !== null || before !== after || calls > 0)
            touched.push([address, after, given, taken, calls]);
        }
        return touched;
      },
      bench.options(),
      OWN,
    );
    assert.deepEqual(touched, []);
    assert.deepEqual(tenant.log, []);
  });

  test("query and history state stay, exactly as they were", async () => {
    for (const query of ["?tab=1", "?x=%20y+z&x=2&empty=&flag", "?q=a%26b=c%3D", "?next=/a?b=c"]) {
      const redirectUri = `${bench.site.origin}/callback${query}`;
      await bench.comeBack({ redirectUri });
      await bench.run(() => history.replaceState({ position: 7 }, "", location.href));
      const { value, error } = await bench.handle({ redirectUri });
      assert.equal(value?.claims.sub, ADA, JSON.stringify(error));
      assert.equal(await bench.driver.getCurrentUrl(), redirectUri);
      assert.deepEqual(await bench.run(() => history.state), { position: 7 });
      await bench.driver.executeScript("sessionStorage.clear()");
    }
  });

  test("routers that put something behind the # lose the response from the address, and keep the page", async () => {
    for (const prefix of ["/", "?", "/?", "!/", "!"]) {
      const [one] = await pending(1);
      const url = bench.forge(one).replace("#", `#${prefix}`);
      await setAddress(url);
      const { value, error } = await handleUrl();
      assert.ok(
        value?.claims?.sub === ADA || error?.code,
        `#${prefix}: ${JSON.stringify({ value, error })}`,
      );
      await assertNoTrace();
      assert.match(await bench.driver.getCurrentUrl(), /\/callback(#[!/?]*)?$/);
    }
  });

  test("an address that was handed over does not touch another one in the bar", async () => {
    const [one] = await pending(1);
    await setAddress("/app?tab=1#/route");
    assert.equal((await handleUrl(bench.forge(one))).value?.claims.sub, ADA);
    assert.equal(await bench.driver.getCurrentUrl(), `${bench.site.origin}/app?tab=1#/route`);
  });

  test("an address that is no text is invalid_argument", async () => {
    await pending(1);
    for (const wrong of ["null", "7", "{}", "[]", "true", "new URL(location.href)"]) {
      const { error } = await bench.run(
        `({ outcome }) => outcome(() => client.handleRedirectCallback(${wrong}))`,
      );
      assert.equal(error?.code, "invalid_argument", wrong);
    }
    for (const none of ["", "not an address", "#", "javascript:alert(1)", "x".repeat(1_000_000)]) {
      assert.deepEqual(await handleUrl(none), { value: null });
    }
  });
});

describe("the response's form", () => {
  const GOOD = {
    "in another order": (hash) => hash.split("&").reverse().join("&"),
    "with parameters that nobody knows": (hash) => `${hash}&session_state=1&foo=bar&not_before=0`,
    "with an empty parameter": (hash) => `&${hash}&&=&=x&`,
    "with names that prototypes have": (hash) =>
      `__proto__=1&constructor=2&toString=3&${hash}&__proto__[access_token]=x&hasOwnProperty=4`,
    "with arrays in brackets": (hash) => `${hash}&state[]=x&state[0]=y&access_token[]=z`,
    "with broken percent signs elsewhere": (hash) => `${hash}&foo=%zz&%=%&bar=%E0%A4%A`,
    "with every character percent-encoded": (hash) =>
      hash
        .split("&")
        .map((pair) =>
          pair
            .split("=")
            .map((text) =>
              [...Buffer.from(decodeURIComponent(text))]
                .map((byte) => `%${byte.toString(16).padStart(2, "0")}`)
                .join(""),
            )
            .join("="),
        )
        .join("&"),
    "with a lower-case token type": (hash) => hash.replace("Bearer", "bearer"),
    "with an upper-case token type": (hash) => hash.replace("Bearer", "BEARER"),
    "with a + in a value": (hash) => `${hash}&scope=openid+read%3Acurrent_user`,
    "with the tenant's own iss": (hash) => `${hash}&iss=${encodeURIComponent(tenant.issuer)}`,
    "without expires_in": (hash) => hash.replace(/&expires_in=\d+/, ""),
    "with nonsense in expires_in": (hash) => hash.replace(/expires_in=\d+/, "expires_in=soon"),
    "with a negative expires_in": (hash) => hash.replace(/expires_in=\d+/, "expires_in=-5"),
    "with an endless expires_in": (hash) =>
      hash.replace(/expires_in=\d+/, "expires_in=99999999999999999999"),
    "with ten thousand parameters": (hash) =>
      `${hash}&${Array.from({ length: 10_000 }, (none, index) => `p${index}=x`).join("&")}`,
    "with a megabyte in a parameter": (hash) => `${hash}&foo=${"x".repeat(1 << 20)}`,
  };
  for (const [what, change] of Object.entries(GOOD)) {
    test(`${what}: accepted, and trusted no longer than the token itself says`, async () => {
      const [one] = await pending(1);
      const [page, hash] = bench.forge(one).split("#");
      const { value, error } = await handleUrl(`${page}#${change(hash)}`);
      assert.equal(value?.claims.sub, ADA, JSON.stringify(error));
      assert.ok(value.expiresAt <= Date.now() + 7200e3 + 2000);
      assert.equal(await bench.run(() => ({}).access_token ?? null), null);
    });
  }

  const BAD = {
    "tokens of white space": [(hash) => hash.replace(/access_token=[^&]+/, "access_token=+"), /.*/],
    "a parameter twice with one value": [(hash) => `${hash}&token_type=Bearer`, "invalid_response"],
    "a parameter twice, once percent-encoded": [
      (hash) => `${hash}&%69d_token=x`,
      "invalid_response",
    ],
    "state in other letters": [(hash) => hash.replace("state=", "State="), "state_mismatch"],
    "a token type with a blank": [
      (hash) => hash.replace("Bearer", "Bearer%20"),
      "invalid_response",
    ],
    "another token type": [(hash) => hash.replace("Bearer", "DPoP"), "invalid_response"],
    "an empty error beside the tokens": [(hash) => `${hash}&error=`, "invalid_response"],
    "an empty iss": [(hash) => `${hash}&iss=`, "invalid_response"],
    "iss without its slash": [
      (hash) => `${hash}&iss=${encodeURIComponent(tenant.issuer.slice(0, -1))}`,
      "invalid_response",
    ],
  };
  for (const [what, [change, code]] of Object.entries(BAD)) {
    test(`${what}: ${code instanceof RegExp ? "refused" : code}`, async () => {
      const [one] = await pending(1);
      const [page, hash] = bench.forge(one).split("#");
      const { error } = await handleUrl(`${page}#${change(hash)}`);
      if (code instanceof RegExp) assert.ok(error?.code);
      else assert.equal(error?.code, code, JSON.stringify(error));
      assert.equal(await bench.run(() => client.isAuthenticated), false);
    });
  }

  test("appState comes back as it was, whatever JSON it is", async () => {
    const values = [
      null,
      false,
      0,
      -0.5,
      "",
      "text",
      [],
      {},
      [[[]]],
      { "": { "é漢🙂": "\u2028\u0000" } },
      JSON.parse('{"__proto__":{"a":1},"constructor":2}'),
      "x".repeat(50_000),
      "<script>alert(1)</script>",
      "https://evil.invalid/",
    ];
    for (const appState of values) {
      const text = JSON.stringify(appState);
      const back = await bench.run(
        async ({ client }, options, given) => {
          const made = await client(options);
          const { searchParams } = new URL(
            await made.buildAuthorizeUrl({ appState: JSON.parse(given) }),
          );
          return {
            state: searchParams.get("state"),
            nonce: searchParams.get("nonce"),
            all: searchParams.toString(),
          };
        },
        bench.options(),
        text,
      );
      assert.equal(back.all.includes("alert"), false);
      const result = await bench.run(
        async (kit, url) => JSON.stringify((await client.handleRedirectCallback(url)).appState),
        bench.forge(back),
      );
      assert.equal(result, text);
    }
    const [one] = await pending(1);
    assert.equal(
      await bench.run(
        async (kit, url) => (await client.handleRedirectCallback(url)).appState === undefined,
        bench.forge(one),
      ),
      true,
    );
    assert.equal(new URL(await bench.driver.getCurrentUrl()).origin, bench.site.origin);
  });

  test("the tenant's words are text: no markup and no address comes of them", async () => {
    const [one] = await pending(1);
    const description = '<img src=x onerror="document.title=1"><a href="javascript:alert(1)">';
    const { error } = await handleUrl(
      `${bench.site.origin}/callback#${new URLSearchParams({ error: "x", error_description: description, error_uri: "https://evil.invalid/", state: one.state })}`,
    );
    assert.equal(error.serverMessage, description);
    assert.equal(error.message.includes("<"), false);
    assert.doesNotMatch(await bench.run(() => document.documentElement.outerHTML), /onerror/);
  });
});

describe("tokens made for the occasion", () => {
  // [what, changes of the ID token, changes of the access token, code or undefined where it must work, sign-in options]
  const TOKENS = [
    ["the plain one", {}, {}],
    ["aud in an array", { claims: { aud: ["local-spa"] } }, {}],
    [
      "several audiences and the right azp",
      { claims: { aud: ["local-spa", "another"], azp: "local-spa" } },
      {},
    ],
    [
      "several audiences and no azp",
      { claims: { aud: ["local-spa", "another"] } },
      {},
      "id_token_authorized_party",
    ],
    [
      "an audience of objects",
      { claims: { aud: [{ toString: "local-spa" }] } },
      {},
      "id_token_audience",
    ],
    ["an empty audience", { claims: { aud: [] } }, {}, "id_token_audience"],
    ["no audience", { drop: ["aud"] }, {}, "id_token_audience"],
    [
      "an audience that begins like ours",
      { claims: { aud: "local-spa-code-only" } },
      {},
      "id_token_audience",
    ],
    [
      "an issuer without its slash",
      { claims: { iss: () => tenant.issuer.slice(0, -1) } },
      {},
      "id_token_issuer",
    ],
    [
      "an issuer in capitals",
      { claims: { iss: () => tenant.issuer.toUpperCase() } },
      {},
      "id_token_issuer",
    ],
    ["an issuer in an array", { claims: { iss: () => [tenant.issuer] } }, {}, "id_token_issuer"],
    ["no issuer", { drop: ["iss"] }, {}, "id_token_issuer"],
    ["an empty sub", { claims: { sub: "" } }, {}, "id_token_subject"],
    ["a number for sub", { claims: { sub: 7 } }, {}, "id_token_subject"],
    [
      "fractions of seconds",
      { claims: { iat: () => now() + 0.25, exp: () => now() + 3600.75 } },
      {},
    ],
    ["exp as text", { claims: { exp: () => String(now() + 3600) } }, {}, "id_token_expired"],
    ["exp null", { claims: { exp: null } }, {}, "id_token_expired"],
    ["no exp", { drop: ["exp"] }, {}, "id_token_expired"],
    ["exp a minute ago, within leeway", { claims: { exp: () => now() - 30 } }, {}],
    ["exp beyond leeway", { claims: { exp: () => now() - 65 } }, {}, "id_token_expired"],
    ["an exp of 1e300", { claims: { exp: 1e300 } }, {}],
    ["iat as text", { claims: { iat: () => String(now()) } }, {}, "id_token_issued_at"],
    ["no iat", { drop: ["iat"] }, {}, "id_token_issued_at"],
    ["iat ahead within leeway", { claims: { iat: () => now() + 45 } }, {}],
    [
      "iat long before this sign-in",
      { claims: { iat: () => now() - 600 } },
      {},
      "id_token_issued_at",
    ],
    ["nbf in the future", { claims: { nbf: () => now() + 600 } }, {}, "id_token_issued_at"],
    ["nbf in the past", { claims: { nbf: () => now() - 600 } }, {}],
    ["a nonce in an array", { claims: { nonce: (one) => [one.nonce] } }, {}, "id_token_nonce"],
    ["an empty nonce", { claims: { nonce: "" } }, {}, "id_token_nonce"],
    ["the state as nonce", { claims: { nonce: (one) => one.state } }, {}, "id_token_nonce"],
    ["an empty at_hash", { claims: { at_hash: "" } }, {}, "access_token_hash"],
    ["at_hash null", { claims: { at_hash: null } }, {}, "access_token_hash"],
    [
      "claims of any name",
      {
        claims: {
          constructor: 1,
          toString: "x",
          "é漢🙂": [null],
          "https://app.example/roles": ["a"],
        },
      },
      {},
    ],
    [
      "the organization by name",
      { claims: { org_id: "org_Zx8kQmT1vB3nR5yL", org_name: "acme" } },
      {},
      undefined,
      { organization: "acme" },
    ],
    [
      "the organization by id",
      { claims: { org_id: "org_Zx8kQmT1vB3nR5yL" } },
      {},
      undefined,
      { organization: "org_Zx8kQmT1vB3nR5yL" },
    ],
    [
      "the organization's name where its id was asked for",
      { claims: { org_name: "org_Zx8kQmT1vB3nR5yL" } },
      {},
      "id_token_organization",
      { organization: "org_Zx8kQmT1vB3nR5yL" },
    ],
    ["no organization", {}, {}, "id_token_organization", { organization: "acme" }],
    [
      "auth_time in time",
      { claims: { auth_time: () => now() - 30 } },
      {},
      undefined,
      { maxAge: 60 },
    ],
    [
      "auth_time as text",
      { claims: { auth_time: () => String(now()) } },
      {},
      "id_token_auth_time",
      { maxAge: 60 },
    ],
    ["no auth_time", {}, {}, "id_token_auth_time", { maxAge: 60 }],
    ["no auth_time for maxAge 0", {}, {}, "id_token_auth_time", { maxAge: 0 }],
    ["crit", { header: { crit: ["exp"], exp: 1 } }, {}, /^id_token_/],
    ["RS512", { header: { alg: "RS512" } }, {}, "id_token_algorithm"],
    ["an algorithm of no type", { header: { alg: ["RS256"] } }, {}, "id_token_algorithm"],
    [
      "a key of another tenant in the header",
      { header: { jwk: { kty: "RSA" }, kid: "x" }, signature: "stranger" },
      {},
      "signing_key_not_found",
    ],
    ["kid that is no text", { header: { kid: 7 } }, {}, /^(id_token_|signing_key)/],
    ["kid like a path", { header: { kid: "../../x" } }, {}, "signing_key_not_found"],
    ["kid of a prototype", { header: { kid: "__proto__" } }, {}, "signing_key_not_found"],
    ["four parts", { raw: "a.b.c.d" }, {}, "id_token_malformed"],
    ["five parts", { raw: "a.b.c.d.e" }, {}, "id_token_malformed"],
    ["dots", { raw: ".." }, {}, "id_token_malformed"],
    ["padding", { raw: "e30=.e30=.e30=" }, {}, "id_token_malformed"],
    ["the other base64", { raw: "e30.e30.+/+/" }, {}, "id_token_malformed"],
    ["an array for a header", { raw: "W10.e30.AAAA" }, {}, "id_token_malformed"],
    ["no UTF-8", { raw: "e30.gIGC.AAAA" }, {}, "id_token_malformed"],
    ["half a megabyte", { raw: `${"A".repeat(1 << 19)}.e30.AAAA` }, {}, "id_token_malformed"],
    ["another user's access token", {}, { claims: { sub: GRACE } }, "access_token_subject"],
    ["an access token without sub", {}, { drop: ["sub"] }, "access_token_subject"],
    [
      "an access token for the API and userinfo",
      {},
      { claims: { aud: () => [tenant.audience, `${tenant.issuer}userinfo`] } },
    ],
    [
      "an access token for userinfo alone",
      {},
      { claims: { aud: () => `${tenant.issuer}userinfo` } },
      "access_token_audience",
    ],
    [
      "an access token for the API and another",
      {},
      { claims: { aud: () => [tenant.audience, "https://other.invalid/"] } },
      "access_token_audience",
    ],
    [
      "an audience without its slash",
      {},
      { claims: { aud: () => tenant.audience.slice(0, -1) } },
      "access_token_audience",
    ],
    ["an access token without aud", {}, { drop: ["aud"] }, "access_token_audience"],
    ["an access token without exp", {}, { drop: ["exp"] }, "token_expired"],
    ["an access token past its time", {}, { claims: { exp: () => now() - 5 } }, "token_expired"],
    ["an access token of five parts", {}, { raw: "a.b.c.d.e" }, "access_token_audience"],
    [
      "an access token of a machine by subject",
      {},
      { claims: { sub: "x@clients" } },
      "machine_token_forbidden",
    ],
    [
      "a machine's token for an ID token",
      { claims: { gty: "client-credentials" } },
      {},
      "machine_token_forbidden",
    ],
    ["scopes in an array", {}, { claims: { scope: ["read:current_user"] } }],
  ];
  const resolve = (value, one) => {
    if (typeof value === "function") return value(one);
    if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, part]) => [key, resolve(part, one)]),
    );
  };
  for (const [what, idToken, accessToken, code, authorize = {}] of TOKENS) {
    test(`${what} ${code === undefined ? "works" : `is ${code}`}`, async () => {
      const [one] = await pending(1, { authorize });
      const url = bench.forge({
        ...one,
        idToken: resolve(idToken, one),
        accessToken: resolve(accessToken, one),
      });
      const { value, error } = await handleUrl(url);
      if (code === undefined) assert.equal(value?.claims.sub, ADA, JSON.stringify(error));
      else if (code instanceof RegExp) assert.match(error?.code ?? "", code);
      else assert.equal(error?.code, code, JSON.stringify(error));
      assert.equal(await bench.run(() => client.isAuthenticated), code === undefined);
      assert.deepEqual(
        tenant.log.filter(({ url: path }) => path !== "/.well-known/jwks.json"),
        [],
      );
    });
  }

  test("leewaySeconds is exactly as configured: 0 is 0, 300 is 300", async () => {
    for (const [leewaySeconds, ago, code] of [
      [0, 3, "id_token_expired"],
      [300, 250, undefined],
      [300, 310, "id_token_expired"],
    ]) {
      const [one] = await pending(1, { options: { leewaySeconds } });
      const { value, error } = await handleUrl(
        bench.forge({ ...one, idToken: { claims: { exp: now() - ago } } }),
      );
      assert.equal(error?.code, code, JSON.stringify({ error, value }));
    }
  });

  test("nothing is fetched from an address that a token names", async () => {
    const heard = [];
    const elsewhere = createServer((request, response) => {
      heard.push(request.url);
      response.writeHead(200, { "access-control-allow-origin": "*" }).end('{"keys":[]}');
    });
    await new Promise((resolve) => elsewhere.listen(0, "127.0.0.1", resolve));
    try {
      const place = `http://127.0.0.1:${elsewhere.address().port}/`;
      for (const header of [
        { jku: place },
        { x5u: place },
        { kid: place },
        { jku: place, kid: "unknown" },
        { x5c: [place] },
      ]) {
        const [one] = await pending(1);
        await handleUrl(
          bench.forge({
            ...one,
            idToken: { header, claims: { iss: place }, signature: "stranger" },
          }),
        );
        assert.equal(await bench.run(() => client.isAuthenticated), false);
      }
      assert.deepEqual(heard, []);
    } finally {
      elsewhere.closeAllConnections();
      elsewhere.close();
    }
  });
});

describe("keys", () => {
  const fetches = () => tenant.log.filter(({ url }) => url === "/.well-known/jwks.json").length;

  test("odd entries, keys for other uses and a kid that two key types share do not hide the right one", async () => {
    for (const fault of ["jwks-odd-keys", "jwks-duplicate-kid"]) {
      tenant.faults.clear();
      tenant.faults.set(fault);
      await bench.open("/");
      const [one] = await pending(1);
      assert.equal((await handleUrl(bench.forge(one))).value?.claims.sub, ADA, fault);
    }
  });

  test("a key that is marked for something else does not verify", async () => {
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
      await bench.open("/");
      const [one] = await pending(1);
      const { error } = await handleUrl(bench.forge(one));
      assert.equal(error?.code, "signing_key_not_found", JSON.stringify(mark));
    }
  });

  test("a token without kid works with one key, and with several works or is refused", async () => {
    const [own] = tenant.keys;
    tenant.faults.set("jwks-keys", { keys: [own] });
    const [one] = await pending(1);
    assert.equal(
      (await handleUrl(bench.forge({ ...one, idToken: { header: { kid: undefined } } }))).value
        ?.claims.sub,
      ADA,
    );
    tenant.faults.clear();
    tenant.rotateKeys();
    await bench.open("/");
    const [two] = await pending(1);
    const { value, error } = await handleUrl(
      bench.forge({ ...two, idToken: { header: { kid: undefined } } }),
    );
    assert.ok(
      value?.claims.sub === ADA || /^(signing_key_not_found|id_token_signature)$/.test(error?.code),
    );
  });

  const BROKEN = [
    ["empty", "jwks-empty", {}],
    ["broken JSON", "broken-json", {}],
    ["HTML", "html-answer", { status: 200 }],
    ["nothing", "empty-answer", {}],
    ["an array", "answer", { status: 200, body: "[]" }],
    ["null", "answer", { status: 200, body: "null" }],
    ["keys that are none", "answer", { status: 200, body: '{"keys":{"0":{}}}' }],
    ["404", "answer", { status: 404, body: "{}" }],
    ["500", "answer", { status: 500 }],
    ["another place", "redirect", { location: "/elsewhere" }],
    ["dropped", "dropped-connection", {}],
    ["unreadable by CORS", "without-cors", {}],
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
    test(`a key set that is ${what} is a refusal in time`, async () => {
      const http = !fault.startsWith("jwks-");
      tenant.faults.set(fault, options, http ? { match: { target: "jwks" } } : {});
      const [one] = await pending(1, { options: { retries: 0 } });
      const { error } = await handleUrl(bench.forge(one));
      assert.match(
        error?.code ?? "",
        /^(signing_key_not_found|network_error)$/,
        JSON.stringify(error),
      );
      assert.equal(await bench.run(() => client.isAuthenticated), false);
      assert.equal(tenant.log.filter(({ url }) => url === "/elsewhere").length, 0);
    });
  }

  test("the keys are fetched without a token, without cookies, and once for many sign-ins and clients", async () => {
    for (let index = 0; index < 3; index += 1) {
      for (const one of await pending(3))
        assert.equal((await handleUrl(bench.forge(one))).value?.claims.sub, ADA);
    }
    assert.equal(fetches(), 1);
    const [{ headers }] = tenant.log.filter(({ url }) => url === "/.well-known/jwks.json");
    assert.deepEqual(
      [headers.authorization, headers.cookie, headers.referer],
      [undefined, undefined, undefined],
    );
  });

  test("a rotation goes through at once, with one more fetch, and again", async () => {
    const [first] = await pending(1);
    assert.equal((await handleUrl(bench.forge(first))).value?.claims.sub, ADA);
    for (let round = 1; round <= 3; round += 1) {
      tenant.rotateKeys({ dropOld: round === 2 });
      const [one] = await pending(1, { keep: true });
      assert.equal((await handleUrl(bench.forge(one))).value?.claims.sub, ADA, `round ${round}`);
      assert.equal(fetches(), 1 + round);
    }
  });

  test("a real sign-in after a rotation, through the tenant's page", async () => {
    await bench.signIn();
    tenant.rotateKeys({ dropOld: true });
    await bench.signIn();
  });

  test("twenty forged kids do not cause a fetch each", async () => {
    const list = await pending(20);
    for (const [index, one] of list.entries()) {
      const { error } = await handleUrl(
        bench.forge({
          ...one,
          idToken: { header: { kid: `forged-${index}` }, signature: "stranger" },
        }),
      );
      assert.equal(error?.code, "signing_key_not_found");
    }
    assert.ok(fetches() <= 3, `${fetches()} fetches`);
    const [one] = await pending(1, { keep: true });
    assert.equal((await handleUrl(bench.forge(one))).value?.claims.sub, ADA);
  });

  test("a forged kid does not make the keys at hand useless where no others can be fetched", async () => {
    const [first, forged, honest] = await pending(3);
    assert.equal((await handleUrl(bench.forge(first))).value?.claims.sub, ADA);
    tenant.faults.set("answer", { status: 500 }, { match: { target: "jwks" } });
    for (const kid of ["forged", "forged too"]) {
      const idToken = { header: { kid }, signature: "stranger" };
      const [one] = kid === "forged" ? [forged] : await pending(1, { keep: true });
      const { error } = await handleUrl(bench.forge({ ...one, idToken }));
      assert.equal(error?.code, "signing_key_not_found");
    }
    assert.equal((await handleUrl(bench.forge(honest))).value?.claims.sub, ADA);
    assert.equal(fetches(), 2);
  });

  test("a key set that failed once is asked for again by the next sign-in", async () => {
    tenant.faults.set("answer", { status: 500 }, { times: 1, match: { target: "jwks" } });
    const [one, two] = await pending(2, { options: { retries: 0 } });
    assert.ok((await handleUrl(bench.forge(one))).error);
    assert.equal((await handleUrl(bench.forge(two))).value?.claims.sub, ADA);
  });
});

describe("clocks", () => {
  test("tokens that expire while the keys are on their way are expired", async () => {
    const [one] = await pending(1, { options: { leewaySeconds: 0, timeoutMs: 9000 } });
    tenant.faults.set("delay", { ms: 3000 }, { match: { target: "jwks" } });
    const claims = { exp: now() + 2 };
    const good = { exp: now() + 60 };
    const { error } = await handleUrl(
      bench.forge({ ...one, idToken: { claims }, accessToken: { claims: good } }),
    );
    assert.equal(error?.code, "id_token_expired");
    const [two] = await pending(1, { keep: true });
    await bench.open("/");
    const late = bench.forge({ ...two, accessToken: { claims: { exp: now() + 2 } } });
    const { error: second } = await handleUrl(late, { timeoutMs: 9000 });
    assert.equal(second?.code, "token_expired");
    assert.equal(await bench.run(() => client.isAuthenticated), false);
  });

  const withClock = (offset, options = {}) =>
    bench.run(
      async ({ client, outcome }, given, ms) => {
        const { now } = Date;
        Date.now = () => now() + ms;
        const made = await client(given);
        const { searchParams } = new URL(await made.buildAuthorizeUrl());
        return { state: searchParams.get("state"), nonce: searchParams.get("nonce") };
      },
      bench.options(options),
      offset * 1000,
    );

  for (const seconds of [-50, -20, -5, 5, 20, 50]) {
    test(`a clock ${seconds} s off works`, async () => {
      const one = await withClock(seconds);
      const { value, error } = await handleUrl(bench.forge(one));
      assert.equal(value?.claims.sub, ADA, JSON.stringify(error));
    });
  }

  for (const [hours, code, says] of [
    [-3, "id_token_issued_at", /\b10[78]\d\d seconds/],
    [3, "id_token_issued_at", /\b10[78]\d\d seconds/],
    [30, /^id_token_(expired|issued_at)$/, /\b(72|108)\d\d\d seconds/],
  ]) {
    test(`a clock ${hours} h off is refused, and the message says by how much`, async () => {
      const one = await withClock(hours * 3600);
      const { error } = await handleUrl(
        bench.forge({ ...one, idToken: { claims: { exp: now() + 10 * 3600 } } }),
      );
      assert.match(error?.code ?? "", code instanceof RegExp ? code : new RegExp(`^${code}$`));
      assert.match(error.message, says);
      assert.match(error.message, /clock/);
      assert.equal(await bench.run(() => client.isAuthenticated), false);
    });
  }
});
