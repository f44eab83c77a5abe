//! The vectors in native code. A browser runs the same files through the package.

mod common;

use common::vectors::run;

#[test]
fn id_token_header() {
    run(include_str!("vectors/id-token-header.json"));
}

#[test]
fn id_token_form() {
    run(include_str!("vectors/id-token-form.json"));
}

#[test]
fn id_token_signature() {
    run(include_str!("vectors/id-token-signature.json"));
}

#[test]
fn id_token_claims() {
    run(include_str!("vectors/id-token-claims.json"));
}

#[test]
fn key_set() {
    run(include_str!("vectors/key-set.json"));
}

#[test]
fn access_token() {
    run(include_str!("vectors/access-token.json"));
}

#[test]
fn response() {
    run(include_str!("vectors/response.json"));
}
