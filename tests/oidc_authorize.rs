//! The URLs of the authorization request, the token request and the logout (RFC 6749 4.2.1 and appendix B, RFC 7636).
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed test panics")]
#![allow(clippy::indexing_slicing, reason = "a failed test panics")]

mod common;

use auth0_current_user::internals::error::ErrorCode;
use auth0_current_user::internals::oidc::authorize::{
    build_logout_url, build_token_request, build_url,
};
use auth0_current_user::internals::oidc::response::ResponseMode;
use auth0_current_user::internals::oidc::transaction::Transaction;
use auth0_current_user::internals::options::{AuthorizeOptions, LogoutOptions};
use common::{config, nonce, object, random_bytes, state, transaction};
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use url::Url;

fn authorize_url(client: &Json, sign_in: &Json) -> String {
    let config = config(client);
    let parsed = AuthorizeOptions::parse(&object(sign_in)).unwrap();
    let transaction = Transaction::begin(&config, &parsed, &random_bytes(), 0.0);
    build_url(&config, &parsed, &transaction, ResponseMode::of_redirect(config.flow), None)
}

/// The parameters, as an independent decoder reads them.
fn query(url: &str) -> Vec<(String, String)> {
    Url::parse(url).unwrap().query_pairs().into_owned().collect()
}

fn value_of(url: &str, name: &str) -> Option<String> {
    let mut values = query(url).into_iter().filter(|(key, _)| key == name).map(|(_, value)| value);
    let value = values.next();
    assert_eq!(values.next(), None, "{name} is repeated");
    value
}

#[test]
fn sends_exactly_the_required_parameters_by_default() {
    let url = authorize_url(&json!({}), &json!({}));
    let expected = [
        "https://acme.eu.auth0.com/authorize?audience=https%3A%2F%2Facme.eu.auth0.com%2Fapi%2Fv2%2F",
        "scope=openid%20read%3Acurrent_user%20update%3Acurrent_user_metadata",
        "response_type=token%20id_token",
        "client_id=spa-client",
        "redirect_uri=https%3A%2F%2Fapp.example%2Fcallback",
        &["nonce=", &nonce()].concat(),
        &["state=", &state()].concat(),
    ];
    assert_eq!(url, expected.join("&"));
}

#[test]
fn sends_every_option_as_its_parameter() {
    let sign_in = json!({
        "connection": "github", "connectionScope": "repo gist", "prompt": "select_account",
        "loginHint": "ada+x@example.com", "screenHint": "signup", "maxAge": 0, "uiLocales": "de en",
        "acrValues": "urn:a", "display": "touch", "organization": "org_1", "invitation": "i&j=k",
        "idTokenHint": "a.b.c", "extraParams": {"ext-theme": "dark"}, "appState": "{}",
        "redirectUri": "https://app.example/other?x=1", "scopes": ["email", "read:current_user"],
    });
    let url = authorize_url(&json!({}), &sign_in);
    for (name, value) in [
        ("connection", "github"),
        ("connection_scope", "repo gist"),
        ("prompt", "select_account"),
        ("login_hint", "ada+x@example.com"),
        ("screen_hint", "signup"),
        ("max_age", "0"),
        ("ui_locales", "de en"),
        ("acr_values", "urn:a"),
        ("display", "touch"),
        ("organization", "org_1"),
        ("invitation", "i&j=k"),
        ("id_token_hint", "a.b.c"),
        ("ext-theme", "dark"),
        ("redirect_uri", "https://app.example/other?x=1"),
        ("scope", "openid email read:current_user"),
    ] {
        assert_eq!(value_of(&url, name).as_deref(), Some(value), "{name}");
    }
    assert_eq!(query(&url).len(), 7 + 13, "other parameters were sent");
    assert!(!url.contains('+') && !url.contains(' '));
}

#[test]
fn sends_the_code_challenge_first_and_the_verifier_only_with_the_code() {
    let config = config(&json!({"flow": "code"}));
    let transaction = transaction(&config, &json!({}));
    let verifier = transaction.code_verifier.as_ref().unwrap().as_str();
    let parsed = AuthorizeOptions::default();
    let url =
        build_url(&config, &parsed, &transaction, ResponseMode::WebMessage, Some("challenge"));
    assert_eq!(value_of(&url, "response_type").as_deref(), Some("code"));
    assert_eq!(value_of(&url, "code_challenge").as_deref(), Some("challenge"));
    assert_eq!(value_of(&url, "code_challenge_method").as_deref(), Some("S256"));
    assert_eq!(value_of(&url, "response_mode").as_deref(), Some("web_message"));
    assert!(!url.contains(verifier));
    // RFC 7636 4.1: 43 to 128 unreserved characters.
    assert!((43..=128).contains(&verifier.len()));

    let body = build_token_request(&config, &transaction, "a&b=c d");
    let pairs: Vec<_> = url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    let pairs: Vec<_> = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(
        pairs,
        [
            ("grant_type", "authorization_code"),
            ("client_id", "spa-client"),
            ("code", "a&b=c d"),
            ("code_verifier", verifier),
            ("redirect_uri", "https://app.example/callback"),
        ]
    );
}

