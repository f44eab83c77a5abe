//! Randomness and WebCrypto.

use super::effects;
use super::task::settled;
use crate::error::{Error, ErrorCode};
use crate::jose::jwk_set::RsaKey;
use crate::oidc::transaction::RANDOM_BYTES;

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
    let digest = settled(effects::sha256(bytes)).await.map_err(|_| no_crypto())?;
    let mut bytes = [0; 32];
    effects::copy_bytes(&digest, &mut bytes);
    Ok(bytes.to_vec())
}

/// Verifies an RS256 signature. `None` where the platform cannot read the key.
pub(crate) async fn verify(
    key: &RsaKey,
    signature: &[u8],
    input: &[u8],
) -> Result<Option<bool>, Error> {
    let verified = effects::verify(&key.modulus, &key.exponent, signature, input);
    let verdict = settled(verified).await.map_err(|_| no_crypto())?;
    // `true`, and nothing that is merely taken for it.
    Ok((!verdict.is_undefined()).then(|| verdict.as_bool() == Some(true)))
}

fn no_crypto() -> Error {
    Error::new(
        ErrorCode::InvalidConfiguration,
        "this page has no WebCrypto: serve it over https, or from localhost",
    )
}
