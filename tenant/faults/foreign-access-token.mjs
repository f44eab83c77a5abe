export default {
  description: "The access token is another user's, and at_hash is right.",
  options: "{ subject? }",
  change: ({ subject = "google-oauth2|103547991597142817347" }) => ({
    accessToken: { claims: { sub: subject } },
  }),
};
