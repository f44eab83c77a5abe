//! The response of `POST /oauth/token` (RFC 6749 5.1, 5.2).

use super::response::{Tokens, authorization_error, invalid, whole};
use crate::error::{Error, ErrorCode};
use crate::support::value::Value;

/// Reads the response of the token endpoint.
///
/// # Errors
/// `invalid_response`, `rate_limited`, and the tenant's own error.
pub fn parse(status: u16, body: Value, retry_after_ms: Option<f64>) -> Result<Tokens, Error> {
    let body = body.into_object().unwrap_or_default();
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
    if let Some(server_code) = server_code {
        return Err(authorization_error(server_code, description).with_status(status));
    }
    if status != 200 {
        return Err(invalid("the token endpoint answered with something unreadable"));
    }
    let expires_in = match body.get("expires_in") {
        Value::Number(seconds) => Some(whole(*seconds)),
        value => value.as_str().map(str::to_owned),
    };
    Tokens::new(text("id_token"), text("access_token"), text("token_type"), expires_in.as_deref())
}
