export default {
  description: "The tenant answers a good request with an error.",
  options: "{ error = 'access_denied', description? }",
  applies: "authorization-response",
  change: ({ error = "access_denied", description = "Refused on demand" }) => ({
    response: {
      drop: ["access_token", "id_token", "code", "token_type", "expires_in", "scope"],
      set: { error, error_description: description },
    },
  }),
};
