//! A pending sign-in: what the authorization request asked for, and whether a response belongs to it. `transaction_record`
//! makes sure that it is used once.

use crate::error::{Error, ErrorCode, Reason};
use crate::jose::base64url;
use crate::options::{AuthorizeOptions, Config, Flow};
use crate::requested_scopes::RequestedScopes;
use crate::support::text::{concat, equal_in_constant_time};
use crate::support::url::percent_encode;

/// How long a pending sign-in waits, in milliseconds. A day, because a person may answer an e-mail late.
pub const MAX_AGE_MS: f64 = 24.0 * 60.0 * 60.0 * 1000.0;

/// How far ahead of the clock a record's time may be, in milliseconds. Sign-ins that begin in one
/// millisecond get successive times, so that their order is kept.
pub(super) const AHEAD_MS: f64 = 100.0;

/// Random bytes for one sign-in: 256 bits each for state, nonce and code verifier.
pub const RANDOM_BYTES: usize = 96;

/// Declares a secret text of the protocol. `Debug` prints `NAME(redacted)`; comparing takes constant time.
macro_rules! secret_text {
    ($(#[$doc:meta])+ $name:ident) => {
        $(#[$doc])+
        #[derive(Clone)]
        pub struct $name(String);

        impl $name {
            /// Wraps the text.
            #[must_use]
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The text, to send or to store.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Whether this is the same text, compared in constant time.
            #[must_use]
            pub fn matches(&self, text: &str) -> bool {
                equal_in_constant_time(&self.0, text)
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.matches(&other.0)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(concat!(stringify!($name), "(redacted)"))
            }
        }
    };
}

secret_text! {
    /// `state` (RFC 6749 4.2.1).
    State
}

/// Bytes of randomness in a `state`.
const STATE_BYTES: usize = 32;

impl State {
    /// A fresh state of these random bytes, with a mark behind them by which this package knows its own states again.
    fn generate(random: &[u8]) -> Self {
        Self(base64url::encode(&[random, &state_mark(random)].concat()))
    }

    /// Whether this package made this `state`, on any page. The sign-in need not be pending.
    ///
    /// The mark is no secret. It tells responses to this package from those to other programs of the page, which stay
    /// where they are.
    #[must_use]
    pub fn is_own(text: &str) -> bool {
        let bytes = base64url::decode(text).unwrap_or_default();
        bytes
            .split_at_checked(STATE_BYTES)
            .is_some_and(|(random, mark)| mark == state_mark(random).as_slice())
    }
}

/// The mark of a state: the upper half of the random bytes' FNV-1a hash.
fn state_mark(random: &[u8]) -> [u8; 4] {
    let [a, b, c, d, ..] = fnv_1a(random).to_be_bytes();
    [a, b, c, d]
}

/// The FNV-1a hash.
pub(super) fn fnv_1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3)
    })
}

secret_text! {
    /// `nonce` (OIDC Core 3.2.2.1).
    Nonce
}

secret_text! {
    /// `code_verifier` (RFC 7636 4.1).
    CodeVerifier
}

/// A pending sign-in.
#[derive(Clone, PartialEq)]
pub struct Transaction {
    /// Binds the response to this browser (RFC 6749 10.12).
    pub state: State,
    /// Binds the ID token to this sign-in (OIDC Core 15.5.2).
    pub nonce: Nonce,
    /// Proves to the token endpoint that this client began the sign-in (RFC 7636 4.1). Only in
    /// [`Flow::Code`].
    pub code_verifier: Option<CodeVerifier>,
    /// The [`client_key`] of the client that began the sign-in.
    pub client_key: String,
    /// Where the tenant sends the response.
    pub redirect_uri: String,
    /// The requested scopes.
    pub scopes: RequestedScopes,
    /// The requested `max_age`, in seconds.
    pub max_age_seconds: Option<u32>,
    /// The requested organization.
    pub organization: Option<String>,
    /// The application's own state, as JSON text.
    pub app_state: Option<String>,
    /// When it began, in milliseconds since the epoch.
    pub created_at_ms: f64,
}

