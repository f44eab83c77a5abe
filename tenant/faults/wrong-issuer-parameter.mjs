export default {
  description: "The response names another issuer (RFC 9207).",
  options: "{ issuer? }",
  applies: "authorization-response",
  change: ({ issuer = "https://another-tenant.invalid/" }) => ({
    response: { set: { iss: issuer } },
  }),
};
