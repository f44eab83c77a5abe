export default {
  description: "Sends the head and the beginning of a body, and then nothing more.",
  options: "{ status = 200 }",
  answer: (exchange, { status = 200 }) =>
    exchange.send({
      status,
      headers: { "content-type": "application/json; charset=utf-8" },
      body: '{"user_id":',
      unfinished: true,
    }),
};
