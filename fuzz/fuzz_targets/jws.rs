//! Splits any text as a token. Accepts exactly three parts of base64url whose first two are UTF-8, and returns what
//! another decoder returns.
#![no_main]

use auth0_current_user::internals::jose::jws::{MAX_TOKEN_LENGTH, parse};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|token: &str| {
    let parts: Vec<_> = token.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).ok()).collect();
    let expected = match parts.as_slice() {
        [Some(header), Some(payload), Some(signature)] if token.len() <= MAX_TOKEN_LENGTH => {
            let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).ok();
            text(header)
                .zip(text(payload))
                .map(|(header, payload)| (header, payload, signature.clone()))
        }
        _ => None,
    };
    let actual = parse(token);
    if let Some(parts) = &actual {
        assert_eq!(token.rsplit_once('.').unwrap().0, parts.signing_input);
    }
    assert_eq!(actual.map(|parts| (parts.header, parts.payload, parts.signature)), expected);
});
