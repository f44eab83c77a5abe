export default {
  description: "The response lacks the state.",
  options: "{}",
  applies: "authorization-response",
  change: () => ({ response: { drop: ["state"] } }),
};
