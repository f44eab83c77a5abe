//! Between JavaScript's values and ours, with `values.js`.

use js_sys::{Array, Function};
use wasm_bindgen::prelude::*;

use crate::error::{Cause, Error, Reason};
use crate::support::json::ObjectWriter;
use crate::support::tagged_json::from_tagged_json;
use crate::support::value::Value;

#[wasm_bindgen(module = "/src/js/platform/values.js")]
extern "C" {
    #[wasm_bindgen(js_name = toTaggedJson)]
    fn to_tagged_json(value: &JsValue, plain: bool, depth: u32) -> String;
    /// Parses `json`; returns `before` itself if it came from the same text and is unmodified.
    #[wasm_bindgen(js_name = reuseIfUnchanged)]
    pub(crate) fn reuse_if_unchanged(before: &JsValue, json: &str) -> JsValue;
    /// The JSON text of a value, with what its classes return from `toJSON`.
    pub(crate) fn stringify(value: &JsValue) -> Option<String>;
    /// The value of JSON text that is in JavaScript already; `undefined` where it is not JSON.
    #[wasm_bindgen(js_name = parse)]
    pub(crate) fn parse_value(json: &JsValue) -> JsValue;
    /// The value of an own member.
    #[wasm_bindgen(js_name = ownProperty)]
    pub(crate) fn own_property(object: &JsValue, name: &str) -> JsValue;
    /// Whether a value is an event of the page, or a framework's wrapper of one.
    #[wasm_bindgen(js_name = isEvent)]
    pub(crate) fn is_event(value: &JsValue) -> bool;
    /// Calls a function. What it throws is ignored.
    pub(crate) fn notify(listener: &Function);
}

/// How deep JSON may be.
pub(crate) const MAX_DEPTH: u32 = 64;

/// Reads a value this many levels deep: own members alone, whatever other scripts have put on the built-in prototypes, each
/// by its own type, without coercion.
pub(crate) fn read(value: &JsValue, depth: u32) -> Value {
    parse_tagged(&to_tagged_json(value, false, depth))
}

/// The tagged JSON of a value that has to be JSON through and through: objects of classes are not. Where the value is JSON,
/// this is its JSON text.
pub(crate) fn to_plain_tagged_json(value: &JsValue) -> String {
    to_tagged_json(value, true, MAX_DEPTH)
}

/// Reads tagged JSON.
pub(crate) fn parse_tagged(tagged_json: &str) -> Value {
    from_tagged_json(tagged_json).unwrap_or(Value::Other)
}

/// An error as the JSON text that the facade makes a `CurrentUserError` of; with a cause, an array of both.
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
    let text = JsValue::from(fields.end());
    match error.cause.as_ref().and_then(Cause::get::<JsValue>) {
        Some(cause) => Array::of2(&text, cause).into(),
        None => text,
    }
}
