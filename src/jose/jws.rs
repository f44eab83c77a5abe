//! The JWS compact serialization, split and decoded but not verified (RFC 7515 7.1, RFC 7519 7.2).

use super::base64url;
use crate::support::text::{rsplit_once, split_once};

/// The longest token that the parser accepts, in characters. The limit bounds the work that a
/// hostile response can cause. Browsers limit URLs to 2 MB and servers to far less. Auth0's tokens
/// stay below 16 KiB.
pub const MAX_TOKEN_LENGTH: usize = 1 << 18;

/// The parts of a JWS. None of them has been verified.
#[derive(Debug)]
pub struct Parts<'a> {
    /// The JOSE header, as text.
    pub header: String,
    /// The payload, as text. The payload of a JWT is JSON.
    pub payload: String,
    /// The signature.
    pub signature: Vec<u8>,
    /// The text that was signed: the first two parts as they were received.
    pub signing_input: &'a str,
}

/// Splits a token into exactly three parts and decodes each strictly. `None` unless the first two
/// are base64url of UTF-8 text and the third is base64url.
#[must_use]
pub fn parse(token: &str) -> Option<Parts<'_>> {
    if token.len() > MAX_TOKEN_LENGTH {
        return None;
    }
    let (signing_input, signature) = rsplit_once(token, b'.')?;
    let (header, payload) = split_once(signing_input, b'.')?;
    // The decoder refuses a further dot in the payload, because a dot is not base64url.
    Some(Parts {
        header: decode_text(header)?,
        payload: decode_text(payload)?,
        signature: base64url::decode(signature)?,
        signing_input,
    })
}

fn decode_text(encoded: &str) -> Option<String> {
    String::from_utf8(base64url::decode(encoded)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_parts_are_split_and_decoded() {
        let parts = parse("e30.eyJhIjoxfQ.AQI").unwrap();
        assert_eq!(parts.header, "{}");
        assert_eq!(parts.payload, r#"{"a":1}"#);
        assert_eq!(parts.signature, [1, 2]);
        assert_eq!(parts.signing_input, "e30.eyJhIjoxfQ");
    }

    #[test]
    fn anything_else_is_refused() {
        for token in [
            "",
            ".",
            "e30",
            "e30.e30",
            "e30.e30.AQ.AQ",
            "e30.e30.AQ.AQ.AQ",
            "e30.e30.AR",
            "_w.e30.AQ",
            "e30.e30 .AQ",
            "e30=.e30.AQ",
        ] {
            assert!(parse(token).is_none(), "{token}");
        }
        let of_length = |length: usize| ["e30.", &"A".repeat(length - 8), ".AAA"].concat();
        assert!(parse(&of_length(MAX_TOKEN_LENGTH)).is_some());
        // Four more characters, because one more would not be base64url.
        assert!(parse(&of_length(MAX_TOKEN_LENGTH + 4)).is_none());
    }
}
