//! The errors of this crate. Each kind has one stable code and a message that says what to do next.

use std::any::Any;
use std::borrow::Cow;
use std::ops::Deref;
use std::rc::Rc;

use crate::scope::CurrentUserScopes;
use crate::support::text::concat;

/// The stable code of an error. Applications branch on it. Messages may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorCode {
    /// An option is missing, of the wrong type, out of range, or unknown.
    InvalidConfiguration,
    /// The options hold a client secret, which must never be in a browser (RFC 6749 2.1).
    ClientSecretForbidden,
    /// The options request a scope that no single-page app can hold for its user.
    ScopeNotPermitted,
    /// An argument of a call is missing, of the wrong type or not allowed.
    InvalidArgument,
    /// The authorization response is malformed (RFC 6749 4.2.2).
    InvalidResponse,
    /// The response has no `state` that this browser is waiting for (RFC 6749 10.12).
    StateMismatch,
    /// The tenant answered with an error (RFC 6749 4.2.2.1).
    AuthorizationError,
    /// The user has to sign in (OIDC Core 3.1.2.6), or nobody is signed in here.
    LoginRequired,
    /// The user has to consent (OIDC Core 3.1.2.6).
    ConsentRequired,
    /// The tenant needs the user's attention (OIDC Core 3.1.2.6).
    InteractionRequired,
    /// The user or the tenant denied the sign-in (RFC 6749 4.2.2.1).
    AccessDenied,
    /// The ID token is not a readable JWT (RFC 7519 7.2).
    IdTokenMalformed,
    /// The ID token is not signed with RS256 (RFC 8725 3.1).
    IdTokenAlgorithm,
    /// The ID token's signature is wrong (RFC 7515 5.2).
    IdTokenSignature,
    /// The tenant publishes no key that could have signed the ID token (OIDC Core 10.1).
    SigningKeyNotFound,
    /// `iss` is not the tenant (OIDC Core 3.1.3.7, 2).
    IdTokenIssuer,
    /// `aud` is not this application (OIDC Core 3.1.3.7, 3).
    IdTokenAudience,
    /// `azp` is not this application (OIDC Core 3.1.3.7, 4 and 5).
    IdTokenAuthorizedParty,
    /// `sub` is missing or names another user than required (OIDC Core 2).
    IdTokenSubject,
    /// `exp` is missing or past (OIDC Core 3.1.3.7, 9).
    IdTokenExpired,
    /// `iat` or `nbf` is missing, in the future, or before this sign-in began (OIDC Core 3.1.3.7, 10).
    IdTokenIssuedAt,
    /// `nonce` is not the nonce of this sign-in (OIDC Core 3.2.2.11).
    IdTokenNonce,
    /// `auth_time` is missing or longer ago than `maxAge` (OIDC Core 3.1.3.7, 13).
    IdTokenAuthTime,
    /// `org_id` or `org_name` is not the requested organization.
    IdTokenOrganization,
    /// `at_hash` is missing or does not match the access token (OIDC Core 3.2.2.9).
    AccessTokenHash,
    /// The access token is not for the tenant's Management API.
    AccessTokenAudience,
    /// The access token belongs to another user.
    AccessTokenSubject,
    /// The token comes from the client credentials grant, which needs a secret. It must never be in
    /// a browser.
    MachineTokenForbidden,
    /// The access token has expired.
    TokenExpired,
    /// The tenant did not grant a scope that permits the operation.
    InsufficientScope,
    /// The tenant's rate limit is exceeded (HTTP 429).
    RateLimited,
    /// The Management API answered with another error or an unreadable body.
    ApiError,
    /// The Management API does not know the resource (HTTP 404).
    NotFound,
    /// The Management API refused the token (HTTP 401).
    Unauthorized,
    /// The network does not reach the tenant.
    NetworkError,
    /// No response arrived in the time allowed.
    Timeout,
    /// The caller's `AbortSignal` aborted the call, or a logout overtook it.
    Aborted,
    /// The browser did not open the window.
    PopupBlocked,
    /// The user closed the window.
    PopupClosed,
}

