//! The client against a fake page.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]
#![allow(clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

mod api;
mod callback_cache;
mod interactive;
mod interleavings;
mod linking;
mod logout;
mod redirect;
mod send;
mod session;
mod shared;
mod sign_in;
mod signing_keys;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use ring::digest;
use serde_json::{Value as Json, json};

use super::{Client, Page, SignIn, Started};
use crate::error::{Error, ErrorCode};
use crate::jose::base64url;
use crate::options::{AuthorizeOptions, Config};
use crate::platform::fake::{FakePlatform, START_MS};
use crate::platform::{Navigation, WebMessageEvent, WebMessageTarget};
use crate::support::value::{Object, Value};

const ORIGIN: &str = "https://acme.auth0.com";
const KEYS: &str = "GET https://acme.auth0.com/.well-known/jwks.json";
const TOKEN_ENDPOINT: &str = "POST https://acme.auth0.com/oauth/token";
const APP: &str = "https://app.example/";
const ADA: &str = "auth0|ada";
const GRACE: &str = "auth0|grace";

fn object(value: Json) -> Object {
    serde_json::from_value::<Value>(value).unwrap().into_object().unwrap()
}

fn options(value: Json) -> Box<AuthorizeOptions> {
    AuthorizeOptions::parse(&object(value)).unwrap()
}

/// A page and what its clients share.
struct TestPage {
    platform: FakePlatform,
    page: Rc<Page<FakePlatform>>,
}

/// A client, with how often its listeners were told.
#[derive(Clone)]
struct TestClient {
    client: Rc<Client<FakePlatform>>,
    changes: Rc<Cell<u32>>,
    /// Runs with each change.
    listener: Listener,
}

type Listener = Rc<RefCell<Option<Box<dyn Fn()>>>>;

/// What a method of the client ended with, once it has.
type Outcome<T> = Rc<RefCell<Option<Result<T, Error>>>>;

impl TestPage {
    fn new() -> Self {
        let platform = FakePlatform::at(APP);
        Self { page: Page::new(platform.clone()), platform }
    }

    fn client(&self) -> TestClient {
        self.client_with(&json!({}))
    }

    fn client_with(&self, changes: &Json) -> TestClient {
        let mut given = json!({
            "domain": "acme.auth0.com",
            "clientId": "app",
            "redirectUri": APP,
            "scopes": ["read:current_user", "update:current_user_identities"],
            "retries": 0,
        });
        for (name, value) in changes.as_object().unwrap() {
            given[name] = value.clone();
        }
        let changes = Rc::new(Cell::new(0));
        let listener = Listener::default();
        let (counted, listening) = (changes.clone(), listener.clone());
        let on_change = Box::new(move || {
            counted.set(counted.get() + 1);
            if let Some(listener) = &*listening.borrow() {
                listener();
            }
        });
        let config = Config::parse(&object(given)).unwrap();
        let noted = self.platform.address();
        let client = Client::new(&self.page, config, noted, on_change).unwrap();
        TestClient { client, changes, listener }
    }

    /// Starts what a method returned, as a face does.
    fn start<T: 'static>(&self, started: Started<T>) -> Outcome<T> {
        let outcome = match started {
            Ok(future) => self.platform.start(future),
            Err(error) => Rc::new(RefCell::new(Some(Err(error)))),
        };
        self.platform.run();
        outcome
    }

    /// The address that the tenant would send the browser back to, after `client` began a sign-in.
    fn begin(&self, client: &TestClient, user: &str) -> String {
        let url = self.start(client.client.build_authorize_url(options(json!({"appState": "1"}))));
        let url = url.take().unwrap().unwrap();
        format!("{APP}#{}", response_of(&url, user))
    }

    /// Begins a sign-in and comes back from the tenant: the address holds the response.
    fn come_back(&self, client: &TestClient, user: &str) {
        let address = self.begin(client, user);
        self.platform.set_address(&address);
    }

    fn handle(&self, client: &TestClient) -> Outcome<Option<SignIn>> {
        self.start(client.client.handle_redirect_callback(Ok(None)))
    }

    /// Signs a user in by redirect.
    fn sign_in(&self, client: &TestClient, user: &str) {
        self.come_back(client, user);
        let handled = self.handle(client);
        self.answer_keys();
        assert!(handled.take().unwrap().unwrap().is_some());
        assert_eq!(client.subject().as_deref(), Some(user));
        client.changes.set(0);
    }

    /// Publishes the keys, where somebody waits for them.
    fn answer_keys(&self) {
        if self.platform.waiting().iter().any(|what| what == KEYS) {
            self.platform.respond(KEYS, 200, &key_set());
        }
    }

    /// The tenant's message to the oldest window or frame that waits, for this user.
    fn answer_message(&self, user: &str) {
        let waiting = self.platform.waiting();
        let what = waiting.iter().find(|what| what.starts_with("message ")).unwrap();
        self.platform.report(what, message_of(what, user));
        self.answer_keys();
    }

    fn renew(&self, client: &TestClient) -> Outcome<SignIn> {
        self.start(client.client.check_session(Box::default()))
    }

    fn popup(&self, client: &TestClient) -> Outcome<SignIn> {
        self.start(client.client.login_with_popup(Box::default()))
    }

    fn iframes(&self) -> usize {
        let loaded = self.platform.loaded();
        loaded.iter().filter(|(kind, _)| *kind == WebMessageTarget::Iframe).count()
    }
}

