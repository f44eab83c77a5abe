//! The client: asks the core, and tells the browser.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Function, Promise};
use wasm_bindgen::JsValue;

use super::effects::{Incoming, address, call, navigate, now_ms, parse_there, replace_address};
use super::fetch::{Outgoing, send};
use super::keys::BrowserPlatform;
use super::store::BrowserStore;
use super::task::{Boxed, promise, settled};
use super::window::Place;
use super::{crypto, values};
use crate::error::{Error, ErrorCode, Reason};
use crate::jose::base64url;
use crate::management::request::{self, Arguments};
use crate::management::response;
use crate::oidc::authorize;
use crate::oidc::id_token::{self, Purpose};
use crate::oidc::response::{
    AuthorizationResponse, ResponseMode, ResponseParameters, ResponseUrl, Tokens, find_response,
};
use crate::oidc::sign_in::{self, Found, Transactions};
use crate::oidc::token_response;
use crate::oidc::transaction::{Transaction, client_key};
use crate::operation::{Method, Operation, ResponseBody};
use crate::options::{AuthorizeOptions, Config, LogoutOptions};
use crate::session::{Session, guard};
use crate::support::json::{self, ObjectWriter};
use crate::support::text::concat;
use crate::support::value::Value;

/// Time that a person has in a window, in milliseconds, unless `timeoutMs` says otherwise.
const POPUP_TIMEOUT_MS: u32 = 300_000;

/// How long after a response was handled a call at the address that it left still asks for it, in
/// milliseconds.
const AGAIN_MS: f64 = 10_000.0;

