//! JSON text with two more values: `u` is `undefined`, and `x` is what JSON cannot express.
//!
//! A value of JavaScript crosses into the module as one such text. Crossing member by member, as
//! `serde-wasm-bindgen` does, costs a call for each and several kB of code.

use super::json::{Reader, Tags};
use super::value::Value;

/// Reads tagged JSON. `None` for any other text.
#[must_use]
pub fn from_tagged_json(text: &str) -> Option<Value> {
    Reader::new(text, Tags::Accepted).all()
}
