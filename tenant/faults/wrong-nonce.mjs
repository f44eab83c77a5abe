export default {
  description: "The ID token carries another nonce.",
  options: "{}",
  change: () => ({ idToken: { claims: { nonce: "somebody-elses-nonce" } } }),
};
