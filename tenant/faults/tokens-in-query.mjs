export default {
  description: "The response is in the query, where servers and logs see it.",
  options: "{}",
  applies: "authorization-response",
  change: () => ({ response: { inQuery: true } }),
};
