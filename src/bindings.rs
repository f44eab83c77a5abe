//! The surface that JavaScript sees, behind the TypeScript facade: JavaScript's values in and out,
//! our `Error` as plain data. No decision is taken here.

use std::cell::RefCell;
use std::future::Future;
use std::rc::Rc;

use js_sys::{Function, Promise};
use serde::Serialize;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;
use web_sys::AbortSignal;

use crate::browser::client::{Client, SignedIn};
use crate::browser::page::{navigate, now_ms};
use crate::browser::values;
use crate::error::{Error, ErrorCode};
use crate::management::request::{Arguments, invalid};
use crate::operation::Operation;
use crate::options::{AuthorizeOptions, Config};
use crate::scope::CurrentUserScopes;
use crate::value::{Object, Value};

// Half the size of the default allocator, and as good for one thread.
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

/// The client behind the facade's `CurrentUserClient`.
#[wasm_bindgen]
pub struct WasmClient {
    client: Rc<Client>,
    /// What was last handed out of claims and scopes, so that it keeps its identity.
    claims: RefCell<JsValue>,
}

#[wasm_bindgen]
impl WasmClient {
    /// Checks the options. `changed` is called after every change of the session.
    ///
    /// # Errors
    /// As [`Config::parse`].
    #[wasm_bindgen(constructor)]
    pub fn new(options: &JsValue, changed: Function) -> Result<Self, JsValue> {
        let config = read_options(options).and_then(|options| Config::parse(&options));
        let config = config.map_err(|error| thrown(&error))?;
        Ok(Self { client: Rc::new(Client::new(config, changed)), claims: RefCell::default() })
    }

    /// `buildAuthorizeUrl`
    #[wasm_bindgen(js_name = buildAuthorizeUrl)]
    pub fn build_authorize_url(&self, options: &JsValue) -> Promise {
        let (client, options) = (self.client.clone(), read_authorize_options(options));
        promise(async move { Ok(client.build_authorize_url(&options?).await?.into()) })
    }

    /// `loginWithRedirect`
    #[wasm_bindgen(js_name = loginWithRedirect)]
    pub fn login_with_redirect(&self, options: &JsValue) -> Promise {
        let (client, options) = (self.client.clone(), read_authorize_options(options));
        promise(async move {
            navigate(&client.build_authorize_url(&options?).await?);
            Ok(JsValue::UNDEFINED)
        })
    }

    /// `handleRedirectCallback`
    #[wasm_bindgen(js_name = handleRedirectCallback)]
    pub fn handle_redirect_callback(&self, url: &JsValue) -> Promise {
        let given = match values::read(url) {
            Value::Absent => Ok(None),
            Value::String(url) => Ok(Some(url)),
            _ => Err(invalid("`url` must be a string")),
        };
        // The response is found and taken out of the address now, not when the promise gets its turn.
        let handled = given.map(|given| self.client.clone().handle_redirect_callback(given));
        promise(async move { Ok(handled?.await?.map_or(JsValue::NULL, |it| sign_in(&it))) })
    }

    /// The part of `logout` that needs no tenant.
    pub fn forget(&self) {
        self.client.forget();
    }

    /// `isAuthenticated`
    #[wasm_bindgen(getter, js_name = isAuthenticated)]
    pub fn is_authenticated(&self) -> bool {
        self.client.session().is_some_and(|session| session.is_live(now_ms()))
    }

    /// `claims`: the same object each time, for frameworks that compare by identity, unless somebody
    /// has changed it.
    #[wasm_bindgen(getter)]
    pub fn claims(&self) -> JsValue {
        let Some(session) = self.client.session() else {
            return JsValue::UNDEFINED;
        };
        let genuine = values::parse_json(session.claims_json()).unwrap_or_default();
        let mut handed_out = self.claims.borrow_mut();
        if values::to_json(&handed_out) != values::to_json(&genuine) {
            *handed_out = genuine;
        }
        handed_out.clone()
    }

    /// `grantedScopes`
    #[wasm_bindgen(getter, js_name = grantedScopes)]
    pub fn granted_scopes(&self) -> JsValue {
        let session = self.client.session();
        values::write(&session.map_or(CurrentUserScopes::NONE, |session| session.granted()))
    }

