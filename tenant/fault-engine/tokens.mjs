import { accessTokenHash, readJws, signJws } from "../keys/jws.mjs";

/** Changes for which the parameters alone do not do; they wait here for the redirect. */
const waiting = new WeakMap();

/**
 * Applies the active token faults to a response about to be sent.
 *
 * Everything is signed again with the tenant's own key, so that only what the fault names is wrong:
 * that also means a right `at_hash` over a changed access token, unless the fault says otherwise.
 *
 * @param {object} state
 * @param {object} response parameters of the authorization or token response; changed in place
 * @param {object} params parameters of the request
 */
export function applyTokenFaults(state, response, params) {
  const hasTokens = "access_token" in response || "id_token" in response;
  const isAuthorizationResponse = params.grant_type === undefined;
  const taken = state.faults.take(
    ({ fault, options, match }) =>
      fault.change !== undefined &&
      matchesParams(match.params, params) &&
      (partOf(fault, options) === "tokens" ? hasTokens : isAuthorizationResponse),
  );
  for (const { fault, options } of taken) {
    const kit = {
      now: Math.floor(Date.now() / 1000),
      response,
      idToken: readJws(response.id_token)?.claims,
      accessToken: readJws(response.access_token)?.claims,
    };
    const change = fault.change(options, kit);
    changeTokens(state.keys, response, change);
    changeParameters(response, change.response);
    if (change.response?.duplicate || change.response?.inQuery) {
      waiting.set(params, [...(waiting.get(params) ?? []), change.response]);
    }
  }
}

/**
 * Applies what can only be done to the finished redirect, and the response faults to errors, which
 * pass no other point.
 */
export function rewriteLocation(state, location, params) {
  const [address, fragment] = location.split("#");
  const isError = new URLSearchParams(fragment).has("error");
  const changes = waiting.get(params) ?? [];
  if (isError && changes.length === 0) {
    const taken = state.faults.take(
      ({ fault, options, match }) =>
        fault.change !== undefined &&
        partOf(fault, options) === "authorization-response" &&
        matchesParams(match.params, params),
    );
    changes.push(...taken.map(({ fault, options }) => fault.change(options, {}).response));
  }
  waiting.delete(params);
  if (changes.length === 0) return location;

  const inFragment = fragment !== undefined;
  const url = new URL(address);
  let pairs = [...(inFragment ? new URLSearchParams(fragment) : url.searchParams)];
  for (const { set = {}, drop = [], duplicate = [] } of changes) {
    pairs = pairs.filter(([name]) => !drop.includes(name) && !(name in set));
    pairs.push(...Object.entries(set).map(([name, value]) => [name, String(value)]));
    pairs.push(...pairs.filter(([name]) => duplicate.includes(name)));
  }
  const moved = changes.some(({ inQuery }) => inQuery);
  const parameters = new URLSearchParams(pairs).toString();
  if (inFragment && !moved) return `${url.href}#${parameters}`;
  url.search = moved && inFragment && url.search ? `${url.search}&${parameters}` : parameters;
  return url.href;
}

function changeTokens(keys, response, { accessToken, idToken = {}, atHash }) {
  const before = response.access_token;
  if (accessToken && before !== undefined) {
    response.access_token = edit(keys, before, accessToken);
  }
  if (response.id_token === undefined) return;
  const rehash = response.access_token !== before && atHash !== "keep" && !idToken.raw;
  if (!rehash && Object.keys(idToken).length === 0) return;
  const claims = rehash ? { at_hash: accessTokenHash(response.access_token) } : {};
  const hadHash = readJws(response.id_token)?.claims.at_hash !== undefined;
  response.id_token = edit(keys, response.id_token, {
    ...idToken,
    claims: { ...(hadHash && claims), ...idToken.claims },
  });
}

function edit(keys, token, { raw, claims, drop = [], header, dropHeader = [], signature }) {
  if (raw !== undefined) return raw;
  const jws = readJws(token);
  if (!jws) return token;
  return signJws(
    {
      header: without({ ...jws.header, kid: keys.signingKey.kid, ...header }, dropHeader),
      claims: without({ ...jws.claims, ...claims }, drop),
      signature,
    },
    keys,
  );
}

function changeParameters(response, { set = {}, drop = [] } = {}) {
  for (const name of drop) delete response[name];
  Object.assign(response, set);
}

function partOf(fault, options) {
  const part = options.applies ?? fault.applies;
  if (part) return part;
  if (options.response && !options.idToken && !options.accessToken) {
    return "authorization-response";
  }
  return "tokens";
}

const matchesParams = (expected = {}, params) =>
  Object.entries(expected).every(([name, value]) => params[name] === value);

const without = (object, names) =>
  Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));
