export default {
  description: "Answers without any body.",
  options: "{ status = 200 }",
  answer: (exchange, { status = 200 }) => exchange.send({ status, headers: {}, body: "" }),
};
