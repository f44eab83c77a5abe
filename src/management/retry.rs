//! Whether a request may be sent again, and when (RFC 9110 9.2.2, 10.2.3; RFC 6585 4).

use crate::operation::Method;

/// Longest wait that is waited out inside a call, in milliseconds. Who has to wait longer is told.
const MAX_WAIT_MS: f64 = 60_000.0;

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
#[derive(Clone, Debug, Default)]
pub struct WaitHeaders {
    /// `Retry-After`: seconds, or a date.
    pub retry_after: Option<String>,
    /// The same as milliseconds since the epoch, where the platform could read it as a date.
    pub retry_after_date_ms: Option<f64>,
    /// `X-RateLimit-Reset`: seconds since the epoch.
    pub rate_limit_reset: Option<String>,
}

impl WaitHeaders {
    /// How long the server asks to wait, in milliseconds. `None` where it says nothing, or nonsense.
    #[must_use]
    pub fn wait_ms(&self, now_ms: f64) -> Option<f64> {
        let from_now = |at_ms: f64| (at_ms - now_ms).max(0.0);
        let after = self.retry_after.as_deref();
        let delay = after.and_then(seconds).map(|delay| delay * 1000.0);
        delay.or_else(|| self.retry_after_date_ms.map(from_now)).or_else(|| {
            let reset = self.rate_limit_reset.as_deref().and_then(seconds)?;
            // A reset before 2001 is no time but nonsense, and so is one a year away.
            let wait = from_now(reset * 1000.0);
            (reset > 1e9 && wait < 365.0 * 86_400_000.0).then_some(wait)
        })
    }
}

/// A whole number of seconds, as both headers are specified.
fn seconds(text: &str) -> Option<f64> {
    let text = text.trim();
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse::<u32>().ok()).flatten().map(f64::from)
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
    // Jitter on top of the server's wait, since it told everybody the same moment.
    let wait = server_wait_ms.map_or(backoff, |wait| wait + random * 100.0);
    (wait <= MAX_WAIT_MS).then_some(wait)
}
