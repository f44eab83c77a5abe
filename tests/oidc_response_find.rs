//! Responses in URLs: behind routes, beside parameters of the application, in any text (RFC 9700 4.2, 4.3.2).
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed test panics")]
#![allow(clippy::indexing_slicing, reason = "a failed test panics")]

mod common;

use auth0_current_user::internals::error::{ErrorCode, Reason};
use auth0_current_user::internals::oidc::response::find_response;
use auth0_current_user::internals::oidc::transaction::State;
use auth0_current_user::internals::options::Flow;
use common::browser::{Browser, PAGE, honest, refused, signed_in};
use common::platform::NativePlatform;
use common::tokens::{Key, PARAMETER_NAMES, form_encode, fragment, tokens};
use common::{Outcome, config, find_in, open, state, transaction};
use proptest::prelude::*;
use serde_json::json;

#[test]
fn removes_a_token_that_adjoins_other_parameters() {
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

#[test]
fn removes_tokens_from_query_and_fragment_and_accepts_neither() {
    let browser = Browser::waiting(&json!({}));
    let (id, access) = tokens(&Key::named("tenant"), &json!({}), &json!({}));
    let full = fragment(&id, &access, &state());
    let url = [PAGE, "?a=1&", &full, "#", &full].concat();
    let located = find_response(&url, Flow::Implicit, &|it| it == state()).unwrap();
    assert_eq!(located.clean_url, [PAGE, "?a=1"].concat());
    let opened = open(&browser.platform, &browser.config, &located.parameters);
    assert_eq!(opened.err().unwrap().code, ErrorCode::InvalidResponse);
    assert!(browser.platform.is_pending(&browser.config, &state()));
}

#[test]
fn recognizes_a_tenants_error_without_a_state() {
    let browser = Browser::waiting(&json!({}));
    refused(
        browser.come_back("#error=login_required"),
        ErrorCode::StateMismatch,
        Some(Reason::Missing),
    );
    let own = [PAGE, "#error=404"].concat();
    assert!(find_response(&own, Flow::Implicit, &|_| false).is_none());
}

#[test]
fn removes_tokens_behind_a_route_without_a_pending_sign_in() {
    let (id, access) = tokens(&Key::named("tenant"), &json!({}), &json!({}));
    let full = fragment(&id, &access, &state());
    for (route, left) in
        [("#/callback?", "#/callback"), ("#/callback#", "#/callback"), ("#/", "#/")]
    {
        let url = [PAGE, route, &full].concat();
        let located = find_response(&url, Flow::Implicit, &|_| false).unwrap();
        assert_eq!(located.clean_url, [PAGE, left].concat());
    }
    let own = [PAGE, "#/docs?access_token=explained"].concat();
    assert!(find_response(&own, Flow::Implicit, &|_| false).is_none());
}

#[test]
fn accepts_route_separators_in_values() {
    for value in ["&session_state=a/b?c!d", "&session_state=/", "&session_state=%2F?x=1"] {
        let browser = Browser::waiting(&json!({}));
        signed_in(browser.come_back(&[&honest(), value].concat()));
    }
}

#[test]
fn takes_a_code_from_the_query_and_keeps_other_parameters() {
    let browser = Browser::waiting(&json!({"flow": "code"}));
    let url = [PAGE, "?tab=1&code=a%2Fb+c&state=", &state(), "#/home"].concat();
    let located = find_in(&url, &browser.config, &browser.platform).unwrap();
    assert_eq!(located.clean_url, [PAGE, "?tab=1#/home"].concat());
    let result = browser.come_back(&["?code=a%2Fb+c&state=", &state()].concat());
    let Ok(Outcome::Code(code)) = result else { panic!() };
    assert_eq!(code, "a/b c");
}

/// Pieces with a meaning in URLs or in responses.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        proptest::sample::select(PARAMETER_NAMES).prop_map(str::to_owned),
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    /// No URL panics or signs in. A URL without a response stays unchanged. A response leaves the URL at once.
    #[test]
    fn signs_nobody_in_from_any_url_and_removes_a_response_at_once(url in address(), code in any::<bool>()) {
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

    /// An independent decoder of `application/x-www-form-urlencoded` reads the same state and finds the same repeated
    /// parameters, in any encoding of names and values.
    #[test]
    fn decodes_parameters_as_another_decoder_does(
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
        let repeated = PARAMETER_NAMES.iter().any(|name| decoded.iter().filter(|(key, _)| key == name).count() > 1);
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
}
