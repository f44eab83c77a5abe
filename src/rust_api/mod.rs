//! The client for single-page apps that are Rust themselves, with Yew, Leptos or plain `wasm-bindgen`:
//! on wasm32, with the feature `client`.
//!
//! ```ignore
//! use auth0_current_user::{
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

use serde::de::DeserializeOwned;
use serde::ser::Serialize;

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

use crate::browser::{Browser, Client, TextBody, page};
use crate::client;
use crate::management::request::Arguments;
use crate::platform::{Navigation, ResponseBody};
use crate::support::json as json_text;

/// One tenant, one application, one session, which lives in memory alone. The access token is never
/// handed out, logged or stored.
///
/// A clone is the same client. It is not [`Send`]: in Leptos it is kept in a `StoredValue` with
/// `LocalStorage`.
#[derive(Clone)]
pub struct CurrentUserClient(Rc<Inner>);

struct Inner {
    client: Rc<Client>,
    listeners: Rc<Listeners>,
}

type Listener = Rc<dyn Fn()>;

/// Who is told of every change of the session.
#[derive(Default)]
struct Listeners {
    all: RefCell<Vec<(u32, Listener)>>,
    /// How many there have been.
    subscriptions: Cell<u32>,
}

impl Listeners {
    fn add(&self, listener: Listener) -> u32 {
        let number = self.subscriptions.get();
        self.subscriptions.set(number.wrapping_add(1));
        self.all.borrow_mut().push((number, listener));
        number
    }

    fn remove(&self, number: u32) {
        self.all.borrow_mut().retain(|(other, _)| *other != number);
    }

    fn notify(&self) {
        let listeners = self.all.borrow().clone();
        for (_, listener) in listeners {
            listener();
        }
    }
}

/// A listener, until this is dropped.
#[must_use = "dropping it unsubscribes"]
pub struct Subscription {
    listeners: Weak<Listeners>,
    number: u32,
}

impl Drop for Subscription {
    fn drop(&mut self) {
        if let Some(listeners) = self.listeners.upgrade() {
            listeners.remove(self.number);
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
        let listeners = Rc::<Listeners>::default();
        let on_change = listeners.clone();
        let client =
            Client::new(&page(), config, Browser.address(), Box::new(move || on_change.notify()))?;
        Ok(Self(Rc::new(Inner { client, listeners })))
    }

    // ── Sign-in ──────────────────────────────────────────────────────────────────────────────

    /// Makes `state` and `nonce` (256 bits each, from the platform's CSPRNG), stores the pending
    /// sign-in, and brings the `/authorize` URL (RFC 6749 4.2.1). For applications that navigate by
    /// themselves.
    ///
    /// # Errors
    /// `invalid_configuration`, `client_secret_forbidden`.
    pub fn build_authorize_url(&self, options: AuthorizeOptions) -> Call<String> {
        Call::new(
            options.parse().and_then(|options| self.0.client.build_authorize_url(options)),
            Ok,
        )
    }

    /// The same, and then goes there.
    ///
    /// # Errors
    /// As [`build_authorize_url`](Self::build_authorize_url).
    pub fn login_with_redirect(&self, options: AuthorizeOptions) -> Call<()> {
        Call::new(
            options.parse().and_then(|options| self.0.client.login_with_redirect(options)),
            Ok,
        )
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
    pub fn handle_redirect_callback<A: DeserializeOwned + 'static>(
        &self,
        url: Option<&str>,
    ) -> Call<Option<SignIn<A>>> {
        let handled = self.0.client.handle_redirect_callback(Ok(url.map(str::to_owned)));
        Call::new(handled, |sign_in| sign_in.map(read_sign_in).transpose())
    }

    /// Opens a window, when it is called, and brings the sign-in that the person makes there; installs
    /// the session. To be called in a click's handler itself, or the browser opens no window. The
    /// person has `timeout_ms`, by default 300 000.
    ///
    /// # Errors
    /// `popup_blocked`, `popup_closed`, `timeout`, and as
    /// [`handle_redirect_callback`](Self::handle_redirect_callback).
    pub fn login_with_popup(&self, options: AuthorizeOptions) -> Call<SignIn> {
        Call::new(
            options.parse().and_then(|options| self.0.client.login_with_popup(options)),
            read_sign_in,
        )
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
        Call::new(
            options.parse().and_then(|options| self.0.client.check_session(options)),
            read_sign_in,
        )
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
        self.0.client.is_authenticated()
    }

    /// The verified claims of the signed-in user.
    #[must_use]
    pub fn claims(&self) -> Option<IdTokenClaims> {
        let session = self.0.client.session()?;
        from_value(json_text::parse(session.claims_json())?).ok()
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
        self.0.client.can(operation)
    }

    /// `listener` runs after every change of the session, which are sign-in, renewal, logout and
    /// expiry, until what this returns is dropped. For signals and the like.
    pub fn subscribe(&self, listener: impl Fn() + 'static) -> Subscription {
        let number = self.0.listeners.add(Rc::new(listener));
        Subscription { listeners: Rc::downgrade(&self.0.listeners), number }
    }

    // ── The permitted endpoints, always for the signed-in user ───────────────────────────────

    fn call<T: DeserializeOwned + 'static>(
        &self,
        operation: Operation,
        arguments: Result<Arguments, Error>,
    ) -> Call<T> {
        Call::new(self.0.client.call(operation, arguments), read_body)
    }

