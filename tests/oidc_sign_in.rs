//! The response beyond what one vector can say: several responses in a row, messages instead of
//! addresses, the token endpoint, and rules that hold for any address at all
//! (RFC 6749 4.1.2, 4.2.2, 5.1; RFC 9700 4.2, 4.4, 4.7).
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]
#![allow(clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

mod common;

use auth0_current_user::internals::error::{Error, ErrorCode, Reason};
use auth0_current_user::internals::oidc::response::{
    AuthorizationResponse, ResponseParameters, find_response,
};
use auth0_current_user::internals::oidc::token_response;
use auth0_current_user::internals::oidc::transaction::{Nonce, State};
use auth0_current_user::internals::options::{Config, Flow};
use common::platform::{NativePlatform, key_set};
use common::tokens::{Key, form_encode, fragment, tokens};
use common::{Outcome, config, find_in, handle, object, open, state, transaction, value};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

const PAGE: &str = "https://app.example/callback";

struct Browser {
    platform: NativePlatform,
    config: Config,
}

impl Browser {
    /// Waiting for one sign-in.
    fn waiting(options: &Json) -> Self {
        let config = config(options);
        let key_set = key_set(&[Key::named("tenant").public()]);
        let platform = NativePlatform::publishing(&key_set);
        platform.insert_pending(&config, &transaction(&config, &json!({"appState": "[1]"})));
        Self { platform, config }
    }

    fn come_back(&self, behind: &str) -> Result<Outcome, Error> {
        handle(&self.platform, &self.config, &[PAGE, behind].concat())
    }
}

fn honest() -> String {
    let (id_token, access_token) = tokens(&Key::named("tenant"), &json!({}), &json!({}));
    ["#", &fragment(&id_token, &access_token, &state())].concat()
}

#[track_caller]
fn refused<T>(result: Result<T, Error>, code: ErrorCode, reason: Option<Reason>) {
    let Err(error) = result else { panic!("accepted instead of {}", code.as_str()) };
    assert_eq!((error.code, error.reason), (code, reason));
}

#[track_caller]
fn signed_in(result: Result<Outcome, Error>) {
    match result {
        Ok(Outcome::SignedIn(..)) => {}
        Ok(_) => panic!("not a sign-in"),
        Err(error) => panic!("{error:?}"),
    }
}

// ── Several responses ────────────────────────────────────────────────────────────────────────

#[test]
fn a_state_works_once_after_success() {
    let browser = Browser::waiting(&json!({}));
    signed_in(browser.come_back(&honest()));
    refused(browser.come_back(&honest()), ErrorCode::StateMismatch, Some(Reason::Used));
}

#[test]
fn a_state_works_once_after_failure() {
    let failures = [
        ["#error=access_denied&state=", &state()].concat(),
        honest().replace("Bearer", "mac"),
        honest().replace("id_token=ey", "id_token=eY"),
        ["#state=", &state()].concat(),
    ];
    for failure in failures {
        let browser = Browser::waiting(&json!({}));
        assert!(browser.come_back(&failure).is_err());
        refused(browser.come_back(&honest()), ErrorCode::StateMismatch, Some(Reason::Used));
    }
}

#[test]
fn a_forged_response_does_not_spoil_the_honest_one() {
    let browser = Browser::waiting(&json!({}));
    let state = state();
    for forged in [
        honest().replace(&state, "guessed"),
        honest().replace(&["&state=", &state].concat(), ""),
        "#error=access_denied&error_description=x&state=guessed".to_owned(),
        "#error=access_denied&error_description=x".to_owned(),
        "#error=access_denied".to_owned(),
        "#error=a_tenants_own&state=guessed".to_owned(),
        "#error=a_tenants_own&error_description=x".to_owned(),
        "#code=x&state=guessed".to_owned(),
    ] {
        refused_state(browser.come_back(&forged));
    }
    signed_in(browser.come_back(&honest()));
}

#[track_caller]
fn refused_state(result: Result<Outcome, Error>) {
    let Err(error) = result else { panic!("accepted") };
    assert_eq!(error.code, ErrorCode::StateMismatch);
    assert_eq!(error.app_state, None, "the application's state is for our own responses alone");
}

#[test]
fn a_response_handed_to_the_wrong_client_does_not_spoil_it_for_the_right_one() {
    let browser = Browser::waiting(&json!({}));
    for other in [json!({"clientId": "other"}), json!({"domain": "other.eu.auth0.com"})] {
        let url = [PAGE, &honest()].concat();
        let result = handle(&browser.platform, &config(&other), &url);
        refused(result, ErrorCode::StateMismatch, Some(Reason::OtherClient));
    }
    signed_in(browser.come_back(&honest()));
}

