//! Between JavaScript's values and ours.

use js_sys::{Array, JSON, Object, Reflect};
use serde::Serialize;
use wasm_bindgen::{JsCast, JsValue};

use crate::error::Error;
use crate::value::{self, Value};

/// How deep a value is read. Tokens, key sets and records are flat; only hostile ones are deep.
const MAX_DEPTH: u32 = 64;

/// How many parts of one value are read, so that a value which contains itself has an end.
const MAX_PARTS: u32 = 1 << 18;

/// Reads a value through and through: own members alone, whatever other scripts have put on the
/// built-in prototypes, and each by the type that it has, without coercion.
pub(crate) fn read(value: &JsValue) -> Value {
    read_part(value, MAX_DEPTH, &mut MAX_PARTS.clone())
}

/// Reads a value's own shape and its members' texts, but nothing inside them, however large.
pub(crate) fn read_outline(value: &JsValue) -> Value {
    read_part(value, 1, &mut MAX_PARTS.clone())
}

fn read_part(value: &JsValue, depth: u32, parts: &mut u32) -> Value {
    if value.is_undefined() {
        return Value::Absent;
    }
    if value.is_null() {
        return Value::Null;
    }
    if let Some(text) = value.as_string() {
        return Value::String(text);
    }
    if let Some(number) = value.as_f64() {
        return Value::Number(number);
    }
    if let Some(bool) = value.as_bool() {
        return Value::Bool(bool);
    }
    if depth == 0 || *parts == 0 || !value.is_object() {
        return Value::Other;
    }
    *parts -= 1;
    if Array::is_array(value) {
        let items: &Array = value.unchecked_ref();
        return Value::Array(items.iter().map(|item| read_part(&item, depth - 1, parts)).collect());
    }
    let members = members(value).into_iter();
    let members = members.map(|(name, member)| (name, read_part(&member, depth - 1, parts)));
    Value::Object(value::Object(members.collect()))
}

/// An object's own members.
pub(crate) fn members(object: &JsValue) -> Vec<(String, JsValue)> {
    Object::keys(object.unchecked_ref::<Object>())
        .iter()
        .map(|name| {
            let member = Reflect::get(object, &name).unwrap_or_default();
            (name.as_string().unwrap_or_default(), member)
        })
        .collect()
}

/// Parses JSON.
pub(crate) fn parse_json(text: &str) -> Option<JsValue> {
    JSON::parse(text).ok()
}

/// The JSON text of a value. `None` where it has none.
pub(crate) fn to_json(value: &JsValue) -> Option<String> {
    JSON::stringify(value).ok().and_then(|text| text.as_string())
}

/// A JavaScript value of ours.
pub(crate) fn write(value: &Value) -> JsValue {
    let serializer = serde_wasm_bindgen::Serializer::new().serialize_maps_as_objects(true);
    value.serialize(&serializer).unwrap_or_default()
}

/// An object for handing to the platform, which reads inherited members as if they were own: without
/// a prototype there are none, whatever other scripts have put there.
pub(crate) fn write_dictionary(members: Vec<(&str, Value)>) -> Object {
    let object: Object = write(&members.into()).unchecked_into();
    let no_prototype: Object = JsValue::NULL.unchecked_into();
    Object::set_prototype_of(&object, &no_prototype)
}

/// Adds a member that is no data.
pub(crate) fn set(object: &JsValue, name: &str, value: &JsValue) {
    let _ = Reflect::set(object, &name.into(), value);
}

/// What the facade makes a `CurrentUserError` of.
pub(crate) fn to_thrown(error: &Error) -> JsValue {
    let scopes = error.required_scopes;
    let number = |number: Option<f64>| number.map_or(Value::Absent, Value::from);
    let object = write(&Value::from(vec![
        ("code", error.code.as_str().into()),
        ("message", (*error.message).into()),
        ("reason", error.reason.map_or(Value::Absent, |reason| reason.as_str().into())),
        ("serverCode", error.server_code.as_ref().into()),
        ("serverMessage", error.server_message.as_ref().into()),
        ("status", number(error.status.map(f64::from))),
        ("retryAfterMs", number(error.retry_after_ms)),
        ("requiredScopes", if scopes.is_empty() { Value::Absent } else { scopes.into() }),
    ]));
    if let Some(app_state) = error.app_state.as_deref().and_then(parse_json) {
        set(&object, "appState", &app_state);
    }
    object
}
