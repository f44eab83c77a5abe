//! The authorization request (RFC 6749 4.2.1, OIDC Core 3.2.2.1, RFC 7636 4.3).

use super::response::ResponseMode;
use super::transaction::{CodeVerifier, Transaction};
use crate::options::{AuthorizeOptions, Config, Flow, LogoutOptions};
use crate::support::text::{concat, decimal};
use crate::support::url::percent_encode;

/// Builds the URL of `/authorize` for a pending sign-in.
///
/// Each parameter appears once, percent-encoded (RFC 3986 2.1; a space is `%20`). Options that are
/// not set add no parameter. `code_challenge` is for [`Flow::Code`]: the S256 challenge of the
/// transaction's code verifier.
#[must_use]
pub fn build_url(
    config: &Config,
    options: &AuthorizeOptions,
    transaction: &Transaction,
    response_mode: ResponseMode,
    code_challenge: Option<&str>,
) -> String {
    let mut url = concat(&[&config.origin, "/authorize"]);
    // One allocation is enough for the whole URL.
    url.reserve(1024);
    let mut separator = '?';
    let mut add = |name: &str, value: &str| {
        url.push(separator);
        separator = '&';
        url.push_str(name);
        url.push('=');
        percent_encode(value, &mut url);
    };
    add("audience", &config.audience);
    add("scope", &transaction.scopes.to_scope_value());
    add(
        "response_type",
        match config.flow {
            Flow::Implicit => "token id_token",
            Flow::Code => "code",
        },
    );
    add("client_id", &config.client_id);
    add("redirect_uri", &transaction.redirect_uri);
    add("nonce", transaction.nonce.as_str());
    add("state", transaction.state.as_str());
    if let Some(challenge) = code_challenge {
        add("code_challenge", challenge);
        add("code_challenge_method", "S256");
    }
    if response_mode == ResponseMode::WebMessage {
        add("response_mode", "web_message");
    }
    if let Some(seconds) = transaction.max_age_seconds {
        add("max_age", &decimal(u64::from(seconds)));
    }
    if let Some(organization) = &transaction.organization {
        add("organization", organization);
    }
    for (name, value) in &options.parameters {
        let mut encoded = String::new();
        percent_encode(name, &mut encoded);
        add(&encoded, value);
    }
    url
}

/// Builds the URL of the tenant's logout (Auth0 Authentication API, `/v2/logout`).
#[must_use]
pub fn build_logout_url(config: &Config, options: &LogoutOptions) -> String {
    let mut url = concat(&[&config.origin, "/v2/logout?client_id="]);
    percent_encode(&config.client_id, &mut url);
    if let Some(return_to) = &options.return_to {
        url.push_str("&returnTo=");
        percent_encode(return_to, &mut url);
    }
    if options.federated {
        url.push_str("&federated");
    }
    url
}

/// Builds the body that redeems a code as a public client. It holds the code verifier and no secret
/// (RFC 6749 4.1.3, RFC 7636 4.5).
#[must_use]
pub fn build_token_request(config: &Config, transaction: &Transaction, code: &str) -> String {
    let verifier = transaction.code_verifier.as_ref().map_or("", CodeVerifier::as_str);
    let mut body = "grant_type=authorization_code".to_owned();
    for (name, value) in [
        ("&client_id=", config.client_id.as_str()),
        ("&code=", code),
        ("&code_verifier=", verifier),
        ("&redirect_uri=", &transaction.redirect_uri),
    ] {
        body.push_str(name);
        percent_encode(value, &mut body);
    }
    body
}
