export default {
  description: "The ID token is for another application.",
  options: "{}",
  change: () => ({ idToken: { claims: { aud: "another-application" } } }),
};
