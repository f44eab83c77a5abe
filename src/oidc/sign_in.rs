//! The end of every sign-in, by redirect, popup or silent frame: the order of all checks.

use super::access_token::{AccessToken, token_expired};
use super::id_token::{self, IdToken, Platform, Purpose};
use super::response::{AuthorizationResponse, ResponseParameters, Tokens};
use super::transaction::Transaction;
use super::{access_token, transaction};
use crate::error::{Error, Reason};
use crate::options::Config;
use crate::scope::CurrentUserScopes;

/// A sign-in that has passed every check. Only [`verify`] makes one.
#[derive(Clone)]
pub struct VerifiedSignIn {
    id_token: IdToken,
    access_token: AccessToken,
    granted: CurrentUserScopes,
    missing: CurrentUserScopes,
    expires_at_ms: f64,
}

impl VerifiedSignIn {
    /// The verified ID token.
    #[must_use]
    pub fn id_token(&self) -> &IdToken {
        &self.id_token
    }

    /// The access token that belongs to it.
    #[must_use]
    pub fn access_token(&self) -> &AccessToken {
        &self.access_token
    }

    /// The granted scopes that this library knows.
    #[must_use]
    pub fn granted(&self) -> CurrentUserScopes {
        self.granted
    }

    /// The scopes that were requested and not granted.
    #[must_use]
    pub fn missing(&self) -> CurrentUserScopes {
        self.missing
    }

    /// When the access token expires, in milliseconds since the epoch.
    #[must_use]
    pub fn expires_at_ms(&self) -> f64 {
        self.expires_at_ms
    }
}

/// What is known of a `state`.
pub enum Found {
    /// This sign-in waits for it.
    Pending(Box<Transaction>),
    /// It has been answered.
    Used,
    /// Nothing.
    Unknown,
}

/// Where pending sign-ins wait.
pub trait Transactions {
    /// Looks the record of a `state` up.
    fn find(&self, state: &str) -> Found;
    /// Makes it used.
    ///
    /// # Errors
    /// Where that cannot be written down.
    fn consume(&self, state: &str) -> Result<(), Error>;
}

/// Reads a response up to the point where its tokens have to be verified (RFC 9700 4.2, 4.4, 4.7):
/// `state`, there once, found and used up; repeated parameters; `iss`; `error`; what has to be there.
///
/// A record is used up only by a response that is its own, so that a forged one, or one that was
/// handed to the wrong client, spoils no honest sign-in.
///
/// # Errors
/// `invalid_response`, `state_mismatch`, what the tenant answered, and `invalid_configuration` where the
/// record cannot be used up.
pub fn open(
    config: &Config,
    parameters: &ResponseParameters,
    transactions: &impl Transactions,
    now_ms: f64,
) -> Result<(Transaction, AuthorizationResponse), Error> {
    let state = parameters.state()?;
    let state = state.ok_or_else(|| transaction::state_mismatch(Reason::Missing))?;
    let transaction = match transactions.find(state) {
        Found::Pending(transaction) => *transaction,
        Found::Used => return Err(transaction::state_mismatch(Reason::Used)),
        Found::Unknown => return Err(transaction::state_mismatch(Reason::Unknown)),
    };
    transaction.check_belongs(config, state, now_ms)?;
    transactions.consume(state).map_err(|error| with_app_state(error, &transaction))?;
    answer(config, parameters, &transaction).map(|answer| (transaction, answer))
}

/// Reads the response to a pending sign-in from a window or frame that has proved by its `state`
/// to answer that one.
///
/// # Errors
/// As [`open`].
pub fn answer(
    config: &Config,
    parameters: &ResponseParameters,
    transaction: &Transaction,
) -> Result<AuthorizationResponse, Error> {
    AuthorizationResponse::from_parameters(parameters, config)
        .map_err(|error| with_app_state(error, transaction))
}

/// Verifies the tokens that answer a pending sign-in. `now_ms` as in [`id_token::verify`].
///
/// # Errors
/// Every code of the ID token's and the access token's checks, with the sign-in's `appState`.
pub async fn verify<P: Platform>(
    platform: &P,
    config: &Config,
    transaction: &Transaction,
    tokens: Tokens,
    now_ms: &dyn Fn() -> f64,
) -> Result<VerifiedSignIn, Error> {
    let received_ms = now_ms();
    let own = |error| with_app_state(error, transaction);
    let purpose = Purpose::SignIn(transaction);
    let id_token = id_token::verify(platform, config, &tokens.id_token, purpose, now_ms).await;
    let id_token = id_token.map_err(own)?;
    let claims = access_token::check(platform, config, &id_token, &tokens.access_token).await;
    let claims = claims.map_err(own)?;
    // Whichever ends first: the tenant's word in the response is under no signature.
    let expires_at_ms = tokens
        .expires_in_seconds
        .map_or(f64::INFINITY, |seconds| received_ms + seconds * 1000.0)
        .min(claims.expires_at_seconds * 1000.0)
        // The last moment that a JavaScript Date can name.
        .min(8.64e15)
        .floor();
    if expires_at_ms <= now_ms() {
        return Err(own(token_expired()));
    }
    Ok(VerifiedSignIn {
        missing: transaction.scopes.current_user().without(claims.granted),
        granted: claims.granted,
        access_token: tokens.access_token,
        id_token,
        expires_at_ms,
    })
}

/// A failed sign-in whose state matched gives the application its own state back.
pub fn with_app_state(error: Error, transaction: &Transaction) -> Error {
    error.with_app_state(transaction.app_state.clone())
}
