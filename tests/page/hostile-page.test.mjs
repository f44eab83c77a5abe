// Pages as they are: strict policies, other people's scripts, storage that fails, clocks that are wrong.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";

import { ADA, ALL_SCOPES, apiRequests, openBench } from "../harness/bench.mjs";

let bench;
let tenant;
before(async () => {
  bench = await openBench();
  ({ tenant } = bench);
});
after(() => bench?.close());
beforeEach(() => bench.reset());

const lines = async () =>
  (await bench.driver.manage().logs().get("browser")).map(({ message }) => message);

describe("Content Security Policy", () => {
  const strict = (connect) => ({
    "Content-Security-Policy": `default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src ${connect}; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'`,
  });

  test("the strict one, with Trusted Types: sign-in and calls work, and nothing is reported", async () => {
    bench.headers = strict(`'self' ${tenant.url}`);
    await bench.comeBack();
    const { value } = await bench.handle();
    assert.equal(value?.claims.sub, ADA);
    const user = await bench.run(async () => {
      await client.patchUserMetadata({ a: 1 });
      return client.getUser();
    });
    assert.equal(user.user_id, ADA);
    assert.deepEqual(await lines(), []);
    // The policy is in force: what it forbids does not go.
    const forbidden = await bench.run(async () => {
      const tries = [];
      try {
        document.body.innerHTML = "<b>x</b>";
        tries.push("markup");
      } catch {}
      try {
        (0, eval)("1");
        tries.push("eval");
      } catch {}
      return tries;
    });
    assert.deepEqual(forbidden, []);
  });

  test("one that forbids WebAssembly: invalid_configuration, naming the remedy, and again at each try", async () => {
    bench.headers = { "Content-Security-Policy": "script-src 'self'" };
    await bench.open("/strict");
    for (let round = 0; round < 2; round += 1) {
      const { error } = await bench.run(
        ({ client, outcome }, options) => outcome(() => client(options)),
        bench.options(),
      );
      assert.equal(error?.code, "invalid_configuration", JSON.stringify(error));
      assert.match(error.message, /wasm-unsafe-eval/);
    }
  });

  test("one that forbids the tenant: network_error, naming the policy, and nobody signed in", async () => {
    await bench.comeBack();
    bench.headers = strict("'self'");
    const address = await bench.driver.getCurrentUrl();
    await bench.open(address);
    const { error } = await bench.handle({ retries: 0 });
    assert.equal(error?.code, "network_error", JSON.stringify(error));
    assert.match(error.message, /connect-src/);
    assert.equal(await bench.run(() => client.isAuthenticated), false);
    assert.doesNotMatch(await bench.driver.getCurrentUrl(), /token/);
    assert.deepEqual(
      tenant.log.filter(({ headers }) => headers.authorization),
      [],
    );
  });

  test("one that forbids the page's own files beside scripts still loads the module from a script", async () => {
    bench.headers = strict(tenant.url);
    await bench.open("/strict");
    const { value, error } = await bench.run(
      ({ client, outcome }, options) =>
        outcome(async () => (await client(options)).isAuthenticated),
      bench.options(),
    );
    assert.ok(value === false || error?.code === "network_error", JSON.stringify(error));
    if (error) assert.match(error.message, /connect-src/);
  });
});

