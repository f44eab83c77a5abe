//! Several responses of one page, one after another (RFC 6749 10.12, RFC 9700 4.2, 4.4, 4.7).
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed test panics")]
#![allow(clippy::indexing_slicing, reason = "a failed test panics")]

mod common;

use auth0_current_user::internals::error::Error;
use auth0_current_user::internals::error::{ErrorCode, Reason};
use auth0_current_user::internals::oidc::transaction::{Nonce, State};
use common::browser::{Browser, PAGE, honest, refused, signed_in};
use common::{Outcome, config, handle, own_state, state, transaction};
use serde_json::json;

#[test]
fn refuses_a_state_that_has_signed_in_before() {
    let browser = Browser::waiting(&json!({}));
    signed_in(browser.come_back(&honest()));
    refused(browser.come_back(&honest()), ErrorCode::StateMismatch, Some(Reason::Used));
}

#[test]
fn refuses_a_state_that_has_failed_before() {
    let failures = [
        ["#error=access_denied&state=", &state()].concat(),
        honest().replace("Bearer", "mac"),
        honest().replace("id_token=ey", "id_token=eY"),
        ["#state=", &state()].concat(),
    ];
    for failure in failures {
        let browser = Browser::waiting(&json!({}));
        assert!(browser.come_back(&failure).is_err());
        refused(browser.come_back(&honest()), ErrorCode::StateMismatch, Some(Reason::Used));
    }
}

#[test]
fn accepts_the_honest_response_after_forged_ones() {
    let browser = Browser::waiting(&json!({}));
    let state = state();
    for forged in [
        honest().replace(&state, "guessed"),
        honest().replace(&["&state=", &state].concat(), ""),
        honest().replace(&state, &own_state(&[7; 32])),
        "#error=access_denied&error_description=x".to_owned(),
        "#error=access_denied".to_owned(),
        ["#error=a_tenants_own&state=", &own_state(&[7; 32])].concat(),
        ["#code=x&state=", &own_state(&[7; 32])].concat(),
    ] {
        refused_state(browser.come_back(&forged));
    }
    for foreign in [
        "#error=access_denied&error_description=x&state=guessed",
        "#error=a_tenants_own&state=guessed",
        "#error=a_tenants_own&error_description=x",
        "#code=x&state=guessed",
    ] {
        assert!(matches!(browser.come_back(foreign), Ok(Outcome::Nothing)), "{foreign}");
    }
    signed_in(browser.come_back(&honest()));
}

#[track_caller]
fn refused_state(result: Result<Outcome, Error>) {
    let Err(error) = result else { panic!("accepted") };
    assert_eq!(error.code, ErrorCode::StateMismatch);
    assert_eq!(error.app_state, None, "the application's state is for our own responses alone");
}

#[test]
fn accepts_a_response_that_another_client_refused() {
    let browser = Browser::waiting(&json!({}));
    for other in [json!({"clientId": "other"}), json!({"domain": "other.eu.auth0.com"})] {
        let url = [PAGE, &honest()].concat();
        let result = handle(&browser.platform, &config(&other), &url);
        refused(result, ErrorCode::StateMismatch, Some(Reason::OtherClient));
    }
    signed_in(browser.come_back(&honest()));
}

#[test]
fn completes_two_sign_ins_in_any_order() {
    let browser = Browser::waiting(&json!({}));
    let mut later = transaction(&browser.config, &json!({}));
    later.state = State::new("later");
    browser.platform.insert_pending(&browser.config, &later);
    signed_in(browser.come_back(&honest().replace(&state(), "later")));
    signed_in(browser.come_back(&honest()));
}

#[test]
fn refuses_tokens_whose_nonce_belongs_to_another_sign_in() {
    let browser = Browser::waiting(&json!({}));
    let mut other = transaction(&browser.config, &json!({}));
    other.state = State::new("other");
    other.nonce = Nonce::new("other");
    browser.platform.insert_pending(&browser.config, &other);
    let result = browser.come_back(&honest().replace(&state(), "other"));
    refused(result, ErrorCode::IdTokenNonce, Some(Reason::Mismatch));
}