#[test]
fn of_two_sign_ins_the_later_may_finish_first() {
    let browser = Browser::waiting(&json!({}));
    let mut later = transaction(&browser.config, &json!({}));
    later.state = State::new("later");
    browser.platform.insert_pending(&browser.config, &later);
    signed_in(browser.come_back(&honest().replace(&state(), "later")));
    signed_in(browser.come_back(&honest()));
}

#[test]
fn tokens_of_another_sign_in_of_ours_are_refused_by_their_nonce() {
    let browser = Browser::waiting(&json!({}));
    let mut other = transaction(&browser.config, &json!({}));
    other.state = State::new("other");
    other.nonce = Nonce::new("other");
    browser.platform.insert_pending(&browser.config, &other);
    let result = browser.come_back(&honest().replace(&state(), "other"));
    refused(result, ErrorCode::IdTokenNonce, Some(Reason::Mismatch));
}

// ── Messages ─────────────────────────────────────────────────────────────────────────────────

fn message(changes: &Json) -> ResponseParameters {
    let (id_token, access_token) = tokens(&Key::named("tenant"), &json!({}), &json!({}));
    let base = json!({
        "access_token": access_token,
        "id_token": id_token,
        "token_type": "Bearer",
        "expires_in": 7200,
        "scope": "openid",
        "state": state(),
    });
    ResponseParameters::from_message(&object(&common::merge(&base, changes)))
}

/// Opens a message while its sign-in waits.
fn open_message(parameters: &ResponseParameters) -> Result<AuthorizationResponse, Error> {
    let browser = Browser::waiting(&json!({}));
    open(&browser.platform, &browser.config, parameters)
}

#[test]
fn a_message_is_read_as_an_address_is() {
    let Ok(AuthorizationResponse::Tokens(tokens)) = open_message(&message(&json!({}))) else {
        panic!()
    };
    assert_eq!(tokens.expires_in_seconds, Some(7200.0));
}

#[test]
fn values_of_other_types_in_a_message_are_none() {
    for changes in [
        json!({"access_token": ["x"]}),
        json!({"id_token": {"toString": "x"}}),
        json!({"token_type": true}),
        json!({"access_token": ""}),
    ] {
        refused(open_message(&message(&changes)), ErrorCode::InvalidResponse, None);
    }
    for changes in [json!({"state": [state()]}), json!({"state": null}), json!({"state": ""})] {
        let result = open_message(&message(&changes));
        refused(result, ErrorCode::StateMismatch, Some(Reason::Missing));
    }
    let result = open_message(&message(&json!({"state": 1})));
    refused(result, ErrorCode::StateMismatch, Some(Reason::Unknown));
}

#[test]
fn an_error_in_a_message_is_the_tenants() {
    let parameters = ResponseParameters::from_message(&object(&json!({
        "error": "login_required", "error_description": "Login required", "state": state(),
    })));
    let error = open_message(&parameters).err().unwrap();
    assert_eq!(error.code, ErrorCode::LoginRequired);
    assert_eq!(error.server_message.as_deref(), Some("Login required"));
}

// ── The token endpoint ───────────────────────────────────────────────────────────────────────

fn token_response(status: u16, body: &Json) -> Result<Option<f64>, Error> {
    token_response::parse(status, value(body), Some(7_000.0))
        .map(|tokens| tokens.expires_in_seconds)
}

fn token_body(changes: &Json) -> Json {
    let base =
        json!({"access_token": "a", "id_token": "i", "token_type": "Bearer", "expires_in": 86400});
    common::merge(&base, changes)
}

#[test]
fn the_token_endpoints_answer_is_read() {
    assert_eq!(token_response(200, &token_body(&json!({}))).ok(), Some(Some(86400.0)));
    assert_eq!(
        token_response(200, &token_body(&json!({"expires_in": "60"}))).ok(),
        Some(Some(60.0))
    );
    assert_eq!(token_response(200, &token_body(&json!({"expires_in": null}))).ok(), Some(None));
    assert_eq!(
        token_response(200, &token_body(&json!({"token_type": "bearer"}))).ok(),
        Some(Some(86400.0))
    );
}

