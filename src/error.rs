//! What this crate refuses with: one stable code per kind of refusal, and a message that says what
//! to do next. Knows nothing of JavaScript.

use std::borrow::Cow;
use std::ops::{Deref, DerefMut};

use crate::scope::CurrentUserScopes;
use crate::support::text::concat;
use crate::words::words;

words! {
    /// The stable code of a refusal. Applications branch on it; messages may change.
    pub enum ErrorCode {
        /// An option is missing, of the wrong type, out of range, or unknown.
        InvalidConfiguration = "invalid_configuration",
        /// A client secret was given; it must never be in a browser (RFC 6749 2.1).
        ClientSecretForbidden = "client_secret_forbidden",
        /// A scope that no single-page app can hold for its user was asked for.
        ScopeNotPermitted = "scope_not_permitted",
        /// An argument of a call is missing, of the wrong type or not allowed.
        InvalidArgument = "invalid_argument",
        /// The authorization response is malformed (RFC 6749 4.2.2).
        InvalidResponse = "invalid_response",
        /// The response has no `state` that this browser is waiting for (RFC 6749 10.12).
        StateMismatch = "state_mismatch",
        /// The tenant answered with an error (RFC 6749 4.2.2.1).
        AuthorizationError = "authorization_error",
        /// The user has to sign in (OIDC Core 3.1.2.6), or nobody is signed in here.
        LoginRequired = "login_required",
        /// The user has to consent (OIDC Core 3.1.2.6).
        ConsentRequired = "consent_required",
        /// The tenant needs the user's attention (OIDC Core 3.1.2.6).
        InteractionRequired = "interaction_required",
        /// The user or the tenant said no (RFC 6749 4.2.2.1).
        AccessDenied = "access_denied",
        /// The ID token is not a JWT that can be read (RFC 7519 7.2).
        IdTokenMalformed = "id_token_malformed",
        /// The ID token is not signed with RS256 (RFC 8725 3.1).
        IdTokenAlgorithm = "id_token_algorithm",
        /// The ID token's signature is wrong (RFC 7515 5.2).
        IdTokenSignature = "id_token_signature",
        /// The tenant publishes no key that could have signed the ID token (OIDC Core 10.1).
        SigningKeyNotFound = "signing_key_not_found",
        /// `iss` is not the tenant (OIDC Core 3.1.3.7, 2).
        IdTokenIssuer = "id_token_issuer",
        /// `aud` is not this application (OIDC Core 3.1.3.7, 3).
        IdTokenAudience = "id_token_audience",
        /// `azp` is not this application (OIDC Core 3.1.3.7, 4 and 5).
        IdTokenAuthorizedParty = "id_token_authorized_party",
        /// `sub` is missing, or not the user it has to be (OIDC Core 2).
        IdTokenSubject = "id_token_subject",
        /// `exp` is missing or past (OIDC Core 3.1.3.7, 9).
        IdTokenExpired = "id_token_expired",
        /// `iat` or `nbf` is missing, in the future, or before this sign-in began (OIDC Core 3.1.3.7, 10).
        IdTokenIssuedAt = "id_token_issued_at",
        /// `nonce` is not the one that was sent (OIDC Core 3.2.2.11).
        IdTokenNonce = "id_token_nonce",
        /// `auth_time` is missing or longer ago than `maxAge` (OIDC Core 3.1.3.7, 13).
        IdTokenAuthTime = "id_token_auth_time",
        /// `org_id` or `org_name` is not the organization that was asked for.
        IdTokenOrganization = "id_token_organization",
        /// `at_hash` is missing or does not fit the access token (OIDC Core 3.2.2.9).
        AccessTokenHash = "access_token_hash",
        /// The access token is not for the tenant's Management API.
        AccessTokenAudience = "access_token_audience",
        /// The access token is another user's.
        AccessTokenSubject = "access_token_subject",
        /// A client-credentials token, which needs a secret and must never be in a browser.
        MachineTokenForbidden = "machine_token_forbidden",
        /// The access token has expired.
        TokenExpired = "token_expired",
        /// The scope that the operation needs was not granted.
        InsufficientScope = "insufficient_scope",
        /// The tenant's rate limit was hit (HTTP 429).
        RateLimited = "rate_limited",
        /// The Management API answered with another error, or with something unreadable.
        ApiError = "api_error",
        /// The Management API does not know it (HTTP 404).
        NotFound = "not_found",
        /// The Management API refused the token (HTTP 401).
        Unauthorized = "unauthorized",
        /// The tenant could not be reached.
        NetworkError = "network_error",
        /// No answer in the time allowed.
        Timeout = "timeout",
        /// The caller's `AbortSignal` said stop.
        Aborted = "aborted",
        /// The browser did not open the window.
        PopupBlocked = "popup_blocked",
        /// The person closed the window.
        PopupClosed = "popup_closed",
    }
}

words! {
    /// Why, where one code has several causes.
    pub enum Reason {
        /// It is not there.
        Missing = "missing",
        /// It is there, but not of the type that its specification demands.
        Malformed = "malformed",
        /// It is well formed, but not the value that was expected.
        Mismatch = "mismatch",
        /// `state`: not one that this browser waits for.
        Unknown = "unknown",
        /// `state`: has been answered before.
        Used = "used",
        /// `state`: the sign-in began too long ago.
        Expired = "expired",
        /// `state`: belongs to a sign-in of another client or tenant.
        OtherClient = "other_client",
    }
}

/// A refusal. Holds no token, code, state, nonce or key.
///
/// In a box, since results are moved through every layer and most of them are good.
#[derive(Clone, Debug, PartialEq)]
pub struct Error(Box<Details>);

/// What a refusal says.
#[derive(Clone, Debug, PartialEq)]
pub struct Details {
    /// What kind of refusal it is.
    pub code: ErrorCode,
    /// What happened and what to do about it, in words.
    pub message: Cow<'static, str>,
    /// Why, where one code has several causes.
    pub reason: Option<Reason>,
    /// OAuth `error` or Management API `errorCode`, as the server sent it.
    pub server_code: Option<String>,
    /// OAuth `error_description` or Management API `message`: the server's words, never part of ours.
    pub server_message: Option<String>,
    /// HTTP status of a Management API answer.
    pub status: Option<u16>,
    /// Milliseconds to wait, where the server said so.
    pub retry_after_ms: Option<f64>,
    /// Scopes any one of which would do.
    pub required_scopes: CurrentUserScopes,
    /// The application's own state of the sign-in that failed, as JSON text.
    pub app_state: Option<String>,
}

impl Error {
    /// A refusal with a code and a message.
    #[must_use]
    pub fn new(code: ErrorCode, message: &'static str) -> Self {
        Self::with(code, message.into())
    }

    /// A refusal whose message is put together.
    #[must_use]
    pub fn of(code: ErrorCode, message: &[&str]) -> Self {
        Self::with(code, concat(message).into())
    }

    fn with(code: ErrorCode, message: Cow<'static, str>) -> Self {
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
        }))
    }

    /// The same with the reason.
    #[must_use]
    pub fn because(mut self, reason: Reason) -> Self {
        self.reason = Some(reason);
        self
    }
}

impl Deref for Error {
    type Target = Details;

    fn deref(&self) -> &Details {
        &self.0
    }
}

impl DerefMut for Error {
    fn deref_mut(&mut self) -> &mut Details {
        &mut self.0
    }
}

/// Our own words and the code, for people who develop: `the access token has expired … (token_expired)`.
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
