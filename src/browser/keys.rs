//! The tenants' keys: fetched once, shared by every client of the page, kept in memory.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::Promise;
use wasm_bindgen::JsValue;

use super::crypto;
use super::effects::now_ms;
use super::fetch::{Outgoing, send};
use super::task::{promise, settled};
use crate::error::{Error, ErrorCode};
use crate::jose::jwk_set::{self, Freshness, RsaKey};
use crate::oidc::id_token::{Platform, Refresh};
use crate::operation::Method;
use crate::options::Config;
use crate::support::json;
use crate::support::text::concat;

/// One tenant's keys.
#[derive(Default)]
struct Cache {
    freshness: Freshness,
    keys: Option<Result<Rc<[RsaKey]>, Error>>,
    /// The fetch that is under way.
    pending: Option<Promise>,
}

impl Cache {
    /// Are there keys that are still to be trusted?
    fn are_fresh(&self) -> bool {
        matches!(self.keys, Some(Ok(_))) && self.freshness.is_fresh(now_ms())
    }
}

thread_local! {
    static CACHES: RefCell<Vec<(String, Rc<RefCell<Cache>>)>> = const { RefCell::new(Vec::new()) };
}

/// What the checks of a sign-in need, for one client's tenant.
pub(crate) struct BrowserPlatform {
    cache: Rc<RefCell<Cache>>,
    config: Rc<Config>,
}

impl BrowserPlatform {
    pub(crate) fn new(config: Rc<Config>) -> Self {
        let cache = CACHES.with_borrow_mut(|caches| {
            if let Some((_, cache)) = caches.iter().find(|(issuer, _)| *issuer == config.issuer) {
                return cache.clone();
            }
            let cache = Rc::<RefCell<Cache>>::default();
            caches.push((config.issuer.clone(), cache.clone()));
            cache
        });
        Self { cache, config }
    }

    /// Starts fetching the keys, or joins the fetch that is under way.
    pub(crate) fn fetch(&self) -> Promise {
        if let Some(pending) = &self.cache.borrow().pending {
            return pending.clone();
        }
        let (cache, config) = (self.cache.clone(), self.config.clone());
        let promise = promise(Ok(Box::pin(async move {
            let keys = fetch_keys(&config).await;
            let mut cache = cache.borrow_mut();
            cache.pending = None;
            if keys.is_ok() {
                cache.freshness.fetched(now_ms());
            } else if cache.are_fresh() {
                // Those that are remembered still serve.
                return Ok(JsValue::UNDEFINED);
            }
            cache.keys = Some(keys);
            Ok(JsValue::UNDEFINED)
        })));
        // A request answers later, so it cannot have ended yet.
        self.cache.borrow_mut().pending = Some(promise.clone());
        promise
    }
}

async fn fetch_keys(config: &Config) -> Result<Rc<[RsaKey]>, Error> {
    let outgoing = Outgoing {
        method: Method::Get,
        url: concat(&[&config.origin, "/.well-known/jwks.json"]),
        body: None,
    };
    let (incoming, _) = send(config, &outgoing, &|| Ok(None)).await?;
    if incoming.status() != 200 {
        return Err(no_keys());
    }
    let set = incoming.text().as_string().and_then(|text| json::parse(&text));
    Ok(set.and_then(jwk_set::parse).ok_or_else(no_keys)?.into())
}

fn no_keys() -> Error {
    Error::new(
        ErrorCode::SigningKeyNotFound,
        "the tenant's key set cannot be read: check `domain`, then try again",
    )
}

impl Platform for BrowserPlatform {
    async fn signing_keys(&self, refresh: Refresh) -> Result<Rc<[RsaKey]>, Error> {
        let remembered = self.cache.borrow().are_fresh();
        if refresh == Refresh::Force || !remembered {
            // The promise never rejects: how the fetch ended is in the cache.
            let _ = settled(self.fetch()).await;
        }
        match &self.cache.borrow().keys {
            Some(Ok(keys)) => Ok(keys.clone()),
            // Each who waited gets an error of its own, of which these say no more than that.
            Some(Err(error)) => Err(Error::with_message(error.code, &[&error.message])),
            None => Err(no_keys()),
        }
    }

    fn cooling_down(&self) -> bool {
        self.cache.borrow().freshness.cooling_down(now_ms())
    }

    fn start_cool_down(&self) {
        self.cache.borrow_mut().freshness.start_cool_down(now_ms());
    }

    fn verify_rs256(
        &self,
        key: &RsaKey,
        signature: &[u8],
        input: &[u8],
    ) -> impl Future<Output = Result<Option<bool>, Error>> {
        crypto::verify(key, signature, input)
    }

    fn sha256(&self, bytes: &[u8]) -> impl Future<Output = Result<Vec<u8>, Error>> {
        crypto::sha256(bytes)
    }
}
