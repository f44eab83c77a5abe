export default {
  description: "The scope parameter, which is under no signature, promises more.",
  options: "{ scope? }",
  change: ({ scope = "read:current_user update:users" }) => ({ response: { set: { scope } } }),
};
