//! Whether a request may be sent again, and when (RFC 9110 9.2.2, 10.2.3; RFC 6585 4).

use crate::operation::Method;
use crate::support::text::digits;

/// The longest wait inside a call, in milliseconds. A call that would wait longer returns the error.
const MAX_WAIT_MS: f64 = 60_000.0;

/// The longest credible wait of a server, in milliseconds: a week.
const MAX_CREDIBLE_WAIT_MS: f64 = 604_800_000.0;

/// The first wait without a header of the server, in milliseconds. It doubles with each attempt.
const BACKOFF_MS: f64 = 500.0;

/// How an attempt failed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Failure {
    /// The response has this HTTP status.
    Status(u16),
    /// There was no connection or no complete response.
    Network,
}

/// The wait headers of a response that CORS exposes.
#[derive(Clone, Copy, Debug, Default)]
pub struct WaitHeaders<'a> {
    /// `Retry-After`: whole seconds, or a date.
    pub retry_after: Option<&'a str>,
    /// `Retry-After` as the platform's date parser reads it, in milliseconds since the epoch.
    pub retry_after_date_ms: Option<f64>,
    /// `X-RateLimit-Reset`: whole seconds since the epoch.
    pub rate_limit_reset: Option<&'a str>,
}

impl WaitHeaders<'_> {
    /// How long the server asks to wait, in milliseconds. `None` if no header is valid.
    #[must_use]
    pub fn wait_ms(&self, now_ms: f64) -> Option<f64> {
        let after = self.retry_after.unwrap_or_default();
        let delay = digits(after).map(|delay| delay * 1000.0);
        let date = self.retry_after_date_ms.filter(|_| is_http_date(after)).map(|at| at - now_ms);
        let reset = self.rate_limit_reset.and_then(digits);
        // A reset before 2001 is not a current time.
        let reset = reset.filter(|at| *at > 1e9).map(|at| at * 1000.0 - now_ms);
        [delay, date, reset]
            .into_iter()
            .flatten()
            .filter(|wait| wait.is_finite())
            .map(|wait| wait.max(0.0))
            .find(|wait| *wait <= MAX_CREDIBLE_WAIT_MS)
    }
}

/// Whether the text has the form of an HTTP date (RFC 9110 5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`.
/// Browsers' date parsers accept many other texts.
fn is_http_date(text: &str) -> bool {
    text.len() == 29 && text.ends_with(" GMT") && text.as_bytes().get(3) == Some(&b',')
}

/// How long to wait before the next attempt, in milliseconds. `None` if there is no next attempt.
///
/// Only GET requests are repeated, because a write may have taken effect although its response was
/// lost. `attempt` counts the attempts so far. `random` in 0..1 spreads the requests of many pages.
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
    // Ignores a time that is past by this device's clock. The jitter on top of the server's wait
    // spreads the clients, because the server names the same time to all of them.
    let told = server_wait_ms.filter(|wait| *wait > 0.0);
    let wait = told.map_or(backoff, |wait| wait + random * 100.0);
    (wait <= MAX_WAIT_MS).then_some(wait)
}
