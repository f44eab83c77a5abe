//! JSON text (RFC 8259), read and written.
//!
//! What the tenant sends is decided upon as text of ours and not as an object of JavaScript's: no
//! other script of the page has a hand in it, and nothing crosses over member by member. It reads
//! exactly what `JSON.parse` reads, as the tests see.

use crate::support::text::{Bytes, decimal, digits, escape};
use crate::support::value::{Object, Value};

/// How deep arrays and objects may be nested. Tokens and key sets are flat; only hostile ones are deep.
const MAX_DEPTH: u32 = 128;

/// Reads JSON text. `None` where it is none, or deeper than anything that a tenant sends.
#[must_use]
pub fn parse(text: &str) -> Option<Value> {
    Reader { text, at: 0, described: false }.all()
}

/// Reads the text that stands for any value of JavaScript's: JSON, in which `u` is `undefined` and `x`
/// is what JSON cannot say.
#[must_use]
pub fn parse_described(text: &str) -> Option<Value> {
    Reader { text, at: 0, described: true }.all()
}

const SPACE: Bytes = Bytes::of(&[(b'\t', b'\n'), (b'\r', b'\r'), (b' ', b' ')]);
const DIGITS: Bytes = Bytes::of(&[(b'0', b'9')]);
/// What names and numbers are made of.
const WORD: Bytes =
    Bytes::of(&[(b'0', b'9'), (b'a', b'z'), (b'E', b'E'), (b'-', b'.'), (b'+', b'+')]);
/// What stands for itself in a string.
const PLAIN: Bytes = Bytes::of(&[(b' ', b'!'), (b'#', b'['), (b']', 255)]);

struct Reader<'a> {
    text: &'a str,
    at: usize,
    described: bool,
}

impl<'a> Reader<'a> {
    fn all(mut self) -> Option<Value> {
        let value = self.value(MAX_DEPTH)?;
        self.skip(&SPACE);
        (self.at == self.text.len()).then_some(value)
    }

    /// The next byte; at the end it is zero, which stands nowhere in JSON.
    fn peek(&self) -> u8 {
        self.text.as_bytes().get(self.at).copied().unwrap_or(0)
    }

    /// What is skipped while the bytes are of the set, which zero is in none of.
    #[inline(never)]
    fn skip(&mut self, skipped: &Bytes) -> &'a str {
        let start = self.at;
        while skipped.contains(self.peek()) {
            self.at += 1;
        }
        self.text.get(start..self.at).unwrap_or_default()
    }

    /// Goes past this byte, where it is the next one behind white space.
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
            "u" if self.described => Some(Value::Absent),
            "x" if self.described => Some(Value::Other),
            text => number(text).map(Value::Number),
        }
    }

    /// Items with commas between them, up to what closes the list.
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

    /// The rest of a string.
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

    /// What a backslash has announced. Half of a surrogate pair becomes a character that nothing
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

/// A number in the form that RFC 8259 6 gives it, which is less than platforms take for one.
fn number(text: &str) -> Option<f64> {
    let mut reader = Reader { text, at: 0, described: false };
    let _ = reader.eat(b'-');
    let whole = reader.skip(&DIGITS);
    if whole.is_empty() || whole.len() > 1 && whole.starts_with('0') {
        return None;
    }
    // The most frequent, without asking anybody.
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

/// The double that is nearest, as the platform knows: Rust's own tables would be a quarter of the
/// module.
fn rounded(text: &str) -> f64 {
    #[cfg(target_arch = "wasm32")]
    return js_sys::parse_float(text);
    #[cfg(not(target_arch = "wasm32"))]
    text.parse().unwrap_or(f64::NAN)
}

/// The JSON text of a value. What JSON cannot say becomes `null`, or is left out of an object.
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

/// The shortest text that [`rounded`] makes the same double of.
fn shortest(number: f64) -> String {
    #[cfg(target_arch = "wasm32")]
    return js_sys::Object::to_string(&js_sys::Number::from(number)).into();
    #[cfg(not(target_arch = "wasm32"))]
    number.to_string()
}

/// The text of an object, written member by member.
#[derive(Default)]
pub struct ObjectWriter(String);

impl ObjectWriter {
    /// Adds a member whose value is JSON text already.
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

    /// Adds a string, where there is one.
    pub fn optional(&mut self, name: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.text(name, text);
        }
    }

    /// Adds a whole number that is not negative.
    pub fn number(&mut self, name: &str, number: f64) {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
        self.json(name, &decimal(number as u64));
    }

    /// The text, of one member at least.
    #[must_use]
    pub fn end(mut self) -> String {
        self.0.push('}');
        self.0
    }
}

/// Writes a string. Escapes what RFC 8259 7 says has to be escaped.
pub(crate) fn write_string(string: &str, text: &mut String) {
    text.push('"');
    escape(string, "\\u00", text, &PLAIN);
    text.push('"');
}
