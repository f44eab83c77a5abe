export default {
  description: "A parameter of the response is there twice.",
  options: "{ name = 'state' }",
  applies: "authorization-response",
  change: ({ name = "state" }) => ({ response: { duplicate: [name] } }),
};
