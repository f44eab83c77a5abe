export default {
  description: "The response carries another state.",
  options: "{ state? }",
  applies: "authorization-response",
  change: ({ state = "somebody-elses-state" }) => ({ response: { set: { state } } }),
};
