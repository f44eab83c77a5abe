//! Runs the cases of tests/vectors, which are data: every case is a whole sign-in and what comes of it.

use std::fmt::Write;

use auth0_current_user::internals::error::{Error, ErrorCode, Reason};
use auth0_current_user::internals::json;
use auth0_current_user::internals::oidc::transaction::Transaction;
use auth0_current_user::internals::options::Config;
use auth0_current_user::internals::scope::{CurrentUserScope, CurrentUserScopes};
use auth0_current_user::internals::value::Value;
use serde_json::{Value as Json, json};

use super::platform::NativePlatform;
use super::{MemoryStore, Outcome, handle, locate_in, merge, object};

/// Runs a file of sign-ins and tells which cases went otherwise than they should.
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
    assert!(cases.len() > 40, "these are all cases: {}", cases.len());
}

/// The text that waits in storage: a line for each field.
fn record_of(transaction: &Json) -> String {
    let line = |name: &str| match &transaction[name] {
        Json::Null => String::new(),
        Json::String(text) => text.clone(),
        other => other.to_string(),
    };
    // Who asked: the tenant, the flow, the store, the application and its organization.
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
    let store = MemoryStore::default();
    if case.get("transaction") != Some(&Json::Null) {
        let record = merge(&defaults["transaction"], &case["transaction"]);
        if case["used"] == true {
            store.used.borrow_mut().push(record["state"].as_str().unwrap().to_owned());
        } else {
            // A record that was damaged is none.
            store.pending.borrow_mut().extend(Transaction::from_record(&record_of(&record)));
        }
    }
    let is_pending = store.pending.borrow().len() == 1;
    let jwks = or_default("jwks");
    let platform = NativePlatform::publishing(&match &jwks {
        Json::String(body) => body.clone(),
        set => set.to_string(),
    });
    let behind = |mark: char, name: &str| {
        case[name].as_str().map(|text| format!("{mark}{text}")).unwrap_or_default()
    };
    let url = [config.redirect_uri.clone(), behind('?', "query"), behind('#', "fragment")].concat();

    let clean = locate_in(&url, &config, &store).map_or(url.clone(), |located| located.clean_url);
    let outcome = handle(&platform, &config, &store, &url, or_default("now").as_f64().unwrap());

    // Rules for every case: what is left in the address; that a record is used up by its own
    // response and by nothing else; that its application state comes back with a refusal.
    let leaves = [&config.redirect_uri, case["leaves"].as_str().unwrap()].concat();
    assert_eq!(clean, leaves, "{}: left in the address", case["name"]);
    let consumed = is_pending && store.pending.borrow().is_empty();
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
    // `invalid_response` and the like have one cause and need no reason.
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

/// JSON's integers, where the number is one, as the vectors have them.
#[allow(clippy::cast_possible_truncation, reason = "compared")]
fn number(number: f64) -> Json {
    let whole = number as i64;
    #[allow(clippy::cast_precision_loss, clippy::float_cmp, reason = "a whole number or not")]
    if whole as f64 == number { whole.into() } else { number.into() }
}

/// No refusal repeats anything secret of the response it refuses.
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
