const REASONS = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  409: "Conflict",
  413: "Payload Too Large",
  429: "Too Many Requests",
  500: "Internal Server Error",
  503: "Service Unavailable",
};

/**
 * The Management API's refusals: status, `errorCode` (which Auth0 leaves out of some), message, and
 * whether `attributes.error` repeats the message, as the answers to a bad token do.
 */
export const API_ERRORS = {
  invalid_header: [400, "Bearer", "Bad HTTP authentication header format"],
  invalid_uri: [400, "invalid_uri", "Path validation error"],
  invalid_query_string: [400, "invalid_query_string", "Query validation error"],
  invalid_body: [400, "invalid_body", "Payload validation error"],
  missing_authentication: [401, undefined, "Missing authentication"],
  invalid_token: [401, undefined, "Invalid token", "attributes"],
  expired_token: [
    401,
    undefined,
    "Expired token received for JSON Web Token validation",
    "attributes",
  ],
  invalid_signature: [
    401,
    undefined,
    "Invalid signature received for JSON Web Token validation",
    "attributes",
  ],
  bad_audience: [401, undefined, "Bad audience", "attributes"],
  client_not_global: [401, undefined, "Client is not global"],
  insufficient_scope: [403, "insufficient_scope", "Insufficient scope"],
  unowned_resource: [
    403,
    "unowned_resource",
    "User to be acted on does not match subject in bearer token.",
  ],
  operation_not_supported: [
    403,
    "operation_not_supported",
    "The account is not allowed to perform this operation.",
  ],
  inexistent_user: [404, "inexistent_user", "The user does not exist."],
  not_found: [404, undefined, "Not Found"],
  identity_conflict: [409, "identity_conflict", "Specified identity already exists."],
  device_conflict: [409, undefined, "A public key already exists for the device."],
  payload_too_large: [
    413,
    undefined,
    "Payload content length greater than maximum allowed: 1048576",
  ],
  too_many_requests: [429, "too_many_requests", "Global limit has been reached"],
  internal_server_error: [500, undefined, "An internal server error occurred"],
  service_unavailable: [503, undefined, "Service Unavailable"],
};

/** Body of an error answer: `{ statusCode, error, message, errorCode?, attributes? }`. */
export function errorBody(name, message) {
  const row = API_ERRORS[name];
  if (!row) throw new RangeError(`no API error named \`${name}\``);
  const [statusCode, errorCode, usual, attributes] = row;
  const text = message ?? usual;
  return {
    statusCode,
    error: REASONS[statusCode],
    message: text,
    ...(attributes && { attributes: { error: text } }),
    ...(errorCode && { errorCode }),
  };
}

/** A refusal by name of `API_ERRORS`; the API's error handler turns it into the answer. */
export class ApiError extends Error {
  /** @param {string} name @param {string} [message] @param {object} [headers] */
  constructor(name, message, headers = {}) {
    super(message ?? name);
    this.body = errorBody(name, message);
    this.headers = headers;
  }
}
