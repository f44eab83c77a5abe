//! The ports [`Random`] and [`Crypto`], with `crypto.js`.

use js_sys::{Math, Promise};
use wasm_bindgen::prelude::*;

use super::Browser;
use super::tasks::await_promise;
use crate::jose::jwk_set::RsaKey;
use crate::platform::{Crypto, NoWebCrypto, Random, SignatureVerdict};

#[wasm_bindgen(module = "/src/js/platform/crypto.js")]
extern "C" {
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

    fn jitter(&self) -> f64 {
        Math::random()
    }
}

impl Crypto for Browser {
    async fn sha256(&self, bytes: &[u8]) -> Result<Vec<u8>, NoWebCrypto> {
        let digest = await_promise(sha256(bytes)).await.map_err(|_| NoWebCrypto)?;
        let mut bytes = vec![0; 32];
        copy_bytes(&digest, &mut bytes);
        Ok(bytes)
    }

    async fn verify_rs256(
        &self,
        key: &RsaKey,
        signature: &[u8],
        input: &[u8],
    ) -> Result<SignatureVerdict, NoWebCrypto> {
        let verdict = verify_rs256(&key.modulus, &key.exponent, signature, input);
        let verdict = await_promise(verdict).await.map_err(|_| NoWebCrypto)?;
        if verdict.is_undefined() {
            return Ok(SignatureVerdict::UnusableKey);
        }
        // Only `true` itself counts, not what JavaScript takes for it.
        let is_valid = verdict.as_bool() == Some(true);
        Ok(if is_valid { SignatureVerdict::Valid } else { SignatureVerdict::Invalid })
    }
}
