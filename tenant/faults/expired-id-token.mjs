export default {
  description: "The ID token has expired.",
  options: "{ seconds = 3600 }",
  change: ({ seconds = 3600 }, { now }) => ({
    idToken: { claims: { iat: now - seconds - 60, exp: now - seconds } },
  }),
};
