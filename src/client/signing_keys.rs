//! What the tenant is asked while a sign-in is verified: its keys, and its token endpoint.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::send::{OutgoingRequest, send};
use super::{Client, SharedTask};
use crate::error::{Error, ErrorCode};
use crate::jose::jwk_set::{self, Freshness, RsaKey};
use crate::oidc::authorize;
use crate::oidc::clock::ClockOffset;
use crate::oidc::id_token::{KeySource, Refresh};
use crate::oidc::response::Tokens;
use crate::oidc::sign_in::TokenEndpoint;
use crate::oidc::token_response;
use crate::oidc::transaction::Transaction;
use crate::operation::Method;
use crate::options::Config;
use crate::platform::{Platform, RequestBody, ResponseBody};
use crate::support::text::concat;

/// One tenant's keys, as all clients of the page share them. They live in memory.
pub(super) struct KeyCache<P: Platform> {
    freshness: Cell<Freshness>,
    keys: RefCell<Option<Rc<[RsaKey]>>>,
    /// The fetch that is under way.
    fetch: RefCell<Option<SharedTask<P, ()>>>,
}

impl<P: Platform> Default for KeyCache<P> {
    fn default() -> Self {
        Self { freshness: Cell::default(), keys: RefCell::default(), fetch: RefCell::default() }
    }
}

impl<P: Platform> KeyCache<P> {
    /// The keys, where they may still be trusted.
    fn fresh_keys(&self, now_ms: f64) -> Option<Rc<[RsaKey]>> {
        self.keys.borrow().clone().filter(|_| self.freshness.get().is_fresh(now_ms))
    }

    fn change_freshness(&self, change: impl FnOnce(&mut Freshness)) {
        let mut freshness = self.freshness.get();
        change(&mut freshness);
        self.freshness.set(freshness);
    }
}

/// The keys of one client's tenant.
pub(super) struct SigningKeys<P: Platform> {
    platform: P,
    config: Rc<Config>,
    cache: Rc<KeyCache<P>>,
}

impl<P: Platform> SigningKeys<P> {
    pub(super) fn new(platform: P, config: Rc<Config>, cache: Rc<KeyCache<P>>) -> Self {
        Self { platform, config, cache }
    }

    /// Starts to fetch the keys before anybody needs them.
    pub(super) fn prefetch(&self) {
        let _ = self.fetch();
    }

    /// Starts to fetch the keys, or joins the fetch that is under way.
    fn fetch(&self) -> SharedTask<P, ()> {
        let under_way = self.cache.fetch.borrow().clone();
        if let Some(fetch) = under_way.filter(|fetch| !fetch.is_over()) {
            return fetch;
        }
        let (platform, config) = (self.platform.clone(), self.config.clone());
        let cache = self.cache.clone();
        let fetch = SharedTask::start(&self.platform, async move {
            let keys = fetch_keys(&platform, &config).await?;
            cache.keys.replace(Some(keys));
            cache.change_freshness(|freshness| freshness.fetched(platform.now_ms()));
            Ok(())
        });
        self.cache.fetch.replace(Some(fetch.clone()));
        fetch
    }
}

impl<P: Platform> KeySource for SigningKeys<P> {
    async fn signing_keys(&self, refresh: Refresh) -> Result<Rc<[RsaKey]>, Error> {
        if refresh == Refresh::IfStale
            && let Some(keys) = self.cache.fresh_keys(self.platform.now_ms())
        {
            return Ok(keys);
        }
        let fetch = self.fetch();
        let fetched = fetch.wait(&self.platform).await;
        self.cache.fetch.borrow_mut().take_if(|other| other.is(&fetch));
        // Keys that are still fresh serve where a refetch failed.
        let keys = self.cache.fresh_keys(self.platform.now_ms());
        keys.ok_or_else(|| fetched.err().unwrap_or_else(no_keys))
    }

    fn cooling_down(&self) -> bool {
        self.cache.freshness.get().cooling_down(self.platform.now_ms())
    }

    fn start_cool_down(&self) {
        self.cache.change_freshness(|freshness| freshness.start_cool_down(self.platform.now_ms()));
    }
}

async fn fetch_keys<P: Platform>(platform: &P, config: &Config) -> Result<Rc<[RsaKey]>, Error> {
    let outgoing = OutgoingRequest {
        method: Method::Get,
        url: concat(&[&config.origin, "/.well-known/jwks.json"]),
        body: None,
        clock: ClockOffset::default(),
    };
    let response = send(platform, config, &outgoing, &|| Ok(None)).await?.response;
    let keys = if response.status == 200 { jwk_set::parse(response.body.to_json()) } else { None };
    Ok(keys.ok_or_else(no_keys)?.into())
}

fn no_keys() -> Error {
    Error::new(
        ErrorCode::SigningKeyNotFound,
        "the tenant's key set cannot be read: check `domain`, then try again",
    )
}

impl<P: Platform> TokenEndpoint for Client<P> {
    async fn redeem(&self, transaction: &Transaction, code: &str) -> Result<Tokens, Error> {
        let outgoing = OutgoingRequest {
            method: Method::Post,
            url: concat(&[&self.config.origin, "/oauth/token"]),
            body: Some(RequestBody {
                content_type: "application/x-www-form-urlencoded",
                text: authorize::build_token_request(&self.config, transaction, code),
            }),
            clock: ClockOffset::default(),
        };
        let answer = send(&self.platform, &self.config, &outgoing, &|| Ok(None)).await?;
        let (status, body) = (answer.response.status, answer.response.body.to_json());
        token_response::parse(status, body, answer.wait_ms)
    }
}
