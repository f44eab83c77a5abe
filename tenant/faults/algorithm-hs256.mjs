export default {
  description: "The ID token is signed by HMAC with the public key as its secret.",
  options: "{}",
  change: () => ({ idToken: { header: { alg: "HS256" }, signature: "hmac-with-public-key" } }),
};
