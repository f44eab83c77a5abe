import { createApp, h } from "vue";
import { RouterView, createRouter, createWebHashHistory, createWebHistory } from "vue-router";
import { behindHash, expose, guard, handleResponse, when } from "./session.js";

const page = (title, setup) => ({ setup, render: () => h("h1", title) });
const routes = [
  { path: "/", component: page("Home") },
  { path: "/callback", component: page("Callback") },
  { path: "/login", component: page("Login", () => void handleResponse()) },
  { path: "/one", component: page("One") },
  { path: "/two", component: page("Two") },
  { path: "/:rest(.*)", component: page("Unknown") },
];

if (when === "before") await handleResponse();
const router = createRouter({
  history: behindHash ? createWebHashHistory() : createWebHistory(),
  routes,
});
if (when === "made") await handleResponse();
router.beforeEach(({ fullPath }) => guard(fullPath));
createApp({ render: () => h(RouterView) })
  .use(router)
  .mount("#app");
await router.isReady();
if (when === "after") await handleResponse();
expose({
  push: (path) => router.push(path),
  replace: (path) => router.replace(path),
  refresh: () => router.replace({ ...router.currentRoute.value, force: true }),
});
