//! The client for single-page apps that are Rust themselves, with Yew, Leptos or plain `wasm-bindgen`:
//! on wasm32, with the feature `client`.
//!
//! ```ignore
//! use auth0_current_user::client::{
//!     ClientOptions, CurrentUserClient, CurrentUserScope, IdentityScope, Members, Value,
//! };
//!
//! let client = CurrentUserClient::new(ClientOptions {
//!     domain: "acme.eu.auth0.com".to_owned(),
//!     client_id: "YOUR_CLIENT_ID".to_owned(),
//!     redirect_uri: "http://localhost:8080/".to_owned(),
//!     scopes: vec![IdentityScope::Profile.into(), CurrentUserScope::ReadCurrentUser.into()],
//!     ..ClientOptions::default()
//! })?;
//! match client.handle_redirect_callback::<Value>(None).await? {
//!     Some(sign_in) => {
//!         let profile = client.get_user::<Members>().await?;
//!         log(profile.name, sign_in.missing_scopes);
//!     }
//!     None => client.login_with_redirect(Default::default()).await?,
//! }
//! ```
//!
//! It is the client of the npm package with another face: the options are read, the tokens verified
//! and the calls guarded by the same code. Messages of errors name options as JavaScript spells them.

mod call;
mod data;
mod json;
mod options;

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use js_sys::Function;
use serde::de::DeserializeOwned;
use serde::ser::Serialize;
use wasm_bindgen::prelude::*;

pub use self::call::Call;
pub use self::data::{
    DeviceCredential, Enrollment, IdTokenClaims, Identity, Members, NewDeviceCredential, SignIn,
    UserProfile,
};
pub use self::json::{from_value, to_value};
pub use self::options::{AuthorizeOptions, ClientOptions, Display, Prompt, Scope};
pub use crate::error::{Error, ErrorCode, Reason};
pub use crate::operation::{Operation, scopes_for};
pub use crate::options::{Flow, LogoutOptions, TransactionStore};
pub use crate::scope::{CurrentUserScope, CurrentUserScopes, IdentityScope};
pub use crate::support::value::Value;

use self::json::from_js;
use crate::browser::client::Client;
use crate::browser::effects::now_ms;
use crate::browser::task::Boxed;
use crate::browser::values;
use crate::management::request::Arguments;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(callback: &Function, milliseconds: f64) -> JsValue;
    #[wasm_bindgen(js_name = clearTimeout)]
    fn clear_timeout(timer: &JsValue);
}

/// How long at most until the clock is looked at again, in milliseconds: timers stand still while the
/// machine sleeps.
const LONGEST_WATCH_MS: f64 = 60_000.0;

/// One tenant, one application, one session, which lives in memory alone. The access token is never
/// handed out, logged or stored.
///
/// A clone is the same client. It is not [`Send`]: in Leptos it is kept in a `StoredValue` with
/// `LocalStorage`.
#[derive(Clone)]
pub struct CurrentUserClient(Rc<Inner>);

type Listener = Rc<dyn Fn()>;

struct Inner {
    client: Rc<Client>,
    listeners: RefCell<Vec<(u32, Listener)>>,
    /// How many there have been.
    subscriptions: Cell<u32>,
    /// The timer that waits for the session's end.
    expiry: RefCell<JsValue>,
    /// What it calls.
    ticked: Closure<dyn Fn()>,
    /// What the client calls after every change of the session.
    _changed: Closure<dyn Fn()>,
}

impl Inner {
    fn changed(&self) {
        self.watch();
        let listeners = self.listeners.borrow().clone();
        for (_, listener) in listeners {
            listener();
        }
    }

    fn is_live(&self) -> bool {
        self.client.session().is_some_and(|session| session.is_live(now_ms()))
    }

    /// Tells the listeners when the session expires.
    fn watch(&self) {
        let session = self.client.session().filter(|session| session.is_live(now_ms()));
        let timer = session.filter(|_| !self.listeners.borrow().is_empty()).map(|session| {
            let wait_ms = (session.expires_at_ms() - now_ms()).min(LONGEST_WATCH_MS);
            set_timeout(self.ticked.as_ref().unchecked_ref(), wait_ms)
        });
        clear_timeout(&self.expiry.replace(timer.unwrap_or_default()));
    }

    fn ticked(&self) {
        if self.is_live() { self.watch() } else { self.changed() }
    }

    fn unsubscribe(&self, subscription: u32) {
        self.listeners.borrow_mut().retain(|(other, _)| *other != subscription);
        self.watch();
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        clear_timeout(&self.expiry.borrow());
    }
}

