import { requireScope } from "./bearer.mjs";
import { ApiError } from "./errors.mjs";
import { checkBody, payloadError, readBody } from "./validation.mjs";

const READ = ["read:users", "read:current_user"];
const PATCH = [
  "update:users",
  "update:users_app_metadata",
  "update:current_user_metadata",
  "create:current_user_metadata",
];
const DELETE_MULTIFACTOR = ["update:users", "delete:current_user_metadata"];
const MULTIFACTOR_PROVIDERS = ["duo", "google-authenticator"];

const name = { type: "string", nullable: true, min: 1, max: 300 };
const USER_SCHEMA = {
  user_metadata: { type: "object" },
  app_metadata: { type: "object" },
  blocked: { type: "boolean" },
  email_verified: { type: "boolean" },
  phone_verified: { type: "boolean" },
  email: { type: "string", nullable: true, pattern: /^[^@\s]+@[^@\s]+$/ },
  phone_number: { type: "string", nullable: true, pattern: /^\+[0-9]{1,15}$/ },
  given_name: { ...name, max: 150 },
  family_name: { ...name, max: 150 },
  name,
  nickname: name,
  picture: { type: "string", nullable: true, pattern: /^[a-z][a-z0-9+.-]*:\S+$/i },
  username: { ...name, max: 128 },
  password: { type: "string", nullable: true, min: 1 },
  connection: { type: "string", min: 1 },
  client_id: { type: "string", min: 1 },
  verify_email: { type: "boolean" },
  verify_phone_number: { type: "boolean" },
};
/** Instructions to the API, and what it alone may write. */
const NOT_ATTRIBUTES = [
  "connection",
  "client_id",
  "verify_email",
  "verify_phone_number",
  "user_id",
  "identities",
];
const METADATA = ["user_metadata", "app_metadata"];

export function userRoutes(api, state) {
  api.get("/users/:id", (c) => {
    const user = findOwnUser(state, c, READ);
    return c.json(selectFields(user, c.req.query("fields"), c.req.query("include_fields")));
  });

  api.get("/users/:id/enrollments", (c) => {
    const user = findOwnUser(state, c, READ);
    return c.json(state.enrollments.get(user.user_id) ?? []);
  });

  api.patch("/users/:id", async (c) => {
    const { owner, granted } = requireScope(state, c.get("claims"), PATCH);
    const body = await readBody(c);
    checkPatch(body);
    checkFieldsPermitted(body, granted);
    const user = findUser(state, c.req.param("id"), owner);
    applyPatch(state, user, body);
    return c.json(user);
  });

  api.delete("/users/:id/multifactor/:provider", (c) => {
    const { owner } = requireScope(state, c.get("claims"), DELETE_MULTIFACTOR);
    const provider = c.req.param("provider");
    if (!MULTIFACTOR_PROVIDERS.includes(provider)) {
      throw new ApiError(
        "invalid_uri",
        `Path validation error: 'No enum match for: "${provider}"' on property provider.`,
      );
    }
    const user = findUser(state, c.req.param("id"), owner);
    removeMultifactor(state, user, provider);
    return c.body(null, 204);
  });
}

/** The user a call is about, once scope and ownership are settled. */
export function findOwnUser(state, c, scopes) {
  const { owner } = requireScope(state, c.get("claims"), scopes);
  return findUser(state, c.req.param("id"), owner);
}

/** @param {string | undefined} owner the only user the token may act on */
export function findUser(state, id, owner) {
  if (id.length > 255 || id.includes("\0")) {
    throw new ApiError(
      "invalid_uri",
      "Path validation error: 'String does not match the format user-id' on property id.",
    );
  }
  if (owner !== undefined && owner !== id) throw new ApiError("unowned_resource");
  const user = state.users.get(id);
  if (!user) throw new ApiError("inexistent_user");
  return user;
}

/** Marks a user as changed just now; two changes never have the same time. */
export function touch(user) {
  const before = Date.parse(user.updated_at) || 0;
  user.updated_at = new Date(Math.max(Date.now(), before + 1)).toISOString();
}

function selectFields(user, fields, includeFields = "true") {
  if (!["true", "false"].includes(includeFields)) {
    throw queryError("Expected type boolean but found type string", "include_fields");
  }
  if (fields === undefined || fields === "") return user;
  if (!/^[\w.-]+(,[\w.-]+)*$/.test(fields)) {
    throw queryError(`String does not match pattern: ${fields}`, "fields");
  }
  const names = new Set(fields.split(","));
  const kept = Object.entries(user).filter(
    ([field]) => names.has(field) === (includeFields === "true"),
  );
  return Object.fromEntries(kept);
}

const queryError = (problem, property) =>
  new ApiError(
    "invalid_query_string",
    `Query validation error: '${problem}' on property ${property}.`,
  );

function checkPatch(body) {
  if (Object.keys(body).length === 0) {
    throw payloadError("Too few properties defined (0), minimum 1");
  }
  checkBody(body, USER_SCHEMA);
  for (const field of METADATA) {
    const bad = Object.keys(body[field] ?? {}).find((key) => /[.$]/.test(key));
    if (bad !== undefined) throw payloadError(`Invalid property name: ${bad}`, field);
  }
}

/** Current-user scopes reach `user_metadata` and nothing else. */
function checkFieldsPermitted(body, granted) {
  if (granted.includes("update:users")) return;
  const appMetadata = granted.includes("update:users_app_metadata");
  const userMetadata = granted.some((scope) => PATCH.slice(2).includes(scope));
  const refused = Object.keys(body).filter(
    (field) =>
      !(field === "user_metadata" && userMetadata) && !(field === "app_metadata" && appMetadata),
  );
  if (refused.length === 0) return;
  throw new ApiError(
    "insufficient_scope",
    "Some fields cannot be updated with the permissions granted by the bearer token scopes. " +
      `Fields: ${refused.join(", ")}`,
  );
}

function applyPatch(state, user, { user_metadata, app_metadata, password, ...attributes }) {
  mergeMetadata(user, "user_metadata", user_metadata);
  mergeMetadata(user, "app_metadata", app_metadata);
  const login = state.logins.get(user.email?.toLowerCase());
  for (const [field, value] of Object.entries(attributes)) {
    if (NOT_ATTRIBUTES.includes(field)) continue;
    if (value === null) delete user[field];
    else setOwn(user, field, value);
  }
  if (typeof password === "string" && login) {
    login.password = password;
    user.last_password_reset = new Date().toISOString();
  }
  touch(user);
}

/** Merges the top level only; `null` removes a key, and an empty object removes everything. */
function mergeMetadata(user, field, changes) {
  if (changes === undefined) return;
  const merged = new Map(Object.entries(user[field] ?? {}));
  if (Object.keys(changes).length === 0) merged.clear();
  for (const [key, value] of Object.entries(changes)) {
    if (value === null) merged.delete(key);
    else merged.set(key, value);
  }
  if (merged.size === 0) delete user[field];
  else user[field] = Object.fromEntries(merged);
}

/** Sets a property of any name, `__proto__` included, on the object itself. */
function setOwn(object, key, value) {
  const property = { value, enumerable: true, configurable: true, writable: true };
  Object.defineProperty(object, key, property);
}

function removeMultifactor(state, user, provider) {
  if (user.multifactor) {
    user.multifactor = user.multifactor.filter((factor) => factor !== provider);
  }
  if (provider === "google-authenticator") {
    const left = (state.enrollments.get(user.user_id) ?? []).filter(
      ({ auth_method }) => auth_method !== "authenticator",
    );
    state.enrollments.set(user.user_id, left);
  }
  touch(user);
}
