import { randomBytes } from "node:crypto";

import { requireScope } from "./bearer.mjs";
import { ApiError } from "./errors.mjs";
import { checkBody, readBody } from "./validation.mjs";

const APP_TYPES = ["native", "spa", "regular_web", "non_interactive"];
const AUTH_METHODS = ["none", "client_secret_post", "client_secret_basic"];
const SCHEMA = {
  name: { type: "string", required: true, min: 1, pattern: /^[^<>]+$/ },
  description: { type: "string", max: 140 },
  app_type: { type: "string", values: APP_TYPES },
  callbacks: { type: "array" },
  allowed_logout_urls: { type: "array" },
  web_origins: { type: "array" },
  grant_types: { type: "array" },
  token_endpoint_auth_method: { type: "string", values: AUTH_METHODS },
};

/** The machine-to-machine side: applications, connections and grants. */
export function clientRoutes(api, state) {
  api.get("/clients", (c) => {
    const { granted } = requireScope(state, c.get("claims"), ["read:clients"]);
    return c.json([...state.applications.values()].map((one) => present(state, one, granted)));
  });

  api.post("/clients", async (c) => {
    const { granted } = requireScope(state, c.get("claims"), ["create:clients"]);
    const body = await readBody(c);
    checkBody(body, SCHEMA, { closed: true });
    const application = createApplication(body);
    state.applications.set(application.client_id, application);
    return c.json(present(state, application, granted), 201);
  });

  api.post("/clients/:id/rotate-secret", (c) => {
    const { granted } = requireScope(state, c.get("claims"), ["update:client_keys"]);
    const application = state.applications.get(c.req.param("id"));
    if (!application) throw new ApiError("not_found", "The client does not exist");
    rotateSecret(application);
    return c.json(present(state, application, granted));
  });

  api.get("/connections", (c) => {
    requireScope(state, c.get("claims"), ["read:connections"]);
    return c.json([...state.connections.values()]);
  });

  api.get("/client-grants", (c) => {
    requireScope(state, c.get("claims"), ["read:client_grants"]);
    return c.json([...state.grants.values()]);
  });

  api.delete("/client-grants/:id", (c) => {
    requireScope(state, c.get("claims"), ["delete:client_grants"]);
    state.grants.delete(c.req.param("id"));
    return c.body(null, 204);
  });
}

/** Gives an application a new secret; tokens issued with the old one live on until they expire. */
export function rotateSecret(application) {
  application.client_secret = randomBytes(48).toString("base64url");
}

function createApplication(body) {
  const app_type = body.app_type ?? "regular_web";
  const isPublic = app_type === "spa" || app_type === "native";
  const application = {
    client_id: randomBytes(24).toString("base64url"),
    app_type,
    token_endpoint_auth_method: isPublic ? "none" : "client_secret_post",
    grant_types: isPublic ? ["implicit", "authorization_code"] : ["client_credentials"],
    callbacks: [],
    allowed_logout_urls: [],
    web_origins: [],
    current_user_scopes: [],
    ...body,
  };
  if (application.token_endpoint_auth_method !== "none") rotateSecret(application);
  return application;
}

/** An application as the API shows it: secrets and keys only to who may read them. */
function present(state, { current_user_scopes, client_secret, ...application }, granted) {
  return {
    tenant: new URL(state.origin).hostname,
    global: false,
    is_first_party: true,
    oidc_conformant: true,
    ...application,
    ...(granted.includes("read:client_keys") && {
      ...(client_secret && { client_secret }),
      signing_keys: state.keys.publicJwks,
    }),
  };
}
