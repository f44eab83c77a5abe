//! Any text: read as JSON where, and only where, another reader of RFC 8259 reads it, to the same value;
//! and what is read is written so that it reads the same again.
#![no_main]

use auth0_current_user::internals::support::json::{parse, to_text};
use auth0_current_user::internals::support::value::Value;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let ours = parse(text);
    let theirs = serde_json::from_str::<Value>(text);
    match (&ours, theirs) {
        (Some(ours), Ok(theirs)) => assert_eq!(*ours, theirs),
        (None, Ok(_)) => panic!("not read"),
        // Halves of surrogate pairs, and numbers that no double can hold, which browsers do read.
        (Some(_), Err(_)) => {
            assert!(text.contains("\\u") || text.contains(['e', 'E']) || text.len() > 300)
        }
        (None, Err(_)) => {}
    }
    if let Some(value) = ours.filter(Value::is_json) {
        assert_eq!(parse(&to_text(&value)), Some(value));
    }
});
