export default {
  description: "The access token has expired.",
  options: "{ seconds = 3600 }",
  change: ({ seconds = 3600 }, { now }) => ({
    accessToken: { claims: { iat: now - seconds - 60, exp: now - seconds } },
  }),
};