impl ErrorCode {
    /// Every variant, in order of declaration.
    pub const ALL: &'static [Self] = &[
        Self::InvalidConfiguration,
        Self::ClientSecretForbidden,
        Self::ScopeNotPermitted,
        Self::InvalidArgument,
        Self::InvalidResponse,
        Self::StateMismatch,
        Self::AuthorizationError,
        Self::LoginRequired,
        Self::ConsentRequired,
        Self::InteractionRequired,
        Self::AccessDenied,
        Self::IdTokenMalformed,
        Self::IdTokenAlgorithm,
        Self::IdTokenSignature,
        Self::SigningKeyNotFound,
        Self::IdTokenIssuer,
        Self::IdTokenAudience,
        Self::IdTokenAuthorizedParty,
        Self::IdTokenSubject,
        Self::IdTokenExpired,
        Self::IdTokenIssuedAt,
        Self::IdTokenNonce,
        Self::IdTokenAuthTime,
        Self::IdTokenOrganization,
        Self::AccessTokenHash,
        Self::AccessTokenAudience,
        Self::AccessTokenSubject,
        Self::MachineTokenForbidden,
        Self::TokenExpired,
        Self::InsufficientScope,
        Self::RateLimited,
        Self::ApiError,
        Self::NotFound,
        Self::Unauthorized,
        Self::NetworkError,
        Self::Timeout,
        Self::Aborted,
        Self::PopupBlocked,
        Self::PopupClosed,
    ];

    /// The code as text.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidConfiguration => "invalid_configuration",
            Self::ClientSecretForbidden => "client_secret_forbidden",
            Self::ScopeNotPermitted => "scope_not_permitted",
            Self::InvalidArgument => "invalid_argument",
            Self::InvalidResponse => "invalid_response",
            Self::StateMismatch => "state_mismatch",
            Self::AuthorizationError => "authorization_error",
            Self::LoginRequired => "login_required",
            Self::ConsentRequired => "consent_required",
            Self::InteractionRequired => "interaction_required",
            Self::AccessDenied => "access_denied",
            Self::IdTokenMalformed => "id_token_malformed",
            Self::IdTokenAlgorithm => "id_token_algorithm",
            Self::IdTokenSignature => "id_token_signature",
            Self::SigningKeyNotFound => "signing_key_not_found",
            Self::IdTokenIssuer => "id_token_issuer",
            Self::IdTokenAudience => "id_token_audience",
            Self::IdTokenAuthorizedParty => "id_token_authorized_party",
            Self::IdTokenSubject => "id_token_subject",
            Self::IdTokenExpired => "id_token_expired",
            Self::IdTokenIssuedAt => "id_token_issued_at",
            Self::IdTokenNonce => "id_token_nonce",
            Self::IdTokenAuthTime => "id_token_auth_time",
            Self::IdTokenOrganization => "id_token_organization",
            Self::AccessTokenHash => "access_token_hash",
            Self::AccessTokenAudience => "access_token_audience",
            Self::AccessTokenSubject => "access_token_subject",
            Self::MachineTokenForbidden => "machine_token_forbidden",
            Self::TokenExpired => "token_expired",
            Self::InsufficientScope => "insufficient_scope",
            Self::RateLimited => "rate_limited",
            Self::ApiError => "api_error",
            Self::NotFound => "not_found",
            Self::Unauthorized => "unauthorized",
            Self::NetworkError => "network_error",
            Self::Timeout => "timeout",
            Self::Aborted => "aborted",
            Self::PopupBlocked => "popup_blocked",
            Self::PopupClosed => "popup_closed",
        }
    }

    /// The variant with exactly this text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "invalid_configuration" => Self::InvalidConfiguration,
            "client_secret_forbidden" => Self::ClientSecretForbidden,
            "scope_not_permitted" => Self::ScopeNotPermitted,
            "invalid_argument" => Self::InvalidArgument,
            "invalid_response" => Self::InvalidResponse,
            "state_mismatch" => Self::StateMismatch,
            "authorization_error" => Self::AuthorizationError,
            "login_required" => Self::LoginRequired,
            "consent_required" => Self::ConsentRequired,
            "interaction_required" => Self::InteractionRequired,
            "access_denied" => Self::AccessDenied,
            "id_token_malformed" => Self::IdTokenMalformed,
            "id_token_algorithm" => Self::IdTokenAlgorithm,
            "id_token_signature" => Self::IdTokenSignature,
            "signing_key_not_found" => Self::SigningKeyNotFound,
            "id_token_issuer" => Self::IdTokenIssuer,
            "id_token_audience" => Self::IdTokenAudience,
            "id_token_authorized_party" => Self::IdTokenAuthorizedParty,
            "id_token_subject" => Self::IdTokenSubject,
            "id_token_expired" => Self::IdTokenExpired,
            "id_token_issued_at" => Self::IdTokenIssuedAt,
            "id_token_nonce" => Self::IdTokenNonce,
            "id_token_auth_time" => Self::IdTokenAuthTime,
            "id_token_organization" => Self::IdTokenOrganization,
            "access_token_hash" => Self::AccessTokenHash,
            "access_token_audience" => Self::AccessTokenAudience,
            "access_token_subject" => Self::AccessTokenSubject,
            "machine_token_forbidden" => Self::MachineTokenForbidden,
            "token_expired" => Self::TokenExpired,
            "insufficient_scope" => Self::InsufficientScope,
            "rate_limited" => Self::RateLimited,
            "api_error" => Self::ApiError,
            "not_found" => Self::NotFound,
            "unauthorized" => Self::Unauthorized,
            "network_error" => Self::NetworkError,
            "timeout" => Self::Timeout,
            "aborted" => Self::Aborted,
            "popup_blocked" => Self::PopupBlocked,
            "popup_closed" => Self::PopupClosed,
            _ => return None,
        })
    }
}

