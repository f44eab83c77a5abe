//! Between JavaScript's values and ours.

use wasm_bindgen::JsValue;

use super::effects::describe;
#[cfg(feature = "client")]
use crate::error::ErrorCode;
use crate::error::{Error, Reason};
#[cfg(feature = "client")]
use crate::scope::CurrentUserScope;
#[cfg(feature = "client")]
use crate::support::json;
use crate::support::json::ObjectWriter;
use crate::support::tagged_json::from_tagged_json;
use crate::support::value::Value;

/// How deep JSON may be.
pub(crate) const MAX_DEPTH: u32 = 64;

/// Reads a value so many levels down: own members alone, whatever other scripts have put on the built-in
/// prototypes, and each by the type that it has, without coercion.
pub(crate) fn read(value: &JsValue, depth: u32) -> Value {
    from_description(&describe(value, false, depth))
}

/// The same through and through, for what has to be JSON: an object of a class is none, whatever it says
/// of itself. As the text that describes it, which is its JSON text where it is JSON.
pub(crate) fn describe_plain(value: &JsValue) -> String {
    describe(value, true, MAX_DEPTH)
}

/// Reads what describes a value.
pub(crate) fn from_description(description: &str) -> Value {
    from_tagged_json(description).unwrap_or(Value::Other)
}

/// What the facade makes a `CurrentUserError` of, as JSON text: each caller gets one of their own.
pub(crate) fn to_thrown(error: &Error) -> JsValue {
    let mut fields = ObjectWriter::default();
    fields.text("code", error.code.as_str());
    fields.text("message", &error.message);
    fields.optional("reason", error.reason.map(Reason::as_str));
    fields.optional("serverCode", error.server_code.as_deref());
    fields.optional("serverMessage", error.server_message.as_deref());
    if let Some(status) = error.status {
        fields.number("status", status.into());
    }
    if let Some(wait_ms) = error.retry_after_ms {
        fields.number("retryAfterMs", wait_ms);
    }
    if !error.required_scopes.is_empty() {
        fields.json("requiredScopes", &error.required_scopes.to_json());
    }
    if let Some(app_state) = &error.app_state {
        fields.json("appState", app_state);
    }
    fields.end().into()
}

/// Reads a value that arrives as JSON text; anything else is not there.
#[cfg(feature = "client")]
pub(crate) fn read_json(text: &JsValue) -> Value {
    text.as_string().and_then(|text| json::parse(&text)).unwrap_or(Value::Absent)
}

/// The error that [`to_thrown`] has made text of.
#[cfg(feature = "client")]
pub(crate) fn from_thrown(thrown: &JsValue) -> Error {
    let fields = read_json(thrown).into_object().unwrap_or_default();
    let text = |name| fields.get(name).as_str().map(str::to_owned);
    let Some(code) = fields.get("code").as_str().and_then(ErrorCode::parse) else {
        let message = "this library failed unexpectedly: reload the page, and report it with the \
                       steps that led here";
        return Error::new(ErrorCode::ApiError, message);
    };
    let app_state = fields.get("appState");
    let scopes = fields.get("requiredScopes").as_strings().unwrap_or_default();
    let mut error =
        Error::with_message(code, &[fields.get("message").as_str().unwrap_or_default()])
            .with_server_error(text("serverCode"), text("serverMessage"))
            .with_retry_after_ms(fields.get("retryAfterMs").as_number())
            .with_required_scopes(scopes.into_iter().filter_map(CurrentUserScope::parse).collect())
            .with_app_state(app_state.is_json().then(|| json::to_text(app_state)));
    if let Some(reason) = fields.get("reason").as_str().and_then(Reason::parse) {
        error = error.with_reason(reason);
    }
    if let Some(status) = fields.get("status").as_number() {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "was one")]
        let status = status as u16;
        error = error.with_status(status);
    }
    error
}
