export default {
  description: "The response carries an error beside the tokens.",
  options: "{ error = 'access_denied' }",
  applies: "authorization-response",
  change: ({ error = "access_denied" }) => ({ response: { set: { error } } }),
};
