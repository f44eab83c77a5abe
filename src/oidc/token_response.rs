//! The response of `POST /oauth/token` (RFC 6749 5.1, 5.2).

use super::response::{Tokens, whole};
use crate::error::{Error, ErrorCode};
use crate::support::value::Value;

/// Reads the response of the token endpoint.
///
/// # Errors
/// `authorization_error` for whatever the endpoint answers instead of tokens, `rate_limited`, and `invalid_response` where
/// tokens are missing.
pub fn parse(status: u16, body: Value, retry_after_ms: Option<f64>) -> Result<Tokens, Error> {
    let body = body.into_object();
    let is_unreadable = body.is_none();
    let body = body.unwrap_or_default();
    let text = |name| body.get(name).as_str();
    let (server_code, limited) = (text("error"), status == 429);
    let description = text("error_description");
    if limited {
        return Err(Error::new(
            ErrorCode::RateLimited,
            "the tenant's rate limit was hit: wait (see `retryAfterMs`), then start the sign-in again",
        )
        .with_server_error(server_code.map(str::to_owned), description.map(str::to_owned))
        .with_retry_after_ms(retry_after_ms)
        .with_status(status));
    }
    if status != 200 || server_code.is_some() || is_unreadable {
        return Err(Error::new(
            ErrorCode::AuthorizationError,
            "the tenant's token endpoint refused the code or failed: see `status`, `serverCode` and `serverMessage`; an \
             application of another type than Single Page Application is refused with 401 or 403",
        )
        .with_server_error(server_code.map(str::to_owned), description.map(str::to_owned))
        .with_status(status));
    }
    let expires_in = match body.get("expires_in") {
        Value::Number(seconds) => Some(whole(*seconds)),
        value => value.as_str().map(str::to_owned),
    };
    Tokens::new(text("id_token"), text("access_token"), text("token_type"), expires_in.as_deref())
}
