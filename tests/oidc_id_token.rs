//! The ID token beyond the vectors: key fetches, tokens for linking, and properties of any token (OIDC Core 3.1.3.7,
//! RFC 7515 5.2).
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed test panics")]
#![allow(clippy::indexing_slicing, reason = "a failed test panics")]

mod common;

use auth0_current_user::internals::error::{Error, ErrorCode, Reason};
use auth0_current_user::internals::jose::base64url;
use auth0_current_user::internals::oidc::clock::ClockOffset;
use auth0_current_user::internals::oidc::id_token::{IdToken, KeySource, Purpose, Refresh, verify};
use auth0_current_user::internals::options::Config;
use auth0_current_user::internals::platform::{Crypto, SignatureVerdict};
use common::platform::{NativePlatform, key_set};
use common::tokens::{Key, id_claims};
use common::{CLIENT_ID, NOW, SUBJECT, block_on, config, transaction};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

const ACCESS_TOKEN: &str = "access";

fn tenant() -> NativePlatform {
    NativePlatform::publishing(&key_set(&[Key::named("tenant").public()]))
}

fn token(changes: &Json) -> String {
    Key::named("tenant").sign(&id_claims(ACCESS_TOKEN, changes))
}

fn sign_in(platform: &NativePlatform, config: &Config, token: &str) -> Result<IdToken, Error> {
    let transaction = transaction(config, &json!({}));
    block_on(verify(&platform.verifier(config), token, Purpose::SignIn(&transaction)))
}

fn link(platform: &NativePlatform, token: &str, session_subject: &str) -> Result<IdToken, Error> {
    let purpose = Purpose::Link { session_subject, clock: ClockOffset::default() };
    block_on(verify(&platform.verifier(&config(&json!({}))), token, purpose))
}

#[track_caller]
fn refused<T>(result: Result<T, Error>, code: ErrorCode, reason: Option<Reason>) {
    let Err(error) = result else { panic!("accepted instead of {}", code.as_str()) };
    assert_eq!((error.code, error.reason), (code, reason));
}

// ── Keys ─────────────────────────────────────────────────────────────────────────────────────

#[test]
fn fetches_no_keys_again_for_a_known_kid() {
    let platform = tenant();
    let id_token =
        sign_in(&platform, &config(&json!({})), &token(&json!({}))).unwrap_or_else(|_| panic!());
    assert_eq!(id_token.subject(), SUBJECT);
    assert_eq!((platform.fetches.get(), platform.refetches.get()), (1, 0));
    assert_eq!(platform.verifications.get(), 1);
}

#[test]
fn accepts_a_rotated_key_after_one_refetch() {
    let platform = NativePlatform::publishing(&key_set(&[Key::named("next").public()]))
        .then_publishing(Some(&key_set(&[Key::named("tenant").public()])));
    assert!(sign_in(&platform, &config(&json!({})), &token(&json!({}))).is_ok());
    assert_eq!((platform.fetches.get(), platform.refetches.get()), (1, 1));
    assert_eq!(platform.cool_downs.get(), 0);
}

#[test]
fn refuses_a_kid_that_one_refetch_does_not_bring() {
    let platform = NativePlatform::publishing(&key_set(&[Key::named("next").public()]));
    let result = sign_in(&platform, &config(&json!({})), &token(&json!({})));
    refused(result, ErrorCode::SigningKeyNotFound, None);
    assert_eq!((platform.refetches.get(), platform.verifications.get()), (1, 0));
    assert_eq!(platform.cool_downs.get(), 1);
}

#[test]
fn refuses_an_unknown_kid_without_a_refetch_during_the_cool_down() {
    let platform =
        NativePlatform::publishing(&key_set(&[Key::named("next").public()])).then_publishing(None);
    let result = sign_in(&platform, &config(&json!({})), &token(&json!({})));
    refused(result, ErrorCode::SigningKeyNotFound, None);
    assert_eq!((platform.refetches.get(), platform.cool_downs.get()), (0, 0));
}

