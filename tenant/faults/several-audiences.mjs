export default {
  description: "The ID token is for several applications and names no authorized party.",
  options: "{}",
  change: (options, { idToken }) => ({
    idToken: { claims: { aud: [idToken.aud, "another-application"] }, drop: ["azp"] },
  }),
};
