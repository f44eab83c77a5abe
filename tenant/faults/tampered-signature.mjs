export default {
  description: "One bit of the ID token's signature is wrong.",
  options: "{}",
  change: () => ({ idToken: { signature: "tampered" } }),
};
