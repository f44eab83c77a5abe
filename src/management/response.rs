//! The responses of the Management API. The status and `errorCode` select the error. The message
//! never does.

use crate::error::{Error, ErrorCode};
use crate::operation::{Operation, ResponseBody};
use crate::scope::CurrentUserScopes;
use crate::support::value::{Object, Value};

/// Whether this body is a successful response of the operation.
#[must_use]
pub fn is_expected(operation: Operation, body: &Value) -> bool {
    match operation.endpoint().response_body {
        ResponseBody::Nothing => true,
        ResponseBody::Array => matches!(body, Value::Array(_)),
        ResponseBody::Object => match body {
            Value::Object(object) if operation == Operation::CreateDeviceCredential => {
                object.get("id").as_str().is_some()
            }
            Value::Object(_) => true,
            _ => false,
        },
    }
}

/// The error for a successful status with an unexpected body.
#[must_use]
pub fn unreadable(status: u16) -> Error {
    Error::new(ErrorCode::ApiError, "the Management API's answer cannot be read")
        .with_status(status)
}

/// The error for an unsuccessful status. `body` is the response body as far as it is readable.
#[must_use]
pub fn to_error(
    operation: Operation,
    status: u16,
    body: &Value,
    retry_after_ms: Option<f64>,
) -> Error {
    let empty = Object::default();
    let fields = match body {
        Value::Object(fields) => fields,
        _ => &empty,
    };
    let text = |name| fields.get(name).as_str().map(str::to_owned);
    let server_code = text("errorCode");
    let mut required_scopes = CurrentUserScopes::NONE;
    let (code, message) = match (status, server_code.as_deref()) {
        (401, _) => (
            ErrorCode::Unauthorized,
            "the Management API refused the access token: sign the user in again; with a custom \
             domain, `domain` must be that domain for sign-in and API alike",
        ),
        (403, Some("insufficient_scope")) => {
            required_scopes = operation.endpoint().scopes.iter().copied().collect();
            let message = if operation == Operation::DeleteMultifactor {
                "the Management API does not let this token remove a factor: newer tenants demand \
                 update:users, which only a server can hold"
            } else {
                "the Management API asks for another scope than the token has (see \
                 `requiredScopes`): check what the tenant lets this application have"
            };
            (ErrorCode::InsufficientScope, message)
        }
        (404, _) => (
            ErrorCode::NotFound,
            "the Management API does not know it: read the profile again, it may be gone",
        ),
        (429, _) => (
            ErrorCode::RateLimited,
            "the tenant's rate limit was hit: wait (see `retryAfterMs`), then try again",
        ),
        (400, Some("Bearer")) => (
            ErrorCode::ApiError,
            "the Management API cannot read the access token: it was issued without the `audience`",
        ),
        _ => (
            ErrorCode::ApiError,
            "the Management API answered with an error: see `status`, `serverCode` and \
             `serverMessage`; from status 500 on, try again later",
        ),
    };
    let server_message = text("message").or_else(|| text("error"));
    Error::new(code, message)
        .with_status(status)
        .with_server_error(server_code, server_message)
        .with_required_scopes(required_scopes)
        .with_retry_after_ms(retry_after_ms.filter(|_| status == 429))
}