impl TestClient {
    fn subject(&self) -> Option<String> {
        self.client.session().map(|session| session.subject().to_owned())
    }

    /// Calls `listener` with each change of the session.
    fn on_change(&self, listener: impl Fn() + 'static) {
        self.listener.replace(Some(Box::new(listener)));
    }

    fn logout(&self) {
        let local = object(json!({"localOnly": true}));
        let options = crate::options::LogoutOptions::parse(&local);
        self.client.logout(options).unwrap();
    }
}

fn refusal<T>(outcome: &Outcome<T>) -> ErrorCode {
    match outcome.take() {
        Some(Err(error)) => error.code,
        Some(Ok(_)) => panic!("not refused"),
        None => panic!("still waiting"),
    }
}

fn subject_of(outcome: &Outcome<SignIn>) -> String {
    outcome.take().unwrap().unwrap().session.subject().to_owned()
}

// ── Tokens ───────────────────────────────────────────────────────────────────────────────────

fn key_set() -> String {
    let modulus = base64url::encode(&[0xc5; 256]);
    json!({"keys": [{"kty": "RSA", "kid": "k1", "n": modulus, "e": "AQAB"}]}).to_string()
}

/// A JWS with the fake platform's signature.
fn sign(claims: &Json) -> String {
    let encode = |value: &Json| base64url::encode(value.to_string().as_bytes());
    let header = encode(&json!({"alg": "RS256", "typ": "JWT", "kid": "k1"}));
    let input = format!("{header}.{}", encode(claims));
    let signature = digest::digest(&digest::SHA256, input.as_bytes());
    format!("{input}.{}", base64url::encode(signature.as_ref()))
}

/// A parameter of a URL.
fn parameter(url: &str, name: &str) -> Option<String> {
    let url = url::Url::parse(url).unwrap();
    url.query_pairs().find(|(other, _)| other == name).map(|(_, value)| value.into_owned())
}

/// Both tokens that answer this authorization request.
fn tokens_of(url: &str, user: &str) -> (String, String) {
    let now = (START_MS / 1000.0).floor();
    let nonce = parameter(url, "nonce").unwrap();
    let access_token = sign(&json!({
        "iss": format!("{ORIGIN}/"),
        "sub": user,
        "aud": [format!("{ORIGIN}/api/v2/"), format!("{ORIGIN}/userinfo")],
        "iat": now,
        "exp": now + 7200.0,
        "scope": parameter(url, "scope"),
        // Tells the tokens of two sign-ins apart.
        "jti": nonce,
    }));
    let digest = digest::digest(&digest::SHA256, access_token.as_bytes());
    let id_token = sign(&json!({
        "iss": format!("{ORIGIN}/"),
        "sub": user,
        "aud": "app",
        "iat": now,
        "exp": now + 36_000.0,
        "nonce": nonce,
        "at_hash": base64url::encode(&digest.as_ref()[..16]),
    }));
    (id_token, access_token)
}

/// The fragment that answers this authorization request.
fn response_of(url: &str, user: &str) -> String {
    let (id_token, access_token) = tokens_of(url, user);
    let state = parameter(url, "state").unwrap();
    format!(
        "access_token={access_token}&id_token={id_token}&token_type=Bearer&expires_in=7200&state={state}"
    )
}

/// The message that answers the authorization request in this waiting call.
fn message_of(waiting_call: &str, user: &str) -> WebMessageEvent {
    let url = waiting_call.strip_prefix("message ").unwrap();
    let (id_token, access_token) = tokens_of(url, user);
    message(&json!({
        "access_token": access_token,
        "id_token": id_token,
        "token_type": "Bearer",
        "expires_in": 7200,
        "state": parameter(url, "state"),
    }))
}

/// A message of the tenant with this response.
fn message(response: &Json) -> WebMessageEvent {
    let data = json!({"type": "authorization_response", "response": response});
    WebMessageEvent::Message {
        origin: ORIGIN.to_owned(),
        from_target: true,
        data: serde_json::from_value(data).unwrap(),
    }
}
