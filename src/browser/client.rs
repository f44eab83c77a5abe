//! The client: asks the core, and tells the browser.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::rc::Rc;

use js_sys::{Function, Promise};
use wasm_bindgen::JsValue;
use web_sys::AbortSignal;

use super::fetch::{Outgoing, check_not_aborted, send, unless_aborted};
use super::keys::BrowserPlatform;
use super::page::{address, now_ms, replace_address};
use super::store::BrowserStore;
use super::task::{promise, settled};
use super::window::{self, Place};
use super::{crypto, values};
use crate::error::{Error, ErrorCode, Reason};
use crate::jose::base64url;
use crate::management::request::{self, Arguments};
use crate::management::response;
use crate::oidc::authorize::{self, ResponseMode};
use crate::oidc::id_token::{self, Purpose};
use crate::oidc::response::{
    Answer, Located, Parameters, Tokens, invalid, locate, read_token_response,
};
use crate::oidc::sign_in::{self, Found, Transactions};
use crate::oidc::transaction::Transaction;
use crate::operation::{Answer as Answers, Method, Operation};
use crate::options::{AuthorizeOptions, Config};
use crate::session::{Permit, Session, guard};
use crate::text::concat;
use crate::value::Value;

/// Time that a person has in a window, in milliseconds, unless `timeoutMs` says otherwise.
const POPUP_TIMEOUT_MS: u32 = 300_000;

/// How long after a response was handled a call without an address still asks for it, in
/// milliseconds.
const AGAIN_MS: f64 = 10_000.0;

/// A sign-in that succeeded, with what the application gave along.
#[derive(Clone)]
pub(crate) struct SignedIn {
    pub(crate) session: Rc<Session>,
    pub(crate) app_state: Option<String>,
}

/// One tenant, one application, one session.
pub(crate) struct Client {
    pub(crate) config: Config,
    pub(crate) platform: BrowserPlatform,
    store: BrowserStore,
    session: RefCell<Option<Rc<Session>>>,
    /// Counts the logouts, so that a sign-in that was under way at one of them does not outlast it.
    logouts: Cell<u32>,
    /// The silent sign-in that is under way, and what it asked for.
    silent: RefCell<Option<(AuthorizeOptions, Shared)>>,
    /// Called after every change of the session.
    changed: Function,
}

/// A sign-in that several callers wait for.
#[derive(Clone)]
struct Shared {
    done: Promise,
    outcome: Rc<RefCell<Option<Result<SignedIn, Error>>>>,
}

impl Shared {
    fn start(future: impl Future<Output = Result<SignedIn, Error>> + 'static) -> Self {
        let outcome = Rc::new(RefCell::new(None));
        let ended = outcome.clone();
        let done = promise(Box::pin(async move {
            let result = future.await;
            ended.replace(Some(result));
            Ok(JsValue::UNDEFINED)
        }));
        Self { done, outcome }
    }

    async fn outcome(self) -> Option<Result<SignedIn, Error>> {
        // The promise never rejects: how it ended is in the outcome.
        let _ = settled(&self.done).await;
        self.outcome.borrow().clone()
    }
}

/// The last response that this page has handled, for those who ask twice: React's StrictMode runs
/// effects twice, and may make a client each time.
struct Handled {
    issuer: String,
    client_id: String,
    url: String,
    clean_url: String,
    at_ms: f64,
    sign_in: Shared,
}

thread_local! {
    static HANDLED: RefCell<Option<Handled>> = const { RefCell::new(None) };
}

/// The pending sign-in of a window or frame, which answers to nobody else and needs no storage.
struct InMemory(Transaction);

impl Transactions for InMemory {
    fn find(&self, _: &str) -> Found {
        Found::Pending(Box::new(self.0.clone()))
    }

    fn consume(&self, _: &str) {}
}

impl Client {
    pub(crate) fn new(config: Config, changed: Function) -> Self {
        let platform = BrowserPlatform::new(&config);
        let client = Self {
            store: BrowserStore::new(config.transaction_store),
            session: RefCell::new(None),
            logouts: Cell::new(0),
            silent: RefCell::new(None),
            config,
            platform,
            changed,
        };
        // The keys are on their way before anybody asks for the response to be handled.
        if client.locate(&address()).is_some() {
            let _ = client.platform.fetch();
        }
        client
    }

