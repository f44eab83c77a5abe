//! Reads and writes JSON text (RFC 8259).
//!
//! `serde_json` in its place adds 4,597 brotli bytes to the module. `JSON.parse` of the page is no
//! alternative: other scripts of the page can replace it. This reader accepts exactly what `JSON.parse`
//! accepts; the tests compare the two.

use super::text::{Bytes, decimal, digits, escape};
use super::value::{Object, Value};

/// The deepest nesting of arrays and objects. Tokens and key sets are flat; only hostile ones are deep.
const MAX_DEPTH: u32 = 128;

/// Parses JSON text. `None` for any other text, and for nesting deeper than 128.
#[must_use]
pub fn parse(text: &str) -> Option<Value> {
    Reader::new(text, Tags::Refused).all()
}

const SPACE: Bytes = Bytes::of(&[(b'\t', b'\n'), (b'\r', b'\r'), (b' ', b' ')]);
const DIGITS: Bytes = Bytes::of(&[(b'0', b'9')]);
/// The bytes of names and numbers.
const WORD: Bytes =
    Bytes::of(&[(b'0', b'9'), (b'a', b'z'), (b'E', b'E'), (b'-', b'.'), (b'+', b'+')]);
/// The bytes that a string holds unescaped.
const PLAIN: Bytes = Bytes::of(&[(b' ', b'!'), (b'#', b'['), (b']', 255)]);

/// Whether the two words of [tagged JSON](super::tagged_json) count as values.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Tags {
    Accepted,
    Refused,
}

/// The reader of JSON and of tagged JSON.
pub(super) struct Reader<'a> {
    text: &'a str,
    at: usize,
    tags: Tags,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str, tags: Tags) -> Self {
        Self { text, at: 0, tags }
    }

    /// The value, where the text holds nothing else.
    pub(super) fn all(mut self) -> Option<Value> {
        let value = self.value(MAX_DEPTH)?;
        self.skip(&SPACE);
        (self.at == self.text.len()).then_some(value)
    }

    /// The next byte. Zero at the end, which JSON allows nowhere.
    fn peek(&self) -> u8 {
        self.text.as_bytes().get(self.at).copied().unwrap_or(0)
    }

    /// Skips the bytes of the set and returns them. No set contains zero.
    #[inline(never)]
    fn skip(&mut self, skipped: &Bytes) -> &'a str {
        let start = self.at;
        while skipped.contains(self.peek()) {
            self.at += 1;
        }
        self.text.get(start..self.at).unwrap_or_default()
    }

    /// Skips white space, then this byte if it comes next. Returns whether it did.
    fn eat(&mut self, byte: u8) -> bool {
        self.skip(&SPACE);
        let found = self.peek() == byte;
        self.at += usize::from(found);
        found
    }

    fn value(&mut self, depth: u32) -> Option<Value> {
        if self.eat(b'"') {
            return self.string().map(Value::String);
        }
        let depth = depth.checked_sub(1)?;
        if self.eat(b'[') {
            let mut items = Vec::new();
            self.list(b']', &mut |reader| {
                items.push(reader.value(depth)?);
                Some(())
            })?;
            return Some(Value::Array(items));
        }
        if self.eat(b'{') {
            let mut members = Vec::new();
            self.list(b'}', &mut |reader| {
                let name = if reader.eat(b'"') { reader.string()? } else { return None };
                let value = if reader.eat(b':') { reader.value(depth)? } else { return None };
                members.push((name, value));
                Some(())
            })?;
            return Some(Value::Object(Object(members)));
        }
        match self.skip(&WORD) {
            "null" => Some(Value::Null),
            "true" => Some(Value::Bool(true)),
            "false" => Some(Value::Bool(false)),
            "u" if self.tags == Tags::Accepted => Some(Value::Absent),
            "x" if self.tags == Tags::Accepted => Some(Value::Other),
            text => number(text).map(Value::Number),
        }
    }

    /// Reads items separated by commas, up to the closing byte.
    fn list(&mut self, close: u8, item: &mut dyn FnMut(&mut Self) -> Option<()>) -> Option<()> {
        if self.eat(close) {
            return Some(());
        }
        loop {
            item(self)?;
            if self.eat(close) {
                return Some(());
            }
            if !self.eat(b',') {
                return None;
            }
        }
    }

    /// Reads a string after its opening quotation mark.
    fn string(&mut self) -> Option<String> {
        let mut string = String::new();
        loop {
            string.push_str(self.skip(&PLAIN));
            let end = self.peek();
            self.at += 1;
            match end {
                b'"' => return Some(string),
                b'\\' => string.push(self.escaped()?),
                _ => return None,
            }
        }
    }

    /// Reads an escape sequence after its backslash. A lone surrogate becomes U+FFFD, which no comparison
    /// expects.
    fn escaped(&mut self) -> Option<char> {
        let letter = self.peek();
        self.at += 1;
        Some(match letter {
            b'"' | b'\\' | b'/' => char::from(letter),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let mut unit = self.hexadecimal()?;
                let rest = self.text.get(self.at..).unwrap_or_default();
                if (0xd800..0xdc00).contains(&unit) && rest.starts_with("\\u") {
                    let behind = self.at;
                    self.at += 2;
                    let low = self.hexadecimal()?;
                    if (0xdc00..0xe000).contains(&low) {
                        unit = 0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
                    } else {
                        self.at = behind;
                    }
                }
                char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            _ => return None,
        })
    }

    fn hexadecimal(&mut self) -> Option<u32> {
        let digits = self.text.as_bytes().get(self.at..self.at + 4)?;
        self.at += 4;
        digits.iter().try_fold(0, |unit, digit| Some(unit << 4 | char::from(*digit).to_digit(16)?))
    }
}

