//! Shared by the native tests: a fixed tenant with fixed keys, valid tokens that a test can change, the platform in
//! native code, and the vectors.
#![allow(dead_code, reason = "each test binary uses its own part")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed test panics")]
#![allow(clippy::panic, clippy::indexing_slicing, reason = "a failed test panics")]

pub(crate) mod browser;
pub(crate) mod platform;
pub(crate) mod session;
pub(crate) mod tokens;
pub(crate) mod vectors;

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use auth0_current_user::internals::error::Error;
use auth0_current_user::internals::jose::base64url;
use auth0_current_user::internals::oidc::response::{
    AuthorizationResponse, ResponseParameters, ResponseUrl, Tokens, find_response,
};
use auth0_current_user::internals::oidc::sign_in;
use auth0_current_user::internals::oidc::transaction::Transaction;
use auth0_current_user::internals::options::{AuthorizeOptions, Config, Flow};
use auth0_current_user::internals::session::Session;
use auth0_current_user::internals::value::{Object, Value};
use serde_json::{Value as Json, json};

use platform::NativePlatform;

/// 2023-11-14 22:13:20 UTC, in seconds.
pub(crate) const NOW: f64 = 1_700_000_000.0;
/// The same in milliseconds.
pub(crate) const NOW_MS: f64 = NOW * 1e3;
pub(crate) const ISSUER: &str = "https://acme.eu.auth0.com/";
pub(crate) const AUDIENCE: &str = "https://acme.eu.auth0.com/api/v2/";
pub(crate) const USERINFO: &str = "https://acme.eu.auth0.com/userinfo";
pub(crate) const CLIENT_ID: &str = "spa-client";
pub(crate) const SUBJECT: &str = "auth0|5f7c8ec7c33c6c004bbafe82";

/// Runs a future that never waits, such as those of the native platform.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the future waits"),
    }
}

/// A value of this crate from JSON.
pub(crate) fn value(json: &Json) -> Value {
    serde_json::from_str(&json.to_string()).unwrap()
}

/// An object of this crate from JSON.
pub(crate) fn object(json: &Json) -> Object {
    value(json).into_object().unwrap()
}

/// Applies `changes` to `base`. `null` removes a member (RFC 7396, one level deep).
pub(crate) fn merge(base: &Json, changes: &Json) -> Json {
    let mut merged = base.clone();
    for (name, value) in changes.as_object().into_iter().flatten() {
        if value.is_null() {
            merged.as_object_mut().unwrap().remove(name);
        } else {
            merged[name] = value.clone();
        }
    }
    merged
}

/// Valid client options, with changes.
pub(crate) fn options(changes: &Json) -> Json {
    let base = json!({
        "domain": "acme.eu.auth0.com",
        "clientId": CLIENT_ID,
        "redirectUri": "https://app.example/callback",
        "scopes": ["read:current_user", "update:current_user_metadata"],
    });
    merge(&base, changes)
}

/// The configuration of [`options`].
pub(crate) fn config(changes: &Json) -> Config {
    Config::parse(&object(&options(changes))).unwrap()
}

/// The random bytes of every [`transaction`].
pub(crate) fn random_bytes() -> [u8; 96] {
    std::array::from_fn(|index| u8::try_from(index).unwrap())
}

/// `state` of every [`transaction`].
pub(crate) fn state() -> String {
    own_state(&random_bytes()[..32])
}

/// A `state` as this package makes it of 32 random bytes: the upper half of their FNV-1a hash stands behind them.
pub(crate) fn own_state(random: &[u8]) -> String {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in random {
        hash ^= u64::from(*byte);
        hash = hash.wrapping_mul(0x0100_0000_01b3);
    }
    base64url::encode(&[random, &hash.to_be_bytes()[..4]].concat())
}

/// `nonce` of every [`transaction`].
pub(crate) fn nonce() -> String {
    base64url::encode(&random_bytes()[32..64])
}

/// A sign-in that began half a minute ago.
pub(crate) fn transaction(config: &Config, options: &Json) -> Transaction {
    let options = AuthorizeOptions::parse(&object(options)).unwrap();
    Transaction::begin(config, &options, &random_bytes(), NOW_MS - 30_000.0)
}

/// A sign-in with every optional field.
pub(crate) fn full_transaction() -> Transaction {
    let config = config(&json!({"flow": "code", "organization": "org_2"}));
    let options = json!({"appState": "{\"a\":1}", "maxAge": 600, "organization": "org_1"});
    transaction(&config, &options)
}

/// Finds a response in a URL as the client does.
pub(crate) fn find_in(
    url: &str,
    config: &Config,
    platform: &NativePlatform,
) -> Option<ResponseUrl> {
    find_response(url, config.flow, &|state| {
        !state.is_empty() && platform.is_pending(config, state)
    })
}

/// Steps 3 to 6 of a sign-in: everything before the tokens are verified or the code is redeemed.
pub(crate) fn open(
    platform: &NativePlatform,
    config: &Config,
    parameters: &ResponseParameters,
) -> Result<AuthorizationResponse, Error> {
    sign_in::match_state(platform, config, parameters.clone())?;
    parameters.check_unambiguous()?;
    parameters.check_issuer(&config.issuer)?;
    parameters.check_no_error()?;
    parameters.authorization_response(config.flow)
}

/// The result of a URL.
pub(crate) enum Outcome {
    /// The URL holds no response.
    Nothing,
    /// The response holds a code, which the token endpoint got.
    Code(String),
    /// Signed in, with the application's own state.
    SignedIn(Box<Session>, Option<String>),
}

/// Handles a URL from end to end, as the client does.
pub(crate) fn handle(
    platform: &NativePlatform,
    config: &Config,
    url: &str,
) -> Result<Outcome, Error> {
    let Some(found) = find_in(url, config, platform) else {
        return Ok(Outcome::Nothing);
    };
    let matched = sign_in::match_state(platform, config, found.parameters)?;
    let completed = block_on(sign_in::complete(&platform.verifier(config), platform, matched));
    if let Some(code) = platform.take_refused_code() {
        return Ok(Outcome::Code(code));
    }
    let completed = completed?;
    let app_state = completed.app_state().map(str::to_owned);
    Ok(Outcome::SignedIn(Box::new(completed.into()), app_state))
}

/// Completes a sign-in with these tokens. They come in a message in the implicit flow, and from the token endpoint in
/// the code flow.
pub(crate) fn complete_with(
    platform: &NativePlatform,
    config: &Config,
    transaction: &Transaction,
    (id_token, access_token): (&str, &str),
    expires_in: Option<&str>,
) -> Result<Session, Error> {
    platform.insert_pending(config, transaction);
    let state = transaction.state.as_str();
    let response = match config.flow {
        Flow::Implicit => json!({
            "id_token": id_token,
            "access_token": access_token,
            "token_type": "Bearer",
            "expires_in": expires_in,
            "state": state,
        }),
        Flow::Code => {
            let kind = Some("Bearer");
            let tokens = Tokens::new(Some(id_token), Some(access_token), kind, expires_in)?;
            platform.redeem_next_code_for(tokens);
            json!({ "code": "code", "state": state })
        }
    };
    let parameters = ResponseParameters::from_message(&object(&response));
    let matched = sign_in::match_state(platform, config, parameters)?;
    block_on(sign_in::complete(&platform.verifier(config), platform, matched)).map(Session::from)
}
