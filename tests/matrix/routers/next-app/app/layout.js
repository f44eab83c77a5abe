import { Control } from "./control.js";

export default function Layout({ children }) {
  return (
    <html>
      <body>
        {children}
        <Control />
      </body>
    </html>
  );
}
