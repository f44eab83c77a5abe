//! Pending sign-ins: their secrets, their age and their client (RFC 9700 4.7).
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed test panics")]
#![allow(clippy::indexing_slicing, reason = "a failed test panics")]

mod common;

use auth0_current_user::internals::error::{ErrorCode, Reason};
use auth0_current_user::internals::oidc::transaction::{MAX_AGE_MS, State, Transaction};
use common::{NOW_MS, config, full_transaction, state, transaction};
use proptest::prelude::*;
use serde_json::json;

fn age(transaction: &Transaction, now_ms: f64, leeway: f64) -> Option<Reason> {
    let config = config(&json!({"flow": "code", "organization": "org_2", "leewaySeconds": leeway}));
    let result = transaction.check_belongs(&config, &state(), now_ms);
    result.err().map(|error| {
        assert_eq!(error.code, ErrorCode::StateMismatch);
        error.reason.unwrap()
    })
}

#[test]
fn makes_a_state_and_a_nonce_of_256_bits_that_differ() {
    let transaction = transaction(&config(&json!({})), &json!({}));
    assert_eq!((transaction.state.as_str().len(), transaction.nonce.as_str().len()), (48, 43));
    assert_eq!(transaction.state.as_str(), state());
    assert_ne!(transaction.state.as_str(), transaction.nonce.as_str());
    assert_eq!(transaction.code_verifier, None);
}

#[test]
fn waits_24_hours_for_a_response_with_any_leeway() {
    let begun = full_transaction();
    let began = begun.created_at_ms;
    for leeway in [0.0, 60.0, 300.0] {
        assert_eq!(age(&begun, began, leeway), None);
        assert_eq!(age(&begun, began + MAX_AGE_MS, leeway), None);
        assert_eq!(age(&begun, began + MAX_AGE_MS + 1.0, leeway), Some(Reason::Expired));
        assert_eq!(age(&begun, began - leeway * 1e3, leeway), None);
        assert_eq!(age(&begun, began - leeway * 1e3 - 101.0, leeway), Some(Reason::Expired));
    }
}

#[test]
fn refuses_a_response_to_another_client_or_tenant() {
    let begun = full_transaction();
    for (changes, reason) in [
        (json!({"clientId": "other"}), Reason::OtherClient),
        (json!({"domain": "other.eu.auth0.com"}), Reason::OtherClient),
        (json!({"domain": "acme.eu.auth0.com:8443"}), Reason::OtherClient),
        (json!({"tenantDomain": "other.eu.auth0.com"}), Reason::OtherClient),
        (json!({"flow": "implicit"}), Reason::OtherClient),
        (json!({"transactionStore": "local"}), Reason::OtherClient),
        (json!({"organization": "org_1"}), Reason::OtherClient),
    ] {
        let mut options = json!({"flow": "code", "organization": "org_2"});
        options.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        let error = begun.check_belongs(&config(&options), &state(), NOW_MS).unwrap_err();
        assert_eq!((error.code, error.reason), (ErrorCode::StateMismatch, Some(reason)));
    }
    let error = begun.check_belongs(&config(&json!({})), "other", NOW_MS).unwrap_err();
    assert_eq!(error.reason, Some(Reason::Unknown));
}

proptest! {
    #[test]
    fn compares_secrets_as_plain_equality_does(left in "\\PC{0,8}", right in "\\PC{0,8}") {
        prop_assert_eq!(State::new(left.as_str()).matches(&right), left == right);
        prop_assert!(State::new(left.clone()).matches(&left));
    }
}
