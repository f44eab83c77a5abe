//! Runs the cases of tests/vectors. Each case is data: a whole sign-in and its expected result.

use std::fmt::Write;

use auth0_current_user::internals::error::{Error, ErrorCode, Reason};
use auth0_current_user::internals::json;
use auth0_current_user::internals::oidc::transaction_record::answered_record;
use auth0_current_user::internals::options::Config;
use auth0_current_user::internals::scope::{CurrentUserScope, CurrentUserScopes};
use auth0_current_user::internals::value::Value;
use serde_json::{Value as Json, json};

use super::platform::NativePlatform;
use super::{Outcome, find_in, handle, merge, object};

/// Runs a file of sign-ins and lists the cases whose result differs.
pub(crate) fn run(text: &str) {
    let file: Json = serde_json::from_str(text).unwrap();
    assert_eq!(file["kind"], "sign-in");
    let cases = file["cases"].as_array().unwrap();
    let mut failures = String::new();
    for case in cases {
        let actual = sign_in(&file["defaults"], case);
        let (name, expected) = (&case["name"], &case["expect"]);
        if *expected != actual {
            write!(failures, "\n{name}\n  expected {expected}\n  actual   {actual}").unwrap();
        }
    }
    assert!(failures.is_empty(), "{failures}");
    assert!(cases.len() > 40, "only {} cases", cases.len());
}

/// The record of a pending sign-in: one line for each field.
fn record_of(transaction: &Json) -> String {
    let line = |name: &str| match &transaction[name] {
        Json::Null => String::new(),
        Json::String(text) => text.clone(),
        other => other.to_string(),
    };
    // The client key: tenant, flow, store, application and organization.
    let issuer = line("issuer");
    let audience = transaction["audience"].as_str().map(str::to_owned);
    let client = [
        issuer.clone(),
        audience.unwrap_or_else(|| [&issuer, "api/v2/"].concat()),
        if line("codeVerifier").is_empty() { "implicit" } else { "code" }.to_owned(),
        "session".to_owned(),
        line("clientId"),
        line("clientOrganization"),
    ];
    [
        line("createdAt"),
        line("state"),
        line("nonce"),
        line("codeVerifier"),
        transaction["client"].as_str().map_or_else(|| client.join(" "), str::to_owned),
        line("redirectUri"),
        line("scope"),
        line("maxAge"),
        line("organization"),
        line("appState"),
    ]
    .join("\n")
}

fn sign_in(defaults: &Json, case: &Json) -> Json {
    let or_default = |name: &str| case.get(name).unwrap_or(&defaults[name]).clone();
    let config = Config::parse(&object(&merge(&defaults["options"], &case["options"]))).unwrap();
    let jwks = or_default("jwks");
    let platform = NativePlatform::publishing(&match &jwks {
        Json::String(body) => body.clone(),
        set => set.to_string(),
    });
    let now_ms = or_default("now").as_f64().unwrap();
    platform.set_now_ms(now_ms);
    let mut state = String::new();
    if case.get("transaction") != Some(&Json::Null) {
        let record = merge(&defaults["transaction"], &case["transaction"]);
        state = record["state"].as_str().unwrap_or_default().to_owned();
        let used = case["used"] == true;
        let text = if used { answered_record(now_ms) } else { record_of(&record) };
        platform.insert_record(&config, &state, &text);
    }
    let is_pending = platform.is_pending(&config, &state);
    let behind = |mark: char, name: &str| {
        case[name].as_str().map(|text| format!("{mark}{text}")).unwrap_or_default()
    };
    let url = [config.redirect_uri.clone(), behind('?', "query"), behind('#', "fragment")].concat();

    let clean = find_in(&url, &config, &platform).map_or(url.clone(), |found| found.clean_url);
    let outcome = handle(&platform, &config, &url);

    // Rules for every case: the response leaves the address; only its own response uses a record up; a refusal returns
    // the application's state.
    let leaves = [&config.redirect_uri, case["leaves"].as_str().unwrap()].concat();
    assert_eq!(clean, leaves, "{}: left in the address", case["name"]);
    let consumed = is_pending && platform.is_used(&config, &state);
    if let Err(error) = &outcome {
        check_no_leak(case, error);
        assert_eq!(error.app_state.is_some(), consumed, "{}: {error:?}", case["name"]);
    }
    match outcome {
        Ok(Outcome::Nothing) => {
            assert!(!consumed);
            json!({ "ok": null })
        }
        Ok(Outcome::Code(_)) => {
            assert!(consumed);
            json!({ "ok": "code" })
        }
        Ok(Outcome::SignedIn(session, app_state)) => {
            assert!(consumed);
            let claims = json::parse(session.claims_json()).and_then(Value::into_object).unwrap();
            assert_eq!(claims.get("sub").as_str(), Some(session.subject()));
            json!({"ok": {
                "sub": session.subject(),
                "grantedScopes": names(session.granted()),
                "missingScopes": names(session.missing()),
                "expiresAt": number(session.expires_at_ms()),
                "appState": app_state,
            }})
        }
        Err(error) => refusal(&error),
    }
}

fn names(scopes: CurrentUserScopes) -> Vec<&'static str> {
    scopes.iter().map(CurrentUserScope::as_str).collect()
}

/// The refusal as a vector writes it.
pub(crate) fn refusal(error: &Error) -> Json {
    let mut refusal = json!({ "code": error.code.as_str() });
    if let Some(reason) = reason(error) {
        refusal["reason"] = reason.as_str().into();
    }
    if let Some(code) = &error.server_code {
        refusal["serverCode"] = code.as_str().into();
    }
    refusal
}

fn reason(error: &Error) -> Option<Reason> {
    error.reason.filter(|_| error.code != ErrorCode::InvalidResponse)
}

/// A whole number as a JSON integer, as in the vectors.
#[allow(clippy::cast_possible_truncation, reason = "compared")]
fn number(number: f64) -> Json {
    let whole = number as i64;
    #[allow(clippy::cast_precision_loss, clippy::float_cmp, reason = "a whole number or not")]
    if whole as f64 == number { whole.into() } else { number.into() }
}

/// Checks that a refusal repeats no secret of the refused response.
fn check_no_leak(case: &Json, error: &Error) {
    let text = format!("{error:?}");
    let place = case["fragment"].as_str().or(case["query"].as_str()).unwrap_or_default();
    for (name, value) in url::form_urlencoded::parse(place.as_bytes()) {
        let secret = matches!(&*name, "access_token" | "id_token" | "state" | "code");
        for part in value.split('.').filter(|part| part.len() >= 8) {
            assert!(!secret || !text.contains(part), "{}: {name} in {text}", case["name"]);
        }
    }
}
