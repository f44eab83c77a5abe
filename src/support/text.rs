//! Text, taken apart at ASCII characters and put together.
//!
//! The standard library does all of this for any pattern and any type, which costs the shipped
//! module several kB: its searchers keep their state in memory, and each use makes its own.

/// Puts texts together.
#[inline(never)]
#[must_use]
pub(crate) fn concat(parts: &[&str]) -> String {
    let mut text = String::new();
    for part in parts {
        text.push_str(part);
    }
    text
}

/// What is before and behind the first separator.
#[inline(never)]
pub(crate) fn split_once(text: &str, separator: u8) -> Option<(&str, &str)> {
    split_around(text, text.bytes().position(|byte| byte == separator)?)
}

/// What is before and behind the last separator.
#[inline(never)]
pub(crate) fn rsplit_once(text: &str, separator: u8) -> Option<(&str, &str)> {
    split_around(text, text.bytes().rposition(|byte| byte == separator)?)
}

/// What is before and behind the ASCII character that stands there.
fn split_around(text: &str, index: usize) -> Option<(&str, &str)> {
    Some((text.get(..index)?, text.get(index + 1..)?))
}

/// The text between separators: one piece more than there are separators.
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

/// Is the word somewhere in the text?
pub(crate) fn contains(text: &str, word: &str) -> bool {
    text.as_bytes().windows(word.len()).any(|part| part == word.as_bytes())
}

/// Appends with a separator before it, unless it is the first.
pub(crate) fn join(text: &mut String, separator: &str, piece: &str) {
    if !text.is_empty() {
        text.push_str(separator);
    }
    text.push_str(piece);
}

/// The beginning of a text that is repeated in a message, so that it can be found there without
/// filling it.
pub(crate) fn shortened(text: &str) -> &str {
    text.get(..text.floor_char_boundary(60)).unwrap_or_default()
}

/// The text that these bytes are. `None` where they are not UTF-8.
///
/// The standard library's other reader looks for letters outside ASCII in eight bytes at once, which takes twice the
/// code.
pub(crate) fn utf8(bytes: &[u8]) -> Option<&str> {
    match bytes.utf8_chunks().next() {
        None => Some(""),
        Some(chunk) => chunk.invalid().is_empty().then_some(chunk.valid()),
    }
}

/// A set of bytes.
pub(crate) struct Bytes([u32; 8]);

impl Bytes {
    /// Those of these ranges, each from its lowest to its highest.
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

/// Appends a text in which every byte that is not plain becomes a mark and two hexadecimal digits.
#[inline(never)]
pub(crate) fn escape(text: &str, mark: &str, into: &mut String, plain: &Bytes) {
    // Most of it is plain, and goes in one piece.
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

/// A whole number in decimal.
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

/// Reads digits and nothing else. `None` for anything else, and for more digits than a number keeps
/// apart.
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
    fn text_is_taken_apart_as_the_standard_library_does() {
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
    fn bytes_are_text_where_the_standard_library_says_so() {
        let parts: [&[u8]; 8] = [
            b"",
            b"a",
            "ü".as_bytes(),
            "€".as_bytes(),
            "𝄞".as_bytes(),
            &[0xff],
            &[0xc3],
            &[0xed, 0xa0, 0x80],
        ];
        for first in parts {
            for second in parts {
                for third in parts {
                    let bytes = [first, second, third].concat();
                    assert_eq!(utf8(&bytes), std::str::from_utf8(&bytes).ok(), "{bytes:?}");
                }
            }
        }
    }

    #[test]
    fn a_word_is_found_wherever_it_stands() {
        for text in ["ab", "xab", "abx", "aab", "a", "", "ba", "üab"] {
            assert_eq!(contains(text, "ab"), text.contains("ab"), "{text}");
        }
    }

    #[test]
    fn the_ends_of_the_range_are_written_and_read() {
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
    fn what_is_repeated_is_cut_between_characters() {
        assert_eq!(shortened("update:users"), "update:users");
        assert_eq!(shortened(&"ü".repeat(40)), "ü".repeat(30));
        assert_eq!(shortened(&"a".repeat(100)), "a".repeat(60));
    }
}