// Runs in the page of a response, with `prepare` before anything of the package is called; undoes what it can before it
// looks at the results, so that the test itself is not what fails.
const LIFE = (prepare, { beforeLoad = true } = {}) => `async (kit, options) => {
  const objects = [Object.prototype, Array.prototype, String.prototype, Number.prototype, Function.prototype, Promise.prototype];
  const { ownKeys, defineProperty } = Reflect;
  const { isFrozen } = Object;
  const kept = objects.map((object) => ownKeys(object).map((key) => [key, Object.getOwnPropertyDescriptor(object, key)]));
  // With nothing that may have been patched.
  const restore = () => {
    for (let at = 0; at < objects.length; at += 1) {
      const keys = ownKeys(objects[at]);
      for (let index = 0; index < keys.length; index += 1) {
        let known = false;
        for (let place = 0; place < kept[at].length; place += 1) known ||= kept[at][place][0] === keys[index];
        if (!known) delete objects[at][keys[index]];
      }
      for (let place = 0; place < kept[at].length; place += 1) defineProperty(objects[at], kept[at][place][0], kept[at][place][1]);
    }
  };
  const patience = (promise) => new Promise((resolve, reject) => {
    promise.then(resolve, reject);
    setTimeout(() => reject("never settles"), 4000);
  });
  const out = { __proto__: null };
  ${beforeLoad ? "" : "await kit.load();"}
  ${prepare};
  try {
    const { createCurrentUserClient } = await patience(kit.load());
    const made = await patience(createCurrentUserClient(options));
    out.client = made;
    const keep = async (name, action) => {
      try { out[name] = await patience(action()); } catch (error) { out[name + "Error"] = error; }
    };
    await keep("signIn", () => made.handleRedirectCallback());
    await keep("user", () => made.getUser());
    await keep("patched", () => made.patchUserMetadata({ a: [1, "x", { b: null }], c: {} }));
    await keep("credential", () => made.createDeviceCredential({ device_name: "n", type: "public_key", value: "v", device_id: "d" }));
    await keep("refused", () => made.patchUserMetadata({}));
    await keep("missing", () => made.deleteMultifactor("carrier-pigeon"));
    await keep("url", () => made.buildAuthorizeUrl({ appState: { z: [1] } }));
  } catch (error) {
    out.failure = error;
  } finally {
    if (!isFrozen(Object.prototype)) restore();
  }
  const { CurrentUserError } = await kit.load();
  const told = (error) => (error instanceof CurrentUserError ? error.name + " " + error.code : String(error?.stack ?? error));
  return {
    failure: out.failure === undefined ? null : told(out.failure),
    signIn: out.signIn ? { keys: Object.keys(out.signIn).sort(), sub: out.signIn.claims?.sub, iss: out.signIn.claims?.iss, granted: out.signIn.grantedScopes, missing: out.signIn.missingScopes, appState: out.signIn.appState } : told(out.signInError),
    claimNames: Object.keys(out.client?.claims ?? {}).sort(),
    user: out.user?.user_id ?? told(out.userError),
    patched: out.patched?.user_metadata ?? told(out.patchedError),
    credential: out.credential ? "made" : told(out.credentialError),
    refused: told(out.refusedError),
    missing: told(out.missingError) + " " + out.missingError?.status,
    parameters: out.url ? [...new URL(out.url).searchParams.keys()].sort().join() : told(out.urlError),
    records: Object.values(sessionStorage).map((text) => text.split("\\n").length).sort((a, b) => a - b),
    can: out.client?.can("getUser"),
  };
}`;

async function assertUndisturbed(prepare, options) {
  await bench.comeBack({}, { appState: { a: 1 } });
  tenant.clearLog();
  const life = await bench.run(LIFE(prepare, options), bench.options());
  const label = `${prepare}\n${JSON.stringify(life, null, 2)}`;
  assert.equal(life.failure, null, label);
  assert.deepEqual(
    life.signIn,
    {
      keys: ["appState", "claims", "expiresAt", "grantedScopes", "missingScopes"],
      sub: ADA,
      iss: tenant.issuer,
      granted: ALL_SCOPES,
      missing: [],
      appState: { a: 1 },
    },
    label,
  );
  assert.deepEqual(
    life.claimNames,
    ["at_hash", "aud", "exp", "iat", "iss", "nonce", "sid", "sub"],
    label,
  );
  assert.equal(life.user, ADA, label);
  assert.deepEqual([life.patched.a, life.patched.c], [[1, "x", { b: null }], {}], label);
  assert.equal(life.credential, "made", label);
  assert.equal(life.refused, "CurrentUserError invalid_argument", label);
  assert.equal(life.missing, "CurrentUserError api_error 400", label);
  assert.equal(
    life.parameters,
    "audience,client_id,nonce,redirect_uri,response_type,scope,state",
    label,
  );
  assert.deepEqual(life.records, [1, 10], label);
  assert.equal(life.can, true, label);

  const sent = apiRequests(tenant).map(({ method, body, headers }) => [
    method,
    body,
    headers["content-type"] ?? null,
    headers.cookie ?? null,
    headers.x ?? null,
  ]);
  assert.deepEqual(
    sent,
    [
      ["GET", "", null, null, null],
      [
        "PATCH",
        '{"user_metadata":{"a":[1,"x",{"b":null}],"c":{}}}',
        "application/json",
        null,
        null,
      ],
      [
        "POST",
        '{"device_name":"n","type":"public_key","value":"v","device_id":"d"}',
        "application/json",
        null,
        null,
      ],
      ["DELETE", "", null, null, null],
    ],
    label,
  );
  assert.deepEqual(
    tenant.log.filter(({ headers }) => headers.referer || headers.cookie),
    [],
    label,
  );
}

