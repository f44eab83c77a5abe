//! Verifies ID tokens, for a comparison with an independent implementation. Each input line is one JSON object,
//! `{"token", "jwks", "leeway", "now"}`. Each output line is one verdict, `accepted` or the error's code.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed comparison panics")]

#[path = "../tests/common/mod.rs"]
mod common;

use std::io::{BufRead, Write, stdin, stdout};

use auth0_current_user::internals::oidc::clock::ClockOffset;
use auth0_current_user::internals::oidc::id_token::{Purpose, verify};
use common::platform::NativePlatform;
use common::{block_on, config};
use serde_json::{Value as Json, json};

fn main() {
    let mut out = stdout().lock();
    for line in stdin().lock().lines() {
        let case: Json = serde_json::from_str(&line.unwrap()).unwrap();
        let platform = NativePlatform::publishing(case["jwks"].as_str().unwrap());
        let config = config(&json!({ "leewaySeconds": case["leeway"] }));
        // Linking makes every check that other libraries can make.
        let purpose = Purpose::Link { session_subject: "", clock: ClockOffset::default() };
        let token = case["token"].as_str().unwrap();
        platform.set_now_ms(case["now"].as_f64().unwrap());
        let verdict = block_on(verify(&platform.verifier(&config), token, purpose));
        let verdict = verdict.map_or_else(|error| error.code.as_str(), |_| "accepted");
        writeln!(out, "{verdict}").unwrap();
    }
}
