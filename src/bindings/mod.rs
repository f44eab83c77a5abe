//! What JavaScript calls, behind the TypeScript facade: one method a line, the same names. Values and errors are converted
//! here. Nothing is decided here.

mod arguments;

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;

use self::arguments::{
    read_authorize_options, read_linking_options, read_operation, read_options, read_plain,
    read_request_signal, read_signal, read_url,
};
use crate::browser::tasks::{TaskFuture, to_abortable_promise, to_promise};
use crate::browser::values::{notify, reuse_if_unchanged, to_plain_tagged_json, to_thrown};
use crate::browser::{Client, TextBody, page};
use crate::client::{SignIn, Started};
use crate::error::Error;
use crate::management::request::Arguments;
use crate::operation::Operation;
use crate::options::{AuthorizeOptions, Config, LogoutOptions};
use crate::support::json::ObjectWriter;

// A third of the default allocator's size, and as good for one thread.
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

/// The client behind the facade's `CurrentUserClient`.
#[wasm_bindgen(js_name = Client)]
pub struct WasmClient {
    client: Rc<Client>,
    /// The claims as they were last handed out.
    claims: RefCell<JsValue>,
    /// The granted scopes as they were last handed out.
    granted_scopes: RefCell<JsValue>,
}

#[wasm_bindgen(js_class = Client)]
impl WasmClient {
    /// Checks the options. `noted_address` is the page's address when the application asked for the client. Calls `changed` after
    /// every change of the session.
    ///
    /// # Errors
    /// As [`Config::parse`]; `invalid_configuration` where the page has no WebCrypto.
    #[wasm_bindgen(constructor)]
    pub fn new(
        options: &JsValue,
        noted_address: String,
        changed: Function,
    ) -> Result<WasmClient, JsValue> {
        let config = read_options(options).and_then(|options| Config::parse(&options));
        let on_change = Box::new(move || notify(&changed));
        let client = config
            .and_then(|config| Client::new(&page(), config, noted_address, on_change))
            .map_err(|error| to_thrown(&error))?;
        Ok(Self { client, claims: RefCell::default(), granted_scopes: RefCell::default() })
    }

    // ── Session ──────────────────────────────────────────────────────────────────────────────

    #[wasm_bindgen(getter, js_name = isAuthenticated)]
    pub fn is_authenticated(&self) -> bool {
        self.client.is_authenticated()
    }

    #[wasm_bindgen(getter)]
    pub fn claims(&self) -> JsValue {
        match self.client.session() {
            Some(session) => reuse(&self.claims, session.claims_json()),
            None => JsValue::UNDEFINED,
        }
    }

    #[wasm_bindgen(getter, js_name = grantedScopes)]
    pub fn granted_scopes(&self) -> JsValue {
        let granted = self.client.session().map(|session| session.granted());
        reuse(&self.granted_scopes, &granted.unwrap_or_default().to_json())
    }

    #[wasm_bindgen(getter, js_name = expiresAt)]
    pub fn expires_at(&self) -> Option<f64> {
        self.client.session().map(|session| session.expires_at_ms())
    }

    pub fn can(&self, operation: &JsValue) -> Result<bool, JsValue> {
        let operation = read_operation(operation).map_err(|error| to_thrown(&error))?;
        Ok(self.client.can(operation))
    }

    pub fn logout(&self, options: &JsValue) -> Result<(), JsValue> {
        let options = read_options(options).and_then(|options| LogoutOptions::parse(&options));
        self.client.logout(options).map_err(|error| to_thrown(&error))
    }

    // ── Sign-in ──────────────────────────────────────────────────────────────────────────────

    #[wasm_bindgen(js_name = buildAuthorizeUrl)]
    pub fn build_authorize_url(&self, options: &JsValue) -> Promise {
        self.start_sign_in(options, Client::build_authorize_url, JsValue::from)
    }

    #[wasm_bindgen(js_name = loginWithRedirect)]
    pub fn login_with_redirect(&self, options: &JsValue) -> Promise {
        self.start_sign_in(options, Client::login_with_redirect, undefined)
    }

    #[wasm_bindgen(js_name = loginWithPopup)]
    pub fn login_with_popup(&self, options: &JsValue) -> Promise {
        self.start_sign_in(options, Client::login_with_popup, to_text)
    }

    #[wasm_bindgen(js_name = checkSession)]
    pub fn check_session(&self, options: &JsValue) -> Promise {
        self.start_sign_in(options, Client::check_session, to_text)
    }

    #[wasm_bindgen(js_name = handleRedirectCallback)]
    pub fn handle_redirect_callback(&self, url: &JsValue) -> Promise {
        let to_text_or_null = |sign_in: Option<_>| sign_in.map_or(JsValue::NULL, to_text);
        to_promise(map(self.client.handle_redirect_callback(read_url(url)), to_text_or_null))
    }

    // ── The permitted endpoints ──────────────────────────────────────────────────────────────

    #[wasm_bindgen(js_name = getUser)]
    pub fn get_user(&self, options: &JsValue) -> Promise {
        self.call(Operation::GetUser, Ok(Arguments::NONE), options)
    }

    #[wasm_bindgen(js_name = getEnrollments)]
    pub fn get_enrollments(&self, options: &JsValue) -> Promise {
        self.call(Operation::GetEnrollments, Ok(Arguments::NONE), options)
    }

