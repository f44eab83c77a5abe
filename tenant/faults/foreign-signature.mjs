export default {
  description: "The ID token is signed by a stranger under the tenant's kid.",
  options: "{}",
  change: () => ({ idToken: { signature: "stranger" } }),
};