describe("prototypes that other scripts have extended", () => {
  const values = (members) => `Object.assign(Object.prototype, ${members})`;
  const POLLUTIONS = {
    "options of the client": values(
      "{ domain: 'evil.example', clientId: 'evil', redirectUri: 'https://evil.example/', scopes: ['openid'], tenantDomain: 'evil.example', flow: 'code', transactionStore: 'local', organization: 'org_x', leewaySeconds: 300, timeoutMs: 1, retries: 5 }",
    ),
    "options of a sign-in": values(
      "{ prompt: 'none', maxAge: 1, loginHint: 'x', connection: 'x', extraParams: { a: 'b' }, appState: 7, display: 'wap', invitation: 'x' }",
    ),
    "a client secret": values("{ client_secret: 'x', clientSecret: 'x' }"),
    claims: values(
      "{ iss: 'https://evil.example/', aud: 'evil', sub: 'auth0|evil', exp: 9e12, iat: 1, nbf: 9e12, nonce: 'x', azp: 'evil', at_hash: 'x', auth_time: 1, org_id: 'org_x', org_name: 'x', scope: 'update:users', gty: 'client-credentials', permissions: ['x'] }",
    ),
    "members of a token's header": values(
      "{ alg: 'none', kid: 'x', typ: 'at+jwt', crit: ['x'], jku: 'https://evil.example/', jwk: {}, b64: false }",
    ),
    "members of a key": values(
      "{ kty: 'oct', use: 'enc', key_ops: ['sign'], n: 'AQAB', e: 'AQ', d: 'AQAB', p: 'AQ', q: 'AQ', k: 'x', crv: 'P-256', ext: false, oth: [] }",
    ),
    algorithms: values(
      "{ name: 'HMAC', hash: 'SHA-1', length: 8, namedCurve: 'P-256', saltLength: 0, modulusLength: 8 }",
    ),
    "members of a request": values(
      "{ method: 'POST', body: 'evil', headers: { x: 'y' }, signal: AbortSignal.abort(), mode: 'no-cors', credentials: 'include', redirect: 'follow', referrer: '/evil', referrerPolicy: 'unsafe-url', integrity: 'sha256-x', keepalive: true, cache: 'force-cache', priority: 'low', duplex: 'half', window: 7 }",
    ),
    headers: values(
      "{ Authorization: 'Bearer evil', authorization: 'Bearer evil', 'Content-Type': 'text/plain', Cookie: 'a=b', x: 'y' }",
    ),
    "members of a stored record": values(
      "{ used: true, state: 'x', createdAt: 0, issuer: 'x', clientId: 'x', codeVerifier: 'x', issuedAt: 1 }",
    ),
    "parameters of a response": values(
      "{ access_token: 'x', id_token: 'x', state: 'x', error: 'access_denied', code: 'x', token_type: 'mac', expires_in: '1' }",
    ),
    "members of an error": values(
      "{ code: 'x', message: 'x', cause: 'x', reason: 'x', status: 1, serverCode: 'x', retryAfterMs: 1, requiredScopes: ['x'] }",
    ),
    "what descriptors are made of": values(
      "{ value: 'x', writable: false, enumerable: true, configurable: true }",
    ),
    "a getter in descriptors": values("{ get: () => 'evil' }"),
    "a setter in descriptors": values("{ set: () => {} }"),
    numbers:
      "Object.prototype[0] = 'evil'; Object.prototype[1] = 'evil'; Array.prototype[2] = 'evil'",
    "toJSON of objects": "Object.prototype.toJSON = () => ({ evil: 1 })",
    "toJSON of arrays, as an old library had it": "Array.prototype.toJSON = () => 'evil'",
    "toJSON of strings and numbers":
      "String.prototype.toJSON = () => 'evil'; Number.prototype.toJSON = () => 7",
    "listeners and capture": values(
      "{ once: true, passive: true, capture: true, handleEvent() {} }",
    ),
    "what templates and loaders use": values(
      "{ default: 1, __esModule: true, then: undefined, length: 7, size: 3, type: 'x', kind: 'y', id: 'z' }",
    ),
    "methods of arrays that throw":
      "for (const name of ['map', 'push', 'join', 'filter', 'slice', 'forEach', 'indexOf', 'find', 'includes', 'concat']) Array.prototype[name] = () => { throw new Error('patched ' + name); }",
    "methods of strings that throw":
      "for (const name of ['split', 'replace', 'match', 'slice', 'indexOf', 'trim', 'includes']) String.prototype[name] = () => { throw new Error('patched ' + name); }",
    "methods of objects that lie":
      "Object.prototype.hasOwnProperty = () => true; Object.prototype.toString = () => 'evil'; Object.prototype.valueOf = () => 7",
    "Symbol.toPrimitive and toStringTag":
      "Object.prototype[Symbol.toPrimitive] = () => 'evil'; Object.prototype[Symbol.toStringTag] = 'Evil'",
  };
  for (const [what, prepare] of Object.entries(POLLUTIONS)) {
    test(`${what}: no option, no claim, no scope, and nothing goes another way`, () =>
      assertUndisturbed(prepare));
  }

  test("the same after the package has been loaded, all at once", () => {
    const harmless = Object.entries(POLLUTIONS).filter(
      ([what]) => !/descriptors|methods|toJSON|Symbol|numbers/.test(what),
    );
    return assertUndisturbed(harmless.map(([, prepare]) => prepare).join(";"), {
      beforeLoad: false,
    });
  });

  // Members that cannot be assigned over: a polluted prototype that was frozen, or a getter.
  const NAMES = [
    "claims",
    "appState",
    "code",
    "message",
    "method",
    "body",
    "headers",
    "signal",
    "mode",
    "credentials",
    "redirect",
    "Authorization",
    "Content-Type",
    "grantedScopes",
    "missingScopes",
    "expiresAt",
    "state",
    "nonce",
    "scope",
    "issuer",
    "clientId",
    "redirectUri",
    "createdAt",
    "used",
    "kty",
    "n",
    "e",
    "name",
    "hash",
    "reason",
    "status",
    "serverCode",
    "requiredScopes",
    "value",
    "done",
    "a",
    "device_name",
    "sub",
    "iss",
  ];
  const KINDS = {
    "read-only": "{ __proto__: null, value: 'evil', writable: false, configurable: true }",
    "a getter and a setter":
      "{ __proto__: null, get: () => 'evil', set: () => {}, configurable: true }",
  };
  for (const [kind, descriptor] of Object.entries(KINDS)) {
    test(`${NAMES.length} names on Object.prototype, ${kind}, take nothing away`, () =>
      assertUndisturbed(
        `for (const name of ${JSON.stringify(NAMES)}) Object.defineProperty(Object.prototype, name, ${descriptor})`,
      ));
  }

  test("a setter on Object.prototype is handed no token", async () => {
    await bench.comeBack();
    const caught = await bench.run(async ({ client }, options) => {
      const caught = [];
      const names = [
        "Authorization",
        "authorization",
        "headers",
        "access_token",
        "accessToken",
        "token",
        "id_token",
        "idToken",
        "state",
        "nonce",
        "session",
        "body",
      ];
      for (const name of names) {
        Object.defineProperty(Object.prototype, name, {
          __proto__: null,
          configurable: true,
          get: () => undefined,
          set: (value) => caught.push([name, String(value)]),
        });
      }
      const made = await client(options);
      await made.handleRedirectCallback();
      await made.getUser();
      for (const name of names) delete Object.prototype[name];
      return caught.filter(([, value]) => /eyJ|Bearer/.test(value));
    }, bench.options());
    assert.deepEqual(caught, []);
  });

  const FREEZE = `for (const name of ["Object", "Array", "String", "Number", "Boolean", "Function", "Error", "TypeError", "RangeError", "Promise", "RegExp", "Map", "Set", "WeakMap", "Date", "Symbol", "Uint8Array", "ArrayBuffer", "URL", "Headers", "Response", "Request", "AbortController", "AbortSignal", "EventTarget", "Storage", "History", "Crypto", "SubtleCrypto"]) {
    Object.freeze(globalThis[name].prototype);
    Object.freeze(globalThis[name]);
  }
  for (const object of [JSON, Math, Reflect]) Object.freeze(object)`;
  test("frozen built-ins, before loading: everything works", () => assertUndisturbed(FREEZE));
  test("frozen built-ins, after loading: everything works", () =>
    assertUndisturbed(FREEZE, { beforeLoad: false }));
});

