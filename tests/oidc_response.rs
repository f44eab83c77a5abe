//! Messages instead of URLs, and messages of any shape (RFC 6749 4.1.2, 4.2.2).
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed test panics")]
#![allow(clippy::indexing_slicing, reason = "a failed test panics")]

mod common;

use auth0_current_user::internals::error::{Error, ErrorCode, Reason};
use auth0_current_user::internals::oidc::response::{AuthorizationResponse, ResponseParameters};
use common::browser::{Browser, refused};
use common::tokens::{Key, PARAMETER_NAMES, tokens};
use common::{object, open, state};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

fn message(changes: &Json) -> ResponseParameters {
    let (id_token, access_token) = tokens(&Key::named("tenant"), &json!({}), &json!({}));
    let base = json!({
        "access_token": access_token,
        "id_token": id_token,
        "token_type": "Bearer",
        "expires_in": 7200,
        "scope": "openid",
        "state": state(),
    });
    ResponseParameters::from_message(&object(&common::merge(&base, changes)))
}

/// Opens a message on a page on which its sign-in waits.
fn open_message(parameters: &ResponseParameters) -> Result<AuthorizationResponse, Error> {
    let browser = Browser::waiting(&json!({}));
    open(&browser.platform, &browser.config, parameters)
}

#[test]
fn reads_a_message_as_it_reads_a_url() {
    let Ok(AuthorizationResponse::Tokens(tokens)) = open_message(&message(&json!({}))) else {
        panic!()
    };
    assert_eq!(tokens.expires_in_seconds, Some(7200.0));
}

#[test]
fn ignores_message_values_of_other_types() {
    for changes in [
        json!({"access_token": ["x"]}),
        json!({"id_token": {"toString": "x"}}),
        json!({"token_type": true}),
        json!({"access_token": ""}),
    ] {
        refused(open_message(&message(&changes)), ErrorCode::InvalidResponse, None);
    }
    for changes in [json!({"state": [state()]}), json!({"state": null}), json!({"state": ""})] {
        let result = open_message(&message(&changes));
        refused(result, ErrorCode::StateMismatch, Some(Reason::Missing));
    }
    let result = open_message(&message(&json!({"state": 1})));
    refused(result, ErrorCode::StateMismatch, Some(Reason::Unknown));
}

#[test]
fn returns_the_tenants_error_from_a_message() {
    let parameters = ResponseParameters::from_message(&object(&json!({
        "error": "login_required", "error_description": "Login required", "state": state(),
    })));
    let error = open_message(&parameters).err().unwrap();
    assert_eq!(error.code, ErrorCode::LoginRequired);
    assert_eq!(error.server_message.as_deref(), Some("Login required"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn opens_no_message_without_the_pending_state(
        members in proptest::collection::vec(
            (proptest::sample::select(PARAMETER_NAMES), prop_oneof![
                "\\PC{0,8}".prop_map(Json::from),
                any::<f64>().prop_map(Json::from),
                Just(json!(null)), Just(json!([])), Just(json!({})), Just(json!(true)),
            ]),
            0..12,
        ),
    ) {
        let members: serde_json::Map<_, _> =
            members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let parameters = ResponseParameters::from_message(&object(&Json::Object(members)));
        prop_assert!(open_message(&parameters).is_err() || matches!(parameters.state(), Ok(Some(found)) if found == state()));
    }
}
