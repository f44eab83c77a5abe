import { createElement, useEffect } from "react";
import { createRoot } from "react-dom/client";
import { createBrowserRouter, createHashRouter, replace } from "react-router";
import { RouterProvider } from "react-router/dom";
import { behindHash, expose, guard, handleResponse, when } from "./session.js";

const page = (title) => createElement("h1", null, title);

function Login() {
  useEffect(() => void handleResponse(), []);
  return page("Login");
}

/** A loader's request has no fragment, so guards take it from the page. */
async function loader({ request }) {
  const { pathname, search } = new URL(request.url);
  const target = await guard(pathname + search + (behindHash ? "" : location.hash));
  // `redirect` would leave a history entry with the response behind, which no page can change but the one that goes back there.
  return target === undefined ? null : replace(target);
}
const routes = [
  { path: "/", element: page("Home"), loader },
  { path: "/callback", element: page("Callback"), loader },
  { path: "/login", element: createElement(Login), loader },
  { path: "/one", element: page("One"), loader },
  { path: "/two", element: page("Two"), loader },
  { path: "*", element: page("Unknown"), loader },
];

if (when === "before") await handleResponse();
const router = behindHash ? createHashRouter(routes) : createBrowserRouter(routes);
if (when === "made") await handleResponse();
createRoot(document.getElementById("app")).render(createElement(RouterProvider, { router }));
while (!router.state.initialized) await new Promise((resolve) => setTimeout(resolve, 10));
if (when === "after") await handleResponse();
expose({
  push: (path) => router.navigate(path),
  replace: (path) => router.navigate(path, { replace: true }),
  refresh: () => router.revalidate(),
});
