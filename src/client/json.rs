//! Between serde's types and values of ours.

use serde::de::value::{
    Error as Mismatch, MapAccessDeserializer, MapDeserializer, SeqDeserializer,
};
use serde::de::{DeserializeOwned, Deserializer, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;
use serde::ser::Serialize;
use wasm_bindgen::JsValue;

use crate::browser::values;
use crate::error::{Error, ErrorCode};
use crate::management::request::invalid;
use crate::support::value::{Object, Value};

/// Makes a value of anything that serde can write as JSON.
///
/// # Errors
/// `invalid_argument` where it cannot, as a map whose keys are no strings.
pub fn to_value(value: &(impl Serialize + ?Sized)) -> Result<Value, Error> {
    Ok(values::from_description(&describe(value)?))
}

/// The text that describes what serde makes of it.
pub(super) fn describe(value: &(impl Serialize + ?Sized)) -> Result<String, Error> {
    let written = value.serialize(&serde_wasm_bindgen::Serializer::json_compatible());
    let written = written.map_err(|_| invalid("this cannot be written as JSON"))?;
    Ok(values::describe_plain(&written))
}

/// Makes anything that serde can read of a value.
///
/// # Errors
/// `api_error` where the value has another shape than the type.
pub fn from_value<T: DeserializeOwned>(value: Value) -> Result<T, Error> {
    T::deserialize(Reader(value)).map_err(|mismatch| {
        let what = "the answer is not of the type that it is read as: ";
        Error::with_message(ErrorCode::ApiError, &[what, &mismatch.to_string()])
    })
}

/// The same of a value of JavaScript's: its own members alone, whatever other scripts have put on
/// the built-in prototypes.
pub(super) fn from_js<T: DeserializeOwned>(value: &JsValue) -> Result<T, Error> {
    from_value(values::read(value, values::MAX_DEPTH))
}

struct Reader(Value);

impl<'de> Deserializer<'de> for Reader {
    type Error = Mismatch;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self.0 {
            Value::Absent | Value::Null | Value::Other => visitor.visit_unit(),
            Value::Bool(bool) => visitor.visit_bool(bool),
            Value::Number(number) => visit_number(number, visitor),
            Value::String(text) => visitor.visit_string(text),
            Value::Array(items) => {
                let mut items = SeqDeserializer::new(items.into_iter().map(Reader));
                let read = visitor.visit_seq(&mut items)?;
                items.end()?;
                Ok(read)
            }
            Value::Object(object) => {
                let mut members = members(object);
                let read = visitor.visit_map(&mut members)?;
                members.end()?;
                Ok(read)
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self.0 {
            Value::Absent | Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        visitor.visit_newtype_struct(self)
    }

    /// A variant is its name, or an object with its name alone.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        match self.0 {
            Value::String(name) => visitor.visit_enum(name.into_deserializer()),
            Value::Object(object) => {
                visitor.visit_enum(MapAccessDeserializer::new(members(object)))
            }
            _ => self.deserialize_any(visitor),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

impl<'de> IntoDeserializer<'de, Mismatch> for Reader {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

fn members<'de>(
    object: Object,
) -> MapDeserializer<'de, impl Iterator<Item = (String, Reader)>, Mismatch> {
    MapDeserializer::new(object.0.into_iter().map(|(name, value)| (name, Reader(value))))
}

/// A number that a double holds exactly is an integer to those who want one.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "compared before")]
fn visit_number<'de, V: Visitor<'de>>(number: f64, visitor: V) -> Result<V::Value, Mismatch> {
    const LARGEST: f64 = 9_007_199_254_740_991.0;
    if number.trunc() != number || number.abs() > LARGEST {
        visitor.visit_f64(number)
    } else if number < 0.0 {
        visitor.visit_i64(number as i64)
    } else {
        visitor.visit_u64(number as u64)
    }
}
