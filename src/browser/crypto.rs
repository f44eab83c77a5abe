//! Randomness and WebCrypto.

use js_sys::{Promise, Uint8Array};
use wasm_bindgen::prelude::*;

use super::task::settled;
use super::values::{ObjectWriter, write, write_dictionary};
use crate::error::{Error, ErrorCode};
use crate::jose::jwks::RsaKey;
use crate::oidc::transaction::RANDOM_BYTES;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = ["crypto", "subtle"], js_name = digest)]
    fn subtle_digest(algorithm: &str, data: &Uint8Array) -> Result<Promise, JsValue>;
    #[wasm_bindgen(catch, js_namespace = ["crypto", "subtle"], js_name = importKey)]
    fn subtle_import_key(
        format: &str,
        key: &JsValue,
        algorithm: &JsValue,
        extractable: bool,
        usages: &JsValue,
    ) -> Result<Promise, JsValue>;
    #[wasm_bindgen(catch, js_namespace = ["crypto", "subtle"], js_name = verify)]
    fn subtle_verify(
        algorithm: &str,
        key: &JsValue,
        signature: &Uint8Array,
        data: &Uint8Array,
    ) -> Result<Promise, JsValue>;
}

/// Fresh bytes from the platform's CSPRNG.
pub(crate) fn random() -> Result<[u8; RANDOM_BYTES], Error> {
    let mut bytes = [0; RANDOM_BYTES];
    match getrandom::fill(&mut bytes) {
        Ok(()) => Ok(bytes),
        Err(_) => Err(no_crypto()),
    }
}

/// SHA-256.
pub(crate) async fn sha256(bytes: &[u8]) -> Result<Vec<u8>, Error> {
    let promise = subtle_digest("SHA-256", &Uint8Array::from(bytes)).map_err(|_| no_crypto())?;
    let digest = settled(&promise).await.map_err(|_| no_crypto())?;
    Ok(Uint8Array::new(&digest).to_vec())
}

/// A key that `verify` takes. `None` where the platform cannot read it.
pub(crate) async fn import(key: &RsaKey) -> Result<Option<JsValue>, Error> {
    // The members that a public key needs; what else the tenant put there is left out.
    let mut jwk = ObjectWriter::new();
    jwk.text("kty", "RSA");
    jwk.text("n", &key.modulus);
    jwk.text("e", &key.exponent);
    let jwk = write_dictionary(&jwk.end());
    let algorithm = write_dictionary(r#"{"name":"RSASSA-PKCS1-v1_5","hash":"SHA-256"}"#);
    let usages = write(r#"["verify"]"#);
    // It rejects what it cannot read; it throws only where it is not there.
    let promise = subtle_import_key("jwk", &jwk, &algorithm, false, &usages);
    Ok(settled(&promise.map_err(|_| no_crypto())?).await.ok())
}

/// Verifies an RSASSA-PKCS1-v1_5 signature with SHA-256 (RFC 7518 3.3, RFC 8017 8.2.2).
pub(crate) async fn verify(
    key: &JsValue,
    signature: &[u8],
    input: &[u8],
) -> Result<Option<bool>, Error> {
    let (signature, input) = (Uint8Array::from(signature), Uint8Array::from(input));
    let promise =
        subtle_verify("RSASSA-PKCS1-v1_5", key, &signature, &input).map_err(|_| no_crypto())?;
    // `true`, and nothing that is merely taken for it.
    Ok(settled(&promise).await.ok().map(|verdict| verdict.as_bool() == Some(true)))
}

fn no_crypto() -> Error {
    Error::new(
        ErrorCode::InvalidConfiguration,
        "this page has no WebCrypto: serve it over https, or from localhost",
    )
}
