// Linking needs a second ID token: that of the other account, made by signing in there, in a window of its own.
// This file is both ends: the page that opens the window, and the window when it comes back.
import type { CurrentUserClient } from "auth0-current-user";
import { PageError } from "./ui/problem.js";

const WINDOW_NAME = "second-sign-in";
const FEATURES = "popup,width=420,height=680";

/** Resolves with the other account's ID token, not verified yet: `linkIdentity` does that. Call it from a click. */
export async function secondSignIn(client: CurrentUserClient): Promise<string> {
  // Opened before anything is waited for: browsers allow windows only while the click lasts.
  const opened = window.open("", WINDOW_NAME, FEATURES);
  if (!opened)
    throw new PageError(
      "The window was blocked: allow pop-up windows for this page, and try again.",
    );
  const url = await client.buildAuthorizeUrl({
    prompt: "login",
    scopes: ["openid", "read:current_user"],
  });
  opened.location.href = url;
  const response = await responseFrom(opened);
  // As for every authorization response: it must be the answer to this very request (RFC 6749 10.12).
  if (response.get("state") !== new URL(url).searchParams.get("state"))
    throw new PageError(
      "The window came back with another sign-in than the one it was opened for: try again.",
    );
  const idToken = response.get("id_token");
  if (idToken === null)
    throw new PageError(response.get("error_description") ?? "The other account did not sign in.");
  return idToken;
}

function responseFrom(opened: Window): Promise<URLSearchParams> {
  return new Promise((resolve, reject) => {
    const receive = ({ source, origin, data }: MessageEvent) => {
      if (source !== opened || origin !== location.origin || typeof data?.fragment !== "string")
        return;
      finish();
      resolve(new URLSearchParams(data.fragment));
    };
    const watch = setInterval(() => {
      if (!opened.closed) return;
      finish();
      reject(new PageError("The window was closed before the other account had signed in."));
    }, 300);
    const finish = () => {
      clearInterval(watch);
      removeEventListener("message", receive);
    };
    addEventListener("message", receive);
  });
}

/** In the second window: hands the response to the page that opened it, and closes. Elsewhere does nothing. */
export function handBackSecondSignIn(): boolean {
  if (window.name !== WINDOW_NAME || !window.opener || location.hash.length < 2) return false;
  // Only ever to a page of this very origin.
  window.opener.postMessage({ fragment: location.hash.slice(1) }, location.origin);
  history.replaceState(null, "", location.pathname);
  window.close();
  return true;
}
