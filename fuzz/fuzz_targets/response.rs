//! Finds and opens a response in any address and any message while one sign-in waits. Nothing panics. A response leaves
//! the address. Another decoder reads the same state.
//!
//! The first byte selects the flow. The rest follows the application's address.
#![no_main]

use auth0_current_user::internals::error::{Error, ErrorCode};
use auth0_current_user::internals::oidc::response::{
    AuthorizationResponse, ResponseParameters, find_response,
};
use auth0_current_user::internals::oidc::sign_in::match_state;
use auth0_current_user::internals::oidc::transaction_record::{StateLookup, look_up};
use auth0_current_user::internals::options::Config;
use auth0_current_user::internals::value::Value;
use auth0_current_user_fuzz::{CredulousPlatform, config, transaction};
use libfuzzer_sys::fuzz_target;
use serde_json::json;

const PAGE: &str = "https://c.d/";

/// Steps 3 to 6 of a sign-in: everything before the tokens are verified or the code is redeemed.
fn open(
    platform: &CredulousPlatform,
    config: &Config,
    parameters: &ResponseParameters,
) -> Result<AuthorizationResponse, Error> {
    match_state(platform, config, parameters.clone())?;
    parameters.check_unambiguous()?;
    parameters.check_issuer(&config.issuer)?;
    parameters.check_no_error()?;
    parameters.authorization_response(config.flow)
}

fuzz_target!(|data: &[u8]| {
    let Some((choice, text)) = data.split_first() else { return };
    let Ok(behind) = std::str::from_utf8(text) else { return };
    let flow = if choice & 1 == 1 { "code" } else { "implicit" };
    let config = config(&json!({ "flow": flow })).unwrap_or_else(|_| panic!());
    let platform = CredulousPlatform::waiting_for(&transaction(&config));
    let store = config.transaction_store;
    let is_pending =
        |state: &str| matches!(look_up(&platform, store, state), StateLookup::Pending(_));

    let url = [PAGE, behind].concat();
    if let Some(located) = find_response(&url, config.flow, &is_pending) {
        assert!(located.clean_url.len() < url.len());
        assert!(located.clean_url.starts_with(PAGE));
        let opened = open(&platform, &config, &located.parameters);
        let ours = match &opened {
            Ok(_) => true,
            Err(error) => match error.code {
                ErrorCode::StateMismatch => false,
                _ => platform.writes() == 1,
            },
        };
        assert_eq!(ours, platform.writes() == 1);
        if ours {
            // Another decoder finds the state exactly once in the query or the fragment.
            let fragment = url.split_once('#').map(|(_, text)| text);
            let places: Vec<_> = [fragment, query(&url)].into_iter().flatten().collect();
            // A router or a guard may have percent-encoded the response once or twice.
            let once: Vec<_> = places.iter().map(|place| decode(place)).collect();
            let twice: Vec<_> = once.iter().map(|place| decode(place)).collect();
            let copies = once.iter().chain(&twice).map(String::as_str);
            let found = places.iter().copied().chain(copies).any(|place| {
                // A route may stand before the first parameter.
                (0..=place.len()).filter(|start| place.is_char_boundary(*start)).any(|start| {
                    let pairs = url::form_urlencoded::parse(place[start..].as_bytes());
                    pairs.filter(|(name, value)| name == "state" && value == "s").count() == 1
                })
            });
            assert!(found, "no state for another decoder");
            assert!(open(&platform, &config, &located.parameters).is_err(), "works twice");
            assert_eq!(platform.writes(), 1, "used twice");
        }
        // The cleaned address holds no further response. The exception are route separators in the names of other
        // parameters: without the response those names become a route.
        let elsewhere = query(&url).is_some() && url.contains('#');
        let fragment = behind.split_once('#').map_or("", |(_, fragment)| fragment);
        let route = fragment.contains(['/', '!', '?', '#']);
        let again = find_response(&located.clean_url, config.flow, &is_pending);
        // So are percent-encoded copies.
        assert!(elsewhere || route || behind.contains('%') || again.is_none());
    }

    let message = serde_json::from_str::<Value>(behind).ok().and_then(Value::into_object);
    if let Some(message) = message {
        let platform = CredulousPlatform::waiting_for(&transaction(&config));
        let opened = open(&platform, &config, &ResponseParameters::from_message(&message));
        assert!(opened.is_err() || platform.writes() == 1);
    }
});

fn decode(text: &str) -> String {
    url::form_urlencoded::parse(text.replace('&', "%26").replace('=', "%3D").as_bytes())
        .map(|(name, _)| name.into_owned())
        .collect()
}

fn query(url: &str) -> Option<&str> {
    url.split('#').next().and_then(|before| before.split_once('?')).map(|(_, query)| query)
}
