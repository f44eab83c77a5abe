//! A page of the application on which a sign-in waits.

use auth0_current_user::internals::error::{Error, ErrorCode, Reason};
use auth0_current_user::internals::options::Config;
use serde_json::{Value as Json, json};

use super::platform::{NativePlatform, key_set};
use super::tokens::{Key, fragment, tokens};
use super::{Outcome, config, handle, state, transaction};

/// The application's redirect URI.
pub(crate) const PAGE: &str = "https://app.example/callback";

/// A page of the application with its tenant.
pub(crate) struct Browser {
    pub(crate) platform: NativePlatform,
    pub(crate) config: Config,
}

impl Browser {
    /// A page on which one sign-in waits.
    pub(crate) fn waiting(options: &Json) -> Self {
        let config = config(options);
        let key_set = key_set(&[Key::named("tenant").public()]);
        let platform = NativePlatform::publishing(&key_set);
        platform.insert_pending(&config, &transaction(&config, &json!({"appState": "[1]"})));
        Self { platform, config }
    }

    /// Handles the page's URL with this text appended.
    pub(crate) fn come_back(&self, behind: &str) -> Result<Outcome, Error> {
        handle(&self.platform, &self.config, &[PAGE, behind].concat())
    }
}

/// The fragment of a valid response.
pub(crate) fn honest() -> String {
    let (id_token, access_token) = tokens(&Key::named("tenant"), &json!({}), &json!({}));
    ["#", &fragment(&id_token, &access_token, &state())].concat()
}

#[track_caller]
pub(crate) fn refused<T>(result: Result<T, Error>, code: ErrorCode, reason: Option<Reason>) {
    let Err(error) = result else { panic!("accepted instead of {}", code.as_str()) };
    assert_eq!((error.code, error.reason), (code, reason));
}

#[track_caller]
pub(crate) fn signed_in(result: Result<Outcome, Error>) {
    match result {
        Ok(Outcome::SignedIn(..)) => {}
        Ok(_) => panic!("not a sign-in"),
        Err(error) => panic!("{error:?}"),
    }
}