/// A callback that does nothing once the client is gone.
fn callback(inner: &Weak<Inner>, action: fn(&Inner)) -> Closure<dyn Fn()> {
    let inner = inner.clone();
    Closure::new(move || {
        if let Some(inner) = inner.upgrade() {
            action(&inner);
        }
    })
}

/// Somebody who wants to know of every change of the session, until this is dropped.
#[must_use = "dropping it unsubscribes"]
pub struct Subscription {
    inner: Weak<Inner>,
    number: u32,
}

impl Drop for Subscription {
    fn drop(&mut self) {
        if let Some(inner) = self.inner.upgrade() {
            inner.unsubscribe(self.number);
        }
    }
}

impl CurrentUserClient {
    /// Checks the options. Where the page's address holds a response, the fetch of the tenant's keys
    /// starts.
    ///
    /// # Errors
    /// `invalid_configuration` naming the option.
    pub fn new(options: ClientOptions) -> Result<Self, Error> {
        let config = options.parse()?;
        Ok(Self(Rc::new_cyclic(|inner| {
            let changed = callback(inner, Inner::changed);
            let notify: Function = changed.as_ref().unchecked_ref::<Function>().clone();
            Inner {
                client: Rc::new(Client::new(config, notify)),
                listeners: RefCell::default(),
                subscriptions: Cell::default(),
                expiry: RefCell::default(),
                ticked: callback(inner, Inner::ticked),
                _changed: changed,
            }
        })))
    }

    fn client(&self) -> Rc<Client> {
        self.0.client.clone()
    }

    // ── Sign-in ──────────────────────────────────────────────────────────────────────────────

    /// Makes `state` and `nonce` (256 bits each, from the platform's CSPRNG), stores the pending
    /// sign-in, and brings the `/authorize` URL (RFC 6749 4.2.1). For applications that navigate by
    /// themselves.
    ///
    /// # Errors
    /// `invalid_configuration`, `client_secret_forbidden`.
    pub fn build_authorize_url(&self, options: AuthorizeOptions) -> Call<String> {
        Call::new(self.client().authorize(options.parse(), false), from_js)
    }

    /// The same, and then goes there.
    ///
    /// # Errors
    /// As [`build_authorize_url`](Self::build_authorize_url).
    pub fn login_with_redirect(&self, options: AuthorizeOptions) -> Call<()> {
        Call::new(self.client().authorize(options.parse(), true), nothing)
    }

    /// Reads the authorization response from `url`, by default the page's address: verifies it fully,
    /// installs the session, and takes the response out of the address bar and the history entry,
    /// when it is called and before anything can fail; query and app routes stay. `None` where the URL
    /// holds no authorization response. A second call in the same page for the same response gives the
    /// same answer.
    ///
    /// # Errors
    /// Every code from `invalid_response` to `machine_token_forbidden` (RFC 6749 4.2.2, OIDC Core
    /// 3.2.2.11), `network_error`, `timeout`, `aborted` after a logout meanwhile. `api_error` where the
    /// application's state is not an `A`; the session is installed all the same.
    pub fn handle_redirect_callback<A: DeserializeOwned>(
        &self,
        url: Option<&str>,
    ) -> Call<Option<SignIn<A>>> {
        let sign_in = self.client().handle_redirect_callback(Ok(url.map(str::to_owned)));
        Call::shared(sign_in, |answer| {
            if answer.is_null() { Ok(None) } else { read_sign_in(answer).map(Some) }
        })
    }

    /// Opens a window, when it is called, and brings the sign-in that the person makes there; installs
    /// the session. To be called in a click's handler itself, or the browser opens no window. The
    /// person has `timeout_ms`, by default 300 000.
    ///
    /// # Errors
    /// `popup_blocked`, `popup_closed`, `timeout`, and as
    /// [`handle_redirect_callback`](Self::handle_redirect_callback).
    pub fn login_with_popup(&self, options: AuthorizeOptions) -> Call<SignIn> {
        Call::new(self.client().login_with_popup(options.parse()), read_sign_in)
    }

    /// Renews the session without a page load: hidden frame, `prompt=none`,
    /// `response_mode=web_message`. Calls at the same time with the same options share one. Waits
    /// `timeout_ms`, by default the client's.
    ///
    /// # Errors
    /// `login_required`, `consent_required` and `interaction_required` where the tenant wants the user
    /// (OIDC Core 3.1.2.6), which leave the session as it was; `timeout`, and as
    /// [`handle_redirect_callback`](Self::handle_redirect_callback).
    pub fn check_session(&self, options: AuthorizeOptions) -> Call<SignIn> {
        match self.client().check_session(options.parse()) {
            Ok(sign_in) => Call::shared(sign_in, read_sign_in),
            Err(error) => Call::new(Err(error), read_sign_in),
        }
    }

