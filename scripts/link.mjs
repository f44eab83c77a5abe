import { existsSync, mkdirSync, symlinkSync } from "node:fs";
import { join, relative } from "node:path";
import { root } from "./steps.mjs";

/** Links this package into the node_modules of the application in `folder`, as `npm install file:…` does. */
export function linkPackage(folder) {
  const modules = join(folder, "node_modules");
  const link = join(modules, "auth0-current-user");
  if (existsSync(link)) return;
  mkdirSync(modules, { recursive: true });
  symlinkSync(relative(modules, root), link, "dir");
}
