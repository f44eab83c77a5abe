export default {
  description: "The response lacks the ID token.",
  options: "{}",
  change: () => ({ response: { drop: ["id_token"] } }),
};