describe("storage that fails", () => {
  const begin = (prepare, changes = {}) =>
    bench.run(
      `async ({ client, outcome }, options) => {
        ${prepare};
        const made = await client(options);
        return outcome(() => made.buildAuthorizeUrl());
      }`,
      bench.options(changes),
    );
  const handle = (prepare, changes = {}) =>
    bench.run(
      `async ({ client, outcome, session }, options) => {
        ${prepare};
        const made = await client(options);
        const result = await outcome(() => made.handleRedirectCallback());
        return { ...result, session: session(made), href: location.href };
      }`,
      bench.options(changes),
    );
  const BROKEN = {
    "throws when it is touched":
      "Object.defineProperty(window, STORE, { configurable: true, get() { throw new DOMException('denied', 'SecurityError'); } })",
    "is missing": "Object.defineProperty(window, STORE, { configurable: true, value: null })",
    "is undefined":
      "Object.defineProperty(window, STORE, { configurable: true, value: undefined })",
    "throws on setItem":
      "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); }",
    "throws on every method":
      "for (const name of ['getItem', 'setItem', 'removeItem', 'key']) Storage.prototype[name] = () => { throw new DOMException('denied'); }",
    "is full":
      "(() => { const store = window[STORE]; try { for (let size = 1 << 20; size > 0; size >>= 1) { try { for (;;) store.setItem('fill' + Math.random(), 'x'.repeat(size)); } catch {} } } catch {} })()",
  };
  for (const [what, prepare] of Object.entries(BROKEN)) {
    for (const [store, changes] of [
      ["sessionStorage", {}],
      ["localStorage", { transactionStore: "local" }],
    ]) {
      test(`${store} that ${what}: a sign-in by redirect is refused in words, and a client is made all the same`, async () => {
        const { error } = await begin(prepare.replaceAll("STORE", `"${store}"`), changes);
        assert.equal(error?.name, "CurrentUserError", JSON.stringify(error));
        assert.equal(error.code, "invalid_configuration");
        assert.match(error.message, /stor/i);
      });
    }
  }
  for (const what of ["throws when it is touched", "is missing", "throws on every method"]) {
    test(`storage that ${what} when the response comes: nobody is signed in, and the address is clean`, async () => {
      await bench.comeBack();
      const { error, session, href } = await handle(
        BROKEN[what].replaceAll("STORE", '"sessionStorage"'),
      );
      assert.equal(error?.name, "CurrentUserError", JSON.stringify(error));
      assert.equal(session.isAuthenticated, false);
      assert.doesNotMatch(href, /token/);
      assert.deepEqual(
        tenant.log.filter(({ headers }) => headers.authorization),
        [],
      );
    });
  }
  test("storage that cannot be written when the response comes does not let a state be used twice", async () => {
    const address = await bench.comeBack();
    await handle("Storage.prototype.setItem = () => { throw new DOMException('full'); }");
    await bench.open(address);
    const { error } = await handle("");
    assert.equal(error?.code, "state_mismatch");
  });
  test("storage that cannot be cleared when the response comes does not let a state be used twice", async () => {
    const address = await bench.comeBack();
    await handle("Storage.prototype.removeItem = () => { throw new DOMException('denied'); }");
    await bench.open(address);
    const { error } = await handle("");
    assert.equal(error?.code, "state_mismatch");
  });
  test("storage that can only be read when the response comes: nobody is signed in", async () => {
    await bench.comeBack();
    const { error, session, href } = await handle(
      "Storage.prototype.setItem = Storage.prototype.removeItem = () => { throw new DOMException('denied'); }",
    );
    assert.equal(error?.code, "invalid_configuration", JSON.stringify(error));
    assert.match(error.message, /storage/);
    assert.equal(session.isAuthenticated, false);
    assert.doesNotMatch(href, /token/);
  });
  test("strangers' entries in the same storage are left alone", async () => {
    await bench.run(() => {
      for (let index = 0; index < 50; index += 1)
        sessionStorage.setItem(`theirs.${index}`, index % 2 ? "{" : '{"used":true}');
      return null;
    });
    await bench.run(async ({ client }, options) => {
      const made = await client(options);
      for (let index = 0; index < 25; index += 1) await made.buildAuthorizeUrl();
      return null;
    }, bench.options());
    assert.equal(
      await bench.run(
        () => Object.keys(sessionStorage).filter((key) => key.startsWith("theirs.")).length,
      ),
      50,
    );
    assert.equal(await bench.run(() => sessionStorage.length), 70);
  });
});

