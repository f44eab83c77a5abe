//! A JSON value as plain data.
//!
//! `serde_json::Value` would bring the crate whose reader [`json`](super::json) replaces, and has no
//! `undefined`.

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};

/// A JSON value, or a value that only JavaScript has.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A missing member, or `undefined`.
    Absent,
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number. JSON has only doubles.
    Number(f64),
    /// A string.
    String(String),
    /// An array.
    Array(Vec<Self>),
    /// An object.
    Object(Object),
    /// A value that JSON cannot express: a function, a symbol, a `BigInt`, or a cycle.
    Other,
}

impl Value {
    /// The text of a string.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The number, if it is finite.
    #[must_use]
    pub fn as_number(&self) -> Option<f64> {
        match self {
            Self::Number(number) if number.is_finite() => Some(*number),
            _ => None,
        }
    }

    /// The texts of a string or of an array that holds only strings, the two forms of `aud`.
    #[must_use]
    pub fn as_strings(&self) -> Option<Vec<&str>> {
        match self {
            Self::String(text) => Some(vec![text]),
            Self::Array(items) => items.iter().map(Self::as_str).collect(),
            _ => None,
        }
    }

    /// The members of an object.
    #[must_use]
    pub fn into_object(self) -> Option<Object> {
        match self {
            Self::Object(object) => Some(object),
            _ => None,
        }
    }

    /// Whether JSON can express the whole value.
    #[must_use]
    pub fn is_json(&self) -> bool {
        match self {
            Self::Absent | Self::Other => false,
            Self::Number(number) => number.is_finite(),
            Self::Array(items) => items.iter().all(Self::is_json),
            Self::Object(object) => object.0.iter().all(|(_, value)| value.is_json()),
            Self::Null | Self::Bool(_) | Self::String(_) => true,
        }
    }
}

/// A JSON object's own members, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Object(pub Vec<(String, Value)>);

impl Object {
    /// The member of this name, or [`Value::Absent`]. The last one counts if a name is repeated, as in
    /// `JSON.parse`.
    #[must_use]
    pub fn get(&self, name: &str) -> &Value {
        self.0.iter().rev().find(|(key, _)| key == name).map_or(&Value::Absent, |(_, value)| value)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Absent | Self::Null | Self::Other => serializer.serialize_unit(),
            Self::Bool(bool) => serializer.serialize_bool(*bool),
            Self::Number(number) => serializer.serialize_f64(*number),
            Self::String(text) => serializer.serialize_str(text),
            Self::Array(items) => serializer.collect_seq(items),
            Self::Object(object) => {
                serializer.collect_map(object.0.iter().map(|(name, value)| (name, value)))
            }
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Number(value))
    }

    #[allow(clippy::cast_precision_loss, reason = "a JSON number is a double in JavaScript")]
    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value as f64))
    }

    #[allow(clippy::cast_precision_loss, reason = "a JSON number is a double in JavaScript")]
    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value as f64))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Value::Object(Object(members)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recognizes_values_that_json_cannot_express() {
        for other in [Value::Absent, Value::Other, Value::Number(f64::NAN)] {
            assert!(!other.is_json());
            assert!(!Value::Array(vec![other.clone()]).is_json());
            assert!(!Value::Object(Object(vec![("a".to_owned(), other)])).is_json());
        }
        assert!(Value::Null.is_json());
    }

    #[test]
    fn reads_the_last_member_of_a_repeated_name() {
        let value: Value = serde_json::from_str(r#"{"a":1,"a":2}"#).unwrap();
        assert_eq!(value.into_object().unwrap().get("a"), &Value::Number(2.0));
    }
}
