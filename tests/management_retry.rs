//! Whether a request is sent again, and when (RFC 9110 9.2.2, 10.2.3; RFC 6585 4).
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed test panics")]
#![allow(clippy::indexing_slicing, reason = "a failed test panics")]

mod common;

use auth0_current_user::internals::management::retry::{Failure, WaitHeaders, next_wait_ms};
use auth0_current_user::internals::operation::Method;
use common::{NOW, NOW_MS};
use proptest::prelude::*;

fn headers(retry_after: Option<&str>, date_ms: Option<f64>, reset: Option<&str>) -> Option<f64> {
    let headers =
        WaitHeaders { retry_after, retry_after_date_ms: date_ms, rate_limit_reset: reset };
    headers.wait_ms(NOW_MS)
}

#[test]
fn never_repeats_a_write() {
    for method in [Method::Post, Method::Patch, Method::Delete] {
        for failure in [Failure::Network, Failure::Status(429), Failure::Status(503)] {
            assert_eq!(next_wait_ms(method, failure, 1, 5, Some(0.0), 0.0), None);
        }
    }
}

#[test]
fn repeats_only_after_transient_failures() {
    for status in 100..600 {
        let again = next_wait_ms(Method::Get, Failure::Status(status), 1, 1, None, 0.0).is_some();
        assert_eq!(again, matches!(status, 429 | 502 | 503 | 504), "{status}");
    }
    assert!(next_wait_ms(Method::Get, Failure::Network, 1, 1, None, 0.0).is_some());
}

#[test]
fn sends_at_most_one_request_more_than_retries() {
    for retries in 0..=5 {
        let mut attempt = 1;
        while next_wait_ms(Method::Get, Failure::Network, attempt, retries, None, 0.5).is_some() {
            attempt += 1;
        }
        assert_eq!(attempt, retries + 1, "one request and {retries} more");
    }
}

#[test]
fn doubles_each_wait_and_adds_jitter() {
    let wait = |attempt, random| {
        next_wait_ms(Method::Get, Failure::Network, attempt, 5, None, random).unwrap()
    };
    for attempt in 1..=5 {
        let longest = 500.0 * 2_f64.powi(attempt - 1);
        let attempt = u32::try_from(attempt).unwrap();
        assert_eq!(wait(attempt, 0.0), longest / 2.0);
        assert!(wait(attempt, 0.999) < longest && wait(attempt, 0.999) > longest * 0.9);
    }
}

#[test]
fn waits_as_long_as_the_server_asks_up_to_a_minute() {
    let wait = |server| next_wait_ms(Method::Get, Failure::Status(429), 1, 1, Some(server), 0.0);
    // A clock that is a few seconds fast makes the reset look past.
    assert_eq!(wait(0.0), Some(250.0));
    assert_eq!(wait(1.0), Some(1.0));
    assert_eq!(wait(3_000.0), Some(3_000.0));
    assert_eq!(wait(60_000.0), Some(60_000.0));
    assert_eq!(wait(60_001.0), None);
}

#[test]
fn reads_both_wait_headers() {
    let in_a_minute = (NOW + 60.0).to_string();
    let gone = (NOW - 60.0).to_string();
    assert_eq!(headers(Some("7"), None, None), Some(7_000.0));
    assert_eq!(headers(Some("7"), None, None), Some(7_000.0));
    assert_eq!(headers(Some("0"), None, None), Some(0.0));
    assert_eq!(headers(None, None, Some(&in_a_minute)), Some(60_000.0));
    assert_eq!(headers(None, None, Some(&gone)), Some(0.0));
    assert_eq!(headers(Some("7"), None, Some(&in_a_minute)), Some(7_000.0));
    assert_eq!(headers(Some("soon"), None, Some(&in_a_minute)), Some(60_000.0));
    let date = "Tue, 14 Nov 2023 22:13:50 GMT";
    assert_eq!(headers(Some(date), Some(NOW_MS + 30_000.0), None), Some(30_000.0));
    assert_eq!(headers(Some(date), Some(NOW_MS - 30_000.0), None), Some(0.0));
}

#[test]
fn ignores_invalid_wait_headers() {
    for text in
        ["", " ", "soon", "-1", "1.5", "1e3", "0x10", "+1", "１", "NaN", "Infinity", "99999999999"]
    {
        // A lenient date parser may read a date from such a text.
        for date_ms in [None, Some(NOW_MS + 1_000.0), Some(988_664_400_000.0)] {
            assert_eq!(headers(Some(text), date_ms, None), None, "{text:?}");
        }
        assert_eq!(headers(None, None, Some(text)), None, "{text:?}");
    }
    for reset in ["0", "60", "1000000000", "4294967295"] {
        assert_eq!(headers(None, None, Some(reset)), None, "{reset}");
    }
    assert_eq!(headers(None, None, None), None);
}

proptest! {
    /// For any headers, there is no wait or one that a timer can count.
    #[test]
    fn computes_only_waits_that_a_timer_can_count(
        after in proptest::option::of("[0-9]{0,12}|\\PC{0,12}|[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} GMT"),
        date in proptest::option::of(any::<f64>()),
        reset in proptest::option::of("[0-9]{0,12}|\\PC{0,12}"),
        attempt in 1_u32..=6,
        random in 0.0..1.0_f64,
    ) {
        let server = headers(after.as_deref(), date, reset.as_deref());
        if let Some(wait) = server {
            prop_assert!((0.0..=7.0 * 86_400_000.0).contains(&wait), "{}", wait);
        }
        if let Some(wait) = next_wait_ms(Method::Get, Failure::Status(429), attempt, 5, server, random) {
            prop_assert!((0.0..=60_100.0).contains(&wait), "{}", wait);
        }
    }
}
