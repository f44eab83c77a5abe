export default {
  description: "The ID token carries no nonce.",
  options: "{}",
  change: () => ({ idToken: { drop: ["nonce"] } }),
};