#[test]
fn asks_for_the_audience_of_the_tenant_behind_a_custom_domain() {
    let client = json!({"domain": "login.example", "tenantDomain": "acme.eu.auth0.com"});
    let url = authorize_url(&client, &json!({}));
    assert!(url.starts_with("https://login.example/authorize?"));
    assert_eq!(value_of(&url, "audience").as_deref(), Some("https://acme.eu.auth0.com/api/v2/"));
}

#[test]
fn sends_the_client_and_the_return_url_on_logout() {
    let url = |given: Json| {
        build_logout_url(&config(&json!({})), &LogoutOptions::parse(&object(&given)).unwrap())
    };
    assert_eq!(url(json!({})), "https://acme.eu.auth0.com/v2/logout?client_id=spa-client");
    assert_eq!(
        url(json!({"returnTo": "https://app.example/?a=1&b", "federated": true})),
        "https://acme.eu.auth0.com/v2/logout?client_id=spa-client\
         &returnTo=https%3A%2F%2Fapp.example%2F%3Fa%3D1%26b&federated"
    );
    assert_eq!(url(json!({"federated": false})), url(json!({})));
    assert_eq!(
        url(json!({"returnTo": "https://app.example/#/bye?a=1#2"})),
        "https://acme.eu.auth0.com/v2/logout?client_id=spa-client\
         &returnTo=https%3A%2F%2Fapp.example%2F%23%2Fbye%3Fa%3D1%232"
    );
    for wrong in
        ["https://app.example/#a b", "https://app.example/#a\u{7f}", "//app.example/#a", "#a"]
    {
        assert!(LogoutOptions::parse(&object(&json!({ "returnTo": wrong }))).is_err(), "{wrong}");
    }
    for given in [json!({"returnTo": "/"}), json!({"federated": 1}), json!({"x": 1})] {
        let error = LogoutOptions::parse(&object(&given)).unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidConfiguration);
    }
}

/// Options that accept any text, each with its parameter.
const TEXTS: &[(&str, &str)] = &[
    ("connection", "connection"),
    ("connectionScope", "connection_scope"),
    ("loginHint", "login_hint"),
    ("screenHint", "screen_hint"),
    ("uiLocales", "ui_locales"),
    ("acrValues", "acr_values"),
    ("idTokenHint", "id_token_hint"),
    ("invitation", "invitation"),
    ("organization", "organization"),
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    /// Any text of an option arrives unchanged and starts no other parameter.
    #[test]
    fn encodes_any_text_without_loss(
        texts in proptest::collection::vec("\\PC{1,12}|[&=#?%+ /]{1,6}", TEXTS.len()),
        extra in proptest::collection::btree_map("ext-\\PC{0,6}", "\\PC{0,12}|[&=#?%+ ]{0,6}", 0..4),
    ) {
        let mut sign_in = json!({ "extraParams": extra });
        for ((option, _), text) in TEXTS.iter().zip(&texts) {
            sign_in[option] = text.as_str().into();
        }
        let url = authorize_url(&json!({}), &sign_in);
        for ((_, name), text) in TEXTS.iter().zip(&texts) {
            prop_assert_eq!(value_of(&url, name), Some(text.clone()));
        }
        for (name, value) in &extra {
            prop_assert_eq!(value_of(&url, name), Some(value.clone()));
        }
        prop_assert_eq!(query(&url).len(), 7 + TEXTS.len() + extra.len());
        // Only unreserved characters (RFC 3986 2.3), percent-encoded bytes and separators remain.
        let behind = url.split_once('?').unwrap().1;
        prop_assert!(behind.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~%&=".contains(&b)));
        prop_assert!(!url.contains("#"));
    }

    /// `extraParams` can neither repeat a parameter nor set one of the crate's own.
    #[test]
    fn never_repeats_a_parameter_for_extra_params(name in "[a-z_]{1,16}|\\PC{1,8}", value in "\\PC{0,4}") {
        let given = json!({ "extraParams": { name.as_str(): value } });
        let Ok(parsed) = AuthorizeOptions::parse(&object(&given)) else { return Ok(()) };
        let config = config(&json!({"flow": "code", "organization": "org_1"}));
        let begun = Transaction::begin(&config, &parsed, &random_bytes(), 0.0);
        let url = build_url(&config, &parsed, &begun, ResponseMode::WebMessage, Some("c"));
        let mut names: Vec<_> = query(&url).into_iter().map(|(name, _)| name).collect();
        let all = names.len();
        names.sort();
        names.dedup();
        prop_assert_eq!(names.len(), all);
    }
}
