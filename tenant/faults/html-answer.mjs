export default {
  description: "Answers with a proxy's HTML page.",
  options: "{ status = 502 }",
  answer: (exchange, { status = 502 }) =>
    exchange.send({
      status,
      headers: { "content-type": "text/html; charset=utf-8" },
      body: "<!doctype html><title>Bad gateway</title><h1>Bad gateway</h1>",
    }),
};
