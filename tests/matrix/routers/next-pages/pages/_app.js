import { useEffect } from "react";
import Router from "next/router";
import { expose, handleResponse } from "../session.js";

export default function App({ Component, pageProps }) {
  useEffect(() => {
    void handleResponse().then(() =>
      expose({
        push: (path) => Router.push(path),
        replace: (path) => Router.replace(path),
        refresh: () => Router.replace(Router.asPath),
      }),
    );
  }, []);
  return <Component {...pageProps} />;
}
