//! The client: asks the core, and tells the browser.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Function, Promise};
use wasm_bindgen::JsValue;

use super::fetch::{Incoming, Outgoing, send};
use super::keys::BrowserPlatform;
use super::page::{address, navigate, now_ms, replace_address};
use super::store::BrowserStore;
use super::task::{Boxed, promise};
use super::window::{self, Place};
use super::{crypto, values};
use crate::error::{Error, ErrorCode, Reason};
use crate::jose::base64url;
use crate::management::request::{self, Arguments};
use crate::management::response;
use crate::oidc::authorize::{self, ResponseMode};
use crate::oidc::id_token::{self, Purpose};
use crate::oidc::response::{Answer, Located, Tokens, locate, read_token_response};
use crate::oidc::sign_in::{self, Found, Transactions};
use crate::oidc::transaction::Transaction;
use crate::operation::{Answer as Answers, Method, Operation};
use crate::options::{AuthorizeOptions, Config};
use crate::session::{Session, guard};
use crate::text::concat;
use crate::value::Value;

/// Time that a person has in a window, in milliseconds, unless `timeoutMs` says otherwise.
const POPUP_TIMEOUT_MS: u32 = 300_000;

/// How long after a response was handled a call without an address still asks for it, in
/// milliseconds.
const AGAIN_MS: f64 = 10_000.0;

/// One tenant, one application, one session.
pub(crate) struct Client {
    pub(crate) config: Config,
    pub(crate) platform: BrowserPlatform,
    store: BrowserStore,
    session: RefCell<Option<Rc<Session>>>,
    /// Counts the logouts, so that a sign-in that was under way at one of them does not outlast it.
    logouts: Cell<u32>,
    /// The silent sign-in that is under way, and what it asked for.
    silent: RefCell<Option<(AuthorizeOptions, Option<Promise>)>>,
    /// Called after every change of the session.
    changed: Function,
}

/// A sign-in that succeeded.
struct SignedIn {
    session: Rc<Session>,
    /// What the application gave along, as JSON text.
    app_state: Option<String>,
    id_token: String,
}

impl SignedIn {
    /// The facade's `SignIn` as JSON text, of which each caller makes an object of its own.
    fn to_js(&self) -> JsValue {
        let session = &self.session;
        let mut members = values::ObjectWriter::new();
        members.json("claims", session.claims_json());
        members.json("grantedScopes", &session.granted().to_json());
        members.json("missingScopes", &session.missing().to_json());
        members.number("expiresAt", session.expires_at_ms());
        if let Some(app_state) = &self.app_state {
            members.json("appState", app_state);
        }
        members.end().into()
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
    sign_in: Promise,
    outcome: Rc<Outcome>,
}

/// How a response that several clients may ask for has ended.
#[derive(Default)]
struct Outcome {
    session: RefCell<Option<Rc<Session>>>,
    /// Who gets the session once it is there, unless there has been a logout since.
    waiting: RefCell<Vec<(Rc<Client>, u32)>>,
}

thread_local! {
    static HANDLED: RefCell<Option<Handled>> = const { RefCell::new(None) };
}

/// What a sign-in in a window or frame is for.
enum Aim {
    /// The session.
    SignIn,
    /// The session, for which others may come to wait as well.
    Renewal,
    /// Its ID token alone, to link the account to this user.
    Link(String),
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

    // ── Session ──────────────────────────────────────────────────────────────────────────────

    pub(crate) fn session(&self) -> Option<Rc<Session>> {
        self.session.borrow().clone()
    }

    /// Makes a sign-in that began after so many logouts the session.
    fn install(&self, session: &Rc<Session>, logouts: u32) -> Result<(), Error> {
        if self.logouts.get() != logouts {
            let message = "the user was logged out here while this sign-in was under way";
            return Err(Error::new(ErrorCode::Aborted, message));
        }
        self.set_session(Some(session.clone()));
        Ok(())
    }

