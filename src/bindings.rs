//! The surface that JavaScript sees, behind the TypeScript facade: JavaScript's values in and out,
//! our `Error` as plain data. No decision is taken here.
//!
//! One export serves all members of the facade's class: each export costs every visitor bytes.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use web_sys::AbortSignal;

use crate::browser::client::Client;
use crate::browser::effects::{member, now_ms, renew, stringify};
use crate::browser::task::{Boxed, abortable, aborted, promise};
use crate::browser::values::{self, describe_plain, from_description, to_thrown};
use crate::error::{Error, ErrorCode};
use crate::management::request::{Arguments, invalid};
use crate::operation::Operation;
use crate::options::{AuthorizeOptions, Config, LogoutOptions};
use crate::support::value::{Object, Value};

// A third of the default allocator's size, and as good for one thread.
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

/// The client behind the facade's `CurrentUserClient`.
struct WasmClient {
    client: Rc<Client>,
    /// As they were last handed out.
    claims: RefCell<JsValue>,
    granted_scopes: RefCell<JsValue>,
}

/// A client, as a function that JavaScript calls with the name of a member and its arguments. Checks
/// the options. `changed` is called after every change of the session.
///
/// # Errors
/// As [`Config::parse`].
#[wasm_bindgen]
#[expect(unreachable_pub, reason = "wasm-bindgen exports only what is public")]
pub fn client(options: &JsValue, changed: Function) -> Result<JsValue, JsValue> {
    let config = read_options(options).and_then(|options| Config::parse(&options));
    let config = config.map_err(|error| to_thrown(&error))?;
    let client = WasmClient {
        client: Rc::new(Client::new(config, changed)),
        claims: RefCell::default(),
        granted_scopes: RefCell::default(),
    };
    let call = move |member: String, first, second, options| {
        client.call(&member, &first, &second, &options).map_err(|error| to_thrown(&error))
    };
    Ok(Closure::<dyn Fn(String, JsValue, JsValue, JsValue) -> Result<JsValue, JsValue>>::new(call)
        .into_js_value())
}

impl WasmClient {
    /// A property or method of the facade's class, by its name. What answers later is a promise, which
    /// does not throw.
    fn call(
        &self,
        member: &str,
        first: &JsValue,
        second: &JsValue,
        options: &JsValue,
    ) -> Result<JsValue, Error> {
        let client = &self.client;
        match member {
            "isAuthenticated" => {
                Ok(client.session().is_some_and(|session| session.is_live(now_ms())).into())
            }
            "claims" => Ok(client.session().map_or(JsValue::UNDEFINED, |session| {
                renewed(&self.claims, session.claims_json())
            })),
            "grantedScopes" => {
                let granted = client.session().map(|session| session.granted());
                Ok(renewed(&self.granted_scopes, &granted.unwrap_or_default().to_json()))
            }
            "expiresAt" => Ok(client.session().map(|session| session.expires_at_ms()).into()),
            "can" => can(client, first),
            "logout" => {
                let options =
                    read_options(first).and_then(|options| LogoutOptions::parse(&options));
                client.logout(options).map(|()| JsValue::UNDEFINED)
            }
            _ => Ok(self.promise(member, first, second, options).into()),
        }
    }

    fn promise(
        &self,
        method: &str,
        first: &JsValue,
        second: &JsValue,
        options: &JsValue,
    ) -> Promise {
        let client = self.client.clone();
        let sign_in_options = || read_authorize_options(first, false);
        promise(match method {
            "buildAuthorizeUrl" => client.authorize(sign_in_options(), false),
            "loginWithRedirect" => client.authorize(sign_in_options(), true),
            "loginWithPopup" => client.login_with_popup(sign_in_options()),
            "checkSession" => match client.check_session(sign_in_options()) {
                Ok(sign_in) => return sign_in,
                Err(error) => Err(error),
            },
            "handleRedirectCallback" => {
                let url = match first.as_string() {
                    None if !first.is_undefined() => Err(invalid("`url` must be a string")),
                    url => Ok(url),
                };
                return client.handle_redirect_callback(url);
            }
            "linkIdentityWithPopup" => return self.link_with_popup(first),
            _ => return self.call_api(method, first, second, options),
        })
    }

    fn link_with_popup(&self, options: &JsValue) -> Promise {
        let read = read_authorize_options(options, true);
        let signal = member(options, "signal");
        // Whether the call is permitted at all is said first.
        match self.client.check(Operation::LinkIdentity).and_then(|_| to_signal(signal)) {
            Ok(signal) => abortable(self.client.clone().link_identity_with_popup(read), signal),
            Err(error) => promise(Err(error)),
        }
    }

