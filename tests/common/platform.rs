//! The platform of the native tests: ring for cryptography, maps for storage, a clock that the test sets.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use auth0_current_user::internals::error::{Error, ErrorCode};
use auth0_current_user::internals::jose::base64url;
use auth0_current_user::internals::jose::jwk_set::{self, RsaKey};
use auth0_current_user::internals::json;
use auth0_current_user::internals::oidc::id_token::{KeySource, Refresh, Verifier};
use auth0_current_user::internals::oidc::response::Tokens;
use auth0_current_user::internals::oidc::sign_in::TokenEndpoint;
use auth0_current_user::internals::oidc::transaction::Transaction;
use auth0_current_user::internals::oidc::transaction_record::{StateLookup, fingerprint, look_up};
use auth0_current_user::internals::options::{Config, TransactionStore};
use auth0_current_user::internals::platform::{
    Clock, Crypto, NoWebCrypto, SignatureVerdict, StateStore, StoreUnusable,
};
use ring::{digest, signature};
use serde_json::Value as Json;

use super::NOW_MS;

/// A page and its tenant. Counts the calls of the ports.
pub(crate) struct NativePlatform {
    now_ms: Cell<f64>,
    /// The key set that is remembered.
    keys: Option<Rc<[RsaKey]>>,
    /// The key set that a refetch returns. `None` during the cool-down.
    refetched_keys: Option<Rc<[RsaKey]>>,
    /// How often the keys were asked for.
    pub(crate) fetches: Cell<u32>,
    /// How often the keys were fetched again for an unknown `kid`.
    pub(crate) refetches: Cell<u32>,
    /// How often a cool-down began.
    pub(crate) cool_downs: Cell<u32>,
    /// How many signatures were verified.
    pub(crate) verifications: Cell<u32>,
    records: RefCell<BTreeMap<(&'static str, u32), String>>,
    /// Whether the store refuses to write.
    pub(crate) store_full: Cell<bool>,
    /// The tokens that the token endpoint returns for the next code.
    tokens: RefCell<Option<Tokens>>,
    /// The codes that the token endpoint did not redeem.
    refused_codes: RefCell<Vec<String>>,
}

impl NativePlatform {
    /// A platform whose tenant answers every fetch of its keys with this text.
    pub(crate) fn publishing(body: &str) -> Self {
        let keys = keys_of(body);
        Self {
            now_ms: Cell::new(NOW_MS),
            refetched_keys: keys.clone(),
            keys,
            fetches: Cell::default(),
            refetches: Cell::default(),
            cool_downs: Cell::default(),
            verifications: Cell::default(),
            records: RefCell::default(),
            store_full: Cell::default(),
            tokens: RefCell::default(),
            refused_codes: RefCell::default(),
        }
    }

    /// The same platform with another answer to a refetch, or in its cool-down for `None`.
    pub(crate) fn then_publishing(mut self, body: Option<&str>) -> Self {
        self.refetched_keys = body.and_then(keys_of);
        self
    }

    /// Sets the clock.
    pub(crate) fn set_now_ms(&self, now_ms: f64) {
        self.now_ms.set(now_ms);
    }

    /// What verifies an ID token on this platform.
    pub(crate) fn verifier<'a>(&'a self, config: &'a Config) -> Verifier<'a, Self, Self> {
        Verifier { keys: self, platform: self, config }
    }

    /// Stores a pending sign-in, with its time unchanged.
    pub(crate) fn insert_pending(&self, config: &Config, transaction: &Transaction) {
        self.insert_record(config, transaction.state.as_str(), &transaction.to_record());
    }

    /// Stores any text as the record of a `state`.
    pub(crate) fn insert_record(&self, config: &Config, state: &str, record: &str) {
        let place = (config.transaction_store.as_str(), fingerprint(state));
        self.records.borrow_mut().insert(place, record.to_owned());
    }

    /// All stored records.
    pub(crate) fn stored_records(&self) -> Vec<String> {
        self.records.borrow().values().cloned().collect()
    }

    /// Whether a sign-in waits for this `state`.
    pub(crate) fn is_pending(&self, config: &Config, state: &str) -> bool {
        matches!(look_up(self, config.transaction_store, state), StateLookup::Pending(_))
    }

