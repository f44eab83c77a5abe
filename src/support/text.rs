//! Splits text at ASCII characters and puts texts together.
//!
//! The standard library does this for any pattern and any type. In brotli bytes of the module,
//! `str::split` adds 300, `str::split_once` 465, and searching with `str::contains` 615.

/// Concatenates texts. `format!` and `[&str]::concat` each generate code at every use.
#[inline(never)]
#[must_use]
pub(crate) fn concat(parts: &[&str]) -> String {
    let mut text = String::new();
    for part in parts {
        text.push_str(part);
    }
    text
}

/// The text before and after the first separator.
#[inline(never)]
pub(crate) fn split_once(text: &str, separator: u8) -> Option<(&str, &str)> {
    split_around(text, text.bytes().position(|byte| byte == separator)?)
}

/// The text before the first such byte, and the text behind it where there is one.
pub(crate) fn split_optional(text: &str, separator: u8) -> (&str, Option<&str>) {
    match split_once(text, separator) {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    }
}

/// The text before and after the last separator.
#[inline(never)]
pub(crate) fn rsplit_once(text: &str, separator: u8) -> Option<(&str, &str)> {
    split_around(text, text.bytes().rposition(|byte| byte == separator)?)
}

/// The text before and after the ASCII character at `index`.
fn split_around(text: &str, index: usize) -> Option<(&str, &str)> {
    Some((text.get(..index)?, text.get(index + 1..)?))
}

/// The pieces between separators: one more than there are separators.
pub(crate) fn split(text: &str, separator: u8) -> Pieces<'_> {
    Pieces { rest: Some(text), separator }
}

/// The iterator of [`split`].
pub(crate) struct Pieces<'a> {
    rest: Option<&'a str>,
    separator: u8,
}

impl<'a> Iterator for Pieces<'a> {
    type Item = &'a str;

    #[inline(never)]
    fn next(&mut self) -> Option<&'a str> {
        let rest = self.rest.take()?;
        Some(match split_once(rest, self.separator) {
            Some((piece, rest)) => {
                self.rest = Some(rest);
                piece
            }
            None => rest,
        })
    }
}

/// Whether `text` contains `word`.
pub(crate) fn contains(text: &str, word: &str) -> bool {
    text.as_bytes().windows(word.len()).any(|part| part == word.as_bytes())
}

/// Appends `piece`, after a separator unless `text` is empty.
pub(crate) fn join(text: &mut String, separator: &str, piece: &str) {
    if !text.is_empty() {
        text.push_str(separator);
    }
    text.push_str(piece);
}

/// The first 60 bytes of a text that a message repeats. A longer text would fill the message.
pub(crate) fn shortened(text: &str) -> &str {
    text.get(..text.floor_char_boundary(60)).unwrap_or_default()
}

/// Compares without revealing by its duration where the texts differ.
pub(crate) fn equal_in_constant_time(left: &str, right: &str) -> bool {
    left.len() == right.len()
        && left.bytes().zip(right.bytes()).fold(0, |differ, (a, b)| differ | (a ^ b)) == 0
}

/// A set of bytes.
pub(crate) struct Bytes([u32; 8]);

impl Bytes {
    /// The bytes of these ranges, each including both ends.
    #[allow(clippy::indexing_slicing, reason = "the compiler evaluates it")]
    pub(crate) const fn of(ranges: &[(u8, u8)]) -> Self {
        let (mut words, mut index) = ([0; 8], 0);
        while index < ranges.len() {
            let (mut byte, last) = (ranges[index].0 as usize, ranges[index].1 as usize);
            while byte <= last {
                words[byte / 32] |= 1 << (byte % 32);
                byte += 1;
            }
            index += 1;
        }
        Self(words)
    }

    pub(crate) fn contains(&self, byte: u8) -> bool {
        let word = self.0.get(usize::from(byte / 32)).copied().unwrap_or_default();
        word >> (byte % 32) & 1 == 1
    }
}

