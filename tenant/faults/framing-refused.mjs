export default {
  description: "Refuses to be shown in a frame, as a tenant behind a strict proxy does.",
  options: "{}",
  target: "authorize",
  answer: (exchange) =>
    exchange.send({
      status: 200,
      headers: { "x-frame-options": "DENY", "content-type": "text/html; charset=utf-8" },
      body: "<!doctype html><title>Not in a frame</title>",
    }),
};
