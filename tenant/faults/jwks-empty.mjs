export default {
  description: "Publishes a key set without keys.",
  options: "{}",
  keySet: () => [],
};
