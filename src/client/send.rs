//! Sends a request as often as may be.

use crate::error::{Error, ErrorCode};
use crate::management::retry::{Failure, WaitHeaders, next_wait_ms};
use crate::oidc::clock::ClockOffset;
use crate::operation::Method;
use crate::options::Config;
use crate::platform::{HttpOutcome, HttpRequest, HttpResponse, Platform, RequestBody};

/// What to send.
pub(super) struct OutgoingRequest {
    pub(super) method: Method,
    pub(super) url: String,
    pub(super) body: Option<RequestBody>,
    /// The device's clock, by which the server's times are read.
    pub(super) clock: ClockOffset,
}

/// A complete answer.
pub(super) struct Answer<B> {
    pub(super) response: HttpResponse<B>,
    /// How long the server asks to wait, in milliseconds.
    pub(super) wait_ms: Option<f64>,
}

/// Sends a request, and again as often and as late as `retry` decides. `authorization` gives the header of each attempt.
///
/// # Errors
/// `network_error`, `timeout`, and those of `authorization`.
pub(super) async fn send<P: Platform>(
    platform: &P,
    config: &Config,
    outgoing: &OutgoingRequest,
    authorization: &dyn Fn() -> Result<Option<String>, Error>,
) -> Result<Answer<P::Body>, Error> {
    let mut attempt = 1;
    loop {
        let request = HttpRequest {
            method: outgoing.method,
            url: &outgoing.url,
            authorization: authorization()?,
            body: outgoing.body.as_ref(),
            timeout_ms: config.timeout_ms,
        };
        let (failure, answer, cause) = match platform.send(&request).await {
            HttpOutcome::TimedOut => return Err(timed_out()),
            HttpOutcome::Failed(cause) => (Failure::Network, None, cause),
            HttpOutcome::Response(response) => {
                let now_ms = outgoing.clock.tenant_seconds(platform.now_ms()) * 1000.0;
                let wait_ms = wait_ms(&response, now_ms);
                (Failure::Status(response.status), Some(Answer { response, wait_ms }), None)
            }
        };
        let asked_ms = answer.as_ref().and_then(|answer| answer.wait_ms);
        let jitter = platform.jitter();
        match next_wait_ms(outgoing.method, failure, attempt, config.retries, asked_ms, jitter) {
            Some(wait_ms) => platform.sleep(wait_ms).await,
            None => return answer.ok_or_else(|| network_error().with_cause(cause)),
        }
        attempt += 1;
    }
}

/// How long the server asks to wait.
fn wait_ms<B>(response: &HttpResponse<B>, now_ms: f64) -> Option<f64> {
    if response.status < 400 {
        return None;
    }
    let headers = WaitHeaders {
        retry_after: response.retry_after.as_deref(),
        retry_after_date_ms: response.retry_after_date_ms,
        rate_limit_reset: response.rate_limit_reset.as_deref(),
    };
    headers.wait_ms(now_ms)
}

fn timed_out() -> Error {
    Error::new(
        ErrorCode::Timeout,
        "the tenant did not answer in the time allowed (`timeoutMs`): try again",
    )
}

fn network_error() -> Error {
    Error::new(
        ErrorCode::NetworkError,
        "the tenant could not be reached: check the connection, `domain`, the application's Allowed \
         Origins (CORS) in the Auth0 dashboard, and `connect-src` of the page's Content Security Policy",
    )
}