    pub(crate) fn session(&self) -> Option<Rc<Session>> {
        self.session.borrow().clone()
    }

    /// Makes a sign-in that began after so many logouts the session.
    fn install(&self, signed_in: &SignedIn, logouts: u32) -> Result<(), Error> {
        if self.logouts.get() != logouts {
            let message = "the user was logged out here while this sign-in was under way";
            return Err(Error::new(ErrorCode::Aborted, message));
        }
        self.set_session(Some(signed_in.session.clone()));
        Ok(())
    }

    fn set_session(&self, session: Option<Rc<Session>>) {
        self.session.replace(session);
        let _ = self.changed.call0(&JsValue::UNDEFINED);
    }

    /// Begins a sign-in that comes back by redirect, and returns where to go.
    pub(crate) async fn build_authorize_url(
        &self,
        options: &AuthorizeOptions,
    ) -> Result<String, Error> {
        let mut transaction = self.begin(options)?;
        self.store.save(&mut transaction)?;
        self.authorize_url(options, &transaction, ResponseMode::Redirect).await
    }

    fn begin(&self, options: &AuthorizeOptions) -> Result<Transaction, Error> {
        Ok(Transaction::begin(&self.config, options, &crypto::random()?, now_ms()))
    }

    async fn authorize_url(
        &self,
        options: &AuthorizeOptions,
        transaction: &Transaction,
        mode: ResponseMode,
    ) -> Result<String, Error> {
        let challenge = match &transaction.code_verifier {
            Some(verifier) => Some(base64url::encode(&crypto::sha256(verifier.as_bytes()).await?)),
            None => None,
        };
        Ok(authorize::build_url(&self.config, options, transaction, mode, challenge.as_deref()))
    }

    /// Signs in at a window or frame, and brings the session with the ID token's text. The client's
    /// own session stays as it is.
    async fn sign_in_at(
        &self,
        place: Place,
        options: &AuthorizeOptions,
        default_timeout_ms: u32,
        signal: Option<&AbortSignal>,
    ) -> Result<(SignedIn, String), Error> {
        let transaction = self.begin(options)?;
        let url = self.authorize_url(options, &transaction, ResponseMode::WebMessage).await?;
        let timeout_ms = f64::from(options.timeout_ms.unwrap_or(default_timeout_ms));
        let (origin, state) = (&self.config.origin, &transaction.state);
        let parameters = window::exchange(&place, &url, origin, state, timeout_ms, signal).await?;
        drop(place);
        let store = InMemory(transaction);
        let (transaction, answer) = sign_in::open(&self.config, &parameters, &store, now_ms())?;
        self.verify(&transaction, answer).await
    }

    /// `loginWithPopup`. Opens the window before anything else, since the click's permission for it
    /// does not last.
    pub(crate) async fn login_with_popup(
        &self,
        options: Result<AuthorizeOptions, Error>,
    ) -> Result<SignedIn, Error> {
        let options = options?;
        let place = Place::open()?;
        let logouts = self.logouts.get();
        let (signed_in, _) = self.sign_in_at(place, &options, POPUP_TIMEOUT_MS, None).await?;
        self.install(&signed_in, logouts)?;
        Ok(signed_in)
    }

    /// `checkSession`. Callers who ask for the same at the same time share one frame.
    pub(crate) async fn check_session(
        self: Rc<Self>,
        options: Result<AuthorizeOptions, Error>,
    ) -> Result<SignedIn, Error> {
        let options = options?.for_silence()?;
        let under_way = {
            let silent = self.silent.borrow();
            silent.as_ref().filter(|(asked, _)| *asked == options).map(|(_, shared)| shared.clone())
        };
        let shared = under_way.unwrap_or_else(|| {
            let (client, asked) = (self.clone(), options.clone());
            let shared = Shared::start(async move {
                let (timeout_ms, logouts) = (client.config.timeout_ms, client.logouts.get());
                let result = client.sign_in_at(Place::hidden(), &asked, timeout_ms, None).await;
                // The place may have gone to a sign-in that asks for something else.
                client.silent.borrow_mut().take_if(|(other, _)| *other == asked);
                let (signed_in, _) = result?;
                client.install(&signed_in, logouts)?;
                Ok(signed_in)
            });
            if shared.outcome.borrow().is_none() {
                self.silent.replace(Some((options, shared.clone())));
            }
            shared
        });
        shared.outcome().await.unwrap_or_else(|| Err(invalid("it was lost")))
    }

