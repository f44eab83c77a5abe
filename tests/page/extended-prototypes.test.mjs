// Built-in prototypes that other scripts have extended, patched or frozen.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ADA, ALL_SCOPES, apiRequests, startHarness } from "../harness/index.mjs";

const harness = await startHarness();
const { tenant } = harness;

// Runs in the callback page. Runs `prepare` before it calls the package, and restores the prototypes before it reads the
// results, so that the test's own code works.
const USE_CLIENT = (prepare, { beforeLoad = true } = {}) => `async (pageHelpers, options) => {
  const objects = [Object.prototype, Array.prototype, String.prototype, Number.prototype, Function.prototype, Promise.prototype];
  const { ownKeys, defineProperty } = Reflect;
  const { isFrozen } = Object;
  const kept = objects.map((object) => ownKeys(object).map((key) => [key, Object.getOwnPropertyDescriptor(object, key)]));
  // Calls no function that may have been patched.
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
  ${beforeLoad ? "" : "await pageHelpers.load();"}
  ${prepare};
  try {
    const { createCurrentUserClient } = await patience(pageHelpers.load());
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
  const { CurrentUserError } = await pageHelpers.load();
  const described = (error) => (error instanceof CurrentUserError ? error.name + " " + error.code : String(error?.stack ?? error));
  return {
    failure: out.failure === undefined ? null : described(out.failure),
    signIn: out.signIn ? { keys: Object.keys(out.signIn).sort(), sub: out.signIn.claims?.sub, iss: out.signIn.claims?.iss, granted: out.signIn.grantedScopes, missing: out.signIn.missingScopes, appState: out.signIn.appState } : described(out.signInError),
    claimNames: Object.keys(out.client?.claims ?? {}).sort(),
    user: out.user?.user_id ?? described(out.userError),
    patched: out.patched?.user_metadata ?? described(out.patchedError),
    credential: out.credential ? "made" : described(out.credentialError),
    refused: described(out.refusedError),
    missing: described(out.missingError) + " " + out.missingError?.status,
    parameters: out.url ? [...new URL(out.url).searchParams.keys()].sort().join() : described(out.urlError),
    records: Object.values(sessionStorage).map((text) => text.split("\\n").length).sort((a, b) => a - b),
    can: out.client?.can("getUser"),
  };
}`;

async function assertUndisturbed(prepare, options) {
  await harness.comeBack({}, { appState: { a: 1 } });
  tenant.clearLog();
  const result = await harness.run(USE_CLIENT(prepare, options), harness.options());
  const label = `${prepare}\n${JSON.stringify(result, null, 2)}`;
  assert.equal(result.failure, null, label);
  assert.deepEqual(
    result.signIn,
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
    result.claimNames,
    ["at_hash", "aud", "exp", "iat", "iss", "nonce", "sid", "sub"],
    label,
  );
  assert.equal(result.user, ADA, label);
  assert.deepEqual([result.patched.a, result.patched.c], [[1, "x", { b: null }], {}], label);
  assert.equal(result.credential, "made", label);
  assert.equal(result.refused, "CurrentUserError invalid_argument", label);
  assert.equal(result.missing, "CurrentUserError api_error 400", label);
  assert.equal(
    result.parameters,
    "audience,client_id,nonce,redirect_uri,response_type,scope,state",
    label,
  );
  assert.deepEqual(result.records, [1, 10], label);
  assert.equal(result.can, true, label);

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
    "members of property descriptors": values(
      "{ value: 'x', writable: false, enumerable: true, configurable: true }",
    ),
    "a getter in descriptors": values("{ get: () => 'evil' }"),
    "a setter in descriptors": values("{ set: () => {} }"),
    numbers:
      "Object.prototype[0] = 'evil'; Object.prototype[1] = 'evil'; Array.prototype[2] = 'evil'",
    "toJSON of objects": "Object.prototype.toJSON = () => ({ evil: 1 })",
    "toJSON of arrays, as in an old library": "Array.prototype.toJSON = () => 'evil'",
    "toJSON of strings and numbers":
      "String.prototype.toJSON = () => 'evil'; Number.prototype.toJSON = () => 7",
    "listeners and capture": values(
      "{ once: true, passive: true, capture: true, handleEvent() {} }",
    ),
    "members that templates and loaders use": values(
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
    test(`${what} on a prototype: no option, claim, scope or request changes`, () =>
      assertUndisturbed(prepare));
  }

  test("all of these, after the package was loaded, change nothing", () => {
    const harmless = Object.entries(POLLUTIONS).filter(
      ([what]) => !/descriptors|methods|toJSON|Symbol|numbers/.test(what),
    );
    return assertUndisturbed(harmless.map(([, prepare]) => prepare).join(";"), {
      beforeLoad: false,
    });
  });

  // Members that block assignment: those of a frozen prototype, and getters.
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
    test(`${NAMES.length} names on Object.prototype (${kind}) remove nothing`, () =>
      assertUndisturbed(
        `for (const name of ${JSON.stringify(NAMES)}) Object.defineProperty(Object.prototype, name, ${descriptor})`,
      ));
  }

  test("a setter on Object.prototype receives no token", async () => {
    await harness.comeBack();
    const caught = await harness.run(async ({ createClient }, options) => {
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
      const made = await createClient(options);
      await made.handleRedirectCallback();
      await made.getUser();
      for (const name of names) delete Object.prototype[name];
      return caught.filter(([, value]) => /eyJ|Bearer/.test(value));
    }, harness.options());
    assert.deepEqual(caught, []);
  });

  const FREEZE = `for (const name of ["Object", "Array", "String", "Number", "Boolean", "Function", "Error", "TypeError", "RangeError", "Promise", "RegExp", "Map", "Set", "WeakMap", "Date", "Symbol", "Uint8Array", "ArrayBuffer", "URL", "Headers", "Response", "Request", "AbortController", "AbortSignal", "EventTarget", "Storage", "History", "Crypto", "SubtleCrypto"]) {
    Object.freeze(globalThis[name].prototype);
    Object.freeze(globalThis[name]);
  }
  for (const object of [JSON, Math, Reflect]) Object.freeze(object)`;
  test("everything works with built-ins that were frozen before loading", () =>
    assertUndisturbed(FREEZE));
  test("everything works with built-ins that were frozen after loading", () =>
    assertUndisturbed(FREEZE, { beforeLoad: false }));
});
