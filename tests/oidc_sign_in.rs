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
fn a_state_works_once_after_success() {
    let browser = Browser::waiting(&json!({}));
    signed_in(browser.come_back(&honest()));
    refused(browser.come_back(&honest()), ErrorCode::StateMismatch, Some(Reason::Used));
}

#[test]
fn a_state_works_once_after_failure() {
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
fn a_forged_response_does_not_spoil_the_honest_one() {
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
fn a_response_handed_to_the_wrong_client_does_not_spoil_it_for_the_right_one() {
    let browser = Browser::waiting(&json!({}));
    for other in [json!({"clientId": "other"}), json!({"domain": "other.eu.auth0.com"})] {
        let url = [PAGE, &honest()].concat();
        let result = handle(&browser.platform, &config(&other), &url);
        refused(result, ErrorCode::StateMismatch, Some(Reason::OtherClient));
    }
    signed_in(browser.come_back(&honest()));
}

#[test]
fn of_two_sign_ins_the_later_may_finish_first() {
    let browser = Browser::waiting(&json!({}));
    let mut later = transaction(&browser.config, &json!({}));
    later.state = State::new("later");
    browser.platform.insert_pending(&browser.config, &later);
    signed_in(browser.come_back(&honest().replace(&state(), "later")));
    signed_in(browser.come_back(&honest()));
}

#[test]
fn tokens_of_another_sign_in_of_ours_are_refused_by_their_nonce() {
    let browser = Browser::waiting(&json!({}));
    let mut other = transaction(&browser.config, &json!({}));
    other.state = State::new("other");
    other.nonce = Nonce::new("other");
    browser.platform.insert_pending(&browser.config, &other);
    let result = browser.come_back(&honest().replace(&state(), "other"));
    refused(result, ErrorCode::IdTokenNonce, Some(Reason::Mismatch));
}
