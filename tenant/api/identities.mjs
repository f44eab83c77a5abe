import { findUserByIdentity, identityId } from "../oidc/accounts.mjs";
import { insufficientScope, requireScope, verifyJwt } from "./bearer.mjs";
import { ApiError } from "./errors.mjs";
import { findOwnUser, findUser, touch } from "./users.mjs";
import { checkBody, payloadError, readBody } from "./validation.mjs";

const SCOPES = ["update:users", "update:current_user_identities"];
const LINK_SCHEMA = {
  link_with: { type: "string", min: 1 },
  provider: { type: "string", min: 1 },
  user_id: { type: "string or integer", min: 1 },
  connection_id: { type: "string", min: 1 },
};
/** What an identity keeps of the user it was. */
const PROFILE_FIELDS = [
  "email",
  "email_verified",
  "name",
  "username",
  "given_name",
  "family_name",
  "nickname",
  "picture",
  "phone_number",
  "phone_verified",
];

export function identityRoutes(api, state) {
  api.post("/users/:id/identities", async (c) => {
    const claims = c.get("claims");
    const { owner } = requireScope(state, claims, SCOPES);
    const body = await readBody(c);
    checkLinkBody(body);
    if (body.link_with === undefined && owner !== undefined) {
      throw insufficientScope(["update:users"]);
    }
    const primary = findUser(state, c.req.param("id"), owner);
    const secondaryId =
      body.link_with === undefined
        ? identityId(body)
        : await subjectOfLinkToken(state, body.link_with, claims);
    link(state, primary, secondaryId);
    return c.json(primary.identities, 201);
  });

  api.delete("/users/:id/identities/:provider/:user_id", (c) => {
    const user = findOwnUser(state, c, SCOPES);
    unlink(state, user, c.req.param("provider"), c.req.param("user_id"));
    return c.json(user.identities);
  });
}

function checkLinkBody(body) {
  checkBody(body, LINK_SCHEMA, { closed: true });
  const byName = ["provider", "user_id", "connection_id"].some((field) => field in body);
  if ((body.link_with !== undefined) === byName) {
    throw payloadError("Either link_with, or provider and user_id, is required");
  }
  if (byName && (body.provider === undefined || body.user_id === undefined)) {
    throw payloadError("Missing required property: provider or user_id");
  }
}

/** The rules for `link_with`: an ID token of this host, for the very application that calls. */
async function subjectOfLinkToken(state, token, calling) {
  let verified;
  try {
    verified = await verifyJwt(state, token);
  } catch (error) {
    const wrongAlgorithm = error.code === "ERR_JOSE_ALG_NOT_ALLOWED";
    throw new ApiError(
      "invalid_body",
      wrongAlgorithm ? "link_with must be signed with RS256" : "Invalid link_with token",
    );
  }
  const { iss, aud, sub } = verified.payload;
  if (iss !== calling.iss) {
    throw new ApiError("invalid_body", "link_with was issued by another issuer");
  }
  if (aud !== calling.azp) {
    throw new ApiError("invalid_body", "link_with aud claim must be equal to azp claim");
  }
  if (typeof sub !== "string" || !sub.includes("|")) {
    throw new ApiError("invalid_body", "Invalid sub claim in link_with");
  }
  return sub;
}

function link(state, primary, secondaryId) {
  if (secondaryId === primary.user_id) {
    throw new ApiError("invalid_body", "Main identity and the new one are the same");
  }
  const owner = findUserByIdentity(state, secondaryId);
  if (owner === primary) throw new ApiError("identity_conflict");
  if (!owner || owner.user_id !== secondaryId) {
    throw new ApiError("invalid_body", "Unable to link: the secondary user was not found");
  }
  primary.identities[0].profileData ??= profileOf(primary);
  owner.identities[0].profileData = profileOf(owner);
  primary.identities.push(...owner.identities);
  state.users.delete(owner.user_id);
  state.enrollments.delete(owner.user_id);
  moveSessions(state, owner.user_id, primary.user_id);
  touch(primary);
}

/**
 * Makes the identity a user of its own again. Where nothing fits the API says so by no word: an id
 * with its `provider|` prefix gets 200 and changes nothing, as on a live tenant.
 */
function unlink(state, user, provider, userId) {
  const index = user.identities.findIndex(
    (identity) => identity.provider === provider && String(identity.user_id) === userId,
  );
  if (index === 0) throw new ApiError("invalid_uri", "Main identity cannot be removed");
  if (index === -1) return;
  const [{ profileData, ...identity }] = user.identities.splice(index, 1);
  if (user.identities.length === 1) delete user.identities[0].profileData;
  const now = new Date().toISOString();
  const user_id = identityId(identity);
  state.users.set(user_id, {
    ...profileData,
    user_id,
    created_at: now,
    updated_at: now,
    identities: [identity],
  });
  state.enrollments.set(user_id, []);
  touch(user);
}

/** Whoever is signed in with the linked account is signed in as the primary user from now on. */
function moveSessions(state, from, to) {
  for (const record of state.oidcRecords.values()) {
    if (record.kind !== "Session" || record.accountId !== from) continue;
    record.accountId = to;
    delete record.authorizations;
  }
}

const profileOf = (user) =>
  Object.fromEntries(
    PROFILE_FIELDS.filter((field) => user[field] !== undefined).map((field) => [
      field,
      user[field],
    ]),
  );
