import { ApiError } from "./errors.mjs";

/**
 * Schemas of request bodies, as small as the API needs them: property → rule, where a rule is
 * `{ type, nullable, required, min, max, values, pattern }` with the lengths of strings.
 */
const TYPE_CHECKS = {
  string: (value) => typeof value === "string",
  boolean: (value) => typeof value === "boolean",
  object: (value) => typeof value === "object" && value !== null && !Array.isArray(value),
  array: Array.isArray,
  "string or integer": (value) => typeof value === "string" || Number.isInteger(value),
};

/** Reads the JSON or form body of a request: always an object. */
export async function readBody(c) {
  const text = await c.req.text();
  if ((c.req.header("content-type") ?? "").startsWith("application/x-www-form-urlencoded")) {
    return Object.fromEntries(new URLSearchParams(text));
  }
  let body;
  try {
    body = JSON.parse(text);
  } catch {
    throw new ApiError("invalid_body", "Invalid request payload JSON format");
  }
  if (!TYPE_CHECKS.object(body)) {
    throw payloadError(`Expected type object but found type ${typeName(body)}`);
  }
  return body;
}

/** Checks a body against its schema; `closed` refuses properties that the schema lacks. */
export function checkBody(body, schema, { closed = false } = {}) {
  for (const [name, rule] of Object.entries(schema)) {
    const value = body[name];
    if (value === undefined) {
      if (rule.required) throw payloadError(`Missing required property: ${name}`);
    } else {
      checkProperty(name, value, rule);
    }
  }
  const stranger = Object.keys(body).find((name) => !Object.hasOwn(schema, name));
  if (closed && stranger !== undefined) {
    throw payloadError(`Additional properties not allowed: ${stranger}`);
  }
}

export const payloadError = (problem, property) =>
  new ApiError(
    "invalid_body",
    `Payload validation error: '${problem}'${property ? ` on property ${property}` : ""}.`,
  );

function checkProperty(name, value, { type, nullable, min = 0, max = Infinity, values, pattern }) {
  if (value === null && nullable) return;
  if (!TYPE_CHECKS[type](value)) {
    throw payloadError(`Expected type ${type} but found type ${typeName(value)}`, name);
  }
  if (values && !values.includes(value)) throw payloadError(`No enum match for: "${value}"`, name);
  if (typeof value !== "string") return;
  if (value.length < min) {
    throw payloadError(`String is too short (${value.length} chars), minimum ${min}`, name);
  }
  if (value.length > max) {
    throw payloadError(`String is too long (${value.length} chars), maximum ${max}`, name);
  }
  if (pattern && !pattern.test(value)) {
    throw payloadError(`String does not match pattern ${pattern.source}: ${value}`, name);
  }
}

function typeName(value) {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}