describe("a page that lacks something", () => {
  test("no crypto.subtle, as without TLS: refused in words, nobody signed in, and the client lives", async () => {
    await bench.comeBack();
    const { error } = await bench.run(async ({ client, outcome }, options) => {
      Object.defineProperty(Crypto.prototype, "subtle", { configurable: true, value: undefined });
      const made = await client(options);
      return outcome(() => made.handleRedirectCallback());
    }, bench.options());
    assert.equal(error?.name, "CurrentUserError", JSON.stringify(error));
    assert.equal(error.code, "invalid_configuration", JSON.stringify(error));
    assert.match(error.message, /WebCrypto|https/);
    assert.equal(await bench.run(() => client.isAuthenticated), false);
    assert.doesNotMatch(await bench.driver.getCurrentUrl(), /token/);
  });

  for (const what of ["importKey", "verify", "digest"]) {
    test(`crypto.subtle.${what} that throws or rejects: refused, never believed`, async () => {
      for (const how of [
        "() => { throw new Error('no'); }",
        "() => Promise.reject(new Error('no'))",
      ]) {
        await bench.comeBack();
        const { error, authenticated } = await bench.run(
          `async ({ client, outcome }, options) => {
            SubtleCrypto.prototype.${what} = ${how};
            const made = await client(options);
            return { ...(await outcome(() => made.handleRedirectCallback())), authenticated: made.isAuthenticated };
          }`,
          bench.options(),
        );
        assert.equal(error?.name, "CurrentUserError", JSON.stringify(error));
        assert.equal(authenticated, false);
        await bench.reset();
      }
    });
  }

  test("a fetch that throws, rejects or answers nonsense: a code of the contract, and the client lives", async () => {
    await bench.signIn({ retries: 0 });
    const odd = [
      "() => { throw new Error('no'); }",
      "() => Promise.reject('text')",
      "() => Promise.reject(undefined)",
      "() => undefined",
      "async () => undefined",
      "async () => ({})",
      "async () => null",
      "async () => 7",
    ];
    for (const how of odd) {
      const { error } = await bench.run(`async ({ outcome }) => {
        const { fetch } = globalThis;
        globalThis.fetch = ${how};
        try { return await outcome(() => client.getUser()); } finally { globalThis.fetch = fetch; }
      }`);
      assert.equal(error?.name, "CurrentUserError", `${how}: ${JSON.stringify(error)}`);
      assert.match(error.code, /^(network_error|api_error)$/, `${how}: ${JSON.stringify(error)}`);
    }
    assert.equal((await bench.run(() => client.getUser())).user_id, ADA);
  });

  test("a platform that fails where it never does ends the call, not the page", async () => {
    await bench.signIn({ retries: 0 });
    const answer = (more) =>
      `async () => ({ status: 200, headers: new Headers(), text: async () => "{}", ${more} })`;
    const odd = [
      answer("get status() { throw new Error('no'); }"),
      answer("get headers() { throw new Error('no'); }"),
      answer("get text() { throw new Error('no'); }"),
      answer("headers: { get() { throw new Error('no'); } }"),
      answer("status: {}"),
      answer("text: async () => 7"),
      answer("text: () => ({ then() { throw new Error('no'); } })"),
      "() => ({ get then() { throw new Error('no'); } })",
    ];
    for (const how of odd) {
      const { error, ms } = await bench.run(`async ({ outcome, sleep }) => {
        const { fetch } = globalThis;
        const began = performance.now();
        globalThis.fetch = ${how};
        const never = sleep(3000).then(() => ({ error: { name: "never settles" } }));
        const ended = await Promise.race([outcome(() => client.getEnrollments()), never]);
        globalThis.fetch = fetch;
        return { ...ended, ms: performance.now() - began };
      }`);
      assert.equal(error?.name, "CurrentUserError", `${how}: ${JSON.stringify(error)}`);
      assert.ok(ms < 2500, `${ms} ms`);
      assert.equal((await bench.run(() => client.getUser())).user_id, ADA, how);
    }
    const { error } = await bench.run(({ outcome, sleep }) => {
      const { aborted } = Object.getOwnPropertyDescriptors(AbortSignal.prototype);
      Object.defineProperty(AbortSignal.prototype, "aborted", {
        configurable: true,
        get() {
          throw new Error("no");
        },
      });
      const calling = outcome(() => client.getUser({ signal: new AbortController().signal }));
      Object.defineProperty(AbortSignal.prototype, "aborted", aborted);
      return Promise.race([
        calling,
        sleep(3000).then(() => ({ error: { name: "never settles" } })),
      ]);
    });
    if (error) assert.equal(error.name, "CurrentUserError", JSON.stringify(error));
    assert.equal((await bench.run(() => client.getUser())).user_id, ADA);
  });

  test("the module is fetched once, however many clients are made and however often", async () => {
    bench.site.requests.length = 0;
    await bench.run(async ({ client }, options) => {
      await Promise.all([client(options), client(options), client(options)]);
      await client(options);
      return null;
    }, bench.options());
    assert.deepEqual(
      bench.site.requests.filter((path) => /wasm|inline/.test(path)),
      ["/auth0_current_user.wasm"],
    );
  });

  test("a fetch that counts: one call for each request, to the tenant alone, with what is promised", async () => {
    await bench.comeBack();
    const seen = await bench.run(async ({ client }, options) => {
      const { fetch } = globalThis;
      const seen = [];
      globalThis.fetch = (input, init) => {
        seen.push([
          String(input),
          {
            ...init,
            headers: Object.keys(init?.headers ?? {}),
            signal: init?.signal instanceof AbortSignal,
          },
        ]);
        return fetch(input, init);
      };
      const made = await client(options);
      await made.handleRedirectCallback();
      await made.getUser();
      await made.deleteMultifactor("duo");
      globalThis.fetch = fetch;
      return seen;
    }, bench.options());
    const requests = seen.filter(([url]) => !url.endsWith(".wasm"));
    assert.equal(requests.length, 3);
    for (const [url, init] of requests) {
      assert.ok(url.startsWith(tenant.url), url);
      assert.deepEqual(
        [init.credentials, init.redirect, init.referrerPolicy, init.signal],
        ["omit", "error", "no-referrer", true],
      );
    }
    assert.deepEqual(
      requests.map(([, init]) => init.headers),
      [[], ["Authorization"], ["Authorization"]],
    );
  });

  test("history that refuses to be changed still loses the response", async () => {
    await bench.comeBack();
    await bench
      .run(async ({ client }, options) => {
        history.replaceState = () => {
          throw new DOMException("too often", "SecurityError");
        };
        const made = await client(options);
        await made.handleRedirectCallback().catch(() => {});
        return null;
      }, bench.options())
      .catch(() => {});
    await bench.driver
      .wait(async () => !/token/.test(await bench.driver.getCurrentUrl()), 3000)
      .catch(() => {});
    assert.doesNotMatch(await bench.driver.getCurrentUrl(), /token/);
  });
});