    /// Whether a response has used this `state`.
    pub(crate) fn is_used(&self, config: &Config, state: &str) -> bool {
        matches!(look_up(self, config.transaction_store, state), StateLookup::Used)
    }

    /// Makes the token endpoint return these tokens for the next code.
    pub(crate) fn redeem_next_code_for(&self, tokens: Tokens) {
        self.tokens.replace(Some(tokens));
    }

    /// The code that the token endpoint refused last.
    pub(crate) fn take_refused_code(&self) -> Option<String> {
        self.refused_codes.borrow_mut().pop()
    }
}

fn keys_of(body: &str) -> Option<Rc<[RsaKey]>> {
    Some(jwk_set::parse(json::parse(body)?)?.into())
}

impl KeySource for NativePlatform {
    async fn signing_keys(&self, refresh: Refresh) -> Result<Rc<[RsaKey]>, Error> {
        let (count, keys) = match refresh {
            Refresh::IfStale => (&self.fetches, &self.keys),
            Refresh::Force => (&self.refetches, &self.refetched_keys),
        };
        count.set(count.get() + 1);
        keys.clone().ok_or_else(|| Error::new(ErrorCode::SigningKeyNotFound, "no key set"))
    }

    fn cooling_down(&self) -> bool {
        self.refetched_keys.is_none()
    }

    fn start_cool_down(&self) {
        self.cool_downs.set(self.cool_downs.get() + 1);
    }
}

impl Clock for NativePlatform {
    fn now_ms(&self) -> f64 {
        self.now_ms.get()
    }

    async fn sleep(&self, milliseconds: f64) {
        self.now_ms.set(self.now_ms.get() + milliseconds);
    }
}

impl Crypto for NativePlatform {
    async fn sha256(&self, bytes: &[u8]) -> Result<Vec<u8>, NoWebCrypto> {
        Ok(digest::digest(&digest::SHA256, bytes).as_ref().to_vec())
    }

    async fn verify_rs256(
        &self,
        key: &RsaKey,
        signature: &[u8],
        input: &[u8],
    ) -> Result<SignatureVerdict, NoWebCrypto> {
        self.verifications.set(self.verifications.get() + 1);
        let parts = base64url::decode(&key.modulus).zip(base64url::decode(&key.exponent));
        let Some((n, e)) = parts else { return Ok(SignatureVerdict::UnusableKey) };
        let key = signature::RsaPublicKeyComponents { n, e };
        let verified = key.verify(&signature::RSA_PKCS1_2048_8192_SHA256, input, signature);
        Ok(if verified.is_ok() { SignatureVerdict::Valid } else { SignatureVerdict::Invalid })
    }
}

impl StateStore for NativePlatform {
    fn read_record(&self, store: TransactionStore, number: u32) -> Option<String> {
        self.records.borrow().get(&(store.as_str(), number)).cloned()
    }

    fn write_record(
        &self,
        store: TransactionStore,
        number: u32,
        record: &str,
    ) -> Result<(), StoreUnusable> {
        if self.store_full.get() {
            return Err(StoreUnusable);
        }
        self.records.borrow_mut().insert((store.as_str(), number), record.to_owned());
        Ok(())
    }

    fn remove_record(&self, store: TransactionStore, number: u32) -> Result<(), StoreUnusable> {
        self.records.borrow_mut().remove(&(store.as_str(), number));
        Ok(())
    }

    fn records(&self, store: TransactionStore) -> Result<Vec<(u32, String)>, StoreUnusable> {
        let records = self.records.borrow();
        let of_store = records.iter().filter(|((place, _), _)| *place == store.as_str());
        Ok(of_store.map(|((_, number), record)| (*number, record.clone())).collect())
    }
}

impl TokenEndpoint for NativePlatform {
    async fn redeem(&self, _: &Transaction, code: &str) -> Result<Tokens, Error> {
        self.tokens.take().ok_or_else(|| {
            self.refused_codes.borrow_mut().push(code.to_owned());
            Error::new(ErrorCode::AuthorizationError, "no tokens for this code")
        })
    }
}

/// A key set as JSON text.
pub(crate) fn key_set(keys: &[Json]) -> String {
    serde_json::json!({ "keys": keys }).to_string()
}
