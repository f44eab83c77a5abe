//! The ports [`Random`] and [`Crypto`], with `crypto.js`.

use js_sys::{Math, Promise};
use wasm_bindgen::prelude::*;

use super::Browser;
use super::tasks::PromiseFuture;
use crate::jose::jwk_set::RsaKey;
use crate::platform::{Crypto, NoWebCrypto, Random, SignatureVerdict};

#[wasm_bindgen(module = "/src/js/platform/crypto.js")]
extern "C" {
    #[wasm_bindgen(js_name = hasWebCrypto)]
    fn has_web_crypto() -> bool;
    fn sha256(bytes: &[u8]) -> Promise;
    #[wasm_bindgen(js_name = copyBytes)]
    fn copy_bytes(from: &JsValue, to: &mut [u8]);
    #[wasm_bindgen(js_name = verifyRs256)]
    fn verify_rs256(modulus: &str, exponent: &str, signature: &[u8], input: &[u8]) -> Promise;
}

impl Random for Browser {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoWebCrypto> {
        getrandom::fill(bytes).map_err(|_| NoWebCrypto)
    }

    fn has_web_crypto(&self) -> bool {
        has_web_crypto()
    }

    fn jitter(&self) -> f64 {
        Math::random()
    }
}

impl Crypto for Browser {
    fn sha256(&self, bytes: &[u8]) -> impl Future<Output = Result<Vec<u8>, NoWebCrypto>> {
        PromiseFuture::new(&sha256(bytes), |digest| {
            let mut bytes = vec![0; 32];
            copy_bytes(&digest.map_err(|_| NoWebCrypto)?, &mut bytes);
            Ok(bytes)
        })
    }

    fn verify_rs256(
        &self,
        key: &RsaKey,
        signature: &[u8],
        input: &[u8],
    ) -> impl Future<Output = Result<SignatureVerdict, NoWebCrypto>> {
        let verdict = verify_rs256(&key.modulus, &key.exponent, signature, input);
        PromiseFuture::new(&verdict, |verdict| {
            let verdict = verdict.map_err(|_| NoWebCrypto)?;
            if verdict.is_undefined() {
                return Ok(SignatureVerdict::UnusableKey);
            }
            // Only `true` itself counts, not what JavaScript takes for it.
            let is_valid = verdict.as_bool() == Some(true);
            Ok(if is_valid { SignatureVerdict::Valid } else { SignatureVerdict::Invalid })
        })
    }
}
