//! Whether a request may be sent again, and when (RFC 9110 9.2.2, 10.2.3; RFC 6585 4).

use crate::operation::Method;
use crate::support::text::digits;

/// Longest wait that is waited out inside a call, in milliseconds. Who has to wait longer is told.
const MAX_WAIT_MS: f64 = 60_000.0;

/// Longest wait that a server is believed to ask for, in milliseconds: a week.
const MAX_CREDIBLE_WAIT_MS: f64 = 604_800_000.0;

/// First wait where the server names none, in milliseconds. Doubles with each attempt.
const BACKOFF_MS: f64 = 500.0;

/// How an attempt failed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Failure {
    /// With this HTTP status.
    Status(u16),
    /// On the way: no connection, no complete answer.
    Network,
}

/// What the server says about waiting, as far as CORS lets it be read.
#[derive(Clone, Copy, Debug, Default)]
pub struct WaitHeaders<'a> {
    /// `Retry-After`: whole seconds, or a date.
    pub retry_after: Option<&'a str>,
    /// The same as milliseconds since the epoch, where the platform could read it as a date.
    pub retry_after_date_ms: Option<f64>,
    /// `X-RateLimit-Reset`: whole seconds since the epoch.
    pub rate_limit_reset: Option<&'a str>,
}

impl WaitHeaders<'_> {
    /// How long the server asks to wait, in milliseconds. `None` where it says nothing, or nonsense.
    #[must_use]
    pub fn wait_ms(&self, now_ms: f64) -> Option<f64> {
        let after = self.retry_after.unwrap_or_default();
        let delay = digits(after).map(|delay| delay * 1000.0);
        let date = self.retry_after_date_ms.filter(|_| is_http_date(after)).map(|at| at - now_ms);
        let reset = self.rate_limit_reset.and_then(digits);
        // A reset before 2001 is no time of today.
        let reset = reset.filter(|at| *at > 1e9).map(|at| at * 1000.0 - now_ms);
        [delay, date, reset]
            .into_iter()
            .flatten()
            .filter(|wait| wait.is_finite())
            .map(|wait| wait.max(0.0))
            .find(|wait| *wait <= MAX_CREDIBLE_WAIT_MS)
    }
}

/// The form in which HTTP writes dates (RFC 9110 5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`. Browsers'
/// date parsers take much else for one.
fn is_http_date(text: &str) -> bool {
    text.len() == 29 && text.ends_with(" GMT") && text.as_bytes().get(3) == Some(&b',')
}

/// How long to wait before the next attempt, in milliseconds. `None` where there is none.
///
/// Only a GET is repeated: a write may have arrived although nobody heard of it. `attempt` counts
/// the attempts made so far; `random` in 0..1 spreads those of many pages.
#[must_use]
pub fn next_wait_ms(
    method: Method,
    failure: Failure,
    attempt: u32,
    retries: u32,
    server_wait_ms: Option<f64>,
    random: f64,
) -> Option<f64> {
    let passing = matches!(failure, Failure::Network | Failure::Status(429 | 502 | 503 | 504));
    if method != Method::Get || !passing || attempt > retries {
        return None;
    }
    let doubled = BACKOFF_MS * f64::from(1u32 << (attempt - 1).min(16));
    let backoff = doubled * (0.5 + random / 2.0);
    // A time that is past by this device's clock says nothing. Jitter on top of the server's wait, since it
    // told everybody the same moment.
    let told = server_wait_ms.filter(|wait| *wait > 0.0);
    let wait = told.map_or(backoff, |wait| wait + random * 100.0);
    (wait <= MAX_WAIT_MS).then_some(wait)
}