describe("what is handed out and what is called back", () => {
  test("listeners that throw disturb neither each other nor the sign-in, and are reported", async () => {
    await bench.comeBack();
    const { heard, reported, sub } = await bench.run(async ({ client, sleep }, options) => {
      const reported = [];
      addEventListener("error", (event) => {
        reported.push(event.message);
        event.preventDefault();
      });
      const made = await client(options);
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
    }, bench.options());
    assert.deepEqual(heard, [1, 2]);
    assert.equal(sub, ADA);
    assert.equal(reported.length, 2, reported.join());
  });

  test("listeners may call the client, subscribe and unsubscribe", async () => {
    await bench.comeBack();
    const heard = await bench.run(async ({ client }, options) => {
      const made = await client(options);
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
    }, bench.options());
    assert.deepEqual(heard, [["first", true, ADA, true, 7], ADA, "second"]);
  });

  test("a listener that is none is invalid_argument; one function may subscribe twice", async () => {
    const results = await bench.run(async ({ client, outcome }, options) => {
      const made = await client(options);
      const codes = [];
      for (const wrong of [undefined, null, 7, {}, "x"])
        codes.push((await outcome(() => made.subscribe(wrong))).error?.code);
      const listener = () => {};
      const [first, second] = [made.subscribe(listener), made.subscribe(listener)];
      return [codes, first !== second, first(), second()].map((one) => one ?? null);
    }, bench.options());
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
    "a member inside": "claims['https://app.example/roles'].admin = true",
    "something inside": "claims['https://app.example/roles'].push('admin')",
    freezing: "Object.freeze(claims)",
  };
  for (const [what, source] of Object.entries(MUTATIONS)) {
    test(`claims that were changed by ${what} change nothing`, async () => {
      tenant.faults.set("tokens", {
        idToken: { claims: { "https://app.example/roles": ["reader"] } },
      });
      await bench.signIn();
      const [before, after, user] = await bench.run(`async () => {
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

  test("grantedScopes and claims that got a getter that answers in turns, or a proxy, change nothing", async () => {
    await bench.comeBack();
    await bench.handle();
    const seen = await bench.run(() => {
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

  test("a signal on Object.prototype is nobody's", async () => {
    await bench.signIn();
    const ends = await bench.run(async ({ outcome }) => {
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

  test("whoever asks for the same answer gets an object of their own", async () => {
    await bench.comeBack({}, { appState: { to: "/mine" } });
    const seen = await bench.run(async ({ client }, options) => {
      const made = await client(options);
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
    }, bench.options());
    assert.deepEqual(seen, [
      [ADA, "/mine"],
      [ADA, "/mine"],
      [ADA, null],
    ]);
  });

  test("a logout calls off the sign-in that it overtakes, for whoever waits for it", async () => {
    for (const inListener of [false, true]) {
      await bench.comeBack();
      const ends = await bench.run(
        async ({ client, outcome }, [options, inListener]) => {
          const [one, two] = [await client(options), await client(options)];
          if (inListener)
            one.subscribe(() => one.isAuthenticated && one.logout({ localOnly: true }));
          const calls = [one, two].map((made) => outcome(() => made.handleRedirectCallback()));
          if (!inListener) await two.logout({ localOnly: true });
          const ends = (await Promise.all(calls)).map(({ error }) => error?.code ?? null);
          return [...ends, one.isAuthenticated, two.isAuthenticated];
        },
        [bench.options(), inListener],
      );
      assert.deepEqual(ends, ["aborted", "aborted", false, false], `in a listener: ${inListener}`);
    }
  });

  test("a sign-in that could not begin does not stand in the way of the next one", async () => {
    await bench.signIn();
    const seen = await bench.run(async ({ outcome }) => {
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

  test("scopes and results that were changed change nothing", async () => {
    await bench.comeBack({ scopes: ["read:current_user"] });
    const { value } = await bench.run(
      async ({ client, outcome }, options) => {
        const made = await client(options);
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
      bench.options({ scopes: ["read:current_user"] }),
    );
    assert.deepEqual(value, [ADA, ["read:current_user"], true, false, "insufficient_scope"]);
    assert.deepEqual(apiRequests(tenant), []);
  });

  test("options that are changed after the client was made change nothing", async () => {
    const url = await bench.run(async ({ client }, options) => {
      const made = await client(options);
      options.domain = "evil.example";
      options.scopes.length = 0;
      return made.buildAuthorizeUrl();
    }, bench.options());
    assert.ok(url.startsWith(tenant.url));
    assert.equal(new URL(url).searchParams.get("scope").split(" ").length, 8);
  });

  test("claims are the same object until they change, also for a stranger's eye", async () => {
    await bench.signIn();
    const [same, afterCalls, again] = await bench.run(async () => {
      const { claims } = client;
      const same = client.claims === claims && client.claims === client.claims;
      await client.getUser();
      await client.patchUserMetadata({ a: 1 });
      return [same, client.claims === claims, await client.buildAuthorizeUrl()];
    });
    assert.deepEqual([same, afterCalls], [true, true]);
    const { searchParams } = new URL(again);
    const response = bench.forge({
      state: searchParams.get("state"),
      nonce: searchParams.get("nonce"),
    });
    const changed = await bench.run(async (kit, url) => {
      const { claims } = client;
      await client.handleRedirectCallback(url);
      return [client.claims !== claims, client.claims === client.claims];
    }, response);
    assert.deepEqual(changed, [true, true]);
  });

  test("a page that frames, prints or clones the client gets nothing out of it", async () => {
    await bench.signIn();
    const out = await bench.run(async ({ outcome }) => {
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

  test("methods taken off the client, or called on something else, refuse instead of leaking", async () => {
    await bench.signIn();
    const out = await bench.run(async () => {
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

describe("a wrong clock", () => {
  for (const [hours, code] of [
    [-5, "id_token_issued_at"],
    [5, "id_token_issued_at"],
    [48, "id_token_expired"],
  ]) {
    test(`${hours} h off through the tenant's own page: ${code}, in words`, async () => {
      // The page's clock is wrong from the beginning of the sign-in to its end.
      await bench.open("/");
      const url = await bench.run(
        async ({ client }, options, ms) => {
          const { now } = Date;
          Date.now = () => now() + ms;
          return (await client(options)).buildAuthorizeUrl({ loginHint: "ada@example.com" });
        },
        bench.options(),
        hours * 3600e3,
      );
      await bench.driver.get(url);
      const { error, authenticated } = await bench.run(
        async ({ client, outcome }, options, ms) => {
          const { now } = Date;
          Date.now = () => now() + ms;
          const made = await client(options);
          return {
            ...(await outcome(() => made.handleRedirectCallback())),
            authenticated: made.isAuthenticated,
          };
        },
        bench.options(),
        hours * 3600e3,
      );
      assert.equal(error?.code, code, JSON.stringify(error));
      assert.match(error.message, /clock/);
      assert.match(error.message, /\d{4,} seconds/);
      assert.equal(authenticated, false);
    });
  }
});