    /// `linkIdentityWithPopup`. Without permission for the call that follows, no window opens.
    pub(crate) async fn link_identity_with_popup(
        &self,
        options: Result<AuthorizeOptions, Error>,
        signal: Option<AbortSignal>,
    ) -> Result<JsValue, Error> {
        let subject = self.check(Operation::LinkIdentity)?;
        let options = options?.for_linking();
        let signal = signal.as_ref();
        check_not_aborted(signal)?;
        let place = Place::open()?;
        let (other, id_token) = self.sign_in_at(place, &options, POPUP_TIMEOUT_MS, signal).await?;
        let arguments = Arguments::link_other(&other.session, &subject, &id_token)?;
        self.call_for(&subject, Operation::LinkIdentity, arguments, signal).await
    }

    fn locate(&self, url: &str) -> Option<Located> {
        let is_pending =
            |state: &str| !state.is_empty() && matches!(self.store.find(state), Found::Pending(_));
        locate(url, self.config.flow, is_pending)
    }

    /// Handles the response in `given`, or in the page's address.
    pub(crate) async fn handle_redirect_callback(
        self: Rc<Self>,
        given: Option<String>,
    ) -> Result<Option<SignedIn>, Error> {
        let (bar, logouts) = (address(), self.logouts.get());
        let url = given.as_ref().unwrap_or(&bar);
        let located = self.locate(url);
        // Out of the address first, before anything can fail, whichever way it was handed over.
        let clean_bar = self.locate(&bar).map(|in_bar| in_bar.clean_url);
        if let Some(clean_bar) = &clean_bar {
            replace_address(clean_bar);
        }
        let repeated = HANDLED.with_borrow(|handled| {
            let handled = handled.as_ref()?;
            let same_client =
                handled.issuer == self.config.issuer && handled.client_id == self.config.client_id;
            // The response is gone from the address by the second call. Whoever comes back to that
            // address later does not ask for it.
            let again = given.is_none()
                && handled.clean_url == bar
                && (0.0..AGAIN_MS).contains(&(now_ms() - handled.at_ms));
            let same_response = handled.url == *url || again;
            (same_client && same_response).then(|| handled.sign_in.clone())
        });
        let sign_in = match (repeated, located) {
            (Some(repeated), _) => repeated,
            (None, Some(located)) => self.handle(located.parameters, url, located.clean_url),
            (None, None) => return Ok(None),
        };
        let Some(outcome) = sign_in.outcome().await else {
            return Ok(None);
        };
        let signed_in = outcome?;
        // The one who handles it gets the session, and so does a second client of the same kind; a
        // session that has been renewed since is left alone.
        if self.session.borrow().is_none() {
            self.install(&signed_in, logouts)?;
        }
        Ok(Some(signed_in))
    }

    fn handle(self: &Rc<Self>, parameters: Parameters, url: &str, clean_url: String) -> Shared {
        // The record is used up at once, not when the promise gets its turn.
        let opened = sign_in::open(&self.config, &parameters, &self.store, now_ms());
        let (client, logouts) = (self.clone(), self.logouts.get());
        let sign_in = Shared::start(async move {
            let (transaction, answer) = opened?;
            let (signed_in, _) = client.verify(&transaction, answer).await?;
            client.install(&signed_in, logouts)?;
            Ok(signed_in)
        });
        HANDLED.set(Some(Handled {
            issuer: self.config.issuer.clone(),
            client_id: self.config.client_id.clone(),
            url: url.to_owned(),
            clean_url,
            at_ms: now_ms(),
            sign_in: sign_in.clone(),
        }));
        sign_in
    }

    /// Verifies what answers a pending sign-in; a code is redeemed first.
    async fn verify(
        &self,
        transaction: &Transaction,
        answer: Answer,
    ) -> Result<(SignedIn, String), Error> {
        let tokens = match answer {
            Answer::Tokens(tokens) => tokens,
            Answer::Code(code) => self
                .redeem(transaction, &code)
                .await
                .map_err(|error| sign_in::with_app_state(error, transaction))?,
        };
        let id_token = tokens.id_token.clone();
        let (platform, config) = (&self.platform, &self.config);
        let session = sign_in::verify(platform, config, transaction, tokens, now_ms()).await?;
        let app_state = transaction.app_state.clone();
        Ok((SignedIn { session: Rc::new(session), app_state }, id_token))
    }