    /// The user's profile, with `user_metadata` of the type `M`; [`Members`] is any. Needs
    /// `read:current_user`.
    ///
    /// # Errors
    /// As all calls of the Management API, first what is checked here, before anything is sent:
    /// `login_required`, `token_expired`, `insufficient_scope`; then `unauthorized`, `not_found`,
    /// `rate_limited`, `api_error`, `network_error`, `timeout`.
    pub fn get_user<M: DeserializeOwned + 'static>(&self) -> Call<UserProfile<M>> {
        self.call(Operation::GetUser, Ok(Arguments::NONE))
    }

    /// The user's multifactor enrollments. Needs `read:current_user`.
    ///
    /// # Errors
    /// As [`get_user`](Self::get_user).
    pub fn get_enrollments(&self) -> Call<Vec<Enrollment>> {
        self.call(Operation::GetEnrollments, Ok(Arguments::NONE))
    }

    /// Links the account behind an ID token, of a second sign-in of the same person at this
    /// application. The token is verified here first: signature, issuer, audience, times, and another
    /// `sub` than the session's. Needs `update:current_user_identities`.
    ///
    /// # Errors
    /// As [`get_user`](Self::get_user), and `invalid_argument`, the `id_token_…` codes,
    /// `signing_key_not_found`, `machine_token_forbidden`.
    pub fn link_identity(&self, id_token: &str) -> Call<Vec<Identity>> {
        Call::new(self.0.client.link_identity(&Value::from(id_token)), read_body)
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
        Call::new(self.0.client.link_identity_with_popup(options.parse()), read_body)
    }

    /// Makes a linked account a user of its own again. `user_id` with or without its `provider|`
    /// prefix. Needs `update:current_user_identities`.
    ///
    /// # Errors
    /// As [`get_user`](Self::get_user), and `invalid_argument`.
    pub fn unlink_identity(&self, provider: &str, user_id: &str) -> Call<Vec<Identity>> {
        let arguments = Arguments::identity(&provider.into(), &user_id.into());
        self.call(Operation::UnlinkIdentity, arguments)
    }

    /// Merges keys into `user_metadata`, shallowly, on the server; a key that is `null` is removed, which
    /// with serde is a `None` that is not skipped. `patch` is anything that serde writes as an object.
    /// Needs `update:current_user_metadata` or `create:current_user_metadata`.
    ///
    /// # Errors
    /// As [`get_user`](Self::get_user), and `invalid_argument`, also for an empty object, which would
    /// erase everything: see [`clear_user_metadata`](Self::clear_user_metadata).
    pub fn patch_user_metadata<M: DeserializeOwned + 'static>(
        &self,
        patch: &(impl Serialize + ?Sized),
    ) -> Call<UserProfile<M>> {
        let arguments = json::to_tagged_json(patch).and_then(|patch| Arguments::metadata(&patch));
        self.call(Operation::PatchUserMetadata, arguments)
    }

    /// Erases all of `user_metadata`. Permitted as
    /// [`patch_user_metadata`](Self::patch_user_metadata).
    ///
    /// # Errors
    /// As [`get_user`](Self::get_user).
    pub fn clear_user_metadata(&self) -> Call<UserProfile> {
        self.call(Operation::PatchUserMetadata, Ok(Arguments::no_metadata()))
    }

    /// Removes the user's multifactor provider, such as `google-authenticator`. Needs
    /// `delete:current_user_metadata`; newer tenants demand a scope that only a server can hold, and
    /// answer 403.
    ///
    /// # Errors
    /// As [`get_user`](Self::get_user), and `invalid_argument`.
    pub fn delete_multifactor(&self, provider: &str) -> Call<()> {
        let arguments = Arguments::segment("provider", &provider.into());
        Call::new(self.0.client.call(Operation::DeleteMultifactor, arguments), |_| Ok(()))
    }

    /// Registers a device credential. Needs `create:current_user_device_credentials`.
    ///
    /// # Errors
    /// As [`get_user`](Self::get_user), and `invalid_argument` naming the field.
    pub fn create_device_credential(
        &self,
        credential: &NewDeviceCredential,
    ) -> Call<DeviceCredential> {
        let arguments = to_value(credential).and_then(|credential| {
            let mut fields = options::Members(credential.into_object().unwrap_or_default());
            fields.text("type", Some("public_key"));
            Arguments::device_credential(&Value::Object(fields.0))
        });
        self.call(Operation::CreateDeviceCredential, arguments)
    }

    /// Removes a device credential. Needs `delete:current_user_device_credentials`.
    ///
    /// # Errors
    /// As [`get_user`](Self::get_user), and `invalid_argument`.
    pub fn delete_device_credential(&self, id: &str) -> Call<()> {
        let arguments = Arguments::segment("id", &id.into());
        Call::new(self.0.client.call(Operation::DeleteDeviceCredential, arguments), |_| Ok(()))
    }
}

fn read_sign_in<A: DeserializeOwned>(sign_in: client::SignIn) -> Result<SignIn<A>, Error> {
    let client::SignIn { session, app_state } = sign_in;
    let claims = json_text::parse(session.claims_json()).unwrap_or(Value::Absent);
    let app_state = app_state.and_then(|text| json_text::parse(&text));
    Ok(SignIn {
        claims: from_value(claims)?,
        granted_scopes: session.granted(),
        missing_scopes: session.missing(),
        expires_at_ms: session.expires_at_ms(),
        app_state: app_state.map(from_value).transpose()?,
    })
}

fn read_body<T: DeserializeOwned>(body: Option<TextBody>) -> Result<T, Error> {
    from_value(body.map_or(Value::Absent, |body| body.to_json()))
}
