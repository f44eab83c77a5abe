//! The authorization response (RFC 6749 4.1.2 and 4.2.2; RFC 9207).

mod error;
mod find;
mod parameters;

use super::access_token::AccessToken;
use crate::error::Error;
use crate::options::{Config, Flow};
use crate::support::text::digits;

use self::error::repeated;
pub(super) use self::error::{authorization_error, invalid};
pub use self::find::{ResponseUrl, find_response};
use self::parameters::Parameter;
pub(super) use self::parameters::whole;
pub use self::parameters::{ResponseMode, ResponseParameters};

/// A successful authorization response.
pub enum AuthorizationResponse {
    /// The tokens of the implicit grant.
    Tokens(Tokens),
    /// The code of the Authorization Code grant.
    Code(String),
}

impl AuthorizationResponse {
    /// Reads the response to a sign-in of this client. Its `state` must have been matched before.
    ///
    /// # Errors
    /// `invalid_response`; or the tenant's own error: `login_required`, `consent_required`,
    /// `interaction_required`, `access_denied`, `authorization_error`.
    pub fn from_parameters(
        parameters: &ResponseParameters,
        config: &Config,
    ) -> Result<Self, Error> {
        // Two readers could take different ones (RFC 6749 3.1).
        if let Some(parameter) = parameters.repeated {
            return Err(repeated(parameter));
        }
        if parameters.get(Parameter::Iss).is_some_and(|issuer| issuer != config.issuer) {
            return Err(invalid("its `iss` is another tenant's (RFC 9207)"));
        }
        if let Some(error) = parameters.get(Parameter::Error) {
            let carries_more = parameters.has_tokens() || parameters.has(Parameter::Code);
            return Err(if carries_more || error.is_empty() {
                invalid("it carries an error that is empty, or beside tokens")
            } else {
                authorization_error(error, parameters.get(Parameter::ErrorDescription))
            });
        }
        match config.flow {
            Flow::Implicit => {
                if parameters.has(Parameter::Code) {
                    return Err(invalid("it carries a code where tokens were asked for"));
                }
                if parameters.mode == ResponseMode::Query {
                    return Err(invalid("tokens came in the query, where servers log them"));
                }
                Tokens::new(
                    parameters.get(Parameter::IdToken),
                    parameters.get(Parameter::AccessToken),
                    parameters.get(Parameter::TokenType),
                    parameters.get(Parameter::ExpiresIn),
                )
                .map(Self::Tokens)
            }
            Flow::Code => {
                if parameters.has_tokens() {
                    return Err(invalid("it carries tokens where a code was asked for"));
                }
                if parameters.mode == ResponseMode::Fragment {
                    return Err(invalid("the code came in the fragment instead of the query"));
                }
                match parameters.get(Parameter::Code) {
                    Some(code) if !code.is_empty() => Ok(Self::Code(code.to_owned())),
                    _ => Err(invalid("it carries neither a code nor an error")),
                }
            }
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
