//! The platform in native code: ring for cryptography.

use std::cell::Cell;
use std::rc::Rc;

use auth0_current_user::internals::error::{Error, ErrorCode};
use auth0_current_user::internals::jose::base64url;
use auth0_current_user::internals::jose::jwk_set::{self, RsaKey};
use auth0_current_user::internals::json;
use auth0_current_user::internals::oidc::id_token::{Platform, Refresh};
use ring::{digest, signature};
use serde_json::Value as Json;

/// Keys as they are published, and anew after that; counts what is asked of it.
pub(crate) struct NativePlatform {
    keys: Option<Rc<[RsaKey]>>,
    /// What a refetch brings; `None` where it is not allowed now.
    pub(crate) anew: Option<Rc<[RsaKey]>>,
    /// How often the keys were asked for.
    pub(crate) fetches: Cell<u32>,
    /// How often they were asked for anew.
    pub(crate) refetches: Cell<u32>,
    /// How often that was in vain.
    pub(crate) in_vain: Cell<u32>,
    /// How often a signature was looked at.
    pub(crate) verifications: Cell<u32>,
}

impl NativePlatform {
    /// A tenant that answers with this text, each time it is asked.
    pub(crate) fn publishing(body: &str) -> Self {
        let keys = keys_of(body);
        Self {
            anew: keys.clone(),
            keys,
            fetches: Cell::default(),
            refetches: Cell::default(),
            in_vain: Cell::default(),
            verifications: Cell::default(),
        }
    }

    /// The same, with another answer to the second question.
    pub(crate) fn then_publishing(mut self, body: Option<&str>) -> Self {
        self.anew = body.and_then(keys_of);
        self
    }
}

fn keys_of(body: &str) -> Option<Rc<[RsaKey]>> {
    Some(jwk_set::parse(json::parse(body)?)?.into())
}

impl Platform for NativePlatform {
    async fn signing_keys(&self, refresh: Refresh) -> Result<Rc<[RsaKey]>, Error> {
        let (count, keys) = if refresh == Refresh::Force {
            (&self.refetches, &self.anew)
        } else {
            (&self.fetches, &self.keys)
        };
        count.set(count.get() + 1);
        keys.clone().ok_or_else(|| Error::new(ErrorCode::SigningKeyNotFound, "no key set"))
    }

    fn cooling_down(&self) -> bool {
        self.anew.is_none()
    }

    fn start_cool_down(&self) {
        self.in_vain.set(self.in_vain.get() + 1);
    }

    async fn verify_rs256(
        &self,
        key: &RsaKey,
        signature: &[u8],
        input: &[u8],
    ) -> Result<Option<bool>, Error> {
        self.verifications.set(self.verifications.get() + 1);
        let parts = base64url::decode(&key.modulus).zip(base64url::decode(&key.exponent));
        Ok(parts.map(|(n, e)| {
            let key = signature::RsaPublicKeyComponents { n, e };
            key.verify(&signature::RSA_PKCS1_2048_8192_SHA256, input, signature).is_ok()
        }))
    }

    async fn sha256(&self, bytes: &[u8]) -> Result<Vec<u8>, Error> {
        Ok(digest::digest(&digest::SHA256, bytes).as_ref().to_vec())
    }
}

/// A key set as JSON text.
pub(crate) fn key_set(keys: &[Json]) -> String {
    serde_json::json!({ "keys": keys }).to_string()
}
