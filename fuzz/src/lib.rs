//! Shared by the fuzz targets.

use std::cell::{Cell, RefCell};
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use auth0_current_user::internals::error::Error;
use auth0_current_user::internals::jose::jwk_set::RsaKey;
use auth0_current_user::internals::oidc::id_token::{KeySource, Refresh, Verifier};
use auth0_current_user::internals::oidc::transaction::{Nonce, State, Transaction};
use auth0_current_user::internals::oidc::transaction_record::fingerprint;
use auth0_current_user::internals::options::{AuthorizeOptions, Config, TransactionStore};
use auth0_current_user::internals::platform::{
    Clock, Crypto, NoWebCrypto, SignatureVerdict, StateStore, StoreUnusable,
};
use auth0_current_user::internals::value::Value;
use serde_json::{Value as Json, json};

pub const NOW: f64 = 1_700_000_000.0;
pub const NOW_MS: f64 = NOW * 1e3;
pub const CLIENT_ID: &str = "spa";

/// Runs a future that never waits.
pub fn block_on<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!(),
    }
}

/// The configuration of valid options with these changes.
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

/// A platform whose clock stands still and whose one key accepts every signature. The fuzz targets examine everything
/// else. Its storage holds one record.
#[derive(Default)]
pub struct CredulousPlatform {
    record: RefCell<Option<(u32, String)>>,
    writes: Cell<u32>,
}

impl CredulousPlatform {
    /// A platform on which this sign-in waits.
    pub fn waiting_for(transaction: &Transaction) -> Self {
        let record = (fingerprint(transaction.state.as_str()), transaction.to_record());
        Self { record: RefCell::new(Some(record)), writes: Cell::default() }
    }

    /// What verifies an ID token on this platform.
    pub fn verifier<'a>(&'a self, config: &'a Config) -> Verifier<'a, Self, Self> {
        Verifier { keys: self, platform: self, config }
    }

    /// How often a record was written.
    pub fn writes(&self) -> u32 {
        self.writes.get()
    }
}

impl KeySource for CredulousPlatform {
    async fn signing_keys(&self, _: Refresh) -> Result<Rc<[RsaKey]>, Error> {
        let key = RsaKey { key_id: None, modulus: String::new(), exponent: String::new() };
        Ok(Rc::new([key]))
    }

    fn cooling_down(&self) -> bool {
        true
    }

    fn start_cool_down(&self) {}
}

impl Clock for CredulousPlatform {
    fn now_ms(&self) -> f64 {
        NOW_MS
    }

    async fn sleep(&self, _: f64) {}
}

impl Crypto for CredulousPlatform {
    async fn sha256(&self, _: &[u8]) -> Result<Vec<u8>, NoWebCrypto> {
        Ok(vec![0; 32])
    }

    async fn verify_rs256(
        &self,
        _: &RsaKey,
        _: &[u8],
        _: &[u8],
    ) -> Result<SignatureVerdict, NoWebCrypto> {
        Ok(SignatureVerdict::Valid)
    }
}

impl StateStore for CredulousPlatform {
    fn read_record(&self, _: TransactionStore, number: u32) -> Option<String> {
        let record = self.record.borrow();
        record.as_ref().filter(|(known, _)| *known == number).map(|(_, record)| record.clone())
    }

    fn write_record(
        &self,
        _: TransactionStore,
        number: u32,
        record: &str,
    ) -> Result<(), StoreUnusable> {
        let previous = self.record.replace(Some((number, record.to_owned())));
        assert!(previous.is_some_and(|(known, _)| known == number), "another record was written");
        self.writes.set(self.writes.get() + 1);
        Ok(())
    }

    fn remove_record(&self, _: TransactionStore, _: u32) -> Result<(), StoreUnusable> {
        unreachable!("a response removes no record")
    }

    fn records(&self, _: TransactionStore) -> Result<Vec<(u32, String)>, StoreUnusable> {
        Ok(self.record.borrow().iter().cloned().collect())
    }
}
