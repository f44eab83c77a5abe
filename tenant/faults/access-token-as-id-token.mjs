export default {
  description: "The access token stands where the ID token should.",
  options: "{}",
  change: (options, { response }) => ({ idToken: { raw: response.access_token } }),
};
