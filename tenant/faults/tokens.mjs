export default {
  description: "Any change of the tokens and the response; the other token faults are cases of it.",
  options:
    "{ idToken?: Edit, accessToken?: Edit, atHash?: 'keep', response?: { set, drop, duplicate, " +
    "inQuery }, applies?: 'tokens' | 'authorization-response' }, where Edit is { claims, drop, " +
    "header, dropHeader, signature, raw }",
  change: (options) => options,
};
