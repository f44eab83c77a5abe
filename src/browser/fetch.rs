//! Requests over the network: as many attempts as may be made.

use js_sys::{Date, Math};
use wasm_bindgen::prelude::*;

use super::effects::{Incoming, Stop, now_ms, request, wait};
use super::task::settled;
use crate::error::{Error, ErrorCode};
use crate::management::retry::{Failure, WaitHeaders, next_wait_ms};
use crate::operation::Method;
use crate::options::Config;

/// What to send.
pub(crate) struct Outgoing {
    pub(crate) method: Method,
    pub(crate) url: String,
    /// Content type and text.
    pub(crate) body: Option<(&'static str, String)>,
}

/// Sends, and again as often and as late as `retry` decides, each time with the `Authorization` that
/// `authorize` brings then. Also brings how long the server asks to wait.
///
/// # Errors
/// `network_error`, `timeout`, and those of `authorize`.
pub(crate) async fn send(
    config: &Config,
    outgoing: &Outgoing,
    authorize: &dyn Fn() -> Result<Option<String>, Error>,
) -> Result<(Incoming, Option<f64>), Error> {
    let (content_type, body) = match &outgoing.body {
        Some((content_type, text)) => (Some(*content_type), Some(text.as_str())),
        None => (None, None),
    };
    let mut attempt = 1;
    loop {
        let stop = Stop::new();
        let incoming = request(
            &stop,
            config.timeout_ms,
            outgoing.method.as_str(),
            &outgoing.url,
            authorize()?.as_deref(),
            content_type,
            body,
        );
        let incoming: Incoming = settled(incoming).await.unwrap_or_default().unchecked_into();
        let (failure, wait_ms) = match incoming.status() {
            0 => (Failure::Network, None),
            1 => {
                return Err(Error::new(
                    ErrorCode::Timeout,
                    "the tenant did not answer in the time allowed (`timeoutMs`): try again",
                ));
            }
            status => (Failure::Status(status), wait_ms(&incoming, status)),
        };
        let again_ms = next_wait_ms(
            outgoing.method,
            failure,
            attempt,
            config.retries,
            wait_ms,
            Math::random(),
        );
        match (again_ms, failure) {
            (Some(again_ms), _) => {
                let stop = Stop::new();
                let _ = settled(wait(&stop, again_ms)).await;
            }
            (None, Failure::Network) => return Err(network_error()),
            (None, Failure::Status(_)) => return Ok((incoming, wait_ms)),
        }
        attempt += 1;
    }
}

/// How long the server asks to wait.
fn wait_ms(incoming: &Incoming, status: u16) -> Option<f64> {
    if status < 400 {
        return None;
    }
    let retry_after = incoming.retry_after();
    let headers = WaitHeaders {
        retry_after_date_ms: retry_after.as_deref().map(Date::parse),
        retry_after,
        rate_limit_reset: incoming.reset(),
    };
    headers.wait_ms(now_ms())
}

fn network_error() -> Error {
    Error::new(
        ErrorCode::NetworkError,
        "the tenant could not be reached: check the connection, `domain`, the application's Allowed \
         Origins (CORS) in the Auth0 dashboard, and `connect-src` of the page's Content Security Policy",
    )
}