/// The cause, for codes with several causes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The value is missing.
    Missing,
    /// The value does not have the type that its specification demands.
    Malformed,
    /// The value is well formed but differs from the expected one.
    Mismatch,
    /// `state`: this browser does not wait for it.
    Unknown,
    /// `state`: a response has used it before.
    Used,
    /// `state`: the sign-in began too long ago.
    Expired,
    /// `state`: the sign-in belongs to another client or tenant.
    OtherClient,
}

impl Reason {
    /// Every variant, in order of declaration.
    pub const ALL: &'static [Self] = &[
        Self::Missing,
        Self::Malformed,
        Self::Mismatch,
        Self::Unknown,
        Self::Used,
        Self::Expired,
        Self::OtherClient,
    ];

    /// The reason as text.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Malformed => "malformed",
            Self::Mismatch => "mismatch",
            Self::Unknown => "unknown",
            Self::Used => "used",
            Self::Expired => "expired",
            Self::OtherClient => "other_client",
        }
    }

    /// The variant with exactly this text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "missing" => Self::Missing,
            "malformed" => Self::Malformed,
            "mismatch" => Self::Mismatch,
            "unknown" => Self::Unknown,
            "used" => Self::Used,
            "expired" => Self::Expired,
            "other_client" => Self::OtherClient,
            _ => return None,
        })
    }
}

/// An error. Holds no token, code, state, nonce or key.
///
/// The fields are boxed because results pass through every layer and most of them are successful.
#[derive(Clone, Debug, PartialEq)]
pub struct Error(Box<Details>);

/// The fields of an [`Error`].
#[derive(Clone, Debug, PartialEq)]
pub struct Details {
    /// The kind of error.
    pub code: ErrorCode,
    /// What happened and what to do about it.
    pub message: Cow<'static, str>,
    /// The cause, for codes with several causes.
    pub reason: Option<Reason>,
    /// OAuth `error` or Management API `errorCode`, as the server sent it.
    pub server_code: Option<String>,
    /// OAuth `error_description` or Management API `message`. These words of the server are never
    /// part of `message`.
    pub server_message: Option<String>,
    /// HTTP status of the response.
    pub status: Option<u16>,
    /// The wait that the server asks for, in milliseconds.
    pub retry_after_ms: Option<f64>,
    /// The scopes of which one is required.
    pub required_scopes: CurrentUserScopes,
    /// The application's own state of the failed sign-in, as JSON text.
    pub app_state: Option<String>,
    /// What the platform failed with.
    pub cause: Option<Cause>,
}

