//! Sessions with chosen users and scopes.

use auth0_current_user::internals::scope::CurrentUserScope;
use auth0_current_user::internals::session::Session;
use serde_json::json;

use super::platform::{NativePlatform, key_set};
use super::tokens::{Key, tokens};
use super::{complete_with, config, transaction};

/// A session of this user with these granted scopes.
pub(crate) fn session(subject: &str, scope: &str) -> Session {
    let key = Key::named("tenant");
    let platform = NativePlatform::publishing(&key_set(&[key.public()]));
    let config = config(&json!({}));
    let access = json!({"sub": subject, "scope": scope});
    let (id_token, access_token) = tokens(&key, &json!({ "sub": subject }), &access);
    let transaction = transaction(&config, &json!({}));
    complete_with(&platform, &config, &transaction, (&id_token, &access_token), None)
        .unwrap_or_else(|error| panic!("{error:?}"))
}

/// All scopes that the crate knows, as a scope value.
pub(crate) fn every_scope() -> String {
    CurrentUserScope::ALL.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" ")
}
