//! The vectors in native code. A browser suite runs the same files through the package.

mod common;

use common::vectors::run;

#[test]
fn id_token_header_vectors_have_their_results() {
    run(include_str!("vectors/id-token-header.json"));
}

#[test]
fn id_token_form_vectors_have_their_results() {
    run(include_str!("vectors/id-token-form.json"));
}

#[test]
fn id_token_signature_vectors_have_their_results() {
    run(include_str!("vectors/id-token-signature.json"));
}

#[test]
fn id_token_claims_vectors_have_their_results() {
    run(include_str!("vectors/id-token-claims.json"));
}

#[test]
fn key_set_vectors_have_their_results() {
    run(include_str!("vectors/key-set.json"));
}

#[test]
fn access_token_vectors_have_their_results() {
    run(include_str!("vectors/access-token.json"));
}

#[test]
fn response_vectors_have_their_results() {
    run(include_str!("vectors/response.json"));
}
