//! Decodes any text. Another strict decoder must accept the same texts and return the same bytes.
#![no_main]

use auth0_current_user::internals::jose::base64url;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let decoded = base64url::decode(text);
    assert_eq!(decoded, URL_SAFE_NO_PAD.decode(text).ok());
    if let Some(bytes) = decoded {
        assert_eq!(base64url::encode(&bytes), text);
    }
});
