export default {
  description: "The ID token was issued to another application.",
  options: "{}",
  change: () => ({ idToken: { claims: { azp: "another-application" } } }),
};
