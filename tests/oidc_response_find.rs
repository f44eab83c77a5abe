//! Responses in URLs: behind routes, beside parameters of the application, in any text (RFC 9700 4.2, 4.3.2).
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed test panics")]
#![allow(clippy::indexing_slicing, reason = "a failed test panics")]

mod common;

use std::time::Instant;

use auth0_current_user::internals::error::{ErrorCode, Reason};
use auth0_current_user::internals::jose::base64url;
use auth0_current_user::internals::oidc::response::find_response;
use auth0_current_user::internals::oidc::transaction::State;
use auth0_current_user::internals::options::Flow;
use common::browser::{Browser, PAGE, honest, refused, signed_in};
use common::platform::NativePlatform;
use common::tokens::{Key, PARAMETER_NAMES, form_encode, fragment, tokens};
use common::{Outcome, config, find_in, open, own_state, state, transaction};
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

// ── Whose response it is ─────────────────────────────────────────────────────────────────────

const FLOWS: [Flow; 2] = [Flow::Implicit, Flow::Code];

fn nobody_waits(_: &str) -> bool {
    false
}

#[test]
fn leaves_other_programs_parameters_alone() {
    for behind in [
        "/slack?code=1234567890.123456&state=SLACK",
        "/connect?code=f2b9&state=xyz",
        "/register?state=register&success=true&code=success",
        "/map#state=open&code=7",
        "/list#state=ny&error=404",
        "/#access_token=EAAG&expires_in=5184000&state=fb7",
        "/?access_token=EAAG&expires_in=5184000&state=fb7",
        "/#error=access_denied&state=fb7",
        "/?error=access_denied&state=fb7",
        "/verify?error=login_required&state=hKFo2SBxcWxZ",
        "/#/list?error=login_required",
        "/?error=server&error_description=login_required",
        "/login?redirect=%2Fslack%3Fcode%3D1%26state%3DSLACK",
        "/#/login?redirect=%2Flist%23state%3Dopen%26error%3Dlogin_required",
        "/#%2Faccess_token%3DEAAG%26state%3Dfb7",
        "/%2523access_token%253DEAAG",
        "/?state=&code=7",
        "/#id_token=a&access_token=",
    ] {
        let url = ["https://app.example", behind].concat();
        for flow in FLOWS {
            assert!(find_response(&url, flow, &nobody_waits).is_none(), "{flow:?} {behind}");
        }
    }
}

#[test]
fn an_error_of_a_tenants_without_a_state_counts_in_the_flows_own_place() {
    for (flow, ours, other) in [(Flow::Implicit, '#', '?'), (Flow::Code, '?', '#')] {
        for error in ["login_required", "access_denied", "unauthorized", "server_error"] {
            let url = |mark| format!("{PAGE}{mark}error={error}&error_description=x&a=1");
            let found = find_response(&url(ours), flow, &nobody_waits).unwrap();
            // Behind a `#` without a route nothing is the application's own.
            let own = if ours == '?' { "?a=1" } else { "" };
            assert_eq!(found.clean_url, [PAGE, own].concat());
            assert!(find_response(&url(other), flow, &nobody_waits).is_none(), "{error}");
        }
    }
}

#[test]
fn a_state_of_this_package_makes_a_response_although_nobody_waits_for_it() {
    let state = own_state(&[0x5a; 32]);
    assert!(State::is_own(&state));
    for behind in [
        format!("?code=a&state={state}"),
        format!("#error=x&state={state}"),
        format!("#access_token=EAAG&state={state}"),
        format!("#/callback?state={state}"),
        format!("?state={state}#/route"),
    ] {
        for flow in FLOWS {
            let found = find_response(&[PAGE, &behind].concat(), flow, &nobody_waits).unwrap();
            assert!(!found.clean_url.contains(&state), "{}", found.clean_url);
        }
        let browser = Browser::waiting(&json!({}));
        let result = browser.come_back(&behind);
        refused(result, ErrorCode::StateMismatch, Some(Reason::Unknown));
    }
}

#[test]
fn a_state_that_is_nearly_of_this_package_makes_no_response() {
    let state = own_state(&[0x5a; 32]);
    for wrong in [
        state[..43].to_owned(),
        state[..47].to_owned(),
        [&state, "A"].concat(),
        [&state, "="].concat(),
        [&state, "AAAA"].concat(),
        format!(" {state}"),
        state.to_lowercase(),
        state.replace('W', "w"),
        base64url::encode(&[0x5a; 36]),
        base64url::encode(&own_state(&[0x5a; 31]).into_bytes()),
        own_state(&[0x5a; 31]),
        own_state(&[0x5a; 33]),
        own_state(&[]),
        String::new(),
    ] {
        assert!(!State::is_own(&wrong), "{wrong}");
        for url in [format!("{PAGE}?code=a&state={wrong}"), format!("{PAGE}#state={wrong}&x=1")] {
            assert!(find_response(&url, Flow::Code, &nobody_waits).is_none(), "{wrong}");
        }
    }
}

