export default {
  description: "Answers with any status, headers and body (text, or a value sent as JSON).",
  options: "{ status = 500, headers = {}, body = '', afterEffect = false, cors = true }",
  answer: (exchange, { status = 500, headers = {}, body = "", afterEffect = false, cors = true }) =>
    exchange.send({ status, headers, body, afterEffect, cors }),
};
