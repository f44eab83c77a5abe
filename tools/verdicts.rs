//! Verifies ID tokens, so that tests compare the verdicts with an independent implementation. Reads
//! one JSON object per line, `{"token", "jwks", "leeway", "now"}`, and writes one verdict per line,
//! `accepted` or the error's code.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a tool of the tests")]

#[path = "../tests/common/mod.rs"]
mod common;

use std::io::{BufRead, Write, stdin, stdout};

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
        // `Purpose::Link` checks what another library can check too.
        let purpose = Purpose::Link { session_subject: "" };
        let token = case["token"].as_str().unwrap();
        let now_ms = case["now"].as_f64().unwrap();
        let verdict = block_on(verify(&platform, &config, token, purpose, &|| now_ms));
        let verdict = verdict.map_or_else(|error| error.code.as_str(), |_| "accepted");
        writeln!(out, "{verdict}").unwrap();
    }
}
