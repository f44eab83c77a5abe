import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App, Problem } from "./App";
import { createClient } from "./client";

const root = createRoot(document.querySelector("#app")!);
createClient().then(
  (client) =>
    root.render(
      <StrictMode>
        <App client={client} />
      </StrictMode>,
    ),
  (error) => root.render(<Problem error={error} />),
);
