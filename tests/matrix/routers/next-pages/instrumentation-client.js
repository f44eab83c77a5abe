// Runs before Next's router starts; it cannot wait.
import { handleResponse, when } from "./session.js";

if (when === "before") void handleResponse();