impl Transaction {
    /// Begins a sign-in with fresh random bytes from the platform's CSPRNG.
    #[must_use]
    pub fn begin(
        config: &Config,
        options: &AuthorizeOptions,
        random: &[u8; RANDOM_BYTES],
        now_ms: f64,
    ) -> Self {
        let word = |start| base64url::encode(random.get(start..start + 32).unwrap_or_default());
        Self {
            state: State::generate(random.get(..STATE_BYTES).unwrap_or_default()),
            nonce: Nonce::new(word(32)),
            code_verifier: (config.flow == Flow::Code).then(|| CodeVerifier::new(word(64))),
            client_key: client_key(config),
            redirect_uri: options.redirect_uri.as_ref().unwrap_or(&config.redirect_uri).clone(),
            scopes: options.scopes.unwrap_or(config.scopes),
            max_age_seconds: options.max_age_seconds,
            organization: options.organization.as_ref().or(config.organization.as_ref()).cloned(),
            app_state: options.app_state.clone(),
            created_at_ms: now_ms,
        }
    }

    /// Checks that a response with this `state` answers this sign-in.
    ///
    /// # Errors
    /// `state_mismatch` with the reason `unknown`, `other_client` or `expired`.
    pub fn check_belongs(&self, config: &Config, state: &str, now_ms: f64) -> Result<(), Error> {
        if !self.state.matches(state) {
            return Err(state_mismatch(Reason::Unknown));
        }
        if self.client_key != client_key(config) {
            return Err(state_mismatch(Reason::OtherClient));
        }
        // A record from the future is stale too: the clock was changed in between.
        let age_ms = now_ms - self.created_at_ms;
        let ahead_ms = 1000.0 * config.leeway_seconds + AHEAD_MS;
        if !(-ahead_ms..=MAX_AGE_MS).contains(&age_ms) {
            return Err(state_mismatch(Reason::Expired));
        }
        Ok(())
    }
}

/// Identifies clients that may complete each other's sign-ins: tenant, flow, store, application and
/// organization, in one line.
#[must_use]
pub fn client_key(config: &Config) -> String {
    let Config { issuer, audience, client_id, flow, transaction_store, .. } = config;
    let (flow, store) = (flow.as_str(), transaction_store.as_str());
    let mut key = concat(&[issuer, " ", audience, " ", flow, " ", store, " ", client_id, " "]);
    percent_encode(config.organization.as_deref().unwrap_or_default(), &mut key);
    key
}

/// Identifies clients that share a logout, in every tab of the origin: tenant, application and organization.
#[must_use]
pub fn session_key(config: &Config) -> String {
    let Config { issuer, audience, client_id, organization, .. } = config;
    concat(&[
        issuer,
        " ",
        audience,
        " ",
        client_id,
        " ",
        organization.as_deref().unwrap_or_default(),
    ])
}

/// The error for a response that answers no pending sign-in of this browser.
#[must_use]
pub fn state_mismatch(reason: Reason) -> Error {
    let message = match reason {
        Reason::Missing => "the response has no `state`: start the sign-in again from this page",
        Reason::Used => "this response has been used before: start the sign-in again",
        Reason::Expired => {
            "this sign-in began more than 24 hours ago by this device's clock, or after now: start it \
             again"
        }
        Reason::OtherClient => {
            "this response belongs to a sign-in of another client: hand it to the client that began it; \
             clients are the same where tenant, `clientId`, `flow`, `organization` and \
             `transactionStore` are"
        }
        _ => {
            "this browser is not waiting for this response: start the sign-in again here; if it \
             began in another tab, set `transactionStore: \"local\"`"
        }
    };
    Error::new(ErrorCode::StateMismatch, message).with_reason(reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_no_secret() {
        let printed = (State::new("s3cret"), Nonce::new("s3cret"), CodeVerifier::new("s3cret"));
        assert_eq!(
            format!("{printed:?}"),
            "(State(redacted), Nonce(redacted), CodeVerifier(redacted))"
        );
    }
}
