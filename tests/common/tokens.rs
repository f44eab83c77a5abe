//! Tokens, signed with the test keys of tests/vectors/keys.json.

use std::cell::RefCell;
use std::rc::Rc;

use auth0_current_user::internals::jose::base64url;
use ring::rand::SystemRandom;
use ring::{digest, rsa, signature};
use serde_json::{Value as Json, json};

use super::{AUDIENCE, CLIENT_ID, ISSUER, NOW, SUBJECT, USERINFO, merge, nonce};

thread_local! {
    static KEYS: RefCell<Vec<Rc<Key>>> = const { RefCell::new(Vec::new()) };
}

/// A test key.
pub(crate) struct Key {
    name: &'static str,
    jwk: Json,
    pair: rsa::KeyPair,
}

impl Key {
    /// The key of this name. Each thread reads a key once, because property tests use it a thousand times.
    pub(crate) fn named(name: &'static str) -> Rc<Self> {
        KEYS.with_borrow_mut(|keys| match keys.iter().find(|key| key.name == name) {
            Some(key) => key.clone(),
            None => {
                keys.push(Rc::new(Self::read(name)));
                keys[keys.len() - 1].clone()
            }
        })
    }

    fn read(name: &'static str) -> Self {
        let keys: Json = serde_json::from_str(include_str!("../vectors/keys.json")).unwrap();
        let jwk = keys[name].clone();
        let bytes = |member: &str| base64url::decode(jwk[member].as_str().unwrap()).unwrap();
        let pair = rsa::KeyPair::from_components(&rsa::KeyPairComponents {
            public_key: rsa::PublicKeyComponents { n: bytes("n"), e: bytes("e") },
            d: bytes("d"),
            p: bytes("p"),
            q: bytes("q"),
            dP: bytes("dp"),
            dQ: bytes("dq"),
            qInv: bytes("qi"),
        });
        Self { name, pair: pair.unwrap(), jwk }
    }

    /// The public key, as a tenant publishes it.
    pub(crate) fn public(&self) -> Json {
        let (n, e) = (&self.jwk["n"], &self.jwk["e"]);
        json!({"kty": "RSA", "n": n, "e": e, "kid": self.name, "use": "sig", "alg": "RS256"})
    }

    /// The public key with another key ID.
    pub(crate) fn jwk_with_kid(&self, key_id: &str) -> Json {
        merge(&self.public(), &json!({ "kid": key_id }))
    }

    /// Signs these texts as a JWS.
    pub(crate) fn sign_text(&self, header: &str, payload: &str) -> String {
        let encode = |text: &str| base64url::encode(text.as_bytes());
        let input = [encode(header), encode(payload)].join(".");
        let mut signature = vec![0; self.pair.public().modulus_len()];
        let padding = &signature::RSA_PKCS1_SHA256;
        self.pair.sign(padding, &SystemRandom::new(), input.as_bytes(), &mut signature).unwrap();
        [input, base64url::encode(&signature)].join(".")
    }

    /// Signs these claims as a JWT.
    pub(crate) fn sign(&self, claims: &Json) -> String {
        let header = json!({"alg": "RS256", "typ": "JWT", "kid": self.name});
        self.sign_text(&header.to_string(), &claims.to_string())
    }
}

/// Valid claims of an access token, with changes.
pub(crate) fn access_claims(changes: &Json) -> Json {
    let base = json!({
        "iss": ISSUER,
        "sub": SUBJECT,
        "aud": [AUDIENCE, USERINFO],
        "iat": NOW - 2.0,
        "exp": NOW + 7200.0,
        "azp": CLIENT_ID,
        "scope": "openid read:current_user update:current_user_metadata",
    });
    merge(&base, changes)
}

/// Valid claims of the ID token for an access token, with changes.
pub(crate) fn id_claims(access_token: &str, changes: &Json) -> Json {
    let digest = digest::digest(&digest::SHA256, access_token.as_bytes());
    let base = json!({
        "iss": ISSUER,
        "sub": SUBJECT,
        "aud": CLIENT_ID,
        "iat": NOW - 2.0,
        "exp": NOW + 36_000.0,
        "nonce": nonce(),
        "at_hash": base64url::encode(&digest.as_ref()[..16]),
    });
    merge(&base, changes)
}

/// Percent-encodes everything but letters and digits, independently of the crate.
pub(crate) fn form_encode(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// The ID token and the access token of one sign-in, with changes to the claims of each.
pub(crate) fn tokens(key: &Key, id_changes: &Json, access_changes: &Json) -> (String, String) {
    let access_token = key.sign(&access_claims(access_changes));
    (key.sign(&id_claims(&access_token, id_changes)), access_token)
}

/// A fragment as the tenant writes it.
pub(crate) fn fragment(id_token: &str, access_token: &str, state: &str) -> String {
    [
        "access_token=",
        access_token,
        "&id_token=",
        id_token,
        "&scope=openid%20read%3Acurrent_user&expires_in=7200&token_type=Bearer&state=",
        state,
    ]
    .concat()
}

/// The parameters of an authorization response.
pub(crate) const PARAMETER_NAMES: &[&str] = &[
    "access_token",
    "id_token",
    "token_type",
    "expires_in",
    "scope",
    "state",
    "code",
    "error",
    "error_description",
    "error_uri",
    "iss",
    "session_state",
];
