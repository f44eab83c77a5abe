//! The signed-in user's session, in memory only, and the guard of every call.

use crate::error::{Error, ErrorCode};
use crate::oidc::access_token::token_expired;
use crate::oidc::clock::ClockOffset;
use crate::oidc::id_token::IdToken;
use crate::oidc::sign_in::VerifiedSignIn;
use crate::operation::Operation;
use crate::scope::CurrentUserScopes;
use crate::support::text::concat;

/// The session of a signed-in user, made of a verified sign-in only.
pub struct Session {
    sign_in: VerifiedSignIn,
}

impl From<VerifiedSignIn> for Session {
    fn from(sign_in: VerifiedSignIn) -> Self {
        Self { sign_in }
    }
}

impl Session {
    /// The user: `sub` of the ID token.
    #[must_use]
    pub fn subject(&self) -> &str {
        self.id_token().subject()
    }

    /// The verified ID token.
    #[must_use]
    pub fn id_token(&self) -> &IdToken {
        self.sign_in.id_token()
    }

    /// The verified claims, as the JSON text that was signed.
    #[must_use]
    pub fn claims_json(&self) -> &str {
        self.id_token().claims_json()
    }

    /// The granted scopes that this library knows.
    #[must_use]
    pub fn granted(&self) -> CurrentUserScopes {
        self.sign_in.granted()
    }

    /// The scopes that were requested and not granted.
    #[must_use]
    pub fn missing(&self) -> CurrentUserScopes {
        self.sign_in.missing()
    }

    /// When the access token expires, in milliseconds since the epoch.
    #[must_use]
    pub fn expires_at_ms(&self) -> f64 {
        self.sign_in.expires_at_ms()
    }

    /// How far the device's clock is ahead of the tenant's.
    #[must_use]
    pub fn clock(&self) -> ClockOffset {
        self.id_token().clock()
    }

    /// Whether the access token is still valid.
    #[must_use]
    pub fn is_live(&self, now_ms: f64) -> bool {
        now_ms < self.expires_at_ms()
    }
}

/// The permission to send one operation's request now, for the signed-in user. Only [`guard`] makes one.
pub struct Permit<'a> {
    session: &'a Session,
    operation: Operation,
}

impl Permit<'_> {
    /// The signed-in user.
    #[must_use]
    pub fn subject(&self) -> &str {
        self.session.subject()
    }

    /// The permitted operation.
    #[must_use]
    pub fn operation(&self) -> Operation {
        self.operation
    }

    /// The value of the `Authorization` header (RFC 6750 2.1). The access token goes nowhere else.
    #[must_use]
    pub fn authorization(&self) -> String {
        concat(&["Bearer ", self.session.sign_in.access_token().reveal()])
    }
}

/// Decides whether an operation may be sent now. A refused operation is not sent.
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
    if session.granted().contains_any(scopes) {
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
