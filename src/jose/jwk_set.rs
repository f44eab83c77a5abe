//! JWK Sets: which keys may have signed a token (RFC 7517, RFC 7518 6.3).

use super::base64url;
use crate::support::value::Value;

/// The most entries of a key set that are read. Tenants publish two or three.
const MAX_KEYS: usize = 1_000;

/// Shortest RSA modulus, in bits (RFC 7518 3.3).
const MIN_MODULUS_BITS: usize = 2048;

/// Longest RSA modulus, in bits: the most that browsers take.
const MAX_MODULUS_BITS: usize = 16_384;

/// A public key that may verify RS256 signatures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RsaKey {
    /// `kid`, if the key has one.
    pub key_id: Option<String>,
    /// `n` in base64url.
    pub modulus: String,
    /// `e` in base64url.
    pub exponent: String,
}

/// The keys of a JWK Set that may verify RS256 signatures; all others are skipped, as RFC 7517 5
/// requires. `None` if `set` is not a JWK Set.
#[must_use]
pub fn parse(set: Value) -> Option<Vec<RsaKey>> {
    let set = set.into_object()?;
    let Value::Array(keys) = set.get("keys") else {
        return None;
    };
    Some(keys.iter().take(MAX_KEYS).filter_map(parse_key).collect())
}

/// Reads an RSA key. `None` if a member reserves it for another use.
fn parse_key(key: &Value) -> Option<RsaKey> {
    let Value::Object(key) = key else {
        return None;
    };
    let absent_or = |name, expected: &str| match key.get(name) {
        Value::Absent => true,
        value => value.as_str() == Some(expected),
    };
    let may_verify = match key.get("key_ops") {
        Value::Absent => true,
        Value::Array(uses) => uses.iter().any(|word| word.as_str() == Some("verify")),
        _ => false,
    };
    let key_id = match key.get("kid") {
        Value::Absent => None,
        value => Some(value.as_str()?.to_owned()),
    };
    let for_rs256 = key.get("kty").as_str() == Some("RSA")
        && absent_or("alg", "RS256")
        && absent_or("use", "sig")
        && may_verify;
    if !for_rs256 {
        return None;
    }
    let modulus = key.get("n").as_str()?;
    let exponent = key.get("e").as_str()?;
    let modulus_bytes = base64url::decode(modulus)?;
    let zeros = modulus_bytes.iter().take_while(|byte| **byte == 0).count();
    let first = modulus_bytes.get(zeros)?;
    let bits = 8 * (modulus_bytes.len() - zeros) - first.leading_zeros() as usize;
    let exponent_bytes = base64url::decode(exponent)?;
    // An exponent of 1 would make every padded digest its own signature; an even one is no key.
    let exponent_ok = exponent_bytes.last().is_some_and(|last| last % 2 == 1)
        && exponent_bytes.iter().skip_while(|byte| **byte == 0).ne([1].iter());
    (exponent_ok && (MIN_MODULUS_BITS..=MAX_MODULUS_BITS).contains(&bits)).then(|| RsaKey {
        key_id,
        modulus: modulus.to_owned(),
        exponent: exponent.to_owned(),
    })
}

/// The keys with the token's `kid`, or all keys if the token has no `kid` (RFC 7515 4.1.4).
pub fn select<'a>(keys: &'a [RsaKey], key_id: Option<&'a str>) -> impl Iterator<Item = &'a RsaKey> {
    keys.iter().filter(move |key| key_id.is_none() || key.key_id.as_deref() == key_id)
}

/// When a key set was fetched, and when it may be fetched again.
#[derive(Clone, Copy, Debug, Default)]
pub struct Freshness {
    fetched_at_ms: Option<f64>,
    cool_down_began_at_ms: Option<f64>,
}

/// How long a key set is trusted, in milliseconds, so that a withdrawn key goes out of use.
const MAX_AGE_MS: f64 = 600_000.0;

/// The cool-down after a refetch that brought no fitting key, in milliseconds, so that forged tokens
/// cannot cause a flood of requests. A refetch that brings the key starts none: rotations go through.
const COOL_DOWN_MS: f64 = 30_000.0;

impl Freshness {
    /// Remembers a successful fetch.
    pub fn fetched(&mut self, now_ms: f64) {
        self.fetched_at_ms = Some(now_ms);
    }

    /// Remembers that a refetch for an unknown `kid` brought no such key.
    pub fn start_cool_down(&mut self, now_ms: f64) {
        self.cool_down_began_at_ms = Some(now_ms);
    }

