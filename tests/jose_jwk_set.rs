//! Key sets of any shape (RFC 7517 4, 5; OIDC Core 10.1).
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed test panics")]
#![allow(clippy::indexing_slicing, reason = "a failed test panics")]

mod common;

use auth0_current_user::internals::jose::{base64url, jwk_set};
use common::tokens::Key;
use common::{NOW_MS, value};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

fn parse(set: &Json) -> Option<Vec<jwk_set::RsaKey>> {
    jwk_set::parse(value(set))
}

fn json_value() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(Json::from),
        any::<i32>().prop_map(Json::from),
        proptest::sample::select(
            &["RSA", "EC", "RS256", "sig", "enc", "verify", "AQAB", "AQ", "", "k"][..]
        )
        .prop_map(Json::from),
        "\\PC{0,8}".prop_map(Json::from),
    ];
    leaf.prop_recursive(3, 24, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            proptest::collection::btree_map(member(), inner, 0..8)
                .prop_map(|members| Json::Object(members.into_iter().collect())),
        ]
    })
}

fn member() -> impl Strategy<Value = String> {
    proptest::sample::select(
        &["keys", "kty", "n", "e", "kid", "use", "alg", "key_ops", "d", "x5c", "__proto__"][..],
    )
    .prop_map(str::to_owned)
}

#[test]
fn reads_published_keys_unchanged() {
    for name in ["tenant", "large"] {
        let jwk = Key::named(name).public();
        let keys = parse(&json!({ "keys": [jwk] })).unwrap();
        assert_eq!(keys.len(), 1);
        assert_eq!(keys[0].key_id.as_deref(), Some(name));
        assert_eq!(jwk["n"], keys[0].modulus.as_str());
        assert_eq!(jwk["e"], keys[0].exponent.as_str());
    }
}

#[test]
fn ignores_entries_after_the_first_thousand() {
    let right = Key::named("tenant").public();
    let set = |before: usize| {
        let mut keys = vec![json!(1); before];
        keys.push(right.clone());
        parse(&json!({ "keys": keys })).unwrap().len()
    };
    assert_eq!((set(999), set(1_000)), (1, 0));
}

#[test]
fn reads_a_large_key_set_quickly() {
    let keys: Vec<Json> = (0..1_000).map(|_| Key::named("tenant").jwk_with_kid("k")).collect();
    let begin = std::time::Instant::now();
    assert_eq!(parse(&json!({ "keys": keys })).unwrap().len(), 1_000);
    assert!(begin.elapsed().as_secs() < 10);
}

#[test]
fn trusts_keys_for_ten_minutes_and_delays_the_next_refetch_after_a_failed_one() {
    let mut freshness = jwk_set::Freshness::default();
    assert!(!freshness.is_fresh(NOW_MS) && !freshness.cooling_down(NOW_MS));
    freshness.fetched(NOW_MS);
    for (after_ms, fresh) in [(0.0, true), (599_999.0, true), (600_000.0, false), (-1.0, false)] {
        assert_eq!(freshness.is_fresh(NOW_MS + after_ms), fresh, "{after_ms}");
    }
    freshness.start_cool_down(NOW_MS);
    for (after_ms, may) in [(0.0, false), (29_999.0, false), (30_000.0, true), (-1.0, true)] {
        assert_eq!(!freshness.cooling_down(NOW_MS + after_ms), may, "{after_ms}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    /// Entries of any shape at any position neither hide the right key nor match its `kid`.
    #[test]
    fn finds_the_right_key_among_any_other_entries(
        mut entries in proptest::collection::vec(json_value(), 0..8),
        at in any::<prop::sample::Index>(),
    ) {
        let at = at.index(entries.len() + 1);
        entries.insert(at, json!({"kty": "RSA", "n": base64url::encode(&[0xc5; 256]), "e": "AQAB", "kid": "right"}));
        let keys = parse(&json!({ "keys": entries })).unwrap();
        prop_assert_eq!(jwk_set::select(&keys, Some("right")).count(), 1);
        prop_assert_eq!(jwk_set::select(&keys, None).count(), keys.len());
    }

    /// No JSON panics. RFC 7518 3.3 and 6.3.1 allow every accepted key.
    #[test]
    fn accepts_only_long_keys_from_any_json(set in json_value()) {
        for key in parse(&set).into_iter().flatten() {
            let modulus = base64url::decode(&key.modulus).unwrap();
            prop_assert!(modulus.len() >= 256);
        }
    }
}