#[test]
fn a_repeated_state_is_a_response_where_one_of_them_is_ours_and_none_counts() {
    for states in [
        [state(), state()],
        [state(), "SLACK".to_owned()],
        ["SLACK".to_owned(), state()],
        [String::new(), state()],
        [state(), own_state(&[7; 32])],
    ] {
        for (options, mark) in [(json!({}), '#'), (json!({"flow": "code"}), '?')] {
            let browser = Browser::waiting(&options);
            let [one, two] = &states;
            let behind = format!("{mark}state={one}&code=a&state={two}");
            let url = [PAGE, &behind].concat();
            let found = find_in(&url, &browser.config, &browser.platform).unwrap();
            assert_eq!(found.clean_url, PAGE);
            refused(browser.come_back(&behind), ErrorCode::InvalidResponse, None);
            assert!(browser.platform.is_pending(&browser.config, &state()));
        }
    }
    let foreign = [PAGE, "?state=SLACK&code=a&state=SLACK"].concat();
    assert!(find_response(&foreign, Flow::Code, &nobody_waits).is_none());
}

// ── Copies ───────────────────────────────────────────────────────────────────────────────────

/// The text percent-encoded this many times.
fn encoded(text: &str, times: usize) -> String {
    (0..times).fold(text.to_owned(), |text, _| form_encode(&text))
}

#[test]
fn finds_percent_encoded_copies_and_takes_them_out() {
    let (id, access) = tokens(&Key::named("tenant"), &json!({}), &json!({}));
    let full = fragment(&id, &access, &state());
    for times in 1..=2 {
        for (before, copy, after, left) in [
            ("#/", full.clone(), "", ""),
            ("#", ["/", &full].concat(), "", ""),
            ("#", ["/cb#", &full].concat(), "", ""),
            ("?redirect=", ["/cb#", &full].concat(), "", ""),
            ("?a=1&redirect=", ["/cb#", &full].concat(), "&b=2", "?a=1&b=2"),
            ("?a=1&redirect=", ["/cb?x=1#", &full].concat(), "#/home", "?a=1#/home"),
            ("?to=", ["https://app.example/cb#", &full].concat(), "", ""),
            ("#/login?redirect=", ["/cb#", &full].concat(), "", "#/login"),
            ("#/login?a=1&redirect=", ["/", &full].concat(), "&b=2", "#/login?a=1&b=2"),
            ("?q=%C3%A4#/login?redirect=", ["#", &full].concat(), "", "?q=%C3%A4#/login"),
        ] {
            let browser = Browser::waiting(&json!({}));
            let behind = [before, &encoded(&copy, times), after].concat();
            let url = [PAGE, &behind].concat();
            let found = find_in(&url, &browser.config, &browser.platform);
            let found = found.unwrap_or_else(|| panic!("{times} {before}"));
            assert_eq!(found.clean_url, [PAGE, left].concat(), "{times} {before}");
            signed_in(browser.come_back(&behind));
        }
    }
}

#[test]
fn finds_percent_encoded_copies_of_a_code() {
    for times in 1..=2 {
        for (before, copy, left) in [
            ("?next=", ["/cb?code=a1&state=", &state()].concat(), ""),
            ("?next=", ["/cb?tab=1&code=a1&state=", &state()].concat(), ""),
            ("?b=2&next=", ["/?code=a1&state=", &state()].concat(), "?b=2"),
            ("#/login?next=", ["/cb?code=a1&state=", &state()].concat(), "#/login"),
        ] {
            let browser = Browser::waiting(&json!({"flow": "code"}));
            let behind = [before, &encoded(&copy, times)].concat();
            let url = [PAGE, &behind].concat();
            let found = find_in(&url, &browser.config, &browser.platform);
            let found = found.unwrap_or_else(|| panic!("{times} {before}{copy}"));
            assert_eq!(found.clean_url, [PAGE, left].concat(), "{times} {before}");
            match browser.come_back(&behind) {
                Ok(Outcome::Code(code)) => assert_eq!(code, "a1"),
                Ok(_) => panic!("no code"),
                Err(error) => panic!("{times} {before}{copy} {error:?}"),
            }
        }
    }
}

// ── Length ───────────────────────────────────────────────────────────────────────────────────

/// Searches the same text three times at most and returns whether one search was fast enough. Other programs use the machine
/// as well.
fn is_fast(url: &str, allowed_seconds: f64) -> bool {
    (0..3).any(|_| {
        let start = Instant::now();
        assert!(find_response(url, Flow::Implicit, &nobody_waits).is_none());
        start.elapsed().as_secs_f64() < allowed_seconds
    })
}

#[test]
fn addresses_of_2_mb_take_no_time() {
    for (mark, part) in [
        ("?", "a"),
        ("#", "a"),
        ("?", "&a=b"),
        ("#", "&a=b"),
        ("?", "%2F"),
        ("#/", "%25"),
        ("#", "/"),
        ("?redirect=", "%2Fcb%23state%3Dx%26"),
    ] {
        let url = [PAGE, mark, &part.repeat(2_000_000 / part.len())].concat();
        assert!(is_fast(&url, 3.0), "{part} behind {mark}");
    }
}

