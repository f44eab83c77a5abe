//! The signed-in user's session: made by a verified sign-in alone, and kept in memory alone.

use crate::error::{Error, ErrorCode};
use crate::oidc::access_token::{AccessToken, token_expired};
use crate::oidc::id_token::IdToken;
use crate::oidc::sign_in::VerifiedSignIn;
use crate::operation::Operation;
use crate::scope::CurrentUserScopes;
use crate::support::text::concat;

/// A signed-in user. Only a sign-in that passed all checks makes one.
pub struct Session {
    id_token: IdToken,
    access_token: AccessToken,
    granted: CurrentUserScopes,
    missing: CurrentUserScopes,
    expires_at_ms: f64,
}

/// The permission to send one operation's request now, for the signed-in user. Only [`guard`] gives it.
pub struct Permit<'a> {
    session: &'a Session,
    operation: Operation,
}

impl Permit<'_> {
    /// The user that the request is for.
    #[must_use]
    pub fn subject(&self) -> &str {
        self.session.subject()
    }

    /// The operation that is permitted.
    #[must_use]
    pub fn operation(&self) -> Operation {
        self.operation
    }

    /// The value of the `Authorization` header (RFC 6750 2.1). The access token goes nowhere else.
    #[must_use]
    pub fn authorization(&self) -> String {
        concat(&["Bearer ", self.session.access_token.reveal()])
    }
}

impl Session {
    /// The session of a sign-in that passed all checks.
    pub(crate) fn new(sign_in: VerifiedSignIn) -> Self {
        let VerifiedSignIn { id_token, access_token, granted, missing, expires_at_ms, .. } = sign_in;
        Self { id_token, access_token, granted, missing, expires_at_ms }
    }

    /// The user: `sub` of the ID token.
    #[must_use]
    pub fn subject(&self) -> &str {
        self.id_token.subject()
    }

    /// The verified claims, as the JSON text that was signed.
    #[must_use]
    pub fn claims_json(&self) -> &str {
        self.id_token.claims_json()
    }

    /// What the tenant granted, of what this library knows.
    #[must_use]
    pub fn granted(&self) -> CurrentUserScopes {
        self.granted
    }

    /// Asked for and not granted.
    #[must_use]
    pub fn missing(&self) -> CurrentUserScopes {
        self.missing
    }

    /// When the access token expires, in milliseconds since the epoch.
    #[must_use]
    pub fn expires_at_ms(&self) -> f64 {
        self.expires_at_ms
    }

    /// Is the access token still good?
    #[must_use]
    pub fn is_live(&self, now_ms: f64) -> bool {
        now_ms < self.expires_at_ms
    }
}

/// Decides whether an operation may be sent now. What it refuses is not sent at all.
///
/// # Errors
/// `login_required`, `token_expired`, `insufficient_scope`.
pub fn guard(
    session: Option<&Session>,
    operation: Operation,
    now_ms: f64,
) -> Result<Permit<'_>, Error> {
    let session = session.ok_or_else(|| {
        Error::new(ErrorCode::LoginRequired, "nobody is signed in here: sign the user in first")
    })?;
    if !session.is_live(now_ms) {
        return Err(token_expired());
    }
    let scopes = operation.endpoint().scopes;
    if session.granted.contains_any(scopes) {
        return Ok(Permit { session, operation });
    }
    Err(Error::with_message(
        ErrorCode::InsufficientScope,
        &[
            "the tenant has granted no scope that permits this, such as `",
            scopes.first().map_or("", |scope| scope.as_str()),
            "`: ask for it in `scopes`, and check that the tenant lets this application have it",
        ],
    )
    .with_required_scopes(scopes.iter().copied().collect()))
}