#[test]
fn what_the_token_endpoint_answers_instead_is_refused() {
    for (status, body, code) in [
        (200, token_body(&json!({"id_token": null})), ErrorCode::InvalidResponse),
        (200, token_body(&json!({"access_token": ""})), ErrorCode::InvalidResponse),
        (200, token_body(&json!({"access_token": ["a"]})), ErrorCode::InvalidResponse),
        (200, token_body(&json!({"token_type": "DPoP"})), ErrorCode::InvalidResponse),
        (200, token_body(&json!({"token_type": null})), ErrorCode::InvalidResponse),
        (200, json!(null), ErrorCode::InvalidResponse),
        (200, json!([token_body(&json!({}))]), ErrorCode::InvalidResponse),
        (201, token_body(&json!({})), ErrorCode::InvalidResponse),
        (500, json!("x"), ErrorCode::InvalidResponse),
        (429, json!({}), ErrorCode::RateLimited),
        (403, json!({"error": "invalid_grant"}), ErrorCode::AuthorizationError),
        (401, json!({"error": "access_denied"}), ErrorCode::AccessDenied),
        (200, token_body(&json!({"error": "invalid_grant"})), ErrorCode::AuthorizationError),
    ] {
        let error = token_response(status, &body).err().unwrap();
        assert_eq!(error.code, code, "{status} {body}");
    }
}

#[test]
fn a_rate_limit_of_the_token_endpoint_says_how_long_to_wait() {
    let error = token_response(429, &json!({"error": "too_many_requests"})).err().unwrap();
    assert_eq!((error.code, error.status), (ErrorCode::RateLimited, Some(429)));
    assert_eq!(error.retry_after_ms, Some(7_000.0));
    assert_eq!(error.server_code.as_deref(), Some("too_many_requests"));
    let error = token_response(429, &json!("x")).err().unwrap();
    assert_eq!((error.code, &error.server_code), (ErrorCode::RateLimited, &None));
    let error = token_response(403, &json!({"error": "invalid_grant"})).err().unwrap();
    assert_eq!(error.retry_after_ms, None);
}

#[test]
fn a_token_that_is_glued_to_what_stays_does_not_stay() {
    let browser = Browser::waiting(&json!({}));
    let rest = ["id_token=b&state=", &state()].concat();
    for (before, left) in [
        ("#/%3Faccess_token=a&", ""),
        ("#/route;access_token=a&", ""),
        ("#/route?access_token%3Da&", ""),
        ("?x=1?access_token=a&y=2&", "?y=2"),
        ("?x=1&next=%2Fa%3Fid_token%3Da&", "?x=1"),
    ] {
        let url = [PAGE, before, &rest].concat();
        let located = find_in(&url, &browser.config, &browser.platform).unwrap();
        assert_eq!(located.clean_url, [PAGE, left].concat(), "{before}");
    }
}

// ── The code flow ────────────────────────────────────────────────────────────────────────────

#[test]
fn a_code_comes_in_the_query_and_leaves_the_rest() {
    let browser = Browser::waiting(&json!({"flow": "code"}));
    let url = [PAGE, "?tab=1&code=a%2Fb+c&state=", &state(), "#/home"].concat();
    let located = find_in(&url, &browser.config, &browser.platform).unwrap();
    assert_eq!(located.clean_url, [PAGE, "?tab=1#/home"].concat());
    let result = browser.come_back(&["?code=a%2Fb+c&state=", &state()].concat());
    let Ok(Outcome::Code(code)) = result else { panic!() };
    assert_eq!(code, "a/b c");
}

// ── Any address ──────────────────────────────────────────────────────────────────────────────

const NAMES: &[&str] = &[
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

/// Pieces that mean something to somebody.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        proptest::sample::select(NAMES).prop_map(str::to_owned),
        Just(state()),
        Just("Bearer".to_owned()),
        "[=&#?/!+%;]",
        "%[0-9a-fA-F]{2}",
        "\\PC{0,3}",
    ]
}

fn address() -> impl Strategy<Value = String> {
    proptest::collection::vec(piece(), 0..24).prop_map(|pieces| [PAGE, &pieces.concat()].concat())
}

#[test]
fn no_token_stays_in_the_query_beside_a_response_in_the_fragment_and_neither_counts() {
    let browser = Browser::waiting(&json!({}));
    let (id, access) = tokens(&Key::named("tenant"), &json!({}), &json!({}));
    let full = fragment(&id, &access, &state());
    let url = [PAGE, "?a=1&", &full, "#", &full].concat();
    let located = find_response(&url, Flow::Implicit, |it| it == state()).unwrap();
    assert_eq!(located.clean_url, [PAGE, "?a=1"].concat());
    let opened = open(&browser.platform, &browser.config, &located.parameters);
    assert_eq!(opened.err().unwrap().code, ErrorCode::InvalidResponse);
    assert!(browser.platform.is_pending(&browser.config, &state()));
}

#[test]
fn an_error_of_a_tenants_is_a_response_even_without_a_state() {
    let browser = Browser::waiting(&json!({}));
    refused(
        browser.come_back("#error=login_required"),
        ErrorCode::StateMismatch,
        Some(Reason::Missing),
    );
    let own = [PAGE, "#error=404"].concat();
    assert!(find_response(&own, Flow::Implicit, |_| false).is_none());
}