/// What the platform failed with, for people who look for the reason. This crate does not look into it.
#[derive(Clone)]
pub struct Cause(Rc<dyn Any>);

impl Cause {
    /// Wraps what the platform failed with. It must not hold a token, code or key.
    pub fn new(cause: impl Any) -> Self {
        Self(Rc::new(cause))
    }

    /// What was wrapped, if it is of this type.
    #[must_use]
    pub fn get<T: Any>(&self) -> Option<&T> {
        self.0.downcast_ref()
    }
}

impl PartialEq for Cause {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl std::fmt::Debug for Cause {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Cause")
    }
}

impl Error {
    /// An error with a code and a fixed message.
    #[must_use]
    pub fn new(code: ErrorCode, message: &'static str) -> Self {
        Self::from_parts(code, message.into())
    }

    /// An error whose message is the concatenation of these parts.
    #[must_use]
    pub fn with_message(code: ErrorCode, message: &[&str]) -> Self {
        Self::from_parts(code, concat(message).into())
    }

    fn from_parts(code: ErrorCode, message: Cow<'static, str>) -> Self {
        Self(Box::new(Details {
            code,
            message,
            reason: None,
            server_code: None,
            server_message: None,
            status: None,
            retry_after_ms: None,
            required_scopes: CurrentUserScopes::NONE,
            app_state: None,
            cause: None,
        }))
    }

    /// Sets the reason.
    #[must_use]
    pub fn with_reason(mut self, reason: Reason) -> Self {
        self.0.reason = Some(reason);
        self
    }

    /// Sets the server's own code and message.
    #[must_use]
    pub fn with_server_error(mut self, code: Option<String>, message: Option<String>) -> Self {
        self.0.server_code = code;
        self.0.server_message = message;
        self
    }

    /// Sets the HTTP status.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.0.status = Some(status);
        self
    }

    /// Sets the wait that the server asks for, in milliseconds.
    #[must_use]
    pub fn with_retry_after_ms(mut self, retry_after_ms: Option<f64>) -> Self {
        self.0.retry_after_ms = retry_after_ms;
        self
    }

    /// Sets the scopes of which one is required.
    #[must_use]
    pub fn with_required_scopes(mut self, required_scopes: CurrentUserScopes) -> Self {
        self.0.required_scopes = required_scopes;
        self
    }

    /// Sets the application's own state, as JSON text.
    #[must_use]
    pub fn with_app_state(mut self, app_state: Option<String>) -> Self {
        self.0.app_state = app_state;
        self
    }
}

impl Error {
    /// The same error with what the platform failed with.
    #[must_use]
    pub fn with_cause(mut self, cause: Option<Cause>) -> Self {
        self.0.cause = cause;
        self
    }
}

impl Deref for Error {
    type Target = Details;

    fn deref(&self) -> &Details {
        &self.0
    }
}

/// The message and the code, for developers: `the access token has expired … (token_expired)`.
impl std::fmt::Display for Error {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let texts = [&*self.message, " (", self.code.as_str(), ")"];
        texts.into_iter().try_for_each(|text| formatter.write_str(text))
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_distinct_lower_case_words() {
        for (index, code) in ErrorCode::ALL.iter().enumerate() {
            let text = code.as_str();
            assert!(text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{text}");
            assert!(ErrorCode::ALL.iter().skip(index + 1).all(|other| other.as_str() != text));
            assert_eq!(ErrorCode::parse(text), Some(*code));
        }
        assert_eq!(ErrorCode::parse("Timeout"), None);
    }

    #[test]
    fn reasons_are_read_as_they_are_written() {
        for reason in Reason::ALL {
            assert_eq!(Reason::parse(reason.as_str()), Some(*reason));
        }
        assert_eq!(Reason::parse(""), None);
    }

    #[test]
    fn an_error_prints_its_message_and_code() {
        let error = Error::new(ErrorCode::Timeout, "too late");
        assert_eq!(error.to_string(), "too late (timeout)");
    }
}