#[test]
fn refuses_a_wrong_signature_without_a_refetch() {
    let platform = tenant();
    let forged = Key::named("attacker").sign_text(
        r#"{"alg":"RS256","kid":"tenant"}"#,
        &id_claims(ACCESS_TOKEN, &json!({})).to_string(),
    );
    refused(sign_in(&platform, &config(&json!({})), &forged), ErrorCode::IdTokenSignature, None);
    assert_eq!((platform.fetches.get(), platform.refetches.get()), (1, 0));
}

#[test]
fn refuses_an_invalid_header_without_fetching_keys() {
    let platform = tenant();
    let claims = id_claims(ACCESS_TOKEN, &json!({})).to_string();
    for header in
        [r#"{"alg":"none"}"#, r#"{"alg":"HS256","kid":"x"}"#, r#"{"alg":"RS256","crit":[]}"#, "{}"]
    {
        let token = Key::named("tenant").sign_text(header, &claims);
        assert!(sign_in(&platform, &config(&json!({})), &token).is_err());
    }
    assert!(sign_in(&platform, &config(&json!({})), "a.b.c").is_err());
    assert_eq!((platform.fetches.get(), platform.verifications.get()), (0, 0));
}

#[test]
fn returns_the_error_of_a_failed_key_fetch() {
    let platform = NativePlatform::publishing("<!doctype html>");
    let result = sign_in(&platform, &config(&json!({})), &token(&json!({})));
    refused(result, ErrorCode::SigningKeyNotFound, None);
}

// ── Linking ──────────────────────────────────────────────────────────────────────────────────

#[test]
fn accepts_an_older_token_without_a_nonce_for_linking() {
    let changes =
        json!({"sub": "google-oauth2|1", "nonce": null, "at_hash": null, "iat": NOW - 3600.0});
    let id_token = link(&tenant(), &token(&changes), SUBJECT).unwrap_or_else(|_| panic!());
    assert_eq!(id_token.subject(), "google-oauth2|1");
}

#[test]
fn refuses_to_link_the_signed_in_users_own_token() {
    refused(
        link(&tenant(), &token(&json!({})), SUBJECT),
        ErrorCode::IdTokenSubject,
        Some(Reason::Mismatch),
    );
}

#[test]
fn makes_every_other_check_of_a_token_for_linking() {
    let other = |changes: Json| token(&common::merge(&json!({"sub": "google-oauth2|1"}), &changes));
    use {ErrorCode as Code, Reason as Why};
    for (changes, code, reason) in [
        (json!({"iss": "https://other.example/"}), Code::IdTokenIssuer, Some(Why::Mismatch)),
        (json!({"aud": "other"}), Code::IdTokenAudience, Some(Why::Mismatch)),
        (json!({"azp": "other"}), Code::IdTokenAuthorizedParty, Some(Why::Mismatch)),
        (json!({"exp": NOW - 60.0}), Code::IdTokenExpired, Some(Why::Mismatch)),
        (json!({"iat": NOW + 61.0}), Code::IdTokenIssuedAt, Some(Why::Mismatch)),
        (json!({"nbf": NOW + 61.0}), Code::IdTokenIssuedAt, Some(Why::Mismatch)),
        (json!({"sub": ""}), Code::IdTokenSubject, Some(Why::Malformed)),
        (json!({"sub": "app@clients"}), Code::MachineTokenForbidden, None),
    ] {
        refused(link(&tenant(), &other(changes), SUBJECT), code, reason);
    }
}

// ── Messages and claims ──────────────────────────────────────────────────────────────────────

#[test]
fn reports_by_how_many_seconds_the_clock_is_wrong() {
    let config = config(&json!({}));
    for (changes, seconds) in [
        (json!({"exp": NOW - 3600.0}), " 3600 seconds"),
        (json!({"iat": NOW + 93_600.5}), " 93601 seconds in the future"),
        (json!({"iat": NOW - 87_430.0}), " 87400 seconds before this sign-in"),
        (json!({"nbf": NOW + 90.0}), " 90 seconds"),
    ] {
        let error = sign_in(&tenant(), &config, &token(&changes)).err().unwrap();
        assert!(error.message.contains(seconds), "{}", error.message);
        assert!(error.message.contains("clock"), "{}", error.message);
    }
}

#[test]
fn the_nonce_is_checked_before_the_times() {
    for changes in [
        json!({"exp": NOW - 3600.0, "nonce": "another"}),
        json!({"iat": NOW + 200_000.0, "nonce": "another"}),
        json!({"iat": null, "nonce": "another"}),
        json!({"nbf": NOW + 200_000.0, "nonce": "another"}),
    ] {
        let result = sign_in(&tenant(), &config(&json!({})), &token(&changes));
        refused(result, ErrorCode::IdTokenNonce, Some(Reason::Mismatch));
    }
}

#[test]
fn a_maximum_age_counts_from_the_start_of_the_sign_in() {
    // The sign-in began half a minute ago.
    for leeway in [0.0, 60.0] {
        for (auth_time, is_right) in [
            (NOW - 30.0 - 600.0 - leeway, true),
            (NOW - 30.0 - 601.0 - leeway, false),
            (NOW + leeway, true),
            (NOW + leeway + 1.0, false),
        ] {
            let config = config(&json!({ "leewaySeconds": leeway }));
            let begun = transaction(&config, &json!({"maxAge": 600}));
            let token = token(&json!({ "auth_time": auth_time }));
            let platform = tenant();
            let result =
                block_on(verify(&platform.verifier(&config), &token, Purpose::SignIn(&begun)));
            let code = result.err().map(|error| error.code);
            assert_eq!(code, (!is_right).then_some(ErrorCode::IdTokenAuthTime), "{auth_time}");
        }
    }
}

// ── The tenant's clock ───────────────────────────────────────────────────────────────────────

/// A sign-in on a device whose clock is ahead of the tenant's by `offset` seconds. The tenant issues the ID token `before`
/// seconds after the sign-in began, and it is verified `after` seconds later.
struct WrongClock {
    offset: f64,
    before: f64,
    after: f64,
}

impl WrongClock {
    /// Verifies an ID token with these changes. Its `iat` is [`NOW`].
    fn verify(&self, options: &Json, changes: &Json) -> Option<(ErrorCode, Option<Reason>)> {
        let Self { offset, before, after } = *self;
        let config = config(&json!({}));
        let mut begun = transaction(&config, options);
        begun.created_at_ms = (NOW + offset - before) * 1e3;
        let platform = tenant();
        platform.set_now_ms((NOW + offset + after) * 1e3);
        let token = token(&common::merge(&json!({ "iat": NOW }), changes));
        let result = block_on(verify(&platform.verifier(&config), &token, Purpose::SignIn(&begun)));
        result.err().map(|error| (error.code, error.reason))
    }

    /// The same sign-in by a right clock.
    fn set_right(&self) -> Self {
        Self { offset: 0.0, ..*self }
    }
}

#[test]
fn a_token_for_linking_is_judged_by_the_clock_of_the_session() {
    for offset in [-80_000.0, 80_000.0] {
        let clock = ClockOffset::estimate((NOW + offset) * 1e3, (NOW + offset) * 1e3, NOW, 60.0);
        assert_eq!(clock.seconds(), offset);
        let platform = tenant();
        platform.set_now_ms((NOW + offset) * 1e3);
        let config = config(&json!({}));
        let link = |changes: Json| {
            let token = token(&common::merge(&json!({"sub": "google-oauth2|1"}), &changes));
            let purpose = Purpose::Link { session_subject: SUBJECT, clock };
            let result = block_on(verify(&platform.verifier(&config), &token, purpose));
            result.err().map(|error| error.code)
        };
        assert_eq!(link(json!({})), None);
        assert_eq!(link(json!({"exp": NOW - 60.0})), Some(ErrorCode::IdTokenExpired));
        assert_eq!(link(json!({"iat": NOW + 61.0})), Some(ErrorCode::IdTokenIssuedAt));
        assert_eq!(link(json!({"nbf": NOW + 61.0})), Some(ErrorCode::IdTokenIssuedAt));
    }
}

#[test]
fn returns_the_claims_as_they_were_signed() {
    let claims =
        id_claims(ACCESS_TOKEN, &json!({"https://app.example/x": {"__proto__": [1, null]}}));
    let id_token = sign_in(&tenant(), &config(&json!({})), &Key::named("tenant").sign(&claims))
        .unwrap_or_else(|_| panic!());
    assert_eq!(id_token.claims_json(), claims.to_string());
}

// ── Published examples ───────────────────────────────────────────────────────────────────────

/// The signatures of RFC 7515 appendix A and RFC 7520 4.1 verify where the standard says so. None of these tokens is an
/// ID token for this client.
#[test]
fn verifies_the_published_signatures_and_refuses_the_tokens() {
    let file: Json = serde_json::from_str(include_str!("vectors/published.json")).unwrap();
    let cases = file["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 6);
    for case in cases {
        let platform = NativePlatform::publishing(&key_set(&[case["key"].clone()]));
        let jws = case["jws"].as_str().unwrap();
        let error = sign_in(&platform, &config(&json!({})), jws).err().unwrap();
        assert_eq!(common::vectors::refusal(&error), case["expect"], "{}", case["section"]);
        if case["verifies"] == true {
            assert!(verifies(&platform, jws), "{}", case["section"]);
            let (input, signature) = jws.rsplit_once('.').unwrap();
            assert!(!verifies(&platform, &[input, "x.", signature].concat()));
        }
    }
}

/// Whether the signature is valid. The payload may be any text.
fn verifies(platform: &NativePlatform, jws: &str) -> bool {
    let (input, signature) = jws.rsplit_once('.').unwrap();
    let signature = base64url::decode(signature).unwrap();
    let keys =
        block_on(platform.signing_keys(Refresh::IfStale)).unwrap_or_else(|_| panic!("one key"));
    let verdict = block_on(platform.verify_rs256(&keys[0], &signature, input.as_bytes()));
    verdict == Ok(SignatureVerdict::Valid)
}

// ── Properties of any token ──────────────────────────────────────────────────────────────────

proptest! {
    /// Times, judged a second time in whole milliseconds. `exp` and `nbf` count from the tenant's time.
    #[test]
    fn compares_times_to_the_millisecond(
        leeway in 0_i64..=300,
        after_exp in -400_000_i64..400_000,
        iat in prop_oneof![-400_000_i64..400_000, -90_000_000_i64..90_000_000],
        after_nbf in proptest::option::of(-400_000_i64..400_000),
    ) {
        let leeway_ms = leeway * 1_000;
        // The sign-in began half a minute ago. The clock is wrong where `iat` is not between then and now.
        let offset = if -30_000 - iat > leeway_ms {
            -30_000 - iat
        } else if iat > leeway_ms {
            -iat
        } else {
            0
        };
        // No two sums of fractions are exactly equal.
        prop_assume!(offset == 0 || after_exp != leeway_ms && after_nbf != Some(-leeway_ms));
        let (exp, nbf) = (-offset - after_exp, after_nbf.map(|after| -offset - after));
        let seconds = |offset: i64| Json::from(offset as f64 / 1e3 + NOW);
        let mut changes = json!({"exp": seconds(exp), "iat": seconds(iat)});
        if let Some(nbf) = nbf {
            changes["nbf"] = seconds(nbf);
        }
        let expected = if offset.abs() > 86_400_000 {
            Some(ErrorCode::IdTokenIssuedAt)
        } else if after_exp >= leeway_ms {
            Some(ErrorCode::IdTokenExpired)
        } else if after_nbf.is_some_and(|after| -after > leeway_ms) {
            Some(ErrorCode::IdTokenIssuedAt)
        } else {
            None
        };
        let config = config(&json!({"leewaySeconds": leeway}));
        let actual = sign_in(&tenant(), &config, &token(&changes)).err().map(|error| error.code);
        prop_assert_eq!(actual, expected);
    }

    /// A wrong clock changes no verdict: neither that of an honest token with a tenant's usual lifetimes, nor that of a token
    /// which a right clock refuses.
    #[test]
    fn a_clock_that_is_wrong_by_a_day_at_most_changes_no_verdict(
        offset in prop_oneof![-79_200.0..79_200.0_f64, Just(0.0), Just(-3600.0), Just(3600.0)],
        before in 0.0..7_200.0_f64,
        after in prop_oneof![0.0..10.0_f64, 0.0..7_200.0_f64],
        lifetime in prop_oneof![Just(36_000.0), Just(86_400.0), Just(2_592_000.0)],
    ) {
        let clock = WrongClock { offset, before, after };
        for (options, changes) in [
            (json!({}), json!({"exp": NOW + lifetime})),
            (json!({}), json!({"exp": NOW + lifetime, "nbf": NOW})),
            (json!({"maxAge": 0}), json!({"auth_time": NOW})),
            (json!({"maxAge": 600}), json!({"auth_time": NOW - 20_000.0})),
            (json!({"maxAge": 600}), json!({"auth_time": null})),
            (json!({}), json!({"exp": NOW - 20_000.0})),
            (json!({}), json!({"nbf": NOW + 20_000.0})),
            (json!({}), json!({"nonce": "another"})),
        ] {
            let right = clock.set_right().verify(&options, &changes);
            prop_assert_eq!(clock.verify(&options, &changes), right, "{}", changes);
        }
    }

    /// Beyond a day, the token may be one of another sign-in.
    #[test]
    fn a_clock_that_is_wrong_by_more_than_a_day_is_refused(
        beyond in 1.0..1e7_f64,
        ahead in any::<bool>(),
        before in 0.0..7_200.0_f64,
        after in 0.0..7_200.0_f64,
    ) {
        let offset = if ahead { 86_400.0 + before + beyond } else { -86_400.0 - after - beyond };
        let refusal = WrongClock { offset, before, after }.verify(&json!({}), &json!({}));
        prop_assert_eq!(refusal, Some((ErrorCode::IdTokenIssuedAt, Some(Reason::Mismatch))));
    }

    #[test]
    fn refuses_a_token_with_any_character_replaced(at in 0.0..1.0_f64, other in "[A-Za-z0-9_.=+/ é-]") {
        let right = token(&json!({}));
        let at = (right.len() as f64 * at) as usize;
        let changed = [&right[..at], &other, &right[at + 1..]].concat();
        let accepted = sign_in(&tenant(), &config(&json!({})), &changed).is_ok();
        prop_assert_eq!(accepted, changed == right);
    }

    #[test]
    fn refuses_a_truncated_or_extended_token(keep in 0.0..1.0_f64, tail in "\\PC{1,8}") {
        let right = token(&json!({}));
        let keep = (right.len() as f64 * keep) as usize;
        for changed in [right[..keep].to_owned(), [right.as_str(), &tail].concat()] {
            let accepted = sign_in(&tenant(), &config(&json!({})), &changed).is_ok();
            prop_assert!(!accepted);
        }
    }

    #[test]
    fn refuses_any_text_as_a_token(text in "\\PC*") {
        let accepted = sign_in(&tenant(), &config(&json!({})), &text).is_ok();
        prop_assert!(!accepted);
    }

    /// A second implementation of OIDC Core 3.1.3.7, steps 3 to 5, checks `aud` and `azp`.
    #[test]
    fn checks_any_audiences_and_authorized_party_as_oidc_core_does(
        audiences in proptest::collection::vec(prop_oneof![Just(CLIENT_ID), Just("other"), Just("")], 0..4),
        single in any::<bool>(),
        party in prop_oneof![Just(None), Just(Some(CLIENT_ID)), Just(Some("other"))],
    ) {
        let single = single && audiences.len() == 1;
        let aud = if single { json!(audiences[0]) } else { json!(audiences) };
        let mut changes = json!({ "aud": aud });
        if let Some(party) = party {
            changes["azp"] = party.into();
        }
        let expected = if !audiences.contains(&CLIENT_ID) {
            Some(ErrorCode::IdTokenAudience)
        } else if audiences.len() > 1 && party.is_none() || party == Some("other") {
            Some(ErrorCode::IdTokenAuthorizedParty)
        } else {
            None
        };
        let actual = sign_in(&tenant(), &config(&json!({})), &token(&changes)).err();
        prop_assert_eq!(actual.map(|error| error.code), expected);
    }
}