    /// Forgets the session here, then goes to the tenant's logout, and from there to `return_to`, which
    /// must be one of the application's Allowed Logout URLs.
    ///
    /// # Errors
    /// `invalid_configuration`; the session is forgotten all the same.
    pub fn logout(&self, options: LogoutOptions) -> Result<(), Error> {
        self.0.client.logout(options::parse_logout(options))
    }

    // ── Session ──────────────────────────────────────────────────────────────────────────────

    /// Is somebody signed in, and the access token not expired?
    #[must_use]
    pub fn is_authenticated(&self) -> bool {
        self.0.is_live()
    }

    /// The verified claims of the signed-in user.
    #[must_use]
    pub fn claims(&self) -> Option<IdTokenClaims> {
        let session = self.0.client.session()?;
        from_value(crate::support::json::parse(session.claims_json())?).ok()
    }

    /// What the tenant granted, of what this library knows.
    #[must_use]
    pub fn granted_scopes(&self) -> CurrentUserScopes {
        self.0.client.session().map(|session| session.granted()).unwrap_or_default()
    }

    /// When the access token expires, in milliseconds since the epoch.
    #[must_use]
    pub fn expires_at_ms(&self) -> Option<f64> {
        self.0.client.session().map(|session| session.expires_at_ms())
    }

    /// Would this operation be let through now, by session and granted scopes? For hiding buttons.
    #[must_use]
    pub fn can(&self, operation: Operation) -> bool {
        self.0.client.check(operation).is_ok()
    }

    /// `listener` runs after every change of the session, which are sign-in, renewal, logout and
    /// expiry, until what this returns is dropped. For signals and the like.
    pub fn subscribe(&self, listener: impl Fn() + 'static) -> Subscription {
        let number = self.0.subscriptions.get();
        self.0.subscriptions.set(number.wrapping_add(1));
        self.0.listeners.borrow_mut().push((number, Rc::new(listener)));
        self.0.watch();
        Subscription { inner: Rc::downgrade(&self.0), number }
    }

    // ── The permitted endpoints, always for the signed-in user ───────────────────────────────

    fn call<T>(
        &self,
        operation: Operation,
        arguments: impl FnOnce() -> Result<Arguments, Error>,
        read: fn(&JsValue) -> Result<T, Error>,
    ) -> Call<T> {
        // Whether the call is permitted at all is said first.
        let prepare = || -> Result<Boxed, Error> {
            self.0.client.check(operation)?;
            self.0.client.call(operation, arguments()?)
        };
        Call::new(prepare(), read)
    }

    /// The user's profile, with `user_metadata` of the type `M`; [`Members`] is any. Needs
    /// `read:current_user`.
    ///
    /// # Errors
    /// As all calls of the Management API, first what is checked here, before anything is sent:
    /// `login_required`, `token_expired`, `insufficient_scope`; then `unauthorized`, `not_found`,
    /// `rate_limited`, `api_error`, `network_error`, `timeout`.
    pub fn get_user<M: DeserializeOwned>(&self) -> Call<UserProfile<M>> {
        self.call(Operation::GetUser, || Ok(Arguments::NONE), from_js)
    }

    /// The user's multifactor enrollments. Needs `read:current_user`.
    ///
    /// # Errors
    /// As [`get_user`](Self::get_user).
    pub fn get_enrollments(&self) -> Call<Vec<Enrollment>> {
        self.call(Operation::GetEnrollments, || Ok(Arguments::NONE), from_js)
    }

    /// Links the account behind an ID token, of a second sign-in of the same person at this
    /// application. The token is verified here first: signature, issuer, audience, times, and another
    /// `sub` than the session's. Needs `update:current_user_identities`.
    ///
    /// # Errors
    /// As [`get_user`](Self::get_user), and `invalid_argument`, the `id_token_…` codes,
    /// `signing_key_not_found`, `machine_token_forbidden`.
    pub fn link_identity(&self, id_token: &str) -> Call<Vec<Identity>> {
        Call::new(self.client().link_identity(&Value::from(id_token)), from_js)
    }

    /// The same with the second sign-in made in a window (`prompt=login`, scope `openid`), whose ID token
    /// is verified like any other, used for the one call and forgotten. The session stays. To be called
    /// in a click's handler itself.
    ///
    /// # Errors
    /// As [`link_identity`](Self::link_identity) and [`login_with_popup`](Self::login_with_popup);
    /// `id_token_subject` where the person signs in to the same account, or to one with an unverified
    /// e-mail address.
    pub fn link_identity_with_popup(&self, options: AuthorizeOptions) -> Call<Vec<Identity>> {
        Call::new(self.client().link_identity_with_popup(options.parse()), from_js)
    }

