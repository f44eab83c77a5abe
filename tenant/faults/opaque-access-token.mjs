export default {
  description: "The access token is opaque, as if no audience had been asked for.",
  options: "{}",
  change: () => ({ accessToken: { raw: "w1cZ8mXo2bQ7pL5tR9yV3kN6hJ4gF0dS" } }),
};
