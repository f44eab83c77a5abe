export default {
  description: "Answers as always, but late.",
  options: "{ ms = 1000 }",
  async answer(exchange, { ms = 1000 }) {
    await exchange.wait(ms);
    await exchange.pass();
  },
};
