//! Responses of the Management API: statuses, error codes and bodies.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed test panics")]
#![allow(clippy::indexing_slicing, reason = "a failed test panics")]

mod common;

use auth0_current_user::internals::error::ErrorCode;
use auth0_current_user::internals::management::response::{is_expected, to_error};
use auth0_current_user::internals::operation::{ENDPOINTS, Operation, ResponseBody};
use common::value;
use serde_json::json;

#[test]
fn turns_each_status_into_its_error_code() {
    for (status, body, code) in [
        (400, json!({}), ErrorCode::ApiError),
        (401, json!({"errorCode": "invalid_token"}), ErrorCode::Unauthorized),
        (403, json!({"errorCode": "insufficient_scope"}), ErrorCode::InsufficientScope),
        (403, json!({"errorCode": "operation_not_supported"}), ErrorCode::ApiError),
        (404, json!({}), ErrorCode::NotFound),
        (429, json!("x"), ErrorCode::RateLimited),
        (500, json!(null), ErrorCode::ApiError),
        (503, json!([]), ErrorCode::ApiError),
    ] {
        for endpoint in ENDPOINTS {
            let error = to_error(endpoint.operation, status, &value(&body), Some(1_000.0));
            assert_eq!((error.code, error.status), (code, Some(status)));
            assert_eq!(error.retry_after_ms.is_some(), status == 429);
            assert_eq!(error.server_code.as_deref(), body["errorCode"].as_str());
        }
    }
}

#[test]
fn accepts_only_the_body_that_the_operation_returns() {
    for endpoint in ENDPOINTS {
        for body in [json!({}), json!({"id": "x"}), json!([]), json!("x"), json!(null), json!(1)] {
            let expected = match endpoint.response_body {
                ResponseBody::Nothing => true,
                ResponseBody::Array => body.is_array(),
                ResponseBody::Object if endpoint.operation == Operation::CreateDeviceCredential => {
                    body["id"].is_string()
                }
                ResponseBody::Object => body.is_object(),
            };
            assert_eq!(
                is_expected(endpoint.operation, &value(&body)),
                expected,
                "{}",
                endpoint.name
            );
        }
    }
}
