export default {
  description: "The token type is not Bearer.",
  options: "{ token_type = 'mac' }",
  change: ({ token_type = "mac" }) => ({ response: { set: { token_type } } }),
};