#[test]
fn tokens_behind_a_route_do_not_stay_although_nobody_waits_for_them() {
    let (id, access) = tokens(&Key::named("tenant"), &json!({}), &json!({}));
    let full = fragment(&id, &access, &state());
    for (route, left) in
        [("#/callback?", "#/callback"), ("#/callback#", "#/callback"), ("#/", "#/")]
    {
        let url = [PAGE, route, &full].concat();
        let located = find_response(&url, Flow::Implicit, |_| false).unwrap();
        assert_eq!(located.clean_url, [PAGE, left].concat());
    }
    let own = [PAGE, "#/docs?access_token=explained"].concat();
    assert!(find_response(&own, Flow::Implicit, |_| false).is_none());
}

#[test]
fn what_a_route_is_made_of_may_stand_in_a_value() {
    for value in ["&session_state=a/b?c!d", "&session_state=/", "&session_state=%2F?x=1"] {
        let browser = Browser::waiting(&json!({}));
        signed_in(browser.come_back(&[&honest(), value].concat()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    /// Whatever is behind the address: no panic, no sign-in; what is no response stays as it is, and
    /// what is one is gone at the first attempt.
    #[test]
    fn any_address_is_survived(url in address(), code in any::<bool>()) {
        let browser = Browser::waiting(&if code { json!({"flow": "code"}) } else { json!({}) });
        match find_in(&url, &browser.config, &browser.platform) {
            None => prop_assert!(matches!(browser.come_back(&url[PAGE.len()..]), Ok(Outcome::Nothing))),
            Some(located) => {
                prop_assert!(located.clean_url.len() < url.len());
                prop_assert!(url.starts_with(located.clean_url.split(['?', '#']).next().unwrap()));
                let result = browser.come_back(&url[PAGE.len()..]);
                prop_assert!(!matches!(result, Ok(Outcome::SignedIn(..))));
            }
        }
    }

    /// An independent decoder of `application/x-www-form-urlencoded` reads the same state and sees
    /// the same repetitions, however names and values are encoded.
    #[test]
    fn another_decoder_reads_the_same(
        pairs in proptest::collection::vec(("[a-z_]{0,6}|state|error|iss", "\\PC{0,6}"), 0..6),
        state in "\\PC{1,12}",
        raw in "[a-z%+0-9]{0,8}",
    ) {
        let mut encoded: Vec<String> =
            pairs.iter().map(|(name, value)| [&form_encode(name), "=", &form_encode(value)].concat()).collect();
        encoded.push(["state=", &form_encode(&state)].concat());
        encoded.push(["error=", &raw].concat());
        let text = encoded.join("&");
        let config = config(&json!({}));
        let mut waiting = transaction(&config, &json!({}));
        waiting.state = State::new(state.clone());
        let platform = NativePlatform::publishing("{}");
        platform.insert_pending(&config, &waiting);
        let decoded: Vec<_> = url::form_urlencoded::parse(text.as_bytes()).into_owned().collect();
        let repeated = NAMES.iter().any(|name| decoded.iter().filter(|(key, _)| key == name).count() > 1);
        let url = [PAGE, "#", &text].concat();
        let located = find_in(&url, &config, &platform);
        if repeated {
            if let Some(located) = located {
                let result = open(&platform, &config, &located.parameters);
                let code = result.err().unwrap().code;
                prop_assert!(matches!(code, ErrorCode::InvalidResponse | ErrorCode::StateMismatch));
            }
        } else {
            let located = located.unwrap();
            prop_assert_eq!(located.parameters.state().unwrap(), Some(state.as_str()));
            let other = |name: &str| decoded.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
            let result = open(&platform, &config, &located.parameters).map(|_| ());
            let error = result.err().unwrap();
            let error_value = other("error").unwrap_or_default();
            let foreign = other("iss").is_some_and(|iss| iss != config.issuer);
            if foreign || error_value.is_empty() {
                prop_assert_eq!(error.code, ErrorCode::InvalidResponse);
            } else if !error_value.contains('\u{fffd}') {
                prop_assert_eq!(error.server_code.clone(), Some(error_value));
            }
        }
    }

    /// A message of any shape.
    #[test]
    fn any_message_is_survived(
        members in proptest::collection::vec(
            (proptest::sample::select(NAMES), prop_oneof![
                "\\PC{0,8}".prop_map(Json::from),
                any::<f64>().prop_map(Json::from),
                Just(json!(null)), Just(json!([])), Just(json!({})), Just(json!(true)),
            ]),
            0..12,
        ),
    ) {
        let members: serde_json::Map<_, _> =
            members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let parameters = ResponseParameters::from_message(&object(&Json::Object(members)));
        prop_assert!(open_message(&parameters).is_err() || matches!(parameters.state(), Ok(Some(found)) if found == state()));
    }
}