    /// Makes a linked account a user of its own again. `user_id` with or without its `provider|`
    /// prefix. Needs `update:current_user_identities`.
    ///
    /// # Errors
    /// As [`get_user`](Self::get_user), and `invalid_argument`.
    pub fn unlink_identity(&self, provider: &str, user_id: &str) -> Call<Vec<Identity>> {
        let arguments = || Arguments::identity(&provider.into(), &user_id.into());
        self.call(Operation::UnlinkIdentity, arguments, from_js)
    }

    /// Merges keys into `user_metadata`, shallowly, on the server; a key that is `null` is removed, which
    /// with serde is a `None` that is not skipped. `patch` is anything that serde writes as an object.
    /// Needs `update:current_user_metadata` or `create:current_user_metadata`.
    ///
    /// # Errors
    /// As [`get_user`](Self::get_user), and `invalid_argument`, also for an empty object, which would
    /// erase everything: see [`clear_user_metadata`](Self::clear_user_metadata).
    pub fn patch_user_metadata<M: DeserializeOwned>(
        &self,
        patch: &(impl Serialize + ?Sized),
    ) -> Call<UserProfile<M>> {
        let arguments = || Arguments::metadata(&json::describe(patch)?);
        self.call(Operation::PatchUserMetadata, arguments, from_js)
    }

    /// Erases all of `user_metadata`. Permitted as
    /// [`patch_user_metadata`](Self::patch_user_metadata).
    ///
    /// # Errors
    /// As [`get_user`](Self::get_user).
    pub fn clear_user_metadata(&self) -> Call<UserProfile> {
        self.call(Operation::PatchUserMetadata, || Ok(Arguments::no_metadata()), from_js)
    }

    /// Removes the user's multifactor provider, such as `google-authenticator`. Needs
    /// `delete:current_user_metadata`; newer tenants demand a scope that only a server can hold, and
    /// answer 403.
    ///
    /// # Errors
    /// As [`get_user`](Self::get_user), and `invalid_argument`.
    pub fn delete_multifactor(&self, provider: &str) -> Call<()> {
        let arguments = || Arguments::segment("provider", &provider.into());
        self.call(Operation::DeleteMultifactor, arguments, nothing)
    }

    /// Registers a device credential. Needs `create:current_user_device_credentials`.
    ///
    /// # Errors
    /// As [`get_user`](Self::get_user), and `invalid_argument` naming the field.
    pub fn create_device_credential(
        &self,
        credential: &NewDeviceCredential,
    ) -> Call<DeviceCredential> {
        let arguments = || {
            let mut fields =
                options::Members(to_value(credential)?.into_object().unwrap_or_default());
            fields.text("type", Some("public_key"));
            Arguments::device_credential(&Value::Object(fields.0))
        };
        self.call(Operation::CreateDeviceCredential, arguments, from_js)
    }

    /// Removes a device credential. Needs `delete:current_user_device_credentials`.
    ///
    /// # Errors
    /// As [`get_user`](Self::get_user), and `invalid_argument`.
    pub fn delete_device_credential(&self, id: &str) -> Call<()> {
        let arguments = || Arguments::segment("id", &id.into());
        self.call(Operation::DeleteDeviceCredential, arguments, nothing)
    }
}

/// What a successful answer with nothing in it is read as.
#[allow(clippy::unnecessary_wraps, reason = "one signature for all that read an answer")]
fn nothing(_: &JsValue) -> Result<(), Error> {
    Ok(())
}

fn read_sign_in<A: DeserializeOwned>(answer: &JsValue) -> Result<SignIn<A>, Error> {
    let sign_in = values::read_json(answer).into_object().unwrap_or_default();
    let scopes = |name| {
        let names = sign_in.get(name).as_strings().unwrap_or_default();
        names.into_iter().filter_map(CurrentUserScope::parse).collect()
    };
    let app_state = match sign_in.get("appState") {
        Value::Absent => None,
        given => Some(from_value(given.clone())?),
    };
    Ok(SignIn {
        claims: from_value(sign_in.get("claims").clone())?,
        granted_scopes: scopes("grantedScopes"),
        missing_scopes: scopes("missingScopes"),
        expires_at_ms: sign_in.get("expiresAt").as_number().unwrap_or_default(),
        app_state,
    })
}
