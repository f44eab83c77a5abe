//! Wait headers of a response: how they delay the next attempt and reach the caller.

use serde_json::json;

use super::super::send::{OutgoingRequest, send};
use super::*;
use crate::error::Error;
use crate::jose::jwk_set::RsaKey;
use crate::operation::Method;
use crate::options::TransactionStore;
use crate::platform::fake::{FakeBody, FakeTarget, FakeTaskHandle};
use crate::platform::{
    Clock, Crypto, Http, HttpOutcome, HttpRequest, LocalBoxFuture, Navigation, NoWebCrypto, Random,
    SignatureVerdict, StateStore, StoreUnusable, Tasks, WebMessages,
};

/// The fake page behind a server that sends wait headers with every response.
#[derive(Clone)]
struct Throttled {
    page: FakePlatform,
    retry_after: Option<&'static str>,
    retry_after_date_ms: Option<f64>,
    rate_limit_reset: Option<&'static str>,
}

impl Throttled {
    fn by(retry_after: Option<&'static str>, rate_limit_reset: Option<&'static str>) -> Self {
        let page = FakePlatform::at(APP);
        Self { page, retry_after, retry_after_date_ms: None, rate_limit_reset }
    }

    /// Sends one request with this many retries. Returns its status and wait once it has ended.
    fn get(&self, retries: u32) -> Outcome<(u16, Option<f64>)> {
        let config = Config::parse(&object(json!({
            "domain": "acme.auth0.com", "clientId": "app", "redirectUri": APP,
            "scopes": ["read:current_user"], "retries": retries,
        })));
        let (platform, config) = (self.clone(), config.unwrap());
        let outcome = self.page.start(async move {
            let url = ORIGIN.to_owned();
            let outgoing = OutgoingRequest { method: Method::Get, url, body: None };
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
    let mut dated = Throttled::by(Some("Tue, 14 Nov 2023 22:13:50 GMT"), None);
    dated.retry_after_date_ms = Some(START_MS + 30_000.0);
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

impl Http for Throttled {
    type Body = FakeBody;

    async fn send(&self, request: &HttpRequest<'_>) -> HttpOutcome<FakeBody> {
        let mut outcome = self.page.send(request).await;
        if let HttpOutcome::Response(response) = &mut outcome {
            response.retry_after = self.retry_after.map(str::to_owned);
            response.retry_after_date_ms = self.retry_after_date_ms;
            response.rate_limit_reset = self.rate_limit_reset.map(str::to_owned);
        }
        outcome
    }
}

impl Clock for Throttled {
    fn now_ms(&self) -> f64 {
        self.page.now_ms()
    }

    async fn sleep(&self, milliseconds: f64) {
        self.page.sleep(milliseconds).await;
    }
}

impl Random for Throttled {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoWebCrypto> {
        self.page.fill(bytes)
    }

    fn jitter(&self) -> f64 {
        self.page.jitter()
    }
}

impl Crypto for Throttled {
    async fn sha256(&self, bytes: &[u8]) -> Result<Vec<u8>, NoWebCrypto> {
        self.page.sha256(bytes).await
    }

    async fn verify_rs256(
        &self,
        key: &RsaKey,
        signature: &[u8],
        input: &[u8],
    ) -> Result<SignatureVerdict, NoWebCrypto> {
        self.page.verify_rs256(key, signature, input).await
    }
}

impl StateStore for Throttled {
    fn read_record(&self, store: TransactionStore, number: u32) -> Option<String> {
        self.page.read_record(store, number)
    }

    fn write_record(
        &self,
        store: TransactionStore,
        number: u32,
        record: &str,
    ) -> Result<(), StoreUnusable> {
        self.page.write_record(store, number, record)
    }

    fn remove_record(&self, store: TransactionStore, number: u32) -> Result<(), StoreUnusable> {
        self.page.remove_record(store, number)
    }

    fn records(&self, store: TransactionStore) -> Result<Vec<(u32, String)>, StoreUnusable> {
        StateStore::records(&self.page, store)
    }
}

impl Navigation for Throttled {
    fn address(&self) -> String {
        self.page.address()
    }

    fn replace_address(&self, url: &str) {
        self.page.replace_address(url);
    }

    fn assign(&self, url: &str) {
        self.page.assign(url);
    }
}

impl WebMessages for Throttled {
    type Target = FakeTarget;

    fn open_target(&self, kind: WebMessageTarget) -> Option<FakeTarget> {
        self.page.open_target(kind)
    }
}

impl Tasks for Throttled {
    type Task = FakeTaskHandle;

    fn spawn(&self, future: LocalBoxFuture<()>) -> FakeTaskHandle {
        self.page.spawn(future)
    }

    async fn ended(&self, task: &FakeTaskHandle) {
        self.page.ended(task).await;
    }

    fn cancel(&self, task: &FakeTaskHandle) {
        self.page.cancel(task);
    }
}
