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
use std::rc::{Rc, Weak};

use self::shared::SharedTask;
#[cfg(feature = "client")]
pub(crate) use self::shared::unexpected_failure;

use self::callback_cache::CallbackCache;
use self::signing_keys::{KeyCache, SigningKeys};
use crate::error::{Error, ErrorCode};
use crate::jose::base64url;
use crate::oidc::address_bar::WrittenBack;
use crate::oidc::authorize;
use crate::oidc::id_token::Verifier;
use crate::oidc::response::ResponseMode;
use crate::oidc::sign_in::{self, VerifiedSignIn};
use crate::oidc::transaction::{RANDOM_BYTES, Transaction, client_key, session_key};
use crate::options::{AuthorizeOptions, Config};
use crate::platform::{LocalBoxFuture, NoWebCrypto, Platform};
use crate::session::Session;

/// A method of the client that has checked its arguments and done what must happen at once. The future does the rest.
pub(crate) type Started<T> = Result<LocalBoxFuture<Result<T, Error>>, Error>;

/// What all clients of one page share.
pub(crate) struct Page<P: Platform> {
    platform: P,
    /// The clients that the application still has.
    clients: RefCell<Vec<Weak<Client<P>>>>,
    /// The response that was handled last.
    callback: RefCell<Option<CallbackCache<P>>>,
    /// The URL of a response that belongs to another client than the one that asked. It is kept until that client asks.
    kept_url: RefCell<Option<String>>,
    /// The address as a router has written it back.
    written_back: WrittenBack,
    /// Until when a logout may need to leave the page, in milliseconds since the epoch.
    leaving_until_ms: Cell<f64>,
    /// The tenants' keys, by issuer.
    keys: RefCell<Vec<(String, Rc<KeyCache<P>>)>>,
}

impl<P: Platform> Page<P> {
    /// A page that has handled nothing yet.
    pub(crate) fn new(platform: P) -> Rc<Self> {
        let page = Rc::new(Self {
            platform,
            clients: RefCell::default(),
            callback: RefCell::default(),
            kept_url: RefCell::default(),
            written_back: WrittenBack::default(),
            leaving_until_ms: Cell::default(),
            keys: RefCell::default(),
        });
        page.platform.spawn(Box::pin(page.clone().follow_other_tabs()));
        page
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

/// A silent sign-in that is under way, with its options.
type Renewal<P> = (Box<AuthorizeOptions>, SharedTask<P, SignIn>);

/// One tenant, one application, one session.
pub(crate) struct Client<P: Platform> {
    page: Rc<Page<P>>,
    platform: P,
    config: Rc<Config>,
    /// Which other clients may share this one's callback result; see [`client_key`].
    key: String,
    /// Which clients, here and in other tabs, share this one's logout; see [`session_key`].
    session_key: String,
    /// The page's address when the application asked for this client, until its response is handled.
    noted_address: RefCell<Option<String>>,
    signing_keys: SigningKeys<P>,
    session: RefCell<Option<Rc<Session>>>,
    /// The task that waits for the session to expire.
    expiry_watch: RefCell<Option<P::Task>>,
    /// How often this client has logged out. A sign-in that began before a logout must not outlast it.
    logouts: Cell<u32>,
    /// The silent sign-in that is under way, with its options.
    renewal: RefCell<Option<Renewal<P>>>,
    /// Runs after every change of the session.
    on_change: Box<dyn Fn()>,
}

impl<P: Platform> Client<P> {
    /// Makes a client. `noted_address` is the page's address when the application asked for it; a router may have changed the
    /// address since. Where a response waits there, the fetch of the tenant's keys starts now.
    ///
    /// # Errors
    /// `invalid_configuration` where the page has no WebCrypto: no sign-in could ever be verified.
    pub(crate) fn new(
        page: &Rc<Page<P>>,
        config: Config,
        noted_address: String,
        on_change: Box<dyn Fn()>,
    ) -> Result<Rc<Self>, Error> {
        let platform = page.platform.clone();
        if !platform.has_web_crypto() {
            // The tokens of a response that waits here leave the address all the same. A later client may handle it.
            let received =
                sign_in::receive_redirect(&platform, &config, Ok(None), &page.written_back);
            if let Ok(received) = received
                && received.parameters.is_some()
            {
                page.kept_url.replace(Some(received.url));
            }
            return Err(NoWebCrypto.into());
        }
        let config = Rc::new(config);
        let cache = page.key_cache(&config.issuer);
        let client = Rc::new(Self {
            page: page.clone(),
            key: client_key(&config),
            session_key: session_key(&config),
            noted_address: RefCell::default(),
            signing_keys: SigningKeys::new(platform.clone(), config.clone(), cache),
            platform,
            config,
            session: RefCell::default(),
            expiry_watch: RefCell::default(),
            logouts: Cell::default(),
            renewal: RefCell::default(),
            on_change,
        });
        // An error needs no keys.
        if sign_in::find(&client.platform, &client.config, &noted_address)
            .is_some_and(|found| !found.parameters.has_error())
        {
            client.signing_keys.prefetch();
        }
        client.noted_address.replace(Some(noted_address));
        let mut clients = page.clients.borrow_mut();
        clients.retain(|client| client.strong_count() > 0);
        clients.push(Rc::downgrade(&client));
        drop(clients);
        Ok(client)
    }

    fn verifier(&self) -> Verifier<'_, SigningKeys<P>, P> {
        Verifier { keys: &self.signing_keys, platform: &self.platform, config: &self.config }
    }

    /// Checks that the tenant would send the response to the page's own origin: the pending sign-in could not be found
    /// anywhere else.
    ///
    /// # Errors
    /// `invalid_configuration`
    fn check_same_origin(&self, options: &AuthorizeOptions) -> Result<(), Error> {
        let redirect_uri = options.redirect_uri.as_ref().unwrap_or(&self.config.redirect_uri);
        let expected = self.platform.origin_of(redirect_uri);
        let page = self.platform.origin_of(&self.platform.address());
        if expected == page {
            return Ok(());
        }
        let parts = [
            "`redirectUri` is on ",
            &expected,
            " and this page on ",
            &page,
            ": the sign-in could not be finished there; use a `redirectUri` on the page's own origin",
        ];
        Err(Error::with_message(ErrorCode::InvalidConfiguration, &parts))
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