/// One tenant, one application, one session.
pub(crate) struct Client {
    pub(crate) config: Rc<Config>,
    pub(crate) platform: BrowserPlatform,
    store: BrowserStore,
    session: RefCell<Option<Rc<Session>>>,
    /// Counts the logouts, so that a sign-in that was under way at one of them does not outlast it.
    logouts: Cell<u32>,
    /// The silent sign-in that is under way, and what it asked for.
    silent: RefCell<Option<(Rc<AuthorizeOptions>, Promise)>>,
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
    fn to_text(&self) -> JsValue {
        let session = &self.session;
        let mut members = ObjectWriter::default();
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
    /// The clients that it may be shared with, as [`client_key`] says.
    client: String,
    url: String,
    /// The page's address without it, where it was there.
    left: String,
    sign_in: Promise,
    outcome: Rc<Outcome>,
}

/// What a sign-in at a window or frame is for.
enum Aim {
    /// The session.
    SignIn,
    /// The session, unless another user's has come meanwhile.
    Renew,
    /// Its ID token alone, to link the account to this user.
    LinkTo(String),
}

/// A client that has asked after so many logouts.
struct Waiting {
    client: Rc<Client>,
    logouts: u32,
}

/// How a response that several clients may ask for has ended.
struct Outcome {
    /// When, in milliseconds since the epoch.
    ended_at_ms: Cell<Option<f64>>,
    session: RefCell<Option<Rc<Session>>>,
    /// Who gets the session as well, until that is there.
    waiting: RefCell<Option<Vec<Waiting>>>,
    /// Has one of them logged out since?
    called_off: Cell<bool>,
}

impl Outcome {
    fn check_not_called_off(&self) -> Result<(), Error> {
        if self.called_off.get() { Err(logged_out()) } else { Ok(()) }
    }
}

/// The refusal of what a logout has overtaken.
fn logged_out() -> Error {
    let message = "the user was logged out here while this was under way";
    Error::new(ErrorCode::Aborted, message)
}

thread_local! {
    static HANDLED: RefCell<Option<Handled>> = const { RefCell::new(None) };
}

impl Client {
    pub(crate) fn new(config: Config, changed: Function) -> Self {
        let config = Rc::new(config);
        let client = Self {
            platform: BrowserPlatform::new(config.clone()),
            store: BrowserStore::new(config.transaction_store),
            session: RefCell::new(None),
            logouts: Cell::new(0),
            silent: RefCell::new(None),
            config,
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

    /// May what began after so many logouts go on?
    fn check_not_logged_out(&self, logouts: u32) -> Result<(), Error> {
        if self.logouts.get() == logouts { Ok(()) } else { Err(logged_out()) }
    }

    fn set_session(&self, session: Option<Rc<Session>>) {
        self.session.replace(session);
        call(&self.changed);
    }

    /// Forgets the session, and the last response with it.
    fn forget(&self) {
        let client = client_key(&self.config);
        HANDLED.with_borrow_mut(|handled| {
            if let Some(handled) = handled.take_if(|handled| handled.client == client) {
                handled.outcome.called_off.set(true);
            }
        });
        self.logouts.set(self.logouts.get().wrapping_add(1));
        self.silent.replace(None);
        if self.session.borrow().is_some() {
            self.set_session(None);
        }
    }

    /// `logout`: forgets the session first, whatever the options are, then goes to the tenant.
    pub(crate) fn logout(&self, options: Result<LogoutOptions, Error>) -> Result<(), Error> {
        self.forget();
        let options = options?;
        if !options.local_only {
            navigate(&authorize::build_logout_url(&self.config, &options));
        }
        Ok(())
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
            let url = self
                .authorize_url(&options, &transaction, ResponseMode::of_redirect(self.config.flow))
                .await?;
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
            Some(verifier) => {
                Some(base64url::encode(&crypto::sha256(verifier.as_str().as_bytes()).await?))
            }
            None => None,
        };
        Ok(authorize::build_url(&self.config, options, transaction, mode, challenge.as_deref()))
    }

    fn locate(&self, url: &str) -> Option<ResponseUrl> {
        let is_pending =
            |state: &str| !state.is_empty() && matches!(self.store.find(state), Found::Pending(_));
        find_response(url, self.config.flow, is_pending)
    }

    /// Handles the response in `given`, or in the page's address.
    pub(crate) fn handle_redirect_callback(
        self: Rc<Self>,
        given: Result<Option<String>, Error>,
    ) -> Promise {
        // Out of the address first, before anything can fail, whichever way it was handed over.
        let clean = |in_bar: &ResponseUrl| {
            replace_address(&in_bar.clean_url);
            address()
        };
        let bar = address();
        let in_bar = self.locate(&bar);
        let url = match given {
            Ok(given) => given.unwrap_or_else(|| bar.clone()),
            Err(error) => {
                in_bar.as_ref().map(clean);
                return promise(Err(error));
            }
        };
        let (located, left) = if url == bar {
            let left = in_bar.as_ref().map(clean);
            (in_bar, left)
        } else {
            let located = self.locate(&url);
            // Another response that waits there is left alone.
            let is_same = |in_bar: &&ResponseUrl| {
                located
                    .as_ref()
                    .is_some_and(|it| it.parameters.answers_the_same(&in_bar.parameters))
            };
            let left = in_bar.as_ref().filter(is_same).map(clean);
            (located, left)
        };
        let left = left.unwrap_or_default();
        let client = client_key(&self.config);
        let repeated = HANDLED.with_borrow(|handled| {
            let handled = handled.as_ref()?;
            let outcome = &handled.outcome;
            // The response is gone from the address by the second call. Whoever comes back to that
            // address later does not ask for it.
            let recent = |ended_at_ms| (0.0..AGAIN_MS).contains(&(now_ms() - ended_at_ms));
            let again = handled.left == bar
                && bar.ends_with(url.as_str())
                && outcome.ended_at_ms.get().is_none_or(recent);
            let same = handled.client == client && (handled.url == url || again);
            same.then(|| (handled.sign_in.clone(), outcome.clone()))
        });
        match (repeated, located) {
            (Some((sign_in, outcome)), _) => {
                // A second client like the first gets the session as well; one that has been
                // renewed since is left alone.
                let session = outcome.session.borrow().clone();
                if session.is_some() && self.session.borrow().is_none() {
                    self.set_session(session);
                } else if let Some(waiting) = &mut *outcome.waiting.borrow_mut() {
                    let logouts = self.logouts.get();
                    waiting.push(Waiting { client: self, logouts });
                }
                sign_in
            }
            (None, Some(located)) => self.handle(&located.parameters, client, url, left),
            (None, None) => promise(Ok(Box::pin(async { Ok(JsValue::NULL) }))),
        }
    }

    fn handle(
        self: Rc<Self>,
        parameters: &ResponseParameters,
        client: String,
        url: String,
        left: String,
    ) -> Promise {
        // The record is used up at once, not when the promise gets its turn.
        let opened = sign_in::open(&self.config, parameters, &self.store, now_ms());
        let refused = opened.is_err();
        let logouts = self.logouts.get();
        let outcome = Rc::new(Outcome {
            ended_at_ms: Cell::new(None),
            session: RefCell::default(),
            waiting: RefCell::new(Some(Vec::new())),
            called_off: Cell::new(false),
        });
        let ended = outcome.clone();
        let sign_in = promise(Ok(Box::pin(async move {
            let result = match opened {
                Ok((transaction, answer)) => self.finish(&transaction, answer).await,
                Err(error) => Err(error),
            };
            ended.ended_at_ms.set(Some(now_ms()));
            let waiting = ended.waiting.take().unwrap_or_default();
            let signed_in = result?;
            ended.check_not_called_off()?;
            self.check_not_logged_out(logouts)?;
            let session = Some(signed_in.session.clone());
            ended.session.replace(session.clone());
            self.set_session(session.clone());
            for Waiting { client, logouts } in waiting {
                let may = !ended.called_off.get() && client.check_not_logged_out(logouts).is_ok();
                if may && client.session.borrow().is_none() {
                    client.set_session(session.clone());
                }
            }
            // Whoever was told may have logged out.
            ended.check_not_called_off()?;
            Ok(signed_in.to_text())
        })));
        HANDLED.with_borrow_mut(|handled| {
            // Whoever has handled it may ask again, whoever else has tried since.
            if refused && handled.as_ref().is_some_and(|handled| handled.url == url) {
                return;
            }
            *handled = Some(Handled { client, url, left, sign_in: sign_in.clone(), outcome });
        });
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
        self.sign_in_at(place, Rc::new(options), POPUP_TIMEOUT_MS, Aim::SignIn)
    }

    /// `checkSession`. Callers who ask for the same at the same time share one frame.
    pub(crate) fn check_session(
        self: Rc<Self>,
        options: Result<AuthorizeOptions, Error>,
    ) -> Result<Promise, Error> {
        let options = Rc::new(options?.for_silence()?);
        if let Some((asked, sign_in)) = &*self.silent.borrow()
            && *asked == options
        {
            return Ok(sign_in.clone());
        }
        let (asked, timeout_ms) = (options.clone(), self.config.timeout_ms);
        let future = self.clone().sign_in_at(Place::hidden(), options, timeout_ms, Aim::Renew)?;
        let (client, done) = (self.clone(), asked.clone());
        let sign_in = promise(Ok(Box::pin(async move {
            let signed_in = future.await;
            // Another one, which asks for something else, may be under way by now.
            client.silent.borrow_mut().take_if(|(other, _)| Rc::ptr_eq(other, &done));
            signed_in
        })));
        // A frame answers later, so it cannot have ended yet.
        self.silent.replace(Some((asked, sign_in.clone())));
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
        self.sign_in_at(place, Rc::new(options), POPUP_TIMEOUT_MS, Aim::LinkTo(subject))
    }

    /// Signs in at a window or frame.
    fn sign_in_at(
        self: Rc<Self>,
        place: Place,
        options: Rc<AuthorizeOptions>,
        default_timeout_ms: u32,
        aim: Aim,
    ) -> Result<Boxed, Error> {
        let transaction = self.begin(&options)?;
        let logouts = self.logouts.get();
        let before = self.session();
        Ok(Box::pin(async move {
            let mode = ResponseMode::WebMessage;
            let url = self.authorize_url(&options, &transaction, mode).await?;
            let timeout_ms = options.timeout_ms.unwrap_or(default_timeout_ms);
            let (origin, state) = (&self.config.origin, transaction.state.as_str());
            let response = place.exchange(&url, origin, state, timeout_ms);
            let parameters = place.read(settled(response).await)?;
            let answer = sign_in::answer(&self.config, &parameters, &transaction)?;
            let signed_in = self.finish(&transaction, answer).await?;
            if let Aim::LinkTo(subject) = &aim {
                let SignedIn { session, id_token, .. } = &signed_in;
                let arguments = Arguments::link_other(session, subject, id_token)?;
                return self.call_for(subject, Operation::LinkIdentity, arguments)?.await;
            }
            self.check_not_logged_out(logouts)?;
            let same = |now: &Rc<Session>| before.as_ref().is_some_and(|it| Rc::ptr_eq(it, now));
            if matches!(aim, Aim::Renew) && !self.session().as_ref().is_none_or(same) {
                self.check_subject(signed_in.session.subject())?;
            }
            self.set_session(Some(signed_in.session.clone()));
            // Whoever was told may have logged out.
            self.check_not_logged_out(logouts)?;
            Ok(signed_in.to_text())
        }))
    }

    /// Verifies what answers a pending sign-in; a code is redeemed first.
    async fn finish(
        &self,
        transaction: &Transaction,
        answer: AuthorizationResponse,
    ) -> Result<SignedIn, Error> {
        let tokens = match answer {
            AuthorizationResponse::Tokens(tokens) => tokens,
            AuthorizationResponse::Code(code) => self
                .redeem(transaction, &code)
                .await
                .map_err(|error| sign_in::with_app_state(error, transaction))?,
        };
        let id_token = tokens.id_token.clone();
        let (platform, config) = (&self.platform, &self.config);
        let session = sign_in::verify(platform, config, transaction, tokens, &now_ms).await?;
        let app_state = transaction.app_state.clone();
        Ok(SignedIn { session: Rc::new(session.into()), app_state, id_token })
    }

    async fn redeem(&self, transaction: &Transaction, code: &str) -> Result<Tokens, Error> {
        let body = authorize::build_token_request(&self.config, transaction, code);
        let outgoing = Outgoing {
            method: Method::Post,
            url: concat(&[&self.config.origin, "/oauth/token"]),
            body: Some(("application/x-www-form-urlencoded", body)),
        };
        let (incoming, wait_ms) = send(&self.config, &outgoing, &|| Ok(None)).await?;
        token_response::parse(incoming.status(), read_text(&incoming), wait_ms)
    }

    // ── The Management API ───────────────────────────────────────────────────────────────────

    /// May this operation be sent now? Says for whom.
    pub(crate) fn check(&self, operation: Operation) -> Result<String, Error> {
        let session = self.session();
        let permit = guard(session.as_deref(), operation, now_ms())?;
        Ok(permit.subject().to_owned())
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
                id_token::verify(&self.platform, &self.config, &token, purpose, &now_ms).await?;
            let arguments = Arguments::link_with(&verified, &token);
            self.call_for(&subject, Operation::LinkIdentity, arguments)?.await
        }))
    }

    /// Sends a request that was prepared for one user, unless it is another's session by now.
    fn call_for(
        self: &Rc<Self>,
        subject: &str,
        operation: Operation,
        arguments: Arguments,
    ) -> Result<Boxed, Error> {
        self.check_subject(subject)?;
        self.call(operation, arguments)
    }

    /// Is the session this user's, where there is one?
    fn check_subject(&self, subject: &str) -> Result<(), Error> {
        if self.session().is_none_or(|session| session.subject() == subject) {
            return Ok(());
        }
        let message = "another user has signed in meanwhile: nothing was done; start again";
        Err(Error::new(ErrorCode::IdTokenSubject, message).with_reason(Reason::Mismatch))
    }

    /// Sends a permitted operation's request and reads its answer.
    pub(crate) fn call(
        self: &Rc<Self>,
        operation: Operation,
        arguments: Arguments,
    ) -> Result<Boxed, Error> {
        let session = self.session();
        let permit = guard(session.as_deref(), operation, now_ms())?;
        let request = request::build(&self.config, &permit, arguments)?;
        let outgoing = Outgoing {
            method: request.method,
            url: request.url,
            body: request.body.map(|text| ("application/json", text)),
        };
        let subject = permit.subject().to_owned();
        let (client, logouts) = (self.clone(), self.logouts.get());
        Ok(Box::pin(async move {
            // A session that was renewed meanwhile has another token; one that has ended has none.
            let authorize = || {
                client.check_not_logged_out(logouts)?;
                client.check_subject(&subject)?;
                let session = client.session();
                let permit = guard(session.as_deref(), operation, now_ms())?;
                Ok(Some(permit.authorization()))
            };
            read_answer(operation, send(&client.config, &outgoing, &authorize).await?)
        }))
    }
}

fn read_answer(
    operation: Operation,
    (incoming, wait_ms): (Incoming, Option<f64>),
) -> Result<JsValue, Error> {
    let status = incoming.status();
    if !(200..300).contains(&status) {
        return Err(response::to_error(operation, status, &read_text(&incoming), wait_ms));
    }
    let body = parse_there(&incoming.text());
    if !response::is_expected(operation, &values::read(&body, 1)) {
        return Err(response::unreadable(status));
    }
    let nothing = operation.endpoint().response_body == ResponseBody::Nothing;
    Ok(if nothing { JsValue::UNDEFINED } else { body })
}

/// The answer as JSON; what is none is absent.
fn read_text(incoming: &Incoming) -> Value {
    incoming.text().as_string().and_then(|text| json::parse(&text)).unwrap_or(Value::Absent)
}
