export default {
  description: "The access token is another user's; at_hash is still the first one's.",
  options: "{ subject? }",
  change: ({ subject = "google-oauth2|103547991597142817347" }) => ({
    accessToken: { claims: { sub: subject } },
    atHash: "keep",
  }),
};
