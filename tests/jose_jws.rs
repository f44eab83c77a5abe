//! The compact serialization of any text (RFC 7515 7.1).

use auth0_current_user::internals::jose::{base64url, jws};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn a_token_is_split_or_refused(token: String) {
        if let Some(parts) = jws::parse(&token) {
            prop_assert!(token.starts_with(parts.signing_input));
        }
    }

    /// Any text as a token: no panic, and what is split is put together to the same text.
    #[test]
    fn any_token_is_survived(token in "[A-Za-z0-9_.-]{0,40}|\\PC*") {
        if let Some(parts) = jws::parse(&token) {
            let encode = |text: &str| base64url::encode(text.as_bytes());
            let again = [encode(&parts.header), encode(&parts.payload), base64url::encode(&parts.signature)];
            prop_assert_eq!(again.join("."), token);
        }
    }
}