/// Parses a number by the grammar of RFC 8259 6. `parseFloat` and Rust both accept more.
fn number(text: &str) -> Option<f64> {
    let mut reader = Reader::new(text, Tags::Refused);
    let _ = reader.eat(b'-');
    let whole = reader.skip(&DIGITS);
    if whole.is_empty() || whole.len() > 1 && whole.starts_with('0') {
        return None;
    }
    // Whole numbers are the most frequent and need no call of the platform.
    if whole.len() == text.len()
        && let Some(number) = digits(whole)
    {
        return Some(number);
    }
    if reader.eat(b'.') && reader.skip(&DIGITS).is_empty() {
        return None;
    }
    if reader.eat(b'e') || reader.eat(b'E') {
        let _ = reader.eat(b'+') || reader.eat(b'-');
        if reader.skip(&DIGITS).is_empty() {
            return None;
        }
    }
    (reader.at == text.len()).then(|| rounded(text))
}

/// The nearest double, from the platform. Rust's own tables would be a quarter of the module.
fn rounded(text: &str) -> f64 {
    #[cfg(target_arch = "wasm32")]
    return js_sys::parse_float(text);
    #[cfg(not(target_arch = "wasm32"))]
    text.parse().unwrap_or(f64::NAN)
}

/// Writes a value as JSON text. A value that JSON cannot express becomes `null`; an object omits it.
#[must_use]
pub fn to_text(value: &Value) -> String {
    let mut text = String::new();
    write(value, &mut text);
    text
}

fn write(value: &Value, text: &mut String) {
    match value {
        Value::Bool(bool) => text.push_str(if *bool { "true" } else { "false" }),
        Value::Number(number) if number.is_finite() => text.push_str(&shortest(*number)),
        Value::String(string) => write_string(string, text),
        Value::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                write(item, text);
            }
            text.push(']');
        }
        Value::Object(object) => {
            text.push('{');
            let mut separator = "";
            for (name, value) in &object.0 {
                if !matches!(value, Value::Absent | Value::Other) {
                    text.push_str(separator);
                    separator = ",";
                    write_string(name, text);
                    text.push(':');
                    write(value, text);
                }
            }
            text.push('}');
        }
        Value::Absent | Value::Null | Value::Number(_) | Value::Other => text.push_str("null"),
    }
}

/// The shortest text from which [`rounded`] gives the same double.
fn shortest(number: f64) -> String {
    #[cfg(target_arch = "wasm32")]
    return js_sys::Object::to_string(&js_sys::Number::from(number)).into();
    #[cfg(not(target_arch = "wasm32"))]
    number.to_string()
}

/// Writes the JSON text of an object, member by member.
#[derive(Default)]
pub struct ObjectWriter(String);

impl ObjectWriter {
    /// Adds a member whose value is JSON text.
    #[inline(never)]
    pub fn json(&mut self, name: &str, json: &str) {
        self.0.push(if self.0.is_empty() { '{' } else { ',' });
        write_string(name, &mut self.0);
        self.0.push(':');
        self.0.push_str(json);
    }

    /// Adds a string.
    #[inline(never)]
    pub fn text(&mut self, name: &str, text: &str) {
        self.json(name, "");
        write_string(text, &mut self.0);
    }

    /// Adds a string unless it is `None`.
    pub fn optional(&mut self, name: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.text(name, text);
        }
    }

    /// Adds a whole number, 0 or more.
    pub fn number(&mut self, name: &str, number: f64) {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
        self.json(name, &decimal(number as u64));
    }

    /// Returns the text. At least one member must have been added.
    #[must_use]
    pub fn end(mut self) -> String {
        self.0.push('}');
        self.0
    }
}

/// Writes a string. Escapes the characters that RFC 8259 7 requires.
pub(crate) fn write_string(string: &str, text: &mut String) {
    text.push('"');
    escape(string, "\\u00", text, &PLAIN);
    text.push('"');
}
