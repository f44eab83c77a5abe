import { createApp } from "vue";
import App from "./App.vue";
import Problem from "./Problem.vue";
import { createClient } from "./client";

createClient()
  .then(
    (client) => createApp(App, { client }),
    (error) => createApp(Problem, { error }),
  )
  .then((app) => app.mount("#app"));
