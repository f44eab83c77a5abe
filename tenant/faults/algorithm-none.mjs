export default {
  description: "The ID token is not signed and says so.",
  options: "{}",
  change: () => ({ idToken: { header: { alg: "none" }, signature: "empty" } }),
};
