//! JWK Sets: which keys may have signed a token (RFC 7517, RFC 7518 6.3).

use super::base64url;
use crate::support::value::Value;

/// Most entries of a key set that are looked at. Tenants publish two or three.
const MAX_KEYS: usize = 1_000;

/// Shortest RSA modulus, in bits (RFC 7518 3.3).
const MIN_MODULUS_BITS: usize = 2048;

/// Longest RSA modulus, in bits: the most that browsers take.
const MAX_MODULUS_BITS: usize = 16_384;

/// A public key that may verify RS256 signatures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RsaKey {
    /// `kid`, where there is one.
    pub key_id: Option<String>,
    /// `n` in base64url.
    pub modulus: String,
    /// `e` in base64url.
    pub exponent: String,
}

/// The keys of a JWK Set that may verify RS256 signatures; all others are skipped, as RFC 7517 5
/// asks. `None` where it is no JWK Set at all.
#[must_use]
pub fn parse(set: Value) -> Option<Vec<RsaKey>> {
    let set = set.into_object()?;
    let Value::Array(keys) = set.get("keys") else {
        return None;
    };
    Some(keys.iter().take(MAX_KEYS).filter_map(parse_key).collect())
}

/// A key is usable where it is RSA and nothing in it says that it is for something else.
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

/// The keys that the token's `kid` names, or all where it names none (RFC 7515 4.1.4).
pub fn select<'a>(keys: &'a [RsaKey], key_id: Option<&'a str>) -> impl Iterator<Item = &'a RsaKey> {
    keys.iter().filter(move |key| key_id.is_none() || key.key_id.as_deref() == key_id)
}

/// Whether a key set may come from memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refresh {
    /// The remembered one, while it is fresh.
    IfStale,
    /// Always fetches.
    Force,
}

/// When a key set was fetched, and when it may be fetched again.
#[derive(Clone, Copy, Debug, Default)]
pub struct Freshness {
    fetched_at_ms: Option<f64>,
    cool_down_since_ms: Option<f64>,
}

/// How long a key set is trusted, in milliseconds, so that a withdrawn key goes out of use.
const MAX_AGE_MS: f64 = 600_000.0;

/// How long to wait after a refetch that brought no fitting key, in milliseconds, so that forged
/// tokens cause no flood of requests. One that did bring it starts no wait: rotations go through.
const COOL_DOWN_MS: f64 = 30_000.0;

impl Freshness {
    /// Remembers a successful fetch.
    pub fn fetched(&mut self, now_ms: f64) {
        self.fetched_at_ms = Some(now_ms);
    }

    /// Starts the cool-down after a refetch that did not bring the unknown `kid`.
    pub fn start_cool_down(&mut self, now_ms: f64) {
        self.cool_down_since_ms = Some(now_ms);
    }

    /// Is the key set still to be trusted?
    #[must_use]
    pub fn is_fresh(&self, now_ms: f64) -> bool {
        within(self.fetched_at_ms, MAX_AGE_MS, now_ms)
    }

    /// Whether the key set must not be refetched for an unknown `kid` now, so that forged tokens cannot cause a
    /// flood of requests.
    #[must_use]
    pub fn cooling_down(&self, now_ms: f64) -> bool {
        within(self.cool_down_since_ms, COOL_DOWN_MS, now_ms)
    }
}

/// Is the moment in the past, and no longer ago than this? A clock that was set back ends every wait.
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
    fn a_plain_key_is_usable_and_so_is_one_marked_for_this() {
        assert!(usable(&json!({})));
        assert!(usable(
            &json!({"alg": "RS256", "use": "sig", "key_ops": ["verify"], "kid": "1", "x5c": ["x"]})
        ));
        assert!(usable(&json!({"e": "Aw"})));
    }

    #[test]
    fn a_key_marked_for_something_else_is_skipped() {
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
    fn an_unreadable_or_weak_key_is_skipped() {
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
    fn odd_entries_do_not_hide_the_right_one() {
        let set = json!({"keys": [1, null, [], {}, "x", {"kty": "RSA", "n": modulus(), "e": "AQAB", "kid": "k"}]});
        let keys = parse(serde_json::from_value(set).unwrap()).unwrap();
        assert_eq!(select(&keys, Some("k")).count(), 1);
        assert_eq!(select(&keys, Some("K")).count(), 0);
        assert_eq!(select(&keys, None).count(), 1);
    }

    #[test]
    fn a_key_set_is_fresh_for_ten_minutes() {
        let mut freshness = Freshness::default();
        assert!(!freshness.is_fresh(0.0));
        freshness.fetched(1_000.0);
        assert!(freshness.is_fresh(1_000.0) && freshness.is_fresh(600_999.0));
        assert!(!freshness.is_fresh(601_000.0) && !freshness.is_fresh(999.0));
    }

    #[test]
    fn only_a_refetch_without_the_key_delays_the_next_one() {
        let mut freshness = Freshness::default();
        freshness.fetched(0.0);
        assert!(!freshness.cooling_down(1.0));
        freshness.start_cool_down(1.0);
        assert!(freshness.cooling_down(30_000.0));
        assert!(!freshness.cooling_down(30_001.0) && !freshness.cooling_down(0.0));
    }

    #[test]
    fn what_is_no_key_set_is_refused() {
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
