//! The client: one tenant, one application, one session.
//!
//! All decisions about what happens on a page are here, in plain Rust: which response was handled before and who shares
//! its result, what a logout overtakes, which silent sign-ins are shared, whose session a renewal may replace. The
//! client reaches the page through the ports of `platform` alone. The faces for JavaScript (`bindings`) and for Rust
//! applications (`rust_api`) convert values and call it.

mod api;
mod callback_cache;
mod interactive;
mod redirect;
mod send;
mod session;
mod shared;
mod signing_keys;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use self::shared::SharedTask;
#[cfg(feature = "client")]
pub(crate) use self::shared::unexpected_failure;

use self::callback_cache::CallbackCache;
use self::signing_keys::{KeyCache, SigningKeys};
use crate::error::Error;
use crate::jose::base64url;
use crate::oidc::authorize;
use crate::oidc::id_token::Verifier;
use crate::oidc::response::ResponseMode;
use crate::oidc::sign_in::{self, VerifiedSignIn};
use crate::oidc::transaction::{RANDOM_BYTES, Transaction, client_key};
use crate::options::{AuthorizeOptions, Config};
use crate::platform::{LocalBoxFuture, Platform};
use crate::session::Session;

/// A method of the client that has checked its arguments and done what must happen at once. The future does the rest.
pub(crate) type Started<T> = Result<LocalBoxFuture<Result<T, Error>>, Error>;

/// What all clients of one page share.
pub(crate) struct Page<P: Platform> {
    platform: P,
    /// The response that was handled last.
    callback: RefCell<Option<CallbackCache<P>>>,
    /// The tenants' keys, by issuer.
    keys: RefCell<Vec<(String, Rc<KeyCache<P>>)>>,
}

impl<P: Platform> Page<P> {
    /// A page that has handled nothing yet.
    pub(crate) fn new(platform: P) -> Rc<Self> {
        Rc::new(Self { platform, callback: RefCell::default(), keys: RefCell::default() })
    }

    /// The key cache of this issuer. All clients of one tenant share it.
    fn key_cache(&self, issuer: &str) -> Rc<KeyCache<P>> {
        let mut caches = self.keys.borrow_mut();
        if let Some((_, cache)) = caches.iter().find(|(other, _)| other == issuer) {
            return cache.clone();
        }
        let cache = Rc::<KeyCache<P>>::default();
        caches.push((issuer.to_owned(), cache.clone()));
        cache
    }
}

/// A sign-in that succeeded, as its callers get it.
#[derive(Clone)]
pub(crate) struct SignIn {
    pub(crate) session: Rc<Session>,
    /// What the application gave along, as JSON text.
    pub(crate) app_state: Option<String>,
}

impl From<VerifiedSignIn> for SignIn {
    fn from(verified: VerifiedSignIn) -> Self {
        let app_state = verified.app_state().map(str::to_owned);
        Self { session: Rc::new(Session::from(verified)), app_state }
    }
}

/// One tenant, one application, one session.
pub(crate) struct Client<P: Platform> {
    page: Rc<Page<P>>,
    platform: P,
    config: Rc<Config>,
    /// Which other clients may share this one's callback result; see [`client_key`].
    key: String,
    signing_keys: SigningKeys<P>,
    session: RefCell<Option<Rc<Session>>>,
    /// The task that waits for the session to expire.
    expiry_watch: RefCell<Option<P::Task>>,
    /// How often this client has logged out. A sign-in that began before a logout must not outlast it.
    logouts: Cell<u32>,
    /// The silent sign-in that is under way, with its options.
    renewal: RefCell<Option<(Box<AuthorizeOptions>, SharedTask<P, SignIn>)>>,
    /// Runs after every change of the session.
    on_change: Box<dyn Fn()>,
}

impl<P: Platform> Client<P> {
    /// Makes a client. Where a response waits in the page's address, the fetch of the tenant's keys starts now.
    pub(crate) fn new(page: &Rc<Page<P>>, config: Config, on_change: Box<dyn Fn()>) -> Rc<Self> {
        let platform = page.platform.clone();
        let config = Rc::new(config);
        let cache = page.key_cache(&config.issuer);
        let client = Rc::new(Self {
            page: page.clone(),
            key: client_key(&config),
            signing_keys: SigningKeys::new(platform.clone(), config.clone(), cache),
            platform,
            config,
            session: RefCell::default(),
            expiry_watch: RefCell::default(),
            logouts: Cell::default(),
            renewal: RefCell::default(),
            on_change,
        });
        if sign_in::is_response_waiting(&client.platform, &client.config) {
            client.signing_keys.prefetch();
        }
        client
    }

    fn verifier(&self) -> Verifier<'_, SigningKeys<P>, P> {
        Verifier { keys: &self.signing_keys, platform: &self.platform, config: &self.config }
    }

    /// Begins a sign-in with fresh random values.
    fn begin(&self, options: &AuthorizeOptions) -> Result<Box<Transaction>, Error> {
        let mut random = [0; RANDOM_BYTES];
        self.platform.fill(&mut random)?;
        let now_ms = self.platform.now_ms();
        Ok(Box::new(Transaction::begin(&self.config, options, &random, now_ms)))
    }

    /// The URL of `/authorize` for a sign-in that has begun.
    async fn authorize_url(
        &self,
        options: &AuthorizeOptions,
        transaction: &Transaction,
        mode: ResponseMode,
    ) -> Result<String, Error> {
        let challenge = match &transaction.code_verifier {
            Some(verifier) => {
                let digest = self.platform.sha256(verifier.as_str().as_bytes()).await?;
                Some(base64url::encode(&digest))
            }
            None => None,
        };
        let challenge = challenge.as_deref();
        Ok(authorize::build_url(&self.config, options, transaction, mode, challenge))
    }
}
