export default {
  description: "Publishes these keys, with or instead of the tenant's own.",
  options: "{ keys = [], keepOwn = false }",
  keySet: (own, { keys = [], keepOwn = false }) => (keepOwn ? [...keys, ...own] : keys),
};
