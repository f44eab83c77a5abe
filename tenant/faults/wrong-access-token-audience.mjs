export default {
  description: "The access token is for another API.",
  options: "{ audience? }",
  change: ({ audience = "https://api.invalid/" }) => ({
    accessToken: { claims: { aud: audience } },
  }),
};
