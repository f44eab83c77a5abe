export default {
  description: "The ID token is another issuer's.",
  options: "{ issuer? }",
  change: ({ issuer = "https://another-tenant.invalid/" }) => ({
    idToken: { claims: { iss: issuer } },
  }),
};
