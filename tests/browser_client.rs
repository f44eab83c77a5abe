//! The client for Rust single-page apps without a tenant. `tests/rust-client` tests it against a tenant.
#![cfg(all(target_arch = "wasm32", feature = "client"))]
#![allow(clippy::unwrap_used, reason = "a failed test panics")]

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use auth0_current_user::*;
use serde::{Deserialize, Serialize};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

fn options() -> ClientOptions {
    ClientOptions {
        domain: "acme.eu.auth0.com".to_owned(),
        client_id: "client".to_owned(),
        redirect_uri: "https://app.example/".to_owned(),
        scopes: vec![CurrentUserScope::ReadCurrentUser.into()],
        ..ClientOptions::default()
    }
}

fn refused(options: ClientOptions) -> String {
    let error = CurrentUserClient::new(options).err().unwrap();
    assert_eq!(error.code, ErrorCode::InvalidConfiguration);
    error.to_string()
}

// ── Options ──────────────────────────────────────────────────────────────────────────────────

#[wasm_bindgen_test]
fn refuses_a_missing_or_invalid_option_by_its_name() {
    let all = options();
    for (name, options) in [
        ("domain", ClientOptions { domain: String::new(), ..all.clone() }),
        ("domain", ClientOptions { domain: "https://a.b".to_owned(), ..all.clone() }),
        ("clientId", ClientOptions { client_id: String::new(), ..all.clone() }),
        ("redirectUri", ClientOptions { redirect_uri: String::new(), ..all.clone() }),
        ("redirectUri", ClientOptions { redirect_uri: "/callback".to_owned(), ..all.clone() }),
        ("scopes", ClientOptions { scopes: vec![], ..all.clone() }),
        ("scopes", ClientOptions { scopes: vec![IdentityScope::Email.into()], ..all.clone() }),
        ("tenantDomain", ClientOptions { tenant_domain: Some("a/b".to_owned()), ..all.clone() }),
        ("organization", ClientOptions { organization: Some(String::new()), ..all.clone() }),
        ("leewaySeconds", ClientOptions { leeway_seconds: Some(301.0), ..all.clone() }),
        ("leewaySeconds", ClientOptions { leeway_seconds: Some(f64::NAN), ..all.clone() }),
        ("timeoutMs", ClientOptions { timeout_ms: Some(0), ..all.clone() }),
        ("retries", ClientOptions { retries: Some(6), ..all.clone() }),
    ] {
        let said = refused(options);
        assert!(said.contains(name) && said.ends_with(" (invalid_configuration)"), "{said}");
    }
}

/// The parameters of the authorization URL for these options.
async fn authorize(
    client: ClientOptions,
    options: AuthorizeOptions,
) -> Result<BTreeMap<String, String>, Error> {
    let url = CurrentUserClient::new(client)?.build_authorize_url(options).await?;
    let (place, query) = url.split_once('?').unwrap();
    assert_eq!(place, "https://acme.eu.auth0.com/authorize");
    let decode = |text: &str| String::from(js_sys::decode_uri_component(text).unwrap());
    let parameters = query.split('&').map(|part| part.split_once('=').unwrap());
    Ok(parameters.map(|(name, value)| (name.to_owned(), decode(value))).collect())
}

#[wasm_bindgen_test]
async fn sends_every_option_under_its_wire_name() {
    let text = |text: &str| Some(text.to_owned());
    let client = ClientOptions {
        tenant_domain: text("acme-canonical.eu.auth0.com"),
        flow: Some(Flow::Code),
        transaction_store: Some(TransactionStore::Local),
        ..options()
    };
    let given = AuthorizeOptions {
        app_state: to_value("not in the URL").ok(),
        scopes: Some(vec![
            IdentityScope::Phone.into(),
            CurrentUserScope::DeleteCurrentUserMetadata.into(),
        ]),
        redirect_uri: text("https://app.example/other"),
        connection: text("github"),
        connection_scope: text("repo"),
        prompt: Some(Prompt::SelectAccount),
        login_hint: text("ada@example.com"),
        screen_hint: text("signup"),
        max_age_seconds: Some(60),
        ui_locales: text("de en"),
        acr_values: text("mfa"),
        display: Some(Display::Touch),
        organization: text("org_1"),
        invitation: text("ticket"),
        id_token_hint: text("hint"),
        extra_params: vec![("ext-a".to_owned(), "ü&=".to_owned())],
        timeout_ms: None,
    };
    let parameters = authorize(client, given).await.unwrap();
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", "client"),
        ("audience", "https://acme-canonical.eu.auth0.com/api/v2/"),
        ("scope", "openid phone delete:current_user_metadata"),
        ("redirect_uri", "https://app.example/other"),
        ("connection", "github"),
        ("connection_scope", "repo"),
        ("prompt", "select_account"),
        ("login_hint", "ada@example.com"),
        ("screen_hint", "signup"),
        ("max_age", "60"),
        ("ui_locales", "de en"),
        ("acr_values", "mfa"),
        ("display", "touch"),
        ("organization", "org_1"),
        ("invitation", "ticket"),
        ("id_token_hint", "hint"),
        ("ext-a", "ü&="),
    ] {
        assert_eq!(parameters.get(name).map(String::as_str), Some(value), "{name}");
    }
    assert!(!parameters.values().any(|value| value.contains("not in the URL")));
}