    /// `expiresAt`
    #[wasm_bindgen(getter, js_name = expiresAt)]
    pub fn expires_at(&self) -> Option<f64> {
        self.client.session().map(|session| session.expires_at_ms())
    }

    /// `can`
    ///
    /// # Errors
    /// `invalid_argument` for what is no operation.
    pub fn can(&self, operation: &JsValue) -> Result<bool, JsValue> {
        let operation = operation.as_string().and_then(|name| Operation::parse(&name));
        let operation = operation.ok_or_else(|| {
            thrown(&invalid(
                "this is not an operation; see the documentation for the eight there are",
            ))
        })?;
        Ok(self.client.check(operation).is_ok())
    }

    /// `getUser`
    #[wasm_bindgen(js_name = getUser)]
    pub fn get_user(&self, options: &JsValue) -> Promise {
        self.call(Operation::GetUser, Ok(Arguments::NONE), options)
    }

    /// `getEnrollments`
    #[wasm_bindgen(js_name = getEnrollments)]
    pub fn get_enrollments(&self, options: &JsValue) -> Promise {
        self.call(Operation::GetEnrollments, Ok(Arguments::NONE), options)
    }

    /// `linkIdentity`
    #[wasm_bindgen(js_name = linkIdentity)]
    pub fn link_identity(&self, id_token: &JsValue, options: &JsValue) -> Promise {
        let (client, id_token) = (self.client.clone(), values::read(id_token));
        let signal = read_signal(options);
        promise(async move {
            client.check(Operation::LinkIdentity)?;
            let arguments = client.verify_link(&id_token).await?;
            client.call(Operation::LinkIdentity, arguments, signal?.as_ref()).await
        })
    }

    /// `unlinkIdentity`
    #[wasm_bindgen(js_name = unlinkIdentity)]
    pub fn unlink_identity(
        &self,
        provider: &JsValue,
        user_id: &JsValue,
        options: &JsValue,
    ) -> Promise {
        let arguments = Arguments::identity(&values::read(provider), &values::read(user_id));
        self.call(Operation::UnlinkIdentity, arguments, options)
    }

    /// `patchUserMetadata`
    #[wasm_bindgen(js_name = patchUserMetadata)]
    pub fn patch_user_metadata(&self, metadata: &JsValue, options: &JsValue) -> Promise {
        let arguments = read_json(metadata, Arguments::metadata);
        self.call(Operation::PatchUserMetadata, arguments, options)
    }

    /// `clearUserMetadata`
    #[wasm_bindgen(js_name = clearUserMetadata)]
    pub fn clear_user_metadata(&self, options: &JsValue) -> Promise {
        self.call(Operation::PatchUserMetadata, Ok(Arguments::no_metadata()), options)
    }

    /// `deleteMultifactor`
    #[wasm_bindgen(js_name = deleteMultifactor)]
    pub fn delete_multifactor(&self, provider: &JsValue, options: &JsValue) -> Promise {
        let arguments = Arguments::segment("provider", &values::read(provider));
        self.call(Operation::DeleteMultifactor, arguments, options)
    }

    /// `createDeviceCredential`
    #[wasm_bindgen(js_name = createDeviceCredential)]
    pub fn create_device_credential(&self, credential: &JsValue, options: &JsValue) -> Promise {
        let arguments = read_json(credential, Arguments::device_credential);
        self.call(Operation::CreateDeviceCredential, arguments, options)
    }

    /// `deleteDeviceCredential`
    #[wasm_bindgen(js_name = deleteDeviceCredential)]
    pub fn delete_device_credential(&self, id: &JsValue, options: &JsValue) -> Promise {
        let arguments = Arguments::segment("id", &values::read(id));
        self.call(Operation::DeleteDeviceCredential, arguments, options)
    }
}

impl WasmClient {
    fn call(
        &self,
        operation: Operation,
        arguments: Result<Arguments, Error>,
        options: &JsValue,
    ) -> Promise {
        let (client, signal) = (self.client.clone(), read_signal(options));
        promise(async move {
            client.check(operation)?;
            client.call(operation, arguments?, signal?.as_ref()).await
        })
    }
}

/// A promise of what a future brings, rejected with our error as plain data.
fn promise(future: impl Future<Output = Result<JsValue, Error>> + 'static) -> Promise {
    future_to_promise(async { future.await.map_err(|error| thrown(&error)) })
}

