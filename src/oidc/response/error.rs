//! The errors of an authorization response: the tenant's own, and those of a malformed one.

use crate::error::{Error, ErrorCode};

/// Error codes of a tenant (RFC 6749 4.2.2.1, OIDC Core 3.1.2.6, and Auth0's `unauthorized`). A parameter
/// `error` with one of these belongs to a response even without `state`.
pub(super) const ERRORS: [&str; 11] = [
    "access_denied",
    "consent_required",
    "interaction_required",
    "invalid_request",
    "invalid_scope",
    "login_required",
    "server_error",
    "temporarily_unavailable",
    "unauthorized",
    "unauthorized_client",
    "unsupported_response_type",
];

/// The error for the tenant's own error. The tenant's words stay in fields of their own.
pub(crate) fn authorization_error(error: &str, description: Option<&str>) -> Error {
    let (code, message) = match error {
        "login_required" => (
            ErrorCode::LoginRequired,
            "the tenant wants the user to sign in: nobody is signed in there, or the browser \
             blocks third-party cookies; use loginWithRedirect, or a custom domain",
        ),
        "consent_required" => (
            ErrorCode::ConsentRequired,
            "the tenant wants the user's consent: sign in without `prompt: \"none\"`",
        ),
        "interaction_required" => (
            ErrorCode::InteractionRequired,
            "the tenant needs the user's attention: sign in without `prompt: \"none\"`",
        ),
        "access_denied" => (
            ErrorCode::AccessDenied,
            "the user or the tenant denied the sign-in; `serverMessage` holds the tenant's words",
        ),
        _ => (
            ErrorCode::AuthorizationError,
            "the tenant answered with an error; `serverCode` and `serverMessage` hold its words",
        ),
    };
    Error::new(code, message)
        .with_server_error(Some(error.to_owned()), description.map(str::to_owned))
}

/// The error for a malformed response.
pub(crate) fn invalid(what: &str) -> Error {
    Error::with_message(
        ErrorCode::InvalidResponse,
        &["the authorization response is invalid: ", what],
    )
}