    #[wasm_bindgen(js_name = linkIdentity)]
    pub fn link_identity(&self, id_token: &JsValue, options: &JsValue) -> Promise {
        answer(self.client.link_identity(&read_plain(id_token)), options)
    }

    #[wasm_bindgen(js_name = linkIdentityWithPopup)]
    pub fn link_identity_with_popup(&self, options: &JsValue) -> Promise {
        let signal =
            self.client.check_permitted(Operation::LinkIdentity).and_then(|_| read_signal(options));
        match signal {
            Ok(signal) => {
                let linked = self.client.link_identity_with_popup(read_linking_options(options));
                to_abortable_promise(map(linked, to_value), signal)
            }
            Err(error) => to_promise(Err(error)),
        }
    }

    #[wasm_bindgen(js_name = unlinkIdentity)]
    pub fn unlink_identity(
        &self,
        provider: &JsValue,
        user_id: &JsValue,
        options: &JsValue,
    ) -> Promise {
        let arguments = Arguments::identity(&read_plain(provider), &read_plain(user_id));
        self.call(Operation::UnlinkIdentity, arguments, options)
    }

    #[wasm_bindgen(js_name = patchUserMetadata)]
    pub fn patch_user_metadata(&self, metadata: &JsValue, options: &JsValue) -> Promise {
        let arguments = Arguments::metadata(&to_plain_tagged_json(metadata));
        self.call(Operation::PatchUserMetadata, arguments, options)
    }

    #[wasm_bindgen(js_name = clearUserMetadata)]
    pub fn clear_user_metadata(&self, options: &JsValue) -> Promise {
        self.call(Operation::PatchUserMetadata, Ok(Arguments::no_metadata()), options)
    }

    #[wasm_bindgen(js_name = deleteMultifactor)]
    pub fn delete_multifactor(&self, provider: &JsValue, options: &JsValue) -> Promise {
        let arguments = Arguments::segment("provider", &read_plain(provider));
        self.call(Operation::DeleteMultifactor, arguments, options)
    }

    #[wasm_bindgen(js_name = createDeviceCredential)]
    pub fn create_device_credential(&self, credential: &JsValue, options: &JsValue) -> Promise {
        let arguments = Arguments::device_credential(&read_plain(credential));
        self.call(Operation::CreateDeviceCredential, arguments, options)
    }

    #[wasm_bindgen(js_name = deleteDeviceCredential)]
    pub fn delete_device_credential(&self, id: &JsValue, options: &JsValue) -> Promise {
        let arguments = Arguments::segment("id", &read_plain(id));
        self.call(Operation::DeleteDeviceCredential, arguments, options)
    }
}

/// A method of the client that begins a sign-in.
type BeginSignIn<T> = fn(&Rc<Client>, Box<AuthorizeOptions>) -> Started<T>;

impl WasmClient {
    fn start_sign_in<T: 'static>(
        &self,
        options: &JsValue,
        begin: BeginSignIn<T>,
        convert: fn(T) -> JsValue,
    ) -> Promise {
        let options = read_authorize_options(options);
        to_promise(options.and_then(|options| map(begin(&self.client, options), convert)))
    }

    fn call(
        &self,
        operation: Operation,
        arguments: Result<Arguments, Error>,
        options: &JsValue,
    ) -> Promise {
        answer(self.client.call(operation, arguments), options)
    }
}

/// The answer of a call, whose options may hold a signal. A call that is not permitted is refused for that first.
fn answer(call: Started<Option<TextBody>>, options: &JsValue) -> Promise {
    match call.and_then(|call| Ok((call, read_request_signal(options)?))) {
        Ok((call, signal)) => to_abortable_promise(map(Ok(call), to_value), signal),
        Err(error) => to_promise(Err(error)),
    }
}

/// Converts what a future brings for JavaScript.
fn map<T: 'static>(started: Started<T>, convert: fn(T) -> JsValue) -> Result<TaskFuture, Error> {
    let future = started?;
    Ok(Box::pin(async move { future.await.map(convert) }))
}

fn undefined(_: ()) -> JsValue {
    JsValue::UNDEFINED
}

/// An answer as the browser parses it; `undefined` where it carries nothing.
fn to_value(body: Option<TextBody>) -> JsValue {
    body.map_or(JsValue::UNDEFINED, |body| body.parse())
}

/// The facade's `SignIn` as JSON text, of which each caller makes an object of its own.
fn to_text(sign_in: SignIn) -> JsValue {
    let session = &sign_in.session;
    let mut members = ObjectWriter::default();
    members.json("claims", session.claims_json());
    members.json("grantedScopes", &session.granted().to_json());
    members.json("missingScopes", &session.missing().to_json());
    members.number("expiresAt", session.expires_at_ms());
    if let Some(app_state) = &sign_in.app_state {
        members.json("appState", app_state);
    }
    members.end().into()
}

/// The value of JSON text; the one that was handed out before where that is still the same.
fn reuse(handed_out: &RefCell<JsValue>, json: &str) -> JsValue {
    // Nothing is borrowed meanwhile, because a proxy in the value may call back.
    let value = reuse_if_unchanged(&handed_out.take(), json);
    handed_out.replace(value.clone());
    value
}
