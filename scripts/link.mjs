import { existsSync, mkdirSync, symlinkSync } from "node:fs";
import { join, relative } from "node:path";
import { root } from "./steps.mjs";

/** Lets the application in `folder` import this package by its name, as `npm install file:…` does: a link in node_modules. */
export function linkPackage(folder) {
  const modules = join(folder, "node_modules");
  const link = join(modules, "auth0-current-user");
  if (existsSync(link)) return;
  mkdirSync(modules, { recursive: true });
  symlinkSync(relative(modules, root), link, "dir");
}
