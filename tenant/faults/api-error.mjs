import { API_ERRORS, errorBody } from "../api/errors.mjs";

export default {
  description:
    "Answers with one of Auth0's error bodies, also those that no request provokes here.",
  options: `{ error: one of ${Object.keys(API_ERRORS).join(", ")}; message?, afterEffect = false }`,
  answer(exchange, { error = "internal_server_error", message, afterEffect = false }) {
    const body = errorBody(error, message);
    return exchange.send({ status: body.statusCode, headers: {}, body, afterEffect });
  },
};
