export default {
  description: "The ID token was issued in the future.",
  options: "{ seconds = 3600 }",
  change: ({ seconds = 3600 }, { now }) => ({ idToken: { claims: { iat: now + seconds } } }),
};
