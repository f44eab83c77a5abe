export default {
  description: "Publishes a second key of another type under the signing key's kid, and first.",
  options: "{}",
  keySet: (own) => [
    { kty: "EC", crv: "P-256", use: "sig", alg: "ES256", kid: own[0].kid, x: "AA", y: "AA" },
    ...own,
  ],
};
