//! The client: asks the core, and tells the browser.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Function, Promise};
use wasm_bindgen::JsValue;
use web_sys::AbortSignal;

use super::fetch::{Outgoing, send};
use super::keys::BrowserPlatform;
use super::page::{address, now_ms, replace_address};
use super::store::BrowserStore;
use super::task::{promise, settled};
use super::{crypto, values};
use crate::error::Error;
use crate::management::request::{self, Arguments};
use crate::management::response;
use crate::oidc::authorize::{self, ResponseMode};
use crate::oidc::id_token::{self, Purpose};
use crate::oidc::response::{Answer, Located, Parameters, invalid, locate};
use crate::oidc::sign_in::{self, Found, Transactions};
use crate::oidc::transaction::Transaction;
use crate::operation::Operation;
use crate::options::{AuthorizeOptions, Config};
use crate::session::{Permit, Session, guard};
use crate::value::Value;

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
    /// Called after every change of the session.
    changed: Function,
}

/// The last response that this page has handled, for those who ask twice: React's StrictMode runs
/// effects twice, and may make a client each time.
struct Handled {
    issuer: String,
    client_id: String,
    url: String,
    clean_url: String,
    done: Promise,
    outcome: Rc<RefCell<Option<Result<SignedIn, Error>>>>,
}

thread_local! {
    static HANDLED: RefCell<Option<Handled>> = const { RefCell::new(None) };
}

impl Client {
    pub(crate) fn new(config: Config, changed: Function) -> Self {
        let platform = BrowserPlatform::new(&config);
        let client = Self {
            store: BrowserStore::new(config.transaction_store),
            session: RefCell::new(None),
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

    fn set_session(&self, session: Option<Rc<Session>>) {
        self.session.replace(session);
        let _ = self.changed.call0(&JsValue::UNDEFINED);
    }

    /// Begins a sign-in that comes back by redirect, and returns where to go.
    pub(crate) async fn build_authorize_url(
        &self,
        options: &AuthorizeOptions,
    ) -> Result<String, Error> {
        let random = crypto::random()?;
        let mut transaction = Transaction::begin(&self.config, options, &random, now_ms());
        self.store.save(&mut transaction)?;
        Ok(authorize::build_url(&self.config, options, &transaction, ResponseMode::Redirect, None))
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
        let bar = address();
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
            let same_response = handled.url == *url || given.is_none() && handled.clean_url == bar;
            (same_client && same_response).then(|| (handled.done.clone(), handled.outcome.clone()))
        });
        let (done, outcome) = match (repeated, located) {
            (Some(repeated), _) => repeated,
            (None, Some(located)) => self.handle(located.parameters, url, located.clean_url),
            (None, None) => return Ok(None),
        };
        let _ = settled(&done).await;
        let outcome = outcome.borrow().clone();
        let Some(outcome) = outcome else {
            return Ok(None);
        };
        let signed_in = outcome?;
        // The one who handles it gets the session, and so does a second client of the same kind; a
        // session that has been renewed since is left alone.
        if self.session.borrow().is_none() {
            self.set_session(Some(signed_in.session.clone()));
        }
        Ok(Some(signed_in))
    }

    fn handle(
        self: &Rc<Self>,
        parameters: Parameters,
        url: &str,
        clean_url: String,
    ) -> (Promise, Rc<RefCell<Option<Result<SignedIn, Error>>>>) {
        let outcome = Rc::new(RefCell::new(None));
        // The record is used up at once, not when the promise gets its turn.
        let opened = sign_in::open(&self.config, &parameters, &self.store, now_ms());
        let client = self.clone();
        let result = outcome.clone();
        let done = promise(Box::pin(async move {
            let signed_in = match opened {
                Ok((transaction, answer)) => client.verify(&transaction, answer).await,
                Err(error) => Err(error),
            };
            if let Ok(signed_in) = &signed_in {
                client.set_session(Some(signed_in.session.clone()));
            }
            result.replace(Some(signed_in));
            Ok(JsValue::UNDEFINED)
        }));
        HANDLED.set(Some(Handled {
            issuer: self.config.issuer.clone(),
            client_id: self.config.client_id.clone(),
            url: url.to_owned(),
            clean_url,
            done: done.clone(),
            outcome: outcome.clone(),
        }));
        (done, outcome)
    }

    async fn verify(&self, transaction: &Transaction, answer: Answer) -> Result<SignedIn, Error> {
        let Answer::Tokens(tokens) = answer else {
            return Err(invalid("it carries a code"));
        };
        let (platform, config) = (&self.platform, &self.config);
        let session = sign_in::verify(platform, config, transaction, tokens, now_ms()).await?;
        Ok(SignedIn { session: Rc::new(session), app_state: transaction.app_state.clone() })
    }

    /// Forgets the session, and the last response with it.
    pub(crate) fn forget(&self) {
        HANDLED.set(None);
        if self.session.borrow().is_some() {
            self.set_session(None);
        }
    }

    /// May this operation be sent now?
    pub(crate) fn check(&self, operation: Operation) -> Result<(), Error> {
        guard(self.session().as_deref(), operation, now_ms()).map(|_| ())
    }

    /// Verifies the ID token of another account, for linking it to the signed-in one.
    pub(crate) async fn verify_link(&self, id_token: &Value) -> Result<Arguments, Error> {
        let token = id_token
            .as_str()
            .ok_or_else(|| request::invalid("`idToken` must be the ID token as a string"))?;
        let session = self.session();
        let session_subject = session.as_deref().map(Session::subject).unwrap_or_default();
        let purpose = Purpose::Link { session_subject };
        let verified =
            id_token::verify(&self.platform, &self.config, token, purpose, now_ms()).await?;
        Ok(Arguments::link_with(&verified, token))
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
            authorization: Some(["Bearer ", request.access_token.reveal()].concat()),
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
        Ok(body)
    }
}
