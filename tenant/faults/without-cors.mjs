export default {
  description: "Answers as always, without the headers that let a browser read it.",
  options: "{}",
  async answer(exchange) {
    exchange.hideHeaders((name) => name.startsWith("access-control-"));
    await exchange.pass();
  },
};
