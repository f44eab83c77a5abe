import { randomBytes } from "node:crypto";

import { requireScope } from "./bearer.mjs";
import { ApiError } from "./errors.mjs";
import { checkBody, readBody } from "./validation.mjs";

const CREATE = ["create:current_user_device_credentials"];
const DELETE = ["delete:device_credentials", "delete:current_user_device_credentials"];

const SCHEMA = {
  device_name: { type: "string", required: true, min: 1 },
  type: { type: "string", required: true, values: ["public_key"] },
  value: { type: "string", required: true, min: 1, pattern: /^[A-Za-z0-9+/_-]+=*$/ },
  device_id: { type: "string", required: true, min: 1, max: 36 },
  client_id: { type: "string", min: 1 },
};

export function deviceCredentialRoutes(api, state) {
  api.post("/device-credentials", async (c) => {
    const claims = c.get("claims");
    requireScope(state, claims, CREATE);
    const body = await readBody(c);
    checkBody(body, SCHEMA);
    const { device_name, type, value, device_id, client_id = claims.azp } = body;
    if (client_id !== claims.azp) {
      throw new ApiError("unowned_resource", "Client does not match the bearer token's.");
    }
    const credential = { device_name, type, value, device_id, client_id, user_id: claims.sub };
    if ([...state.deviceCredentials.values()].some((other) => isSameDevice(other, credential))) {
      throw new ApiError("device_conflict");
    }
    const id = `dcr_${randomBytes(8).toString("hex")}`;
    state.deviceCredentials.set(id, { id, ...credential });
    return c.json({ id }, 201);
  });

  api.delete("/device-credentials/:id", (c) => {
    const { owner } = requireScope(state, c.get("claims"), DELETE);
    const credential = state.deviceCredentials.get(c.req.param("id"));
    if (credential && owner !== undefined && credential.user_id !== owner) {
      throw new ApiError("unowned_resource");
    }
    state.deviceCredentials.delete(c.req.param("id"));
    return c.body(null, 204);
  });
}

const isSameDevice = (one, other) =>
  ["user_id", "client_id", "device_id"].every((field) => one[field] === other[field]);
