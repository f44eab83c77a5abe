//! Strict base64url without padding (RFC 7515 2, RFC 4648 5 and 3.5).

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Decodes a text. `None` for padding, white space, other characters, an impossible length, or
/// trailing bits that are not zero. Each byte sequence has exactly one encoding, so that no two
/// texts are the same token.
#[must_use]
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 2);
    let mut bits: u32 = 0;
    let mut count = 0;
    for char in text.bytes() {
        let sextet = match char {
            b'A'..=b'Z' => char - b'A',
            b'a'..=b'z' => char - b'a' + 26,
            b'0'..=b'9' => char - b'0' + 52,
            b'-' => 62,
            b'_' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(sextet);
        count += 6;
        if count >= 8 {
            count -= 8;
            #[allow(clippy::cast_possible_truncation, reason = "the mask leaves a byte")]
            bytes.push((bits >> count & 0xff) as u8);
        }
    }
    // Six remaining bits mean a single last character. Fewer bits must be the zero padding of the
    // last byte.
    (count < 6 && bits & ((1 << count) - 1) == 0).then_some(bytes)
}

/// Encodes bytes.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() / 3 * 4 + 4);
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte));
        let bits = bits << (8 * (3 - chunk.len()));
        for index in 0..=chunk.len() {
            let sextet = bits >> (18 - 6 * index) & 63;
            text.push(ALPHABET.get(sextet as usize).copied().map_or('A', char::from));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_standards_decode() {
        // RFC 4648 10, without padding; RFC 7515 appendix C.
        for (text, bytes) in [
            ("", &b""[..]),
            ("Zg", b"f"),
            ("Zm8", b"fo"),
            ("Zm9v", b"foo"),
            ("Zm9vYg", b"foob"),
            ("A-z_4ME", &[3, 236, 255, 224, 193]),
        ] {
            assert_eq!(decode(text).as_deref(), Some(bytes));
            assert_eq!(encode(bytes), text);
        }
    }

    #[test]
    fn any_other_spelling_is_refused() {
        for text in
            ["Z", "Zg==", "Zg=", "Zh", "Zm9", "Zm 9v", "Zm9v\n", "+/", "Zm9vY", "Zé", "A-z_4MF"]
        {
            assert_eq!(decode(text), None, "{text}");
        }
    }
}
