/** The seven scopes a single-page application can be granted for its signed-in user. */
export const CURRENT_USER_SCOPES = [
  "read:current_user",
  "update:current_user_identities",
  "create:current_user_metadata",
  "update:current_user_metadata",
  "delete:current_user_metadata",
  "create:current_user_device_credentials",
  "delete:current_user_device_credentials",
];

/** Scopes that only a machine-to-machine application can be granted here. */
export const MACHINE_SCOPES = [
  "read:clients",
  "create:clients",
  "read:client_keys",
  "update:client_keys",
  "read:connections",
  "read:client_grants",
  "delete:client_grants",
  "read:users",
  "update:users",
  "update:users_app_metadata",
  "delete:device_credentials",
];

/** OpenID Connect scopes that end in claims. */
export const IDENTITY_SCOPES = ["openid", "profile", "email", "address", "phone"];
