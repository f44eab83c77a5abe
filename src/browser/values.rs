//! Between JavaScript's values and ours.

use js_sys::{Array, JSON, Object, Reflect};
use wasm_bindgen::prelude::*;

#[cfg(feature = "client")]
use crate::error::ErrorCode;
use crate::error::{Error, Reason};
#[cfg(feature = "client")]
use crate::scope::CurrentUserScope;
use crate::text::decimal;
use crate::value::{self, Value, write_json_string};

#[wasm_bindgen]
extern "C" {
    // Each may throw, where the application hands over a proxy that does.
    #[wasm_bindgen(catch, js_namespace = Array, js_name = isArray)]
    fn is_array(value: &JsValue) -> Result<bool, JsValue>;
    #[wasm_bindgen(catch, js_namespace = Reflect, js_name = ownKeys)]
    pub(crate) fn own_keys(object: &JsValue) -> Result<Array, JsValue>;
    #[wasm_bindgen(catch, js_namespace = Reflect, js_name = getPrototypeOf)]
    fn prototype_of(object: &JsValue) -> Result<JsValue, JsValue>;
}

/// How deep a value is read. Tokens, key sets and records are flat; only hostile ones are deep.
const MAX_DEPTH: u32 = 64;

/// How many parts of one value are read, so that a value which contains itself has an end.
const MAX_PARTS: u32 = 1 << 18;

/// Reads a value through and through: own members alone, whatever other scripts have put on the
/// built-in prototypes, and each by the type that it has, without coercion.
pub(crate) fn read(value: &JsValue) -> Value {
    Reader { parts: MAX_PARTS, plain: false }.read(value, MAX_DEPTH)
}

/// The same for what has to be JSON: an object of a class is none, whatever it says of itself.
pub(crate) fn read_plain(value: &JsValue) -> Value {
    Reader { parts: MAX_PARTS, plain: true }.read(value, MAX_DEPTH)
}

/// Reads a value's own shape and its members' texts, but nothing inside them, however large.
pub(crate) fn read_outline(value: &JsValue) -> Value {
    Reader { parts: MAX_PARTS, plain: false }.read(value, 1)
}

struct Reader {
    parts: u32,
    plain: bool,
}

impl Reader {
    fn read(&mut self, value: &JsValue, depth: u32) -> Value {
        // The most frequent first: each question goes over to JavaScript.
        if let Some(text) = value.as_string() {
            return Value::String(text);
        }
        if value.is_undefined() {
            return Value::Absent;
        }
        if value.is_null() {
            return Value::Null;
        }
        if let Some(number) = value.as_f64() {
            return Value::Number(number);
        }
        if let Some(bool) = value.as_bool() {
            return Value::Bool(bool);
        }
        if depth == 0 || self.parts == 0 || !value.is_object() {
            return Value::Other;
        }
        self.parts -= 1;
        self.read_parts(value, depth - 1).unwrap_or(Value::Other)
    }

    fn read_parts(&mut self, value: &JsValue, depth: u32) -> Result<Value, JsValue> {
        if is_array(value)? {
            let items: &Array = value.unchecked_ref();
            // A plain array has its items and its length, and nothing that somebody has added.
            if self.plain && own_keys(value)?.length() != items.length() + 1 {
                return Ok(Value::Other);
            }
            return Ok(Value::Array(items.iter().map(|item| self.read(&item, depth)).collect()));
        }
        if self.plain {
            // A plain object has no prototype, or the last one of its realm.
            let prototype = prototype_of(value)?;
            if !prototype.is_null() && !prototype_of(&prototype)?.is_null() {
                return Ok(Value::Other);
            }
        }
        let mut members = Vec::new();
        for name in own_keys(value)?.iter() {
            match name.as_string() {
                Some(text) => members.push((text, self.read(&Reflect::get(value, &name)?, depth))),
                None if self.plain => return Ok(Value::Other),
                None => {}
            }
        }
        Ok(Value::Object(value::Object(members)))
    }
}

/// Parses JSON.
pub(crate) fn parse_json(text: &str) -> Option<JsValue> {
    JSON::parse(text).ok()
}

/// The JSON text that the platform makes of a value, with all that its classes have to say. `None`
/// where it has none.
pub(crate) fn stringify(value: &JsValue) -> Option<String> {
    JSON::stringify(value).ok().and_then(|text| text.as_string())
}

/// The JSON text of a value of ours. No script of the page has a say in it.
pub(crate) fn to_json(value: &Value) -> String {
    value.to_json(&|number| stringify(&number.into()).unwrap_or_default())
}

/// The JavaScript value of JSON text of ours. Its parser makes own members whatever other scripts have
/// put on the built-in prototypes, which an assignment does not.
pub(crate) fn write(json: &str) -> JsValue {
    parse_json(json).unwrap_or_default()
}

/// An object for handing to the platform, which reads inherited members as if they were own: without
/// a prototype there are none, whatever other scripts have put there.
pub(crate) fn write_dictionary(json: &str) -> Object {
    let object: Object = write(json).unchecked_into();
    let no_prototype: Object = JsValue::NULL.unchecked_into();
    Object::set_prototype_of(&object, &no_prototype)
}

/// Adds a member that is no data to an object of [`write_dictionary`], which has no setter to inherit.
pub(crate) fn set(dictionary: &Object, name: &str, value: &JsValue) {
    let _ = Reflect::set(dictionary, &name.into(), value);
}

/// The JSON text of an object, written member by member.
pub(crate) struct ObjectWriter(String);

impl ObjectWriter {
    /// An object without members.
    pub(crate) fn new() -> Self {
        Self("{".to_owned())
    }

    /// Adds a member whose value is JSON text already.
    #[inline(never)]
    pub(crate) fn json(&mut self, name: &str, json: &str) {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        write_json_string(name, &mut self.0);
        self.0.push(':');
        self.0.push_str(json);
    }

    /// Adds a string.
    #[inline(never)]
    pub(crate) fn text(&mut self, name: &str, text: &str) {
        self.json(name, "");
        write_json_string(text, &mut self.0);
    }

    /// Adds a string, where there is one.
    pub(crate) fn optional(&mut self, name: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.text(name, text);
        }
    }

    /// Adds a whole number that is not negative.
    pub(crate) fn number(&mut self, name: &str, number: f64) {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
        self.json(name, &decimal(number as u64));
    }

    /// The text.
    pub(crate) fn end(mut self) -> String {
        self.0.push('}');
        self.0
    }
}

/// What the facade makes a `CurrentUserError` of, as JSON text: each caller gets one of their own.
pub(crate) fn to_thrown(error: &Error) -> JsValue {
    let mut fields = ObjectWriter::new();
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
    text.as_string().and_then(|text| parse_json(&text)).map_or(Value::Absent, |value| read(&value))
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
    let mut error = Error::new(code, text("message").unwrap_or_default());
    error.reason = fields.get("reason").as_str().and_then(Reason::parse);
    error.server_code = text("serverCode");
    error.server_message = text("serverMessage");
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "was one")]
    let status = fields.get("status").as_number().map(|status| status as u16);
    error.status = status;
    error.retry_after_ms = fields.get("retryAfterMs").as_number();
    let scopes = fields.get("requiredScopes").as_strings().unwrap_or_default();
    error.required_scopes = scopes.into_iter().filter_map(CurrentUserScope::parse).collect();
    let app_state = fields.get("appState");
    error.app_state = app_state.is_json().then(|| to_json(app_state));
    error
}
