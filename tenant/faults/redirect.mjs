export default {
  description: "Redirects elsewhere: a token must not go along.",
  options: "{ location = '/', status = 302 }",
  answer: (exchange, { location = "/", status = 302 }) =>
    exchange.send({ status, headers: { location }, body: "" }),
};