    /// Whether the key set is still trusted.
    #[must_use]
    pub fn is_fresh(&self, now_ms: f64) -> bool {
        within(self.fetched_at_ms, MAX_AGE_MS, now_ms)
    }

    /// Whether an unknown `kid` must not cause another fetch now.
    #[must_use]
    pub fn cooling_down(&self, now_ms: f64) -> bool {
        within(self.cool_down_began_at_ms, COOL_DOWN_MS, now_ms)
    }
}

/// Whether the moment lies in the past, less than `duration_ms` ago. A clock that is set back ends every
/// wait.
fn within(moment_ms: Option<f64>, duration_ms: f64, now_ms: f64) -> bool {
    moment_ms.is_some_and(|moment| (0.0..duration_ms).contains(&(now_ms - moment)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn modulus() -> String {
        base64url::encode(&[0xc5; 256])
    }

    fn usable(change: &serde_json::Value) -> bool {
        let mut key = json!({"kty": "RSA", "n": modulus(), "e": "AQAB"});
        for (name, value) in change.as_object().unwrap() {
            key[name] = value.clone();
        }
        let set = serde_json::from_value(json!({"keys": [key]})).unwrap();
        parse(set).unwrap().len() == 1
    }

    #[test]
    fn takes_a_plain_key_and_one_for_rs256() {
        assert!(usable(&json!({})));
        assert!(usable(
            &json!({"alg": "RS256", "use": "sig", "key_ops": ["verify"], "kid": "1", "x5c": ["x"]})
        ));
        assert!(usable(&json!({"e": "Aw"})));
    }

    #[test]
    fn skips_a_key_for_another_use() {
        for change in [
            json!({"kty": "EC"}),
            json!({"kty": "oct"}),
            json!({"kty": "rsa"}),
            json!({"kty": null}),
            json!({"alg": "RS512"}),
            json!({"alg": "RSA-OAEP"}),
            json!({"alg": 1}),
            json!({"use": "enc"}),
            json!({"use": ""}),
            json!({"key_ops": ["sign"]}),
            json!({"key_ops": "verify"}),
            json!({"kid": 1}),
        ] {
            assert!(!usable(&change), "{change}");
        }
    }

    #[test]
    fn skips_an_unreadable_or_weak_key() {
        for change in [
            json!({"n": null}),
            json!({"n": ""}),
            json!({"n": "****"}),
            json!({"n": base64url::encode(&[1; 255])}),
            json!({"n": base64url::encode(&[[0].as_slice(), &[7; 255]].concat())}),
            json!({"n": base64url::encode(&[[0x7f].as_slice(), &[7; 255]].concat())}),
            json!({"n": base64url::encode(&[1; 2049])}),
            json!({"e": ""}),
            json!({"e": "AQ"}),
            json!({"e": "AAAB"}),
            json!({"e": "AQAA"}),
            json!({"e": 65537}),
            json!({"e": "AQAB="}),
        ] {
            assert!(!usable(&change), "{change}");
        }
    }

    #[test]
    fn finds_a_key_among_malformed_entries() {
        let set = json!({"keys": [1, null, [], {}, "x", {"kty": "RSA", "n": modulus(), "e": "AQAB", "kid": "k"}]});
        let keys = parse(serde_json::from_value(set).unwrap()).unwrap();
        assert_eq!(select(&keys, Some("k")).count(), 1);
        assert_eq!(select(&keys, Some("K")).count(), 0);
        assert_eq!(select(&keys, None).count(), 1);
    }

    #[test]
    fn trusts_a_key_set_for_ten_minutes() {
        let mut freshness = Freshness::default();
        assert!(!freshness.is_fresh(0.0));
        freshness.fetched(1_000.0);
        assert!(freshness.is_fresh(1_000.0) && freshness.is_fresh(600_999.0));
        assert!(!freshness.is_fresh(601_000.0) && !freshness.is_fresh(999.0));
    }

    #[test]
    fn cools_down_only_after_a_refetch_without_the_key() {
        let mut freshness = Freshness::default();
        freshness.fetched(0.0);
        assert!(!freshness.cooling_down(1.0));
        freshness.start_cool_down(1.0);
        assert!(freshness.cooling_down(30_000.0));
        assert!(!freshness.cooling_down(30_001.0) && !freshness.cooling_down(0.0));
    }

    #[test]
    fn refuses_a_text_that_is_not_a_key_set() {
        for set in [
            json!([]),
            json!({}),
            json!({"keys": {}}),
            json!(null),
            json!("x"),
            json!({"Keys": []}),
        ] {
            assert!(parse(serde_json::from_value(set).unwrap()).is_none());
        }
    }
}