    async fn redeem(&self, transaction: &Transaction, code: &str) -> Result<Tokens, Error> {
        let body = authorize::build_token_request(&self.config, transaction, code);
        let incoming = send(&Outgoing {
            method: Method::Post,
            url: &concat(&[&self.config.origin, "/oauth/token"]),
            authorization: None,
            body: Some(("application/x-www-form-urlencoded", &body)),
            signal: None,
            timeout_ms: self.config.timeout_ms,
            retries: 0,
        })
        .await?;
        read_token_response(incoming.status, values::read(&incoming.body))
    }

    /// Forgets the session, and the last response with it.
    pub(crate) fn forget(&self) {
        HANDLED.set(None);
        self.logouts.set(self.logouts.get().wrapping_add(1));
        self.silent.replace(None);
        if self.session.borrow().is_some() {
            self.set_session(None);
        }
    }

    /// May this operation be sent now? Says for whom.
    pub(crate) fn check(&self, operation: Operation) -> Result<String, Error> {
        let session = self.session();
        let permit = guard(session.as_deref(), operation, now_ms())?;
        Ok(permit.session.subject().to_owned())
    }

    /// `linkIdentity`: verifies the ID token of another account, then links that to the signed-in one.
    pub(crate) async fn link_identity(
        self: Rc<Self>,
        id_token: &Value,
        signal: Option<&AbortSignal>,
    ) -> Result<JsValue, Error> {
        let subject = self.check(Operation::LinkIdentity)?;
        check_not_aborted(signal)?;
        let token = id_token
            .as_str()
            .filter(|token| !token.is_empty())
            .ok_or_else(|| request::invalid("`idToken` must be the ID token as a string"))?;
        let (client, session_subject, unverified) =
            (self.clone(), subject.clone(), token.to_owned());
        let arguments = unless_aborted(signal, async move {
            let (platform, config) = (&client.platform, &client.config);
            let purpose = Purpose::Link { session_subject: &session_subject };
            let verified =
                id_token::verify(platform, config, &unverified, purpose, now_ms()).await?;
            Ok(Arguments::link_with(&verified, &unverified))
        })
        .await?;
        self.call_for(&subject, Operation::LinkIdentity, arguments, signal).await
    }

    /// Sends a request that was prepared for one user, unless it is another's session by now.
    async fn call_for(
        &self,
        subject: &str,
        operation: Operation,
        arguments: Arguments,
        signal: Option<&AbortSignal>,
    ) -> Result<JsValue, Error> {
        if self.session().is_some_and(|session| session.subject() != subject) {
            let message = "another user has signed in meanwhile: nothing was sent; start again";
            return Err(Error::new(ErrorCode::IdTokenSubject, message).because(Reason::Mismatch));
        }
        self.call(operation, arguments, signal).await
    }

    /// Sends a permitted operation's request and reads its answer.
    pub(crate) async fn call(
        &self,
        operation: Operation,
        arguments: Arguments,
        signal: Option<&AbortSignal>,
    ) -> Result<JsValue, Error> {
        let session = self.session();
        let permit: Permit<'_> = guard(session.as_deref(), operation, now_ms())?;
        let request = request::build(&self.config, &permit, arguments)?;
        let incoming = send(&Outgoing {
            method: request.method,
            url: &request.url,
            authorization: Some(concat(&["Bearer ", request.access_token.reveal()])),
            body: request.body.as_deref().map(|text| ("application/json", text)),
            signal,
            timeout_ms: self.config.timeout_ms,
            retries: self.config.retries,
        })
        .await?;
        let (status, body) = (incoming.status, incoming.body);
        if !(200..300).contains(&status) {
            return Err(response::to_error(
                operation,
                status,
                &values::read(&body),
                incoming.wait_ms,
            ));
        }
        if !response::is_expected(operation, &values::read_outline(&body)) {
            return Err(response::unreadable(status));
        }
        if operation.endpoint().answer == Answers::Nothing {
            return Ok(JsValue::UNDEFINED);
        }
        Ok(body)
    }
}
