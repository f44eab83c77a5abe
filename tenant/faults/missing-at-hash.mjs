export default {
  description: "The ID token carries no at_hash.",
  options: "{}",
  change: () => ({ idToken: { drop: ["at_hash"] } }),
};
