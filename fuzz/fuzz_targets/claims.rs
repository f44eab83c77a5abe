//! Verifies any claims in an ID token whose signature counts as valid. The verdict must equal that of a second
//! implementation of OIDC Core 3.1.3.7 and 3.2.2.11, which is written independently.
//!
//! The first byte selects leeway, `max_age` and organization. The rest is the payload.
#![no_main]

use auth0_current_user::internals::json;
use auth0_current_user::internals::oidc::id_token::{Purpose, verify};
use auth0_current_user_fuzz::{CLIENT_ID, CredulousPlatform, NOW, block_on, config, transaction};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use libfuzzer_sys::fuzz_target;
use serde_json::{Value as Json, json};

struct Expected {
    leeway: f64,
    max_age: Option<u32>,
    organization: Option<&'static str>,
}

fuzz_target!(|data: &[u8]| {
    let Some((choice, payload)) = data.split_first() else { return };
    let expected = Expected {
        leeway: [0.0, 60.0, 300.0, 0.5][usize::from(choice & 3)],
        max_age: [None, Some(0), Some(600), None][usize::from(choice >> 2 & 3)],
        organization: [None, Some("org_1"), Some("Acme"), None][usize::from(choice >> 4 & 3)],
    };
    let config = config(&json!({ "leewaySeconds": expected.leeway })).unwrap_or_else(|_| panic!());
    let mut transaction = transaction(&config);
    transaction.max_age_seconds = expected.max_age;
    transaction.organization = expected.organization.map(str::to_owned);
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"RS256"}"#);
    let token = [&header, ".", &URL_SAFE_NO_PAD.encode(payload), ".AA"].concat();
    let purpose = Purpose::SignIn(&transaction);
    let platform = CredulousPlatform::default();
    let verdict = block_on(verify(&platform.verifier(&config), &token, purpose));
    // The target `json` compares the JSON readers.
    let claims = str::from_utf8(payload).ok().and_then(json::parse);
    let claims = claims.map(|it| serde_json::to_value(it).unwrap()).filter(Json::is_object);
    let should = claims.as_ref().is_some_and(|claims| is_right(claims, &expected));
    match verdict {
        Ok(id_token) => {
            assert!(should, "accepted");
            assert_eq!(Some(id_token.subject()), claims.unwrap()["sub"].as_str());
        }
        Err(error) => {
            assert!(!should, "refused: {}", error.message);
            assert!(!error.code.as_str().is_empty());
        }
    }
});

fn is_right(claims: &Json, expected: &Expected) -> bool {
    let time = |name: &str| claims[name].as_f64().filter(|time| time.is_finite());
    let optional = |name: &str, rule: &dyn Fn(&Json) -> bool| claims.get(name).is_none_or(rule);
    let audiences: Vec<&Json> = match &claims["aud"] {
        Json::Array(audiences) => audiences.iter().collect(),
        single => vec![single],
    };
    // The sign-in began half a minute ago. A clock by which `iat` is not between then and now is wrong.
    let (least, most) = time("iat").map_or((0.0, 0.0), |iat| (NOW - 30.0 - iat, NOW - iat));
    let offset = if least > expected.leeway {
        least
    } else if most < -expected.leeway {
        most
    } else {
        0.0
    };
    let (now, began) = (NOW - offset, (NOW * 1e3 - 30_000.0) / 1e3 - offset);
    let machine = |grant: &Json| grant == "client-credentials" || grant == "client_credentials";
    claims["iss"] == "https://a.b/"
        && audiences.iter().all(|audience| audience.is_string())
        && audiences.iter().any(|audience| **audience == CLIENT_ID)
        && optional("azp", &|party| party == CLIENT_ID)
        && (audiences.len() < 2 || claims.get("azp").is_some())
        && claims["sub"].as_str().is_some_and(|sub| !sub.is_empty() && !sub.ends_with("@clients"))
        && !machine(&claims["gty"])
        && !claims["gty"].as_array().is_some_and(|grants| grants.iter().any(machine))
        && offset.abs() <= 86_400.0
        && time("exp").is_some_and(|exp| now < exp + expected.leeway)
        && time("iat").is_some()
        && optional("nbf", &|_| time("nbf").is_some_and(|nbf| nbf <= now + expected.leeway))
        && claims["nonce"] == "n"
        && expected.max_age.is_none_or(|max_age| {
            let latest = |time: f64| time + f64::from(max_age) + expected.leeway;
            time("auth_time")
                .is_some_and(|time| latest(time) >= began && time <= now + expected.leeway)
        })
        && match expected.organization {
            None => true,
            Some("org_1") => claims["org_id"] == "org_1",
            Some(_) => claims["org_name"] == "acme",
        }
}
