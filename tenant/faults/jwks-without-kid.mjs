export default {
  description: "Publishes the keys without their kid.",
  options: "{}",
  keySet: (own) => own.map(({ kid, ...key }) => key),
};
