export default {
  description: "expires_in promises more than the token holds.",
  options: "{ expires_in? }",
  change: ({ expires_in = "999999999" }) => ({ response: { set: { expires_in } } }),
};
