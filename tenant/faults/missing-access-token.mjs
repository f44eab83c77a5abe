export default {
  description: "The response lacks the access token.",
  options: "{}",
  change: () => ({ response: { drop: ["access_token"] } }),
};
