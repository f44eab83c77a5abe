export default {
  description: "The ID token's at_hash is not the access token's.",
  options: "{}",
  change: () => ({ idToken: { claims: { at_hash: "AAAAAAAAAAAAAAAAAAAAAA" } } }),
};