#[wasm_bindgen_test]
async fn refuses_options_that_a_redirect_cannot_have() {
    let refused = async |given: AuthorizeOptions| {
        let error = authorize(options(), given).await.unwrap_err();
        (error.code, error.message.to_string())
    };
    let timed = AuthorizeOptions { timeout_ms: Some(1), ..AuthorizeOptions::default() };
    assert!(refused(timed).await.1.contains("timeoutMs"));
    for (name, code) in [
        ("state", ErrorCode::InvalidConfiguration),
        ("client_secret", ErrorCode::ClientSecretForbidden),
    ] {
        let extra_params = vec![(name.to_owned(), "x".to_owned())];
        let extra = AuthorizeOptions { extra_params, ..AuthorizeOptions::default() };
        assert_eq!(refused(extra).await.0, code);
    }
    let no_json = AuthorizeOptions { app_state: Some(Value::Other), ..AuthorizeOptions::default() };
    assert!(refused(no_json).await.1.contains("appState"));
    let logout = LogoutOptions { return_to: Some("x".to_owned()), ..LogoutOptions::default() };
    let error = CurrentUserClient::new(options()).unwrap().logout(logout).unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidConfiguration);
}

// ── Values ───────────────────────────────────────────────────────────────────────────────────

#[derive(Debug, Default, Deserialize, PartialEq, Serialize)]
struct Everything {
    text: String,
    whole: i64,
    small: u8,
    real: f64,
    none: Option<u32>,
    some: Option<u32>,
    list: Vec<(bool, char)>,
    map: BTreeMap<String, Everything>,
    choices: Vec<Choice>,
    unit: (),
    wrapped: Wrapped,
}

#[derive(Debug, Deserialize, PartialEq, Serialize)]
enum Choice {
    Plain,
    One(u32),
    Two(u32, String),
    Named { a: bool },
}

#[derive(Debug, Default, Deserialize, PartialEq, Serialize)]
struct Wrapped(u64);

#[wasm_bindgen_test]
fn reads_again_what_serde_has_written() {
    let inner = Everything { whole: -9_007_199_254_740_991, real: -0.5, ..Everything::default() };
    let everything = Everything {
        text: "ü\u{0}\"😀".to_owned(),
        small: 255,
        real: 1e300,
        some: Some(0),
        list: vec![(true, 'ü'), (false, '"')],
        map: BTreeMap::from([(String::new(), inner)]),
        choices: vec![
            Choice::Plain,
            Choice::One(1),
            Choice::Two(2, "b".to_owned()),
            Choice::Named { a: true },
        ],
        wrapped: Wrapped(9_007_199_254_740_991),
        ..Everything::default()
    };
    assert_eq!(from_value::<Everything>(to_value(&everything).unwrap()).unwrap(), everything);
}

#[wasm_bindgen_test]
fn refuses_a_value_of_another_type() {
    let value = |number: f64| Value::Number(number);
    assert_eq!(from_value::<u8>(value(256.0)).unwrap_err().code, ErrorCode::ApiError);
    assert!(from_value::<u8>(value(1.5)).is_err());
    assert!(from_value::<u8>(value(-1.0)).is_err());
    assert!(from_value::<(u8, u8)>(Value::Array(vec![value(1.0); 3])).is_err());
    assert!(from_value::<Choice>(Value::from("Absent")).is_err());
    assert!(from_value::<String>(Value::Null).is_err());
    assert_eq!(
        to_value(&BTreeMap::from([(vec![1], 1)])).map_err(|error| error.code),
        Err(ErrorCode::InvalidArgument)
    );
}

#[wasm_bindgen_test]
fn ignores_a_profile_member_of_another_type() {
    let json = r#"{"user_id":"auth0|1","email":7,"logins_count":"x","identities":[{}],"name":"Ada",
        "given_name":"A","user_metadata":{"theme":"dark"}}"#;
    let value: Value = serde_json::from_str(json).unwrap();
    let user: UserProfile = from_value(value.clone()).unwrap();
    assert_eq!((user.email, user.logins_count, user.identities), (None, None, None));
    assert_eq!((user.user_id.as_str(), user.name.as_deref()), ("auth0|1", Some("Ada")));
    assert_eq!(user.other, Members::from([("given_name".to_owned(), Value::from("A"))]));
    // The application's own type and required members must be right.
    assert!(from_value::<UserProfile<Vec<u8>>>(value).is_err());
    assert!(from_value::<UserProfile>(serde_json::from_str("{}").unwrap()).is_err());
}

// ── Calls ────────────────────────────────────────────────────────────────────────────────────

#[wasm_bindgen_test]
async fn continues_a_call_in_another_task() {
    let client = CurrentUserClient::new(options()).unwrap();
    let mut call = pin!(client.handle_redirect_callback::<Value>(None));
    let first = call.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!(matches!(first, Poll::Pending));
    assert_eq!(call.await.unwrap(), None);
}

#[wasm_bindgen_test]
async fn permits_nothing_without_a_session() {
    let client = CurrentUserClient::new(options()).unwrap();
    assert!(!client.is_authenticated() && client.claims().is_none());
    assert!(client.granted_scopes().is_empty() && client.expires_at_ms().is_none());
    assert!(!client.can(Operation::GetUser));
    // The guard refuses the call before it reads the argument.
    let error = client.delete_multifactor("").await.unwrap_err();
    assert_eq!(error.code, ErrorCode::LoginRequired);
    assert_eq!(client.link_identity("").await.unwrap_err().code, ErrorCode::LoginRequired);
    let popup = client.link_identity_with_popup(AuthorizeOptions::default()).await;
    assert_eq!(popup.unwrap_err().code, ErrorCode::LoginRequired);
}
