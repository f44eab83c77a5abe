import { handleResponse, when } from "../session.js";

/** Runs before the router starts. */
export async function init() {
  if (when === "before") await handleResponse();
}