/// Quadratic work takes a thousand times as long as this.
#[test]
fn routes_are_read_in_linear_time() {
    for (mark, part) in [("#", "/code="), ("#", "/id_token="), ("#/", "?state=x&"), ("#/", "/!#?")]
    {
        let url = [PAGE, mark, &part.repeat(100_000 / part.len())].concat();
        assert!(is_fast(&url, 1.0), "{part} behind {mark}");
    }
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

/// Each copy could begin at each parameter.
#[test]
fn copies_within_copies_are_read_in_linear_time() {
    for (mark, part) in
        [("?redirect=", "%2Fcode="), ("#", "%26code%3D"), ("#/", "%2523state%253Dx")]
    {
        let url = [PAGE, mark, &part.repeat(100_000 / part.len())].concat();
        assert!(is_fast(&url, 1.0), "{part} behind {mark}");
    }
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

    /// Whatever an application or another provider writes into an address stays there, unless it is a state of this package,
    /// both tokens, or a tenant's error without a state.
    #[test]
    fn what_is_not_ours_stays(
        mut pairs in proptest::collection::vec(
            (
                prop_oneof![proptest::sample::select(PARAMETER_NAMES).prop_map(str::to_owned), "[a-z_\\[\\]]{0,8}"],
                prop_oneof!["[A-Za-z0-9_-]{48}", "[ -~]{0,12}", "\\PC{0,6}", Just("login_required".to_owned())],
                0_usize..3,
            ),
            0..8,
        ),
        missing in prop_oneof![Just("access_token"), Just("id_token")],
        before in "[?#]|#/|#!/|#/[a-z]{0,4}[?#]|[?]redirect=|#/login[?]to=|[?][a-z]=1#",
        copies in 0_usize..3,
        code in any::<bool>(),
    ) {
        pairs.retain(|(name, _, _)| name != missing);
        if pairs.iter().any(|(_, value, _)| value == "login_required") {
            pairs.push(("state".to_owned(), "foreign".to_owned(), 0));
        }
        prop_assume!(!pairs.iter().any(|(_, value, _)| State::is_own(value)));
        let pairs: Vec<_> = pairs
            .iter()
            .map(|(name, value, times)| [&encoded(name, *times), "=", &form_encode(value)].concat())
            .collect();
        let url = [PAGE, &before, &encoded(&pairs.join("&"), copies)].concat();
        let flow = if code { Flow::Code } else { Flow::Implicit };
        prop_assert!(find_response(&url, flow, &nobody_waits).is_none(), "{}", url);
    }

    /// One character of a state exchanged for any other: not ours.
    #[test]
    fn no_character_of_a_state_can_be_exchanged(random in any::<[u8; 32]>(), at in 0_usize..48, other in "[A-Za-z0-9_=+/ é-]") {
        let right = own_state(&random);
        prop_assert!(State::is_own(&right));
        let changed = [&right[..at], &other, &right[at + 1..]].concat();
        prop_assert_eq!(State::is_own(&changed), changed == right);
    }

    /// A copy anywhere in the address leaves it whole, and no secret stays however often the rest is decoded.
    #[test]
    fn no_copy_stays(
        route in "[a-z/]{0,6}",
        own in "[a-z]=[a-z0-9]{0,3}",
        times in 1_usize..3,
        place in 0_usize..5,
    ) {
        let (id, access) = ("eyJpZCI6MX0.aWQ.c2ln", "eyJhY2Nlc3MiOjF9.YWNj.c2ln");
        let copy = encoded(&["/cb#", &fragment(id, access, &state())].concat(), times);
        let behind = match place {
            0 => format!("?{own}&redirect={copy}"),
            1 => format!("?redirect={copy}&{own}#/{route}"),
            2 => format!("#/{route}?redirect={copy}&{own}"),
            3 => format!("#/{route}?{own}&redirect={copy}"),
            _ => format!("#{copy}"),
        };
        let url = [PAGE, &behind].concat();
        let browser = Browser::waiting(&json!({}));
        let found = find_in(&url, &browser.config, &browser.platform);
        prop_assert!(found.is_some(), "{}", url);
        let mut clean = found.unwrap().clean_url;
        prop_assert_eq!(clean.contains(&own), place < 4, "{}", clean);
        for _ in 0..3 {
            for secret in [id, access, &state()] {
                prop_assert!(!clean.contains(secret), "{}", clean);
            }
            clean = url::form_urlencoded::parse(clean.as_bytes()).map(|(name, value)| [name, value].join("=")).collect();
        }
        prop_assert!(browser.come_back(&behind).is_err(), "these tokens are nobody's");
        prop_assert!(browser.platform.is_used(&browser.config, &state()));
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
