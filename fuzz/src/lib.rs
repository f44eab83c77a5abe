//! What the fuzz targets share.

use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use auth0_current_user::internals::error::Error;
use auth0_current_user::internals::jose::jwk_set::RsaKey;
use auth0_current_user::internals::oidc::id_token::{Platform, Refresh};
use auth0_current_user::internals::oidc::transaction::{Nonce, State, Transaction};
use auth0_current_user::internals::options::{AuthorizeOptions, Config};
use auth0_current_user::internals::value::Value;
use serde_json::{Value as Json, json};

pub const NOW: f64 = 1_700_000_000.0;
pub const NOW_MS: f64 = NOW * 1e3;
pub const CLIENT_ID: &str = "spa";

/// Runs a future that never has to wait.
pub fn block_on<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!(),
    }
}

/// A client with these changes to its options.
pub fn config(changes: &Json) -> Result<Config, Error> {
    let mut options = json!({
        "domain": "a.b", "clientId": CLIENT_ID, "redirectUri": "https://c.d/",
        "scopes": ["read:current_user"],
    });
    for (name, value) in changes.as_object().into_iter().flatten() {
        options[name] = value.clone();
    }
    let options: Value = serde_json::from_value(options).unwrap();
    Config::parse(&options.into_object().unwrap())
}

/// A sign-in that began half a minute ago, with the state `s` and the nonce `n`.
pub fn transaction(config: &Config) -> Transaction {
    let options = AuthorizeOptions::default();
    let mut transaction = Transaction::begin(config, &options, &[0; 96], NOW_MS - 30_000.0);
    transaction.state = State::new("s");
    transaction.nonce = Nonce::new("n");
    transaction
}

/// Has one key, and takes every signature for right: what is fuzzed is everything else.
pub struct Credulous;

impl Platform for Credulous {
    async fn signing_keys(&self, _: Refresh) -> Result<Rc<[RsaKey]>, Error> {
        let key = RsaKey { key_id: None, modulus: String::new(), exponent: String::new() };
        Ok(Rc::new([key]))
    }

    fn cooling_down(&self) -> bool {
        true
    }

    fn start_cool_down(&self) {}

    async fn verify_rs256(&self, _: &RsaKey, _: &[u8], _: &[u8]) -> Result<Option<bool>, Error> {
        Ok(Some(true))
    }

    async fn sha256(&self, _: &[u8]) -> Result<Vec<u8>, Error> {
        Ok(vec![0; 32])
    }
}
