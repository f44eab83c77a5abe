const ODD = [
  null,
  "not a key",
  {},
  { kty: "oct", kid: "symmetric", k: "c2VjcmV0" },
  { kty: "EC", crv: "P-256", use: "sig", alg: "ES256", kid: "elliptic", x: "AA", y: "AA" },
  { kty: "RSA", use: "enc", alg: "RSA-OAEP-256", kid: "encryption", n: "AQAB", e: "AQAB" },
  { kty: "RSA", use: "sig", alg: "RS256", kid: "unreadable", n: "%%%", e: "AQAB" },
  { kty: "RSA", use: "sig", alg: "RS256", kid: "without-modulus", e: "AQAB" },
];

export default {
  description: "Publishes keys of other types and uses, and unreadable ones, beside the right one.",
  options: "{}",
  keySet: (own) => [...ODD, ...own],
};
