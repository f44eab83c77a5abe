export default {
  description: "Closes the connection without an answer, before or after the request took effect.",
  options: "{ afterEffect = false }",
  async answer(exchange, { afterEffect = false }) {
    if (afterEffect) await exchange.passUnheard();
    exchange.drop();
  },
};