/// Appends `text`. Each byte outside `plain` becomes `mark` and two hexadecimal digits.
#[inline(never)]
pub(crate) fn escape(text: &str, mark: &str, into: &mut String, plain: &Bytes) {
    // Copies runs of plain bytes in one piece.
    let mut start = 0;
    for (index, byte) in text.bytes().enumerate() {
        if plain.contains(byte) {
            continue;
        }
        into.push_str(text.get(start..index).unwrap_or_default());
        start = index + 1;
        into.push_str(mark);
        for nibble in [byte >> 4, byte & 15] {
            into.push(char::from(nibble + if nibble < 10 { b'0' } else { b'A' - 10 }));
        }
    }
    into.push_str(text.get(start..).unwrap_or_default());
}

/// Writes a whole number in decimal. `to_string` brings the formatting machinery of `std::fmt`.
#[inline(never)]
pub(crate) fn decimal(mut number: u64) -> String {
    let mut text = String::new();
    let mut unit = 1;
    while number / unit >= 10 {
        unit *= 10;
    }
    while unit > 0 {
        #[allow(clippy::cast_possible_truncation, reason = "a digit fits a byte")]
        text.push(char::from(b'0' + (number / unit) as u8));
        number %= unit;
        unit /= 10;
    }
    text
}

/// Parses decimal digits. `None` for any other character, and for more than the 15 digits that a double
/// holds exactly.
#[inline(never)]
pub(crate) fn digits(text: &str) -> Option<f64> {
    let ok = matches!(text.len(), 1..=15) && text.bytes().all(|byte| byte.is_ascii_digit());
    let digit = |number: f64, byte: u8| number * 10.0 + f64::from(byte - b'0');
    ok.then(|| text.bytes().fold(0.0, digit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_text_as_the_standard_library_does() {
        let mut texts = vec![String::new()];
        for length in 0..5 {
            for index in 0..texts.len() {
                let text = texts.get(index).unwrap().clone();
                if text.chars().count() == length {
                    texts.extend(["a", "=", "&", "ü"].map(|next| concat(&[&text, next])));
                }
            }
        }
        assert_eq!(texts.len(), 1 + 4 + 16 + 64 + 256 + 1024);
        for text in &texts {
            assert_eq!(split_once(text, b'='), text.split_once('='));
            assert_eq!(rsplit_once(text, b'='), text.rsplit_once('='));
            assert!(split(text, b'&').eq(text.split('&')));
        }
    }

    #[test]
    fn finds_a_word_anywhere_in_a_text() {
        for text in ["ab", "xab", "abx", "aab", "a", "", "ba", "üab"] {
            assert_eq!(contains(text, "ab"), text.contains("ab"), "{text}");
        }
    }

    #[test]
    fn writes_and_reads_the_ends_of_the_range() {
        for number in [0, 9, 10, 4_294_967_296, 999_999_999_999_999] {
            assert_eq!(decimal(number), number.to_string());
            assert_eq!(digits(&decimal(number)), Some(number as f64));
        }
        assert_eq!(decimal(u64::MAX), u64::MAX.to_string());
        for text in ["", " 1", "+1", "-1", "1.0", "1e3", "0x1", "٣", "1000000000000000"] {
            assert_eq!(digits(text), None, "{text}");
        }
        assert_eq!(digits("007"), Some(7.0));
    }

    #[test]
    fn shortens_a_text_between_characters() {
        assert_eq!(shortened("update:users"), "update:users");
        assert_eq!(shortened(&"ü".repeat(40)), "ü".repeat(30));
        assert_eq!(shortened(&"a".repeat(100)), "a".repeat(60));
    }

    #[test]
    fn compares_whole_texts_in_constant_time() {
        assert!(equal_in_constant_time("abc", "abc"));
        for (left, right) in [("abc", "abd"), ("abc", "ab"), ("", "a"), ("abc", "Abc")] {
            assert!(!equal_in_constant_time(left, right));
        }
    }
}
