export default {
  description: "The ID token says nothing of a user.",
  options: "{}",
  change: () => ({ idToken: { drop: ["sub"] } }),
};
