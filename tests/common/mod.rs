//! What the tests share: a fixed tenant with fixed keys, tokens that are right until a test makes
//! them wrong, the platform in native code, and the vectors.
#![allow(dead_code, reason = "each test binary uses its own part")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]
#![allow(clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

pub(crate) mod platform;
pub(crate) mod tokens;
pub(crate) mod vectors;

use std::cell::RefCell;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use auth0_current_user::internals::error::Error;
use auth0_current_user::internals::jose::base64url;
use auth0_current_user::internals::oidc::response::{
    AuthorizationResponse, ResponseUrl, find_response,
};
use auth0_current_user::internals::oidc::sign_in::{self, Found, Transactions};
use auth0_current_user::internals::oidc::transaction::Transaction;
use auth0_current_user::internals::options::{AuthorizeOptions, Config};
use auth0_current_user::internals::session::Session;
use auth0_current_user::internals::value::{Object, Value};
use serde_json::{Value as Json, json};

use platform::NativePlatform;

/// 2023-11-14 22:13:20 UTC, in seconds.
pub(crate) const NOW: f64 = 1_700_000_000.0;
/// The same in milliseconds.
pub(crate) const NOW_MS: f64 = NOW * 1e3;
pub(crate) const ISSUER: &str = "https://acme.eu.auth0.com/";
pub(crate) const AUDIENCE: &str = "https://acme.eu.auth0.com/api/v2/";
pub(crate) const USERINFO: &str = "https://acme.eu.auth0.com/userinfo";
pub(crate) const CLIENT_ID: &str = "spa-client";
pub(crate) const SUBJECT: &str = "auth0|5f7c8ec7c33c6c004bbafe82";

/// Runs a future that never has to wait, as all of the native platform's are.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("nothing here waits"),
    }
}

/// A value of this crate from JSON.
pub(crate) fn value(json: &Json) -> Value {
    serde_json::from_str(&json.to_string()).unwrap()
}

/// An object of this crate from JSON.
pub(crate) fn object(json: &Json) -> Object {
    value(json).into_object().unwrap()
}

/// `changes` over `base`; `null` takes a member away (RFC 7396, one level deep).
pub(crate) fn merge(base: &Json, changes: &Json) -> Json {
    let mut merged = base.clone();
    for (name, value) in changes.as_object().into_iter().flatten() {
        if value.is_null() {
            merged.as_object_mut().unwrap().remove(name);
        } else {
            merged[name] = value.clone();
        }
    }
    merged
}

/// Options that are right, with changes.
pub(crate) fn options(changes: &Json) -> Json {
    let base = json!({
        "domain": "acme.eu.auth0.com",
        "clientId": CLIENT_ID,
        "redirectUri": "https://app.example/callback",
        "scopes": ["read:current_user", "update:current_user_metadata"],
    });
    merge(&base, changes)
}

/// What [`options`] make.
pub(crate) fn config(changes: &Json) -> Config {
    Config::parse(&object(&options(changes))).unwrap()
}

/// The random bytes of every transaction here.
pub(crate) fn random_bytes() -> [u8; 96] {
    std::array::from_fn(|index| u8::try_from(index).unwrap())
}

/// `state` of every transaction here.
pub(crate) fn state() -> String {
    base64url::encode(&random_bytes()[..32])
}

/// `nonce` of every transaction here.
pub(crate) fn nonce() -> String {
    base64url::encode(&random_bytes()[32..64])
}

/// A sign-in that began half a minute ago.
pub(crate) fn transaction(config: &Config, options: &Json) -> Transaction {
    let options = AuthorizeOptions::parse(&object(options)).unwrap();
    Transaction::begin(config, &options, &random_bytes(), NOW_MS - 30_000.0)
}

/// Pending sign-ins in memory, with those that were used.
#[derive(Default)]
pub(crate) struct MemoryStore {
    pub(crate) pending: RefCell<Vec<Transaction>>,
    pub(crate) used: RefCell<Vec<String>>,
}

impl MemoryStore {
    /// One pending sign-in.
    pub(crate) fn with(transaction: Transaction) -> Self {
        Self { pending: RefCell::new(vec![transaction]), used: RefCell::default() }
    }
}

impl Transactions for MemoryStore {
    fn find(&self, state: &str) -> Found {
        if self.used.borrow().iter().any(|used| used == state) {
            return Found::Used;
        }
        let pending = self.pending.borrow();
        let found = pending.iter().find(|transaction| transaction.state.matches(state));
        found.map_or(Found::Unknown, |found| Found::Pending(Box::new(found.clone())))
    }

    fn consume(&self, state: &str) -> Result<(), Error> {
        self.pending.borrow_mut().retain(|transaction| !transaction.state.matches(state));
        self.used.borrow_mut().push(state.to_owned());
        Ok(())
    }
}

/// Finds a response as the client does.
pub(crate) fn locate_in(
    url: &str,
    config: &Config,
    store: &impl Transactions,
) -> Option<ResponseUrl> {
    find_response(url, config.flow, |state| {
        !state.is_empty() && matches!(store.find(state), Found::Pending(_))
    })
}

/// What came of a URL.
pub(crate) enum Outcome {
    /// It holds no response.
    Nothing,
    /// A code for the token endpoint.
    Code(String),
    /// Signed in, and the state that the application gave along.
    SignedIn(Box<Session>, Option<String>),
}

/// Handles a URL from end to end, as the client does.
pub(crate) fn handle(
    platform: &NativePlatform,
    config: &Config,
    store: &impl Transactions,
    url: &str,
    now_ms: f64,
) -> Result<Outcome, Error> {
    let Some(located) = locate_in(url, config, store) else {
        return Ok(Outcome::Nothing);
    };
    let (transaction, answer) = sign_in::open(config, &located.parameters, store, now_ms)?;
    match answer {
        AuthorizationResponse::Code(code) => Ok(Outcome::Code(code)),
        AuthorizationResponse::Tokens(tokens) => {
            let session =
                block_on(sign_in::verify(platform, config, &transaction, tokens, &|| now_ms))?;
            Ok(Outcome::SignedIn(Box::new(session.into()), transaction.app_state))
        }
    }
}
