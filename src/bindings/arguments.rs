//! Reads the arguments of the client's methods.

use wasm_bindgen::prelude::*;
use web_sys::AbortSignal;

use crate::browser::tasks::aborted;
use crate::browser::values::{
    is_event, own_property, parse_tagged, read, stringify, to_plain_tagged_json,
};
use crate::error::{Error, ErrorCode};
use crate::management::request::invalid;
use crate::operation::Operation;
use crate::options::AuthorizeOptions;
use crate::support::value::{Object, Value};

/// An object of options, two levels deep; `undefined` is one without members, and so is an event, which a method gets that is
/// itself an event handler.
pub(super) fn read_options(options: &JsValue) -> Result<Object, Error> {
    if is_event(options) {
        return Ok(Object::default());
    }
    match read(options, 2) {
        Value::Absent => Ok(Object::default()),
        Value::Object(options) => Ok(options),
        _ => Err(Error::new(ErrorCode::InvalidConfiguration, "the options must be an object")),
    }
}

pub(super) fn read_authorize_options(options: &JsValue) -> Result<Box<AuthorizeOptions>, Error> {
    parse_authorize_options(options, read_options(options)?)
}

/// The options of `linkIdentityWithPopup`, which may also hold a signal.
pub(super) fn read_linking_options(options: &JsValue) -> Result<Box<AuthorizeOptions>, Error> {
    let mut members = read_options(options)?;
    members.0.retain(|(name, _)| name != "signal");
    parse_authorize_options(options, members)
}

/// `appState` may be any JSON value, and crosses as its text.
fn parse_authorize_options(
    options: &JsValue,
    mut members: Object,
) -> Result<Box<AuthorizeOptions>, Error> {
    for (name, value) in &mut members.0 {
        if name != "appState" || matches!(value, Value::Absent) {
            continue;
        }
        let given = own_property(options, "appState");
        let plain = to_plain_tagged_json(&given);
        // Objects of classes may say by `toJSON` what they are in JSON.
        let json = if parse_tagged(&plain).is_json() { Some(plain) } else { stringify(&given) };
        *value = Value::String(json.ok_or_else(|| {
            let message = "`appState` must be a value that JSON can say";
            Error::new(ErrorCode::InvalidConfiguration, message)
        })?);
    }
    AuthorizeOptions::parse(&members)
}

/// A value that has to be JSON through and through.
pub(super) fn read_plain(value: &JsValue) -> Value {
    parse_tagged(&to_plain_tagged_json(value))
}

/// `url` of `handleRedirectCallback`.
pub(super) fn read_url(url: &JsValue) -> Result<Option<String>, Error> {
    match url.as_string() {
        None if !url.is_undefined() => Err(invalid("`url` must be a string")),
        url => Ok(url),
    }
}

/// `operation` of `can`.
pub(super) fn read_operation(operation: &JsValue) -> Result<Operation, Error> {
    let operation = operation.as_string().and_then(|name| Operation::parse(&name));
    operation.ok_or_else(|| {
        invalid("this is no operation; see the documentation for the eight there are")
    })
}

/// `signal` of `RequestOptions`. Other members are ignored, so that a method can be handed to a library that passes a context of
/// its own.
pub(super) fn read_request_signal(options: &JsValue) -> Result<Option<AbortSignal>, Error> {
    if options.is_undefined() || is_event(options) {
        return Ok(None);
    }
    if !options.is_object() {
        return Err(invalid("the options of a call must be an object"));
    }
    read_signal(options)
}

/// The member `signal`.
pub(super) fn read_signal(options: &JsValue) -> Result<Option<AbortSignal>, Error> {
    let signal = own_property(options, "signal");
    if signal.is_undefined() {
        return Ok(None);
    }
    match signal.dyn_into::<AbortSignal>() {
        Ok(signal) if signal.aborted() => Err(aborted()),
        Ok(signal) => Ok(Some(signal)),
        Err(_) => Err(invalid("`signal` must be an AbortSignal")),
    }
}
