export default {
  description: "The ID token names a key that nobody publishes.",
  options: "{}",
  change: () => ({ idToken: { header: { kid: "no-such-key" }, signature: "stranger" } }),
};
