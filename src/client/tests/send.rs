//! Wait headers of a response: how they delay the next attempt and reach the caller.

use serde_json::json;

use super::super::send::{OutgoingRequest, send};
use super::*;
use crate::oidc::clock::ClockOffset;
use crate::operation::Method;
use crate::platform::fake::WaitHeaders;

/// The fake page behind a server that sends wait headers with every response.
struct Throttled {
    page: FakePlatform,
}

impl Throttled {
    fn by(retry_after: Option<&'static str>, rate_limit_reset: Option<&'static str>) -> Self {
        Self::with(WaitHeaders { retry_after, retry_after_date_ms: None, rate_limit_reset })
    }

    fn with(headers: WaitHeaders) -> Self {
        let page = FakePlatform::at(APP);
        page.set_wait_headers(headers);
        Self { page }
    }

    /// Sends one request with this many retries. Returns its status and wait once it has ended.
    fn get(&self, retries: u32) -> Outcome<(u16, Option<f64>)> {
        let config = Config::parse(&object(json!({
            "domain": "acme.auth0.com", "clientId": "app", "redirectUri": APP,
            "scopes": ["read:current_user"], "retries": retries,
        })));
        let (platform, config) = (self.page.clone(), config.unwrap());
        let outcome = self.page.start(async move {
            let (url, clock) = (ORIGIN.to_owned(), ClockOffset::default());
            let outgoing = OutgoingRequest { method: Method::Get, url, body: None, clock };
            let answer = send(&platform, &config, &outgoing, &|| Ok(None)).await?;
            Ok::<_, Error>((answer.response.status, answer.wait_ms))
        });
        self.page.run();
        outcome
    }
}

#[test]
fn returns_the_wait_that_a_failed_response_asks_for() {
    let reset = ((START_MS / 1000.0) as u64 + 9).to_string().leak();
    let dated = Throttled::with(WaitHeaders {
        retry_after: Some("Tue, 14 Nov 2023 22:13:50 GMT"),
        retry_after_date_ms: Some(START_MS + 30_000.0),
        rate_limit_reset: None,
    });
    for (throttled, wait_ms) in [
        (Throttled::by(Some("7"), None), Some(7_000.0)),
        (Throttled::by(None, Some(reset)), Some(9_000.0)),
        (dated, Some(30_000.0)),
        (Throttled::by(None, None), None),
    ] {
        for status in [400, 401, 429, 503] {
            let outcome = throttled.get(0);
            throttled.page.respond("GET", status, "{}");
            assert_eq!(outcome.take(), Some(Ok((status, wait_ms))));
        }
        // A successful response asks for no wait.
        let outcome = throttled.get(0);
        throttled.page.respond("GET", 200, "{}");
        assert_eq!(outcome.take(), Some(Ok((200, None))));
    }
}

#[test]
fn repeats_a_get_after_the_wait_that_the_server_asks_for() {
    let throttled = Throttled::by(Some("7"), None);
    let outcome = throttled.get(1);
    throttled.page.respond("GET", 429, "{}");
    assert_eq!(throttled.page.waiting(), ["sleep 7000"]);
    throttled.page.wake(7_000.0);
    throttled.page.respond("GET", 200, "{}");
    assert_eq!(outcome.take(), Some(Ok((200, None))));
}
