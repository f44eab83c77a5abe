// Compiled in the browser, so that the application needs Vite alone; the router is the same.
import "@angular/compiler";
import { Component, inject } from "@angular/core";
import { bootstrapApplication } from "@angular/platform-browser";
import { Router, RouterOutlet, provideRouter, withHashLocation } from "@angular/router";
import { behindHash, expose, guard, handleResponse, when } from "./session.js";

const page = (title, action) =>
  Component({ template: `<h1>${title}</h1>` })(
    class {
      ngOnInit() {
        action?.();
      }
    },
  );
const canActivate = [
  async (_, { url }) => {
    const router = inject(Router);
    const target = await guard(url);
    return target === undefined || router.parseUrl(target);
  },
];
const routes = [
  { path: "", pathMatch: "full", component: page("Home"), canActivate },
  { path: "callback", component: page("Callback"), canActivate },
  { path: "login", component: page("Login", handleResponse), canActivate },
  { path: "one", component: page("One"), canActivate },
  { path: "two", component: page("Two"), canActivate },
  { path: "**", component: page("Unknown"), canActivate },
];
const Root = Component({
  selector: "#app",
  imports: [RouterOutlet],
  template: "<router-outlet />",
})(class {});

if (when === "before") await handleResponse();
const application = await bootstrapApplication(Root, {
  providers: [provideRouter(routes, ...(behindHash ? [withHashLocation()] : []))],
});
const router = application.injector.get(Router);
if (when === "made") await handleResponse();
while (!router.navigated) await new Promise((resolve) => setTimeout(resolve, 10));
if (when === "after") await handleResponse();
expose({
  push: (path) => router.navigateByUrl(path),
  replace: (path) => router.navigateByUrl(path, { replaceUrl: true }),
  refresh: () => router.navigateByUrl(router.url, { onSameUrlNavigation: "reload" }),
});