    fn call_api(
        &self,
        method: &str,
        first: &JsValue,
        second: &JsValue,
        options: &JsValue,
    ) -> Promise {
        match read_signal(options) {
            Ok(signal) => abortable(self.prepare(method, first, second), signal),
            // Whether the call is permitted at all is said first.
            Err(error) => promise(self.prepare(method, first, second).and(Err(error))),
        }
    }

    fn prepare(&self, method: &str, first: &JsValue, second: &JsValue) -> Result<Boxed, Error> {
        // The one method that is not named as its operation, which it must not be mistaken for.
        let clear = method == "clearUserMetadata";
        let operation = Operation::parse(if clear { "patchUserMetadata" } else { method });
        let operation = operation.ok_or_else(|| invalid("this is no operation"))?;
        self.client.check(operation)?;
        let (description, second) = (describe_plain(first), describe_plain(second));
        let (first, second) = (from_description(&description), from_description(&second));
        let arguments = match operation {
            Operation::GetUser | Operation::GetEnrollments => Arguments::NONE,
            Operation::LinkIdentity => return self.client.clone().link_identity(&first),
            Operation::UnlinkIdentity => Arguments::identity(&first, &second)?,
            Operation::PatchUserMetadata if clear => Arguments::no_metadata(),
            Operation::PatchUserMetadata => Arguments::metadata(&description)?,
            Operation::DeleteMultifactor => Arguments::segment("provider", &first)?,
            Operation::CreateDeviceCredential => Arguments::device_credential(&first)?,
            Operation::DeleteDeviceCredential => Arguments::segment("id", &first)?,
        };
        self.client.call(operation, arguments)
    }
}

/// The value of JSON text, which is the one that was handed out before where that is still the same.
fn renewed(handed_out: &RefCell<JsValue>, json: &str) -> JsValue {
    // Nothing is borrowed meanwhile: whoever has put a proxy there may ask again.
    let value = renew(&handed_out.take(), json);
    handed_out.replace(value.clone());
    value
}

/// Would the operation be let through now?
fn can(client: &Client, operation: &JsValue) -> Result<JsValue, Error> {
    let operation = operation.as_string().and_then(|name| Operation::parse(&name));
    let operation = operation.ok_or_else(|| {
        invalid("this is no operation; see the documentation for the eight there are")
    })?;
    Ok(client.check(operation).is_ok().into())
}

/// An object of options, with what is in their members; `undefined` is one without any.
fn read_options(options: &JsValue) -> Result<Object, Error> {
    match values::read(options, 2) {
        Value::Absent => Ok(Object::default()),
        Value::Object(options) => Ok(options),
        _ => Err(no_options()),
    }
}

fn no_options() -> Error {
    Error::new(ErrorCode::InvalidConfiguration, "the options must be an object")
}

/// `appState` may be any JSON value, and crosses as its text. `signal` is read apart, where it may stand.
fn read_authorize_options(options: &JsValue, signal: bool) -> Result<AuthorizeOptions, Error> {
    let mut read = read_options(options)?;
    for (name, value) in &mut read.0 {
        if name != "appState" || matches!(value, Value::Absent) {
            continue;
        }
        let given = member(options, "appState");
        let plain = describe_plain(&given);
        // What only the classes in it know how to say, they may say.
        let json = if from_description(&plain).is_json() { Some(plain) } else { stringify(&given) };
        *value = Value::String(json.ok_or_else(|| {
            let message = "`appState` must be a value that JSON can say";
            Error::new(ErrorCode::InvalidConfiguration, message)
        })?);
    }
    if signal {
        read.0.retain(|(name, _)| name != "signal");
    }
    AuthorizeOptions::parse(&read)
}

/// `RequestOptions`, which has one member.
fn read_signal(options: &JsValue) -> Result<Option<AbortSignal>, Error> {
    let outline = values::read(options, 1);
    if matches!(outline, Value::Absent) {
        return Ok(None);
    }
    let known = |options: &Object| options.0.iter().all(|(name, _)| name == "signal");
    if !outline.into_object().is_some_and(|options| known(&options)) {
        return Err(invalid("a call takes no other option than `signal`, in an object"));
    }
    to_signal(member(options, "signal"))
}

fn to_signal(signal: JsValue) -> Result<Option<AbortSignal>, Error> {
    if signal.is_undefined() {
        return Ok(None);
    }
    match signal.dyn_into::<AbortSignal>() {
        Ok(signal) if signal.aborted() => Err(aborted()),
        Ok(signal) => Ok(Some(signal)),
        Err(_) => Err(invalid("`signal` must be an AbortSignal")),
    }
}
