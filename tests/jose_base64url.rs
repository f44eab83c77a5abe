//! base64url of any bytes and any text (RFC 4648 5).

use auth0_current_user::internals::jose::base64url;
use proptest::prelude::*;

proptest! {
    #[test]
    fn decodes_what_it_has_encoded(bytes: Vec<u8>) {
        prop_assert_eq!(base64url::decode(&base64url::encode(&bytes)), Some(bytes));
    }

    #[test]
    fn accepts_one_spelling_of_each_byte_sequence(text in "[A-Za-z0-9_=+/-]{0,12}") {
        if let Some(bytes) = base64url::decode(&text) {
            prop_assert_eq!(base64url::encode(&bytes), text);
        }
    }
}
