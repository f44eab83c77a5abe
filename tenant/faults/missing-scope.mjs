export default {
  description: "The access token lacks a scope that was granted, as if dropped silently.",
  options: "{ scope? }",
  change: ({ scope = "update:current_user_metadata" }, { accessToken }) => ({
    accessToken: {
      claims: {
        scope: (accessToken?.scope ?? "")
          .split(" ")
          .filter((name) => name !== scope)
          .join(" "),
      },
    },
  }),
};
