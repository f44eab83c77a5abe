//! The ports: everything the client needs from the place it runs in.
//!
//! Each port is one small trait. `browser` implements them with what a page has; the tests implement them
//! with fakes that answer in any order. The traits carry out and report. Every decision is in the client.

#![allow(async_fn_in_trait, reason = "browsers and tests have one thread")]

use std::pin::Pin;

use crate::error::{Cause, Error, ErrorCode};
use crate::jose::jwk_set::RsaKey;
use crate::operation::Method;
use crate::options::TransactionStore;
use crate::support::value::Value;

#[cfg(all(test, not(target_arch = "wasm32")))]
pub(crate) mod fake;

/// A future of one thread, in a box.
pub type LocalBoxFuture<T> = Pin<Box<dyn Future<Output = T>>>;

/// All ports of one platform. A clone is the same platform.
pub trait Platform:
    Clock
    + Random
    + Crypto
    + Http
    + StateStore
    + Navigation
    + WebMessages
    + OtherTabs
    + Tasks
    + Clone
    + 'static
{
}

impl<P> Platform for P where
    P: Clock
        + Random
        + Crypto
        + Http
        + StateStore
        + Navigation
        + WebMessages
        + OtherTabs
        + Tasks
        + Clone
        + 'static
{
}

/// The device's clock.
pub trait Clock {
    /// The time by the device's clock, in milliseconds since the epoch.
    fn now_ms(&self) -> f64;

    /// Completes after this many milliseconds.
    async fn sleep(&self, milliseconds: f64);
}

/// Random bytes.
pub trait Random {
    /// Fills `bytes` from the platform's CSPRNG.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoWebCrypto>;

    /// Whether there are random bytes and cryptography at all.
    fn has_web_crypto(&self) -> bool;

    /// A number in 0..1 that nothing secret depends on.
    fn jitter(&self) -> f64;
}

/// Cryptography.
pub trait Crypto {
    /// SHA-256.
    ///
    /// # Errors
    /// [`NoWebCrypto`]
    async fn sha256(&self, bytes: &[u8]) -> Result<Vec<u8>, NoWebCrypto>;

    /// Verifies an RS256 signature over `input` (RFC 8017 8.2.2).
    ///
    /// # Errors
    /// [`NoWebCrypto`]
    async fn verify_rs256(
        &self,
        key: &RsaKey,
        signature: &[u8],
        input: &[u8],
    ) -> Result<SignatureVerdict, NoWebCrypto>;
}

/// The platform's verdict on a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureVerdict {
    /// The key made this signature.
    Valid,
    /// The key did not make this signature.
    Invalid,
    /// The platform cannot read the key.
    UnusableKey,
}

/// The page is no secure context, so the browser withholds WebCrypto.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoWebCrypto;

impl From<NoWebCrypto> for Error {
    fn from(_: NoWebCrypto) -> Self {
        Self::new(
            ErrorCode::InvalidConfiguration,
            "this page has no WebCrypto: serve it over https, or from localhost",
        )
    }
}

/// The network.
pub trait Http {
    /// A response body, which stays where the platform has it until somebody reads it.
    type Body: ResponseBody + 'static;

    /// Whether the browser knows that there is no network.
    fn is_offline(&self) -> bool;

    /// Sends one request, once. Sends no cookies and no referrer, follows no redirect, and uses no cache.
    async fn send(&self, request: &HttpRequest<'_>) -> HttpOutcome<Self::Body>;
}

/// A request as data.
pub struct HttpRequest<'a> {
    /// The HTTP method.
    pub method: Method,
    /// The absolute URL.
    pub url: &'a str,
    /// The value of the `Authorization` header.
    pub authorization: Option<String>,
    /// The body; `None` for a request without one.
    pub body: Option<&'a RequestBody>,
    /// Time allowed until the whole response is there, in milliseconds.
    pub timeout_ms: u32,
}

/// A request's body.
pub struct RequestBody {
    /// The value of the `Content-Type` header.
    pub content_type: &'static str,
    /// The body itself.
    pub text: String,
}

/// How a request ended.
pub enum HttpOutcome<B> {
    /// The server answered in full.
    Response(HttpResponse<B>),
    /// The time allowed was over first.
    TimedOut,
    /// There was no connection, or no complete answer. With what the platform threw.
    Failed(Option<Cause>),
}

/// A complete response.
pub struct HttpResponse<B> {
    /// The HTTP status.
    pub status: u16,
    /// The `Retry-After` header.
    pub retry_after: Option<String>,
    /// The same header, where the platform reads it as a date: milliseconds since the epoch, or NaN.
    pub retry_after_date_ms: Option<f64>,
    /// The `X-RateLimit-Reset` header.
    pub rate_limit_reset: Option<String>,
    /// The body.
    pub body: B,
}

