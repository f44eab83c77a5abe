//! Between JavaScript's values and ours.

use js_sys::{Array, JSON, Object, Reflect};
use serde::Serialize;
use wasm_bindgen::{JsCast, JsValue};

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

/// A JavaScript object of what serde makes of a value.
pub(crate) fn write(value: &impl Serialize) -> JsValue {
    serde_wasm_bindgen::to_value(value).unwrap_or_default()
}

/// The same for handing to the platform, which reads inherited members as if they were own: without
/// a prototype there are none, whatever other scripts have put there.
pub(crate) fn write_dictionary(value: &impl Serialize) -> Object {
    let object: Object = write(value).unchecked_into();
    let no_prototype: Object = JsValue::NULL.unchecked_into();
    Object::set_prototype_of(&object, &no_prototype)
}
