export default {
  description:
    "The ID token has expired. It was issued now, because a client takes an older `iat` for a wrong clock.",
  options: "{ seconds = 3600 }",
  change: ({ seconds = 3600 }, { now }) => ({
    idToken: { claims: { exp: now - seconds } },
  }),
};