/// The facade's `SignIn`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SignIn {
    #[serde(with = "serde_wasm_bindgen::preserve")]
    claims: JsValue,
    granted_scopes: CurrentUserScopes,
    missing_scopes: CurrentUserScopes,
    expires_at: f64,
    #[serde(with = "serde_wasm_bindgen::preserve")]
    app_state: JsValue,
}

fn sign_in(signed_in: &SignedIn) -> JsValue {
    let session = &signed_in.session;
    values::write(&SignIn {
        claims: values::parse_json(session.claims_json()).unwrap_or_default(),
        granted_scopes: session.granted(),
        missing_scopes: session.missing(),
        expires_at: session.expires_at_ms(),
        app_state: app_state(signed_in.app_state.as_deref()),
    })
}

fn app_state(json: Option<&str>) -> JsValue {
    json.and_then(values::parse_json).unwrap_or_default()
}

/// What the facade makes a `CurrentUserError` of.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Thrown<'a> {
    code: &'static str,
    message: &'a str,
    reason: Option<&'static str>,
    server_code: Option<&'a str>,
    server_message: Option<&'a str>,
    status: Option<u16>,
    retry_after_ms: Option<f64>,
    required_scopes: Option<CurrentUserScopes>,
    #[serde(with = "serde_wasm_bindgen::preserve")]
    app_state: JsValue,
}

fn thrown(error: &Error) -> JsValue {
    values::write(&Thrown {
        code: error.code.as_str(),
        message: &error.message,
        reason: error.reason.map(|reason| reason.as_str()),
        server_code: error.server_code.as_deref(),
        server_message: error.server_message.as_deref(),
        status: error.status,
        retry_after_ms: error.retry_after_ms,
        required_scopes: Some(error.required_scopes).filter(|scopes| !scopes.is_empty()),
        app_state: app_state(error.app_state.as_deref()),
    })
}

/// Reads an argument that travels as JSON, together with the text that the platform makes of it.
fn read_json(
    value: &JsValue,
    check: impl FnOnce(&Value, &str) -> Result<Arguments, Error>,
) -> Result<Arguments, Error> {
    // What contains itself has no text, and is read as `Other` in the end.
    check(&values::read(value), &values::to_json(value).unwrap_or_default())
}

/// An object of options; `undefined` is one without any.
fn read_options(options: &JsValue) -> Result<Object, Error> {
    match values::read(options) {
        Value::Absent => Ok(Object::default()),
        Value::Object(options) => Ok(options),
        _ => Err(Error::new(ErrorCode::InvalidConfiguration, "the options must be an object")),
    }
}

/// `appState` may be any JSON value, and crosses as its text.
fn read_authorize_options(options: &JsValue) -> Result<AuthorizeOptions, Error> {
    if options.is_undefined() {
        return Ok(AuthorizeOptions::default());
    }
    if !options.is_object() || js_sys::Array::is_array(options) {
        return Err(Error::new(ErrorCode::InvalidConfiguration, "the options must be an object"));
    }
    let read = |(name, value): (String, JsValue)| {
        if name != "appState" || value.is_undefined() {
            return Ok((name, values::read(&value)));
        }
        let json = values::to_json(&value).ok_or_else(|| {
            Error::new(
                ErrorCode::InvalidConfiguration,
                "`appState` must be a value that JSON can say",
            )
        })?;
        Ok((name, Value::String(json)))
    };
    let options = values::members(options).into_iter().map(read).collect::<Result<_, _>>()?;
    AuthorizeOptions::parse(&Object(options))
}

/// `RequestOptions`, which has one member.
fn read_signal(options: &JsValue) -> Result<Option<AbortSignal>, Error> {
    if options.is_undefined() {
        return Ok(None);
    }
    if !options.is_object() {
        return Err(invalid("the options of a call must be an object"));
    }
    let mut signal = None;
    for (name, value) in values::members(options) {
        if name != "signal" {
            return Err(invalid("a call takes no other option than `signal`"));
        }
        if !value.is_undefined() {
            let given = value.dyn_into::<AbortSignal>();
            signal = Some(given.map_err(|_| invalid("`signal` must be an AbortSignal"))?);
        }
    }
    Ok(signal)
}
