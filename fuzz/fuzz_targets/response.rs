//! Any address and any message while one sign-in waits: no panic; what is no response is left alone;
//! what is one goes from the address; another decoder reads the same state.
//!
//! The first byte chooses the flow; the rest is what stands behind the application's address.
#![no_main]

use std::cell::Cell;

use auth0_current_user::internals::error::{Error, ErrorCode};
use auth0_current_user::internals::oidc::response::{ResponseParameters, find_response};
use auth0_current_user::internals::oidc::sign_in::{Found, Transactions, open};
use auth0_current_user::internals::oidc::transaction::Transaction;
use auth0_current_user_fuzz::{NOW_MS, config, transaction};
use libfuzzer_sys::fuzz_target;
use serde_json::json;

const PAGE: &str = "https://c.d/";

struct One {
    waiting: Transaction,
    used: Cell<bool>,
}

impl Transactions for One {
    fn find(&self, state: &str) -> Found {
        match (self.waiting.state.matches(state), self.used.get()) {
            (false, _) => Found::Unknown,
            (true, true) => Found::Used,
            (true, false) => Found::Pending(Box::new(self.waiting.clone())),
        }
    }

    fn consume(&self, state: &str) -> Result<(), Error> {
        assert!(self.waiting.state.matches(state));
        assert!(!self.used.replace(true), "used twice");
        Ok(())
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((choice, text)) = data.split_first() else { return };
    let Ok(behind) = std::str::from_utf8(text) else { return };
    let flow = if choice & 1 == 1 { "code" } else { "implicit" };
    let config = config(&json!({ "flow": flow })).unwrap_or_else(|_| panic!());
    let store = One { waiting: transaction(&config), used: Cell::new(false) };
    let is_pending = |state: &str| matches!(store.find(state), Found::Pending(_));

    let url = [PAGE, behind].concat();
    if let Some(located) = find_response(&url, config.flow, is_pending) {
        assert!(located.clean_url.len() < url.len());
        assert!(located.clean_url.starts_with(PAGE));
        let opened = open(&config, &located.parameters, &store, NOW_MS);
        let ours = match &opened {
            Ok(_) => true,
            Err(error) => match error.code {
                ErrorCode::StateMismatch => false,
                _ => store.used.get(),
            },
        };
        assert_eq!(ours, store.used.get());
        if ours {
            // Somewhere in the address another decoder finds the state, too, and once.
            let places = [url.split_once('#').map(|(_, text)| text), query(&url)];
            let found = places.into_iter().flatten().any(|place| {
                // A route may stand before the first parameter.
                (0..=place.len()).filter(|start| place.is_char_boundary(*start)).any(|start| {
                    let pairs = url::form_urlencoded::parse(place[start..].as_bytes());
                    pairs.filter(|(name, value)| name == "state" && value == "s").count() == 1
                })
            });
            assert!(found, "no state for another decoder");
            assert!(open(&config, &located.parameters, &store, NOW_MS).is_err(), "works twice");
        }
        // What is left over of the place where it stood is no response any more, unless a route's
        // marks stand in the names of other parameters and make a route of them.
        let elsewhere = query(&url).is_some() && url.contains('#');
        let fragment = behind.split_once('#').map_or("", |(_, fragment)| fragment);
        let route = fragment.contains(['/', '!', '?', '#']);
        let again = find_response(&located.clean_url, config.flow, is_pending);
        assert!(elsewhere || route || again.is_none());
    }

    if let Ok(message) = serde_json::from_str::<auth0_current_user::internals::value::Value>(behind) {
        if let Some(message) = message.into_object() {
            store.used.set(false);
            let opened = open(&config, &ResponseParameters::from_message(&message), &store, NOW_MS);
            assert!(opened.is_err() || store.used.get());
        }
    }
});

fn query(url: &str) -> Option<&str> {
    url.split('#').next().and_then(|before| before.split_once('?')).map(|(_, query)| query)
}
