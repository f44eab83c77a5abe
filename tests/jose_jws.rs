//! The compact serialization of any text (RFC 7515 7.1).

use auth0_current_user::internals::jose::{base64url, jws};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn returns_the_signing_input_as_it_stands_in_the_token(token: String) {
        if let Some(parts) = jws::parse(&token) {
            prop_assert!(token.starts_with(parts.signing_input));
        }
    }

    /// No text panics. The parts of an accepted token make the same text again.
    #[test]
    fn splits_any_token_without_loss_or_refuses_it(token in "[A-Za-z0-9_.-]{0,40}|\\PC*") {
        if let Some(parts) = jws::parse(&token) {
            let encode = |text: &str| base64url::encode(text.as_bytes());
            let again = [encode(&parts.header), encode(&parts.payload), base64url::encode(&parts.signature)];
            prop_assert_eq!(again.join("."), token);
        }
    }
}
