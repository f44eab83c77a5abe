//! The authorization response (RFC 6749 4.1.2 and 4.2.2; RFC 9207).

mod error;
mod find;
mod parameters;

use super::access_token::AccessToken;
use crate::error::Error;
use crate::options::Flow;
use crate::support::text::digits;

pub(super) use self::error::{authorization_error, invalid};
pub(super) use self::find::MAX_ENCODINGS;
pub use self::find::{ResponseUrl, find_response};
pub(super) use self::parameters::whole;
use self::parameters::{Parameter, repeated};
pub use self::parameters::{ResponseMode, ResponseParameters};

/// A successful authorization response.
pub enum AuthorizationResponse {
    /// The tokens of the implicit grant.
    Tokens(Tokens),
    /// The code of the Authorization Code grant.
    Code(String),
}

impl ResponseParameters {
    /// Checks that no parameter is repeated: two readers could take different ones (RFC 6749 3.1).
    ///
    /// # Errors
    /// `invalid_response`
    pub fn check_unambiguous(&self) -> Result<(), Error> {
        self.repeated.map_or(Ok(()), |parameter| Err(repeated(parameter)))
    }

    /// Checks that `iss`, where it is present, is this issuer (RFC 9207).
    ///
    /// # Errors
    /// `invalid_response`
    pub fn check_issuer(&self, expected_issuer: &str) -> Result<(), Error> {
        match self.get(Parameter::Iss) {
            Some(issuer) if issuer != expected_issuer => {
                Err(invalid("its `iss` is another tenant's (RFC 9207)"))
            }
            _ => Ok(()),
        }
    }

    /// Checks that the tenant did not answer with an error (RFC 6749 4.2.2.1).
    ///
    /// # Errors
    /// `login_required`, `consent_required`, `interaction_required`, `access_denied`, `authorization_error`;
    /// `invalid_response` for an error that is empty or beside tokens.
    pub fn check_no_error(&self) -> Result<(), Error> {
        let Some(error) = self.get(Parameter::Error) else { return Ok(()) };
        let carries_more = self.has_tokens() || self.has(Parameter::Code);
        Err(if carries_more || error.is_empty() {
            invalid("it carries an error that is empty, or beside tokens")
        } else {
            authorization_error(error, self.get(Parameter::ErrorDescription))
        })
    }

    /// The response that this flow asks for.
    ///
    /// # Errors
    /// `invalid_response`
    pub fn authorization_response(&self, flow: Flow) -> Result<AuthorizationResponse, Error> {
        match flow {
            Flow::Implicit => self.tokens().map(AuthorizationResponse::Tokens),
            Flow::Code => self.code().map(AuthorizationResponse::Code),
        }
    }

    fn tokens(&self) -> Result<Tokens, Error> {
        if self.has(Parameter::Code) {
            return Err(invalid("it carries a code where tokens were asked for"));
        }
        if self.mode == ResponseMode::Query {
            return Err(invalid("tokens came in the query, where servers log them"));
        }
        Tokens::new(
            self.get(Parameter::IdToken),
            self.get(Parameter::AccessToken),
            self.get(Parameter::TokenType),
            self.get(Parameter::ExpiresIn),
        )
    }

    fn code(&self) -> Result<String, Error> {
        if self.has_tokens() {
            return Err(invalid("it carries tokens where a code was asked for"));
        }
        if self.mode == ResponseMode::Fragment {
            return Err(invalid("the code came in the fragment instead of the query"));
        }
        match self.get(Parameter::Code) {
            Some(code) if !code.is_empty() => Ok(code.to_owned()),
            _ => Err(invalid("it carries neither a code nor an error")),
        }
    }
}

/// The tokens of one sign-in. Nothing in them has been verified.
pub struct Tokens {
    /// The ID token, as it was received.
    pub id_token: String,
    /// The access token.
    pub access_token: AccessToken,
    /// `expires_in`, if it is a positive number of seconds.
    pub expires_in_seconds: Option<f64>,
}

impl Tokens {
    /// When the access token expires by the response, in milliseconds since the epoch. The response is under no
    /// signature, so the token's own `exp` counts as well.
    #[must_use]
    pub fn expires_at_ms(&self, received_ms: f64) -> f64 {
        let expires_in_ms = self.expires_in_seconds.map(|seconds| seconds * 1000.0);
        received_ms + expires_in_ms.unwrap_or(f64::INFINITY)
    }

    /// Checks the members that a response and a token response require (RFC 6749 4.2.2, 5.1, 7.1; OIDC Core
    /// 3.2.2.5).
    ///
    /// # Errors
    /// `invalid_response`
    pub fn new(
        id_token: Option<&str>,
        access_token: Option<&str>,
        token_type: Option<&str>,
        expires_in: Option<&str>,
    ) -> Result<Self, Error> {
        let id_token = id_token.unwrap_or_default();
        let access_token = access_token.unwrap_or_default();
        if id_token.is_empty() || access_token.is_empty() {
            return Err(invalid("it does not carry both tokens"));
        }
        if !token_type.is_some_and(|kind| kind.eq_ignore_ascii_case("bearer")) {
            return Err(invalid("its `token_type` is not Bearer"));
        }
        let expires_in_seconds = expires_in.and_then(digits).filter(|seconds| *seconds > 0.0);
        Ok(Self {
            id_token: id_token.to_owned(),
            access_token: AccessToken::new(access_token.to_owned()),
            expires_in_seconds,
        })
    }
}