/// The body of a response.
pub trait ResponseBody {
    /// The body as JSON, read by our own reader; [`Value::Absent`] where it is not JSON.
    fn to_json(&self) -> Value;

    /// What the platform reads the body as, one level deep: objects and arrays inside count as
    /// [`Value::Other`].
    fn outline(&self) -> Value;
}

/// Storage for pending sign-ins, by number. It may be blocked, full or missing.
pub trait StateStore {
    /// The record of this number; `None` also where the store cannot be read.
    fn read_record(&self, store: TransactionStore, number: u32) -> Option<String>;

    /// Writes the record of this number.
    fn write_record(
        &self,
        store: TransactionStore,
        number: u32,
        record: &str,
    ) -> Result<(), StoreUnusable>;

    /// Removes the record of this number.
    fn remove_record(&self, store: TransactionStore, number: u32) -> Result<(), StoreUnusable>;

    /// All records with their numbers.
    fn records(&self, store: TransactionStore) -> Result<Vec<(u32, String)>, StoreUnusable>;
}

/// The page's storage is blocked, full or missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoreUnusable;

impl From<StoreUnusable> for Error {
    fn from(_: StoreUnusable) -> Self {
        Self::new(
            ErrorCode::InvalidConfiguration,
            "the pending sign-in cannot be kept in storage, which is blocked or full: free some, let \
             the site store data, or sign in with loginWithPopup, which needs none",
        )
    }
}

/// The page's address and where it goes.
pub trait Navigation {
    /// The page's address.
    fn address(&self) -> String;

    /// The origin of a URL, as the browser reads it.
    fn origin_of(&self, url: &str) -> String;

    /// Every string in this history entry's state, where routers keep copies of the address.
    fn history_texts(&self) -> Vec<String>;

    /// Puts another address into the bar and into this history entry without loading anything, and replaces these strings
    /// in the entry's state. Browsers may ignore the call where a page makes it too often.
    fn replace_address(&self, url: &str, texts: &[(String, String)]);

    /// Tells the page's routers to read the address again.
    fn announce_address(&self);

    /// Completes when the address or the history entry may have changed, or after this many milliseconds.
    async fn address_changed(&self, milliseconds: f64);

    /// Leaves for another address.
    fn assign(&self, url: &str) -> Result<(), NavigationFailed>;
}

/// The browser did not leave the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NavigationFailed;

impl From<NavigationFailed> for Error {
    fn from(_: NavigationFailed) -> Self {
        Self::new(
            ErrorCode::InvalidConfiguration,
            "the browser did not leave for the tenant: see that the page is not in a sandbox that forbids it, and \
             that `domain` is a host that the browser accepts",
        )
    }
}

/// The other tabs and windows of this origin.
pub trait OtherTabs {
    /// Tells them that the session of this key has been logged out.
    fn announce_logout(&self, session_key: &str);

    /// The key of the next session that another tab has logged out.
    async fn next_logout(&self) -> String;
}

/// Windows and frames that answer by `postMessage`.
pub trait WebMessages {
    /// An open window or frame. Dropping it closes it.
    type Target: MessageTarget + 'static;

    /// Opens an empty window or frame; `None` where the browser does not.
    fn open_target(&self, kind: WebMessageTarget) -> Option<Self::Target>;
}

/// What kind of window answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WebMessageTarget {
    /// A window that the person sees.
    Popup,
    /// A frame that nobody sees.
    Iframe,
}

/// An open window or frame.
pub trait MessageTarget {
    /// Loads `url` there and starts to listen, for this many milliseconds.
    fn navigate(&self, url: &str, timeout_ms: u32);

    /// The next event since [`navigate`](Self::navigate), in order.
    async fn next_event(&self) -> WebMessageEvent;
}

/// What happens while a window or frame is open.
pub enum WebMessageEvent {
    /// Some window sent this page a message.
    Message {
        /// The sender's origin.
        origin: String,
        /// Whether the sender is the window or frame that was opened.
        from_target: bool,
        /// The message, two levels deep.
        data: Value,
    },
    /// The person closed the window.
    Closed,
    /// The time allowed is over.
    TimedOut,
}

/// Work that goes on whether or not a caller waits for it.
pub trait Tasks {
    /// A started task. A clone is the same task.
    type Task: Clone + 'static;

    /// Starts `future` at once and runs it to its end.
    fn spawn(&self, future: LocalBoxFuture<()>) -> Self::Task;

    /// Completes when the task has ended, however it ended.
    async fn ended(&self, task: &Self::Task);

    /// Drops the task's future with everything that it has under way.
    fn cancel(&self, task: &Self::Task);
}
