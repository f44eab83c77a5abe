//! The access token beyond the vectors: the code flow, expiry and scopes (OIDC Core 3.1.3.8, 3.2.2.9; RFC 6749 3.3,
//! 4.2.2).
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed test panics")]
#![allow(clippy::indexing_slicing, reason = "a failed test panics")]

mod common;

use auth0_current_user::internals::error::{Error, ErrorCode, Reason};
use auth0_current_user::internals::oidc::response::Tokens;
use auth0_current_user::internals::scope::CurrentUserScope;
use auth0_current_user::internals::session::Session;
use common::platform::{NativePlatform, key_set};
use common::tokens::{Key, tokens};
use common::{NOW, NOW_MS, complete_with, config, transaction};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

/// Signs in with these changes to options, ID token and access token.
fn sign_in(
    options: &Json,
    id: &Json,
    access: &Json,
    expires_in: Option<&str>,
    now_ms: f64,
) -> Result<Session, Error> {
    let key = Key::named("tenant");
    let platform = NativePlatform::publishing(&key_set(&[key.public()]));
    let config = config(options);
    let transaction = transaction(&config, &json!({"appState": "[1]"}));
    let (id_token, access_token) = tokens(&key, id, access);
    platform.set_now_ms(now_ms);
    complete_with(&platform, &config, &transaction, (&id_token, &access_token), expires_in)
}

fn code_of(result: Result<Session, Error>) -> Option<(ErrorCode, Option<Reason>)> {
    result.err().map(|error| (error.code, error.reason))
}

#[test]
fn accepts_a_missing_at_hash_in_the_code_flow() {
    let code = json!({"flow": "code"});
    assert!(sign_in(&code, &json!({"at_hash": null}), &json!({}), None, NOW_MS).is_ok());
    assert!(sign_in(&code, &json!({}), &json!({}), None, NOW_MS).is_ok());
}

#[test]
fn refuses_a_wrong_at_hash_in_the_code_flow() {
    let code = json!({"flow": "code"});
    let wrong = sign_in(&code, &json!({"at_hash": "x"}), &json!({}), None, NOW_MS);
    assert_eq!(code_of(wrong), Some((ErrorCode::AccessTokenHash, Some(Reason::Mismatch))));
    let ill_typed = sign_in(&code, &json!({"at_hash": 1}), &json!({}), None, NOW_MS);
    assert_eq!(code_of(ill_typed), Some((ErrorCode::AccessTokenHash, Some(Reason::Malformed))));
}

#[test]
fn makes_every_other_check_in_the_code_flow() {
    let code = json!({"flow": "code"});
    for (id, access, expected) in [
        (json!({"nonce": "x"}), json!({}), ErrorCode::IdTokenNonce),
        (json!({"iss": "x"}), json!({}), ErrorCode::IdTokenIssuer),
        (json!({}), json!({"sub": "x"}), ErrorCode::AccessTokenSubject),
        (json!({}), json!({"aud": "x"}), ErrorCode::AccessTokenAudience),
        (json!({}), json!({"gty": "client-credentials"}), ErrorCode::MachineTokenForbidden),
    ] {
        let error = sign_in(&code, &id, &access, None, NOW_MS).err().unwrap();
        assert_eq!(error.code, expected);
        assert_eq!(error.app_state.as_deref(), Some("[1]"));
    }
}

#[test]
fn refuses_an_access_token_whose_exp_is_not_a_number() {
    for exp in [json!("1800000000"), json!(true), json!([]), json!({})] {
        let result = sign_in(&json!({}), &json!({}), &json!({ "exp": exp }), None, NOW_MS);
        assert_eq!(code_of(result).map(|(code, _)| code), Some(ErrorCode::TokenExpired));
    }
}

#[test]
fn prints_an_access_token_redacted() {
    let tokens = Tokens::new(Some("id"), Some("secret"), Some("Bearer"), None).unwrap();
    assert_eq!(format!("{:?}", tokens.access_token), "AccessToken(redacted)");
}

#[test]
fn limits_a_huge_exp_to_a_finite_time() {
    let result = sign_in(&json!({}), &json!({}), &json!({"exp": 1e306}), None, NOW_MS);
    let session = result.unwrap_or_else(|_| panic!());
    assert!(session.expires_at_ms().is_finite());
}

proptest! {
    /// A session ends at the earlier of `exp` and `expires_in`. A sign-in fails if that time has passed.
    #[test]
    fn ends_a_session_no_later_than_its_token(
        exp in -100_i64..10_000,
        expires_in in proptest::option::of(prop_oneof![Just(0), 1_u32..10_000]),
    ) {
        let text = expires_in.map(|seconds| seconds.to_string());
        let access = json!({"exp": NOW + exp as f64});
        let result = sign_in(&json!({}), &json!({}), &access, text.as_deref(), NOW_MS);
        // The crate ignores an `expires_in` of zero.
        let expires_in = expires_in.filter(|seconds| *seconds > 0);
        let end = expires_in.map_or(exp, |seconds| exp.min(seconds.into()));
        match result {
            Ok(session) => {
                prop_assert!(end > 0);
                prop_assert_eq!(session.expires_at_ms(), NOW_MS + end as f64 * 1e3);
                prop_assert!(session.is_live(NOW_MS) && !session.is_live(session.expires_at_ms()));
            }
            Err(error) => {
                prop_assert!(end <= 0);
                prop_assert_eq!(error.code, ErrorCode::TokenExpired);
            }
        }
    }

    /// The token's known scopes are granted. The other requested scopes are missing.
    #[test]
    fn grants_exactly_the_scopes_of_the_access_token(
        words in proptest::collection::vec(
            prop_oneof![
                proptest::sample::select(CurrentUserScope::ALL).prop_map(|scope| scope.as_str().to_owned()),
                Just("openid".to_owned()),
                Just("read:users".to_owned()),
                "[a-z:_]{0,20}",
            ],
            0..12,
        ),
    ) {
        let access = json!({"scope": words.join(" ")});
        let session = sign_in(&json!({}), &json!({}), &access, None, NOW_MS).unwrap_or_else(|_| panic!());
        let asked = ["read:current_user", "update:current_user_metadata"];
        for scope in CurrentUserScope::ALL {
            let named = words.iter().any(|word| word == scope.as_str());
            prop_assert_eq!(session.granted().contains(*scope), named);
            let missing = asked.contains(&scope.as_str()) && !named;
            prop_assert_eq!(session.missing().contains(*scope), missing);
        }
    }
}
