// Users of the local tenant, and what the tests ask it for.
export const ADA = "auth0|5a620d29a840170a9ef43672";
export const GRACE = "google-oauth2|103547991597142817347";
export const ALAN = "auth0|66d1f0a2b8c4e97d30f15a88";
/** The password of every user. */
export const PASSWORD = "correct horse";

export const ALL_SCOPES = [
  "read:current_user",
  "update:current_user_identities",
  "create:current_user_metadata",
  "update:current_user_metadata",
  "delete:current_user_metadata",
  "create:current_user_device_credentials",
  "delete:current_user_device_credentials",
];

/** How long a test waits for a page or a window. */
export const PATIENCE_MS = 10_000;

/** An ID token of the local tenant for the application, as if `sub` had just signed in. */
export const idTokenOf = (tenant, sub, { claims, drop = [], ...rest } = {}) =>
  tenant.mintToken({
    claims: { sub, aud: "local-spa", ...claims },
    drop: ["scope", ...(claims?.azp ? [] : ["azp"]), ...drop],
    ...rest,
  });
