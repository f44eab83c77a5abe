import { join } from "node:path";

export default {
  output: "export",
  distDir: "dist",
  // The tools are installed two folders further up.
  turbopack: { root: join(import.meta.dirname, "../..") },
};
