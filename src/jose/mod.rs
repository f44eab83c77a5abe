//! JOSE: base64url, JWS compact serialization, JWK Sets (RFC 4648, 7515, 7517).

pub mod base64url;
pub mod jwk_set;
pub mod jws;
