export default {
  description: "The access token is a machine-to-machine application's.",
  options: "{}",
  change: () => ({
    accessToken: {
      claims: {
        sub: "local-m2m@clients",
        azp: "local-m2m",
        gty: "client-credentials",
        scope: "read:clients create:clients read:client_keys",
      },
      drop: ["org_id", "org_name"],
    },
  }),
};
