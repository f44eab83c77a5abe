export default {
  description: "Answers with a body that says it is JSON and breaks off.",
  options: "{ status = 200 }",
  answer: (exchange, { status = 200 }) =>
    exchange.send({
      status,
      headers: { "content-type": "application/json; charset=utf-8" },
      body: '{"user_id":"auth0|5a620d29a8',
    }),
};
