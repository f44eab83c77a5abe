export default {
  description: "The user logged in longer ago than max_age allows.",
  options: "{ seconds = 86400 }",
  change: ({ seconds = 86400 }, { now }) => ({ idToken: { claims: { auth_time: now - seconds } } }),
};
