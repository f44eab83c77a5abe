export default {
  description: "The ID token is for another organization.",
  options: "{}",
  change: () => ({ idToken: { claims: { org_id: "org_somebodyElses00", org_name: "elsewhere" } } }),
};