    fn set_session(&self, session: Option<Rc<Session>>) {
        self.session.replace(session);
        let _ = self.changed.call0(&JsValue::UNDEFINED);
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

    // ── Sign-in by redirect ──────────────────────────────────────────────────────────────────

    /// Begins a sign-in that comes back by redirect. Goes there if it is to `leave`, or brings the
    /// address.
    pub(crate) fn authorize(
        self: Rc<Self>,
        options: Result<AuthorizeOptions, Error>,
        leave: bool,
    ) -> Result<Boxed, Error> {
        let options = options?.for_redirect()?;
        let mut transaction = self.begin(&options)?;
        self.store.save(&mut transaction)?;
        Ok(Box::pin(async move {
            let url = self.authorize_url(&options, &transaction, ResponseMode::Redirect).await?;
            if leave {
                navigate(&url);
                return Ok(JsValue::UNDEFINED);
            }
            Ok(url.into())
        }))
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

    fn locate(&self, url: &str) -> Option<Located> {
        let is_pending =
            |state: &str| !state.is_empty() && matches!(self.store.find(state), Found::Pending(_));
        locate(url, self.config.flow, is_pending)
    }

    /// Handles the response in `given`, or in the page's address.
    pub(crate) fn handle_redirect_callback(self: Rc<Self>, given: Option<String>) -> Promise {
        let bar = address();
        let url = given.as_ref().unwrap_or(&bar);
        let located = self.locate(url);
        // Out of the address first, before anything can fail, whichever way it was handed over.
        let in_bar = if *url == bar { None } else { self.locate(&bar) };
        if let Some(in_bar) = in_bar.as_ref().or(located.as_ref().filter(|_| *url == bar)) {
            replace_address(&in_bar.clean_url);
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
            let repeated = || (handled.sign_in.clone(), handled.outcome.clone());
            (same_client && same_response).then(repeated)
        });
        match (repeated, located) {
            (Some((sign_in, outcome)), _) => {
                // A second client of the same kind gets the session as well; one that has been
                // renewed since is left alone.
                let session = outcome.session.borrow().clone();
                if session.is_none() {
                    let logouts = self.logouts.get();
                    outcome.waiting.borrow_mut().push((self, logouts));
                } else if self.session.borrow().is_none() {
                    self.set_session(session);
                }
                sign_in
            }
            (None, Some(located)) => self.handle(located, url),
            (None, None) => promise(Ok(Box::pin(async { Ok(JsValue::NULL) }))),
        }
    }

    fn handle(self: Rc<Self>, located: Located, url: &str) -> Promise {
        // The record is used up at once, not when the promise gets its turn.
        let opened = sign_in::open(&self.config, &located.parameters, &self.store, now_ms());
        let (issuer, client_id) = (self.config.issuer.clone(), self.config.client_id.clone());
        let (outcome, logouts) = (Rc::new(Outcome::default()), self.logouts.get());
        let ended = outcome.clone();
        let sign_in = promise(Ok(Box::pin(async move {
            let (transaction, answer) = opened?;
            let signed_in = self.finish(&transaction, answer).await?;
            let session = &signed_in.session;
            self.install(session, logouts)?;
            ended.session.replace(Some(session.clone()));
            for (client, logouts) in ended.waiting.take() {
                if client.session.borrow().is_none() {
                    let _ = client.install(session, logouts);
                }
            }
            Ok(signed_in.to_js())
        })));
        HANDLED.set(Some(Handled {
            issuer,
            client_id,
            url: url.to_owned(),
            clean_url: located.clean_url,
            at_ms: now_ms(),
            sign_in: sign_in.clone(),
            outcome,
        }));
        sign_in
    }

    // ── Sign-in without leaving the page ─────────────────────────────────────────────────────

    /// `loginWithPopup`. Opens the window before anything else, since the click's permission for it
    /// does not last.
    pub(crate) fn login_with_popup(
        self: Rc<Self>,
        options: Result<AuthorizeOptions, Error>,
    ) -> Result<Boxed, Error> {
        let options = options?;
        let place = Place::open()?;
        self.sign_in_at(place, options, POPUP_TIMEOUT_MS, Aim::SignIn)
    }

    /// `checkSession`. Callers who ask for the same at the same time share one frame.
    pub(crate) fn check_session(
        self: Rc<Self>,
        options: Result<AuthorizeOptions, Error>,
    ) -> Result<Promise, Error> {
        let options = options?.for_silence()?;
        if let Some((asked, Some(sign_in))) = &*self.silent.borrow()
            && *asked == options
        {
            return Ok(sign_in.clone());
        }
        let (asked, timeout_ms) = (options.clone(), self.config.timeout_ms);
        let future = self.clone().sign_in_at(Place::hidden(), options, timeout_ms, Aim::Renewal)?;
        self.silent.replace(Some((asked, None)));
        let sign_in = promise(Ok(future));
        // Unless it has ended already.
        if let Some((_, place)) = &mut *self.silent.borrow_mut() {
            *place = Some(sign_in.clone());
        }
        Ok(sign_in)
    }

    /// `linkIdentityWithPopup`. Without permission for the call that follows, no window opens.
    pub(crate) fn link_identity_with_popup(
        self: Rc<Self>,
        options: Result<AuthorizeOptions, Error>,
    ) -> Result<Boxed, Error> {
        let subject = self.check(Operation::LinkIdentity)?;
        let options = options?.for_linking();
        let place = Place::open()?;
        self.sign_in_at(place, options, POPUP_TIMEOUT_MS, Aim::Link(subject))
    }

    fn sign_in_at(
        self: Rc<Self>,
        place: Place,
        options: AuthorizeOptions,
        default_timeout_ms: u32,
        aim: Aim,
    ) -> Result<Boxed, Error> {
        let transaction = self.begin(&options)?;
        let logouts = self.logouts.get();
        Ok(Box::pin(async move {
            let asked = async {
                let url =
                    self.authorize_url(&options, &transaction, ResponseMode::WebMessage).await?;
                let timeout_ms = f64::from(options.timeout_ms.unwrap_or(default_timeout_ms));
                let (origin, state) = (&self.config.origin, &transaction.state);
                let parameters = window::exchange(&place, &url, origin, state, timeout_ms).await?;
                drop(place);
                let answer = sign_in::answer(&self.config, &parameters, &transaction)?;
                self.finish(&transaction, answer).await
            };
            let signed_in = asked.await;
            if matches!(aim, Aim::Renewal) {
                // The place may have gone to a sign-in that asks for something else.
                self.silent.borrow_mut().take_if(|(other, _)| *other == options);
            }
            let signed_in = signed_in?;
            if let Aim::Link(subject) = &aim {
                let SignedIn { session, id_token, .. } = &signed_in;
                let arguments = Arguments::link_other(session, subject, id_token)?;
                return self.call_for(subject, Operation::LinkIdentity, arguments)?.await;
            }
            self.install(&signed_in.session, logouts)?;
            Ok(signed_in.to_js())
        }))
    }

    /// Verifies what answers a pending sign-in; a code is redeemed first.
    async fn finish(&self, transaction: &Transaction, answer: Answer) -> Result<SignedIn, Error> {
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
        Ok(SignedIn { session: Rc::new(session), app_state, id_token })
    }

    async fn redeem(&self, transaction: &Transaction, code: &str) -> Result<Tokens, Error> {
        let body = authorize::build_token_request(&self.config, transaction, code);
        let incoming = send(&Outgoing {
            method: Method::Post,
            url: concat(&[&self.config.origin, "/oauth/token"]),
            authorization: None,
            body: Some(("application/x-www-form-urlencoded", body)),
            timeout_ms: self.config.timeout_ms,
            retries: 0,
        })
        .await?;
        read_token_response(incoming.status, values::read(&incoming.body))
    }

    // ── The Management API ───────────────────────────────────────────────────────────────────

    /// May this operation be sent now? Says for whom.
    pub(crate) fn check(&self, operation: Operation) -> Result<String, Error> {
        let session = self.session();
        let permit = guard(session.as_deref(), operation, now_ms())?;
        Ok(permit.session.subject().to_owned())
    }

    /// `linkIdentity`: verifies the ID token of another account, then links that to the signed-in one.
    pub(crate) fn link_identity(self: Rc<Self>, id_token: &Value) -> Result<Boxed, Error> {
        let subject = self.check(Operation::LinkIdentity)?;
        let token = id_token
            .as_str()
            .filter(|token| !token.is_empty())
            .ok_or_else(|| request::invalid("`idToken` must be the ID token as a string"))?
            .to_owned();
        Ok(Box::pin(async move {
            let purpose = Purpose::Link { session_subject: &subject };
            let verified =
                id_token::verify(&self.platform, &self.config, &token, purpose, now_ms()).await?;
            let arguments = Arguments::link_with(&verified, &token);
            self.call_for(&subject, Operation::LinkIdentity, arguments)?.await
        }))
    }

    /// Sends a request that was prepared for one user, unless it is another's session by now.
    fn call_for(
        &self,
        subject: &str,
        operation: Operation,
        arguments: Arguments,
    ) -> Result<Boxed, Error> {
        if self.session().is_some_and(|session| session.subject() != subject) {
            let message = "another user has signed in meanwhile: nothing was sent; start again";
            return Err(Error::new(ErrorCode::IdTokenSubject, message).because(Reason::Mismatch));
        }
        self.call(operation, arguments)
    }

    /// Sends a permitted operation's request and reads its answer.
    pub(crate) fn call(&self, operation: Operation, arguments: Arguments) -> Result<Boxed, Error> {
        let session = self.session();
        let permit = guard(session.as_deref(), operation, now_ms())?;
        let request = request::build(&self.config, &permit, arguments)?;
        let outgoing = Outgoing {
            method: request.method,
            url: request.url,
            authorization: Some(concat(&["Bearer ", request.access_token.reveal()])),
            body: request.body.map(|text| ("application/json", text)),
            timeout_ms: self.config.timeout_ms,
            retries: self.config.retries,
        };
        Ok(Box::pin(async move { read_answer(operation, send(&outgoing).await?) }))
    }
}

fn read_answer(operation: Operation, incoming: Incoming) -> Result<JsValue, Error> {
    let Incoming { status, body, wait_ms } = incoming;
    if !(200..300).contains(&status) {
        return Err(response::to_error(operation, status, &values::read(&body), wait_ms));
    }
    if !response::is_expected(operation, &values::read_outline(&body)) {
        return Err(response::unreadable(status));
    }
    let nothing = operation.endpoint().answer == Answers::Nothing;
    Ok(if nothing { JsValue::UNDEFINED } else { body })
}
