//! The response of the token endpoint (RFC 6749 5.1, 5.2).
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed test panics")]
#![allow(clippy::indexing_slicing, reason = "a failed test panics")]

mod common;

use auth0_current_user::internals::error::{Error, ErrorCode};
use auth0_current_user::internals::oidc::token_response;
use common::value;
use serde_json::{Value as Json, json};

fn token_response(status: u16, body: &Json) -> Result<Option<f64>, Error> {
    token_response::parse(status, value(body), Some(7_000.0))
        .map(|tokens| tokens.expires_in_seconds)
}

fn token_body(changes: &Json) -> Json {
    let base =
        json!({"access_token": "a", "id_token": "i", "token_type": "Bearer", "expires_in": 86400});
    common::merge(&base, changes)
}

#[test]
fn reads_the_tokens_of_a_token_response() {
    assert_eq!(token_response(200, &token_body(&json!({}))).ok(), Some(Some(86400.0)));
    assert_eq!(
        token_response(200, &token_body(&json!({"expires_in": "60"}))).ok(),
        Some(Some(60.0))
    );
    assert_eq!(token_response(200, &token_body(&json!({"expires_in": null}))).ok(), Some(None));
    assert_eq!(
        token_response(200, &token_body(&json!({"token_type": "bearer"}))).ok(),
        Some(Some(86400.0))
    );
}

#[test]
fn refuses_an_invalid_token_response() {
    for (status, body, code) in [
        (200, token_body(&json!({"id_token": null})), ErrorCode::InvalidResponse),
        (200, token_body(&json!({"access_token": ""})), ErrorCode::InvalidResponse),
        (200, token_body(&json!({"access_token": ["a"]})), ErrorCode::InvalidResponse),
        (200, token_body(&json!({"token_type": "DPoP"})), ErrorCode::InvalidResponse),
        (200, token_body(&json!({"token_type": null})), ErrorCode::InvalidResponse),
        (200, json!(null), ErrorCode::AuthorizationError),
        (200, json!([token_body(&json!({}))]), ErrorCode::AuthorizationError),
        (201, token_body(&json!({})), ErrorCode::AuthorizationError),
        (500, json!("x"), ErrorCode::AuthorizationError),
        (503, json!({}), ErrorCode::AuthorizationError),
        (429, json!({}), ErrorCode::RateLimited),
        (403, json!({"error": "invalid_grant"}), ErrorCode::AuthorizationError),
        (401, json!({"error": "access_denied"}), ErrorCode::AuthorizationError),
        (400, json!({"error": "login_required"}), ErrorCode::AuthorizationError),
        (200, token_body(&json!({"error": "invalid_grant"})), ErrorCode::AuthorizationError),
    ] {
        let error = token_response(status, &body).err().unwrap();
        assert_eq!(error.code, code, "{status} {body}");
        let has_status = code != ErrorCode::InvalidResponse;
        assert_eq!(error.status, has_status.then_some(status), "{status} {body}");
        assert_eq!(error.server_code.as_deref(), body["error"].as_str(), "{status} {body}");
    }
}

#[test]
fn returns_how_long_to_wait_after_a_rate_limit() {
    let error = token_response(429, &json!({"error": "too_many_requests"})).err().unwrap();
    assert_eq!((error.code, error.status), (ErrorCode::RateLimited, Some(429)));
    assert_eq!(error.retry_after_ms, Some(7_000.0));
    assert_eq!(error.server_code.as_deref(), Some("too_many_requests"));
    let error = token_response(429, &json!("x")).err().unwrap();
    assert_eq!((error.code, &error.server_code), (ErrorCode::RateLimited, &None));
    let error = token_response(403, &json!({"error": "invalid_grant"})).err().unwrap();
    assert_eq!(error.retry_after_ms, None);
}
