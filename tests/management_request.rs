//! Requests of permitted operations: method, URL and body (RFC 3986 3.3, CWE-22).
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed test panics")]
#![allow(clippy::indexing_slicing, reason = "a failed test panics")]

mod common;

use std::rc::Rc;

use auth0_current_user::internals::error::ErrorCode;
use auth0_current_user::internals::management::request::{Arguments, Request, build};
use auth0_current_user::internals::operation::Operation;
use auth0_current_user::internals::session::{Session, guard};
use common::session::{every_scope, session};
use common::{NOW_MS, SUBJECT, config, value};
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use url::Url;

thread_local! {
    /// A session with every scope, made once for the property tests.
    static SESSION: Rc<Session> = Rc::new(session(SUBJECT, &every_scope()));
}

fn request(session: &Session, operation: Operation, arguments: Arguments) -> Option<Request> {
    let permit = guard(Some(session), operation, NOW_MS).unwrap_or_else(|_| panic!());
    build(&config(&json!({})), &permit, arguments).ok()
}

/// The path's segments, as an independent URL parser and decoder read them.
fn segments(url: &str) -> Vec<String> {
    let parsed = Url::parse(url).unwrap();
    assert_eq!(parsed.origin().ascii_serialization(), "https://acme.eu.auth0.com");
    assert_eq!((parsed.query(), parsed.fragment(), parsed.username()), (None, None, ""));
    // The parser resolved and re-encoded nothing.
    assert_eq!(parsed.as_str(), url);
    parsed.path_segments().unwrap().map(decode).collect()
}

/// Decodes percent-encoding (RFC 3986 2.1), independently of the crate.
fn decode(segment: &str) -> String {
    let bytes = segment.as_bytes();
    let (mut decoded, mut index) = (Vec::new(), 0);
    while index < bytes.len() {
        if bytes[index] == b'%' {
            decoded.push(u8::from_str_radix(&segment[index + 1..index + 3], 16).unwrap());
            index += 3;
        } else {
            decoded.push(bytes[index]);
            index += 1;
        }
    }
    String::from_utf8(decoded).unwrap()
}

#[test]
fn builds_every_request_as_in_the_api_reference() {
    let session = session("auth0|abc", &every_scope());
    let text = |text: &str| value(&json!(text));
    for (operation, arguments, expected) in [
        (Operation::GetUser, Arguments::NONE, "GET users/auth0%7Cabc"),
        (Operation::GetEnrollments, Arguments::NONE, "GET users/auth0%7Cabc/enrollments"),
        (
            Operation::UnlinkIdentity,
            Arguments::identity(&text("google-oauth2"), &text("google-oauth2|12"))
                .unwrap_or_else(|_| panic!()),
            "DELETE users/auth0%7Cabc/identities/google-oauth2/12",
        ),
        (
            Operation::DeleteMultifactor,
            Arguments::segment("provider", &text("duo")).unwrap_or_else(|_| panic!()),
            "DELETE users/auth0%7Cabc/multifactor/duo",
        ),
        (Operation::PatchUserMetadata, Arguments::no_metadata(), "PATCH users/auth0%7Cabc"),
        (
            Operation::DeleteDeviceCredential,
            Arguments::segment("id", &text("dcr_1")).unwrap_or_else(|_| panic!()),
            "DELETE device-credentials/dcr_1",
        ),
    ] {
        let request = request(&session, operation, arguments).unwrap();
        let path = request.url.strip_prefix("https://acme.eu.auth0.com/api/v2/").unwrap();
        assert_eq!([request.method.as_str(), path].join(" "), expected);
        let clears = operation == Operation::PatchUserMetadata;
        assert_eq!(request.body.as_deref(), clears.then_some(r#"{"user_metadata":{}}"#));
    }
}

#[test]
fn refuses_arguments_that_are_empty_or_not_strings() {
    for wrong in [json!(""), json!(null), json!(1), json!(["a"]), json!({}), json!(true)] {
        let wrong = value(&wrong);
        let right = value(&json!("a"));
        for result in [
            Arguments::segment("id", &wrong),
            Arguments::identity(&wrong, &right),
            Arguments::identity(&right, &wrong),
        ] {
            assert_eq!(result.err().map(|error| error.code), Some(ErrorCode::InvalidArgument));
        }
    }
}

#[test]
fn refuses_path_segments_that_are_empty_or_dots() {
    let session = session(SUBJECT, &every_scope());
    for segment in [".", ".."] {
        let arguments =
            Arguments::segment("id", &value(&json!(segment))).unwrap_or_else(|_| panic!());
        assert!(request(&session, Operation::DeleteDeviceCredential, arguments).is_none());
        let text = value(&json!("a"));
        let arguments =
            Arguments::identity(&text, &value(&json!(segment))).unwrap_or_else(|_| panic!());
        assert!(request(&session, Operation::UnlinkIdentity, arguments).is_none());
    }
    let prefix_alone = Arguments::identity(&value(&json!("auth0")), &value(&json!("auth0|")));
    let prefix_alone = prefix_alone
        .ok()
        .and_then(|arguments| request(&session, Operation::UnlinkIdentity, arguments));
    assert!(prefix_alone.is_none());
    for subject in [".", ".."] {
        let session = self::session(subject, &every_scope());
        assert!(request(&session, Operation::GetUser, Arguments::NONE).is_none());
    }
}

#[test]
fn refuses_metadata_that_is_empty_or_not_an_object() {
    for wrong in [json!({}), json!(null), json!([]), json!([{"a": 1}]), json!("x"), json!(1)] {
        let result = Arguments::metadata(&wrong.to_string());
        assert_eq!(
            result.err().map(|error| error.code),
            Some(ErrorCode::InvalidArgument),
            "{wrong}"
        );
    }
}

#[test]
fn refuses_a_device_credential_with_invalid_missing_or_unknown_fields() {
    let right = json!({"device_name": "a", "type": "public_key", "value": "b", "device_id": "c"});
    let code = |changes: Json| {
        let given = common::merge(&right, &changes);
        Arguments::device_credential(&value(&given)).err().map(|error| error.code)
    };
    assert_eq!(code(json!({})), None);
    assert_eq!(code(json!({"client_id": "x", "device_id": "x".repeat(36)})), None);
    for changes in [
        json!({"device_name": null}),
        json!({"device_name": ""}),
        json!({"type": "refresh_token"}),
        json!({"type": null}),
        json!({"value": 1}),
        json!({"device_id": "x".repeat(37)}),
        json!({"client_id": ""}),
        json!({"user_id": "auth0|other"}),
        json!({"x": 1}),
    ] {
        assert_eq!(code(changes.clone()), Some(ErrorCode::InvalidArgument), "{changes}");
    }
}

/// Texts that attack the path: separators, dot segments, encoded ones, other hosts.
fn hostile() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\PC{1,16}",
        "[./%\\\\?#@:;&=|2eEfF5cC]{1,10}",
        proptest::sample::select(
            &[
                "../../users/auth0|other",
                "..%2f..",
                "%2e%2e",
                ".%2e",
                "a/../b",
                "//evil.example",
                "\\\\evil.example",
                "a?b=c",
                "a#b",
                "a\r\nHost: x",
                "\u{0}",
                "auth0|abc",
                "auth0%7Cabc",
                "https://evil.example/",
            ][..]
        )
        .prop_map(str::to_owned),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    /// For any id and provider, the path has exactly the endpoint's segments, and these texts are among them.
    #[test]
    fn keeps_every_argument_in_its_own_path_segment(provider in hostile(), user_id in hostile(), id in hostile()) {
        let session = SESSION.with(Clone::clone);
        let (provider_value, id_value) = (value(&json!(provider)), value(&json!(id)));
        let identity = Arguments::identity(&provider_value, &value(&json!(user_id))).unwrap_or_else(|_| panic!());
        let bare = user_id.strip_prefix(&[&provider, "|"].concat()).unwrap_or(&user_id);
        let dots = |text: &str| matches!(text, "" | "." | "..");
        match request(&session, Operation::UnlinkIdentity, identity) {
            Some(request) => prop_assert_eq!(
                segments(&request.url),
                ["api", "v2", "users", SUBJECT, "identities", &provider, bare]
            ),
            None => prop_assert!(dots(&provider) || dots(bare)),
        }
        for (operation, expected) in [
            (Operation::DeleteMultifactor, &["api", "v2", "users", SUBJECT, "multifactor", &id][..]),
            (Operation::DeleteDeviceCredential, &["api", "v2", "device-credentials", &id][..]),
        ] {
            let arguments = Arguments::segment("id", &id_value).unwrap_or_else(|_| panic!());
            match request(&session, operation, arguments) {
                Some(request) => prop_assert_eq!(segments(&request.url), expected),
                None => prop_assert!(dots(&id)),
            }
        }
    }

}

proptest! {
    /// For any subject, the request is for that user.
    #[test]
    fn keeps_every_subject_in_its_own_path_segment(subject in hostile()) {
        prop_assume!(!subject.ends_with("@clients"));
        let session = session(&subject, &every_scope());
        if let Some(request) = request(&session, Operation::GetUser, Arguments::NONE) {
            prop_assert_eq!(segments(&request.url), ["api", "v2", "users", &subject]);
        } else {
            prop_assert!(matches!(subject.as_str(), "." | ".."));
        }
    }

}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    /// Another JSON reader finds the same metadata in `user_metadata`, and no other member.
    #[test]
    fn sends_metadata_unchanged_inside_user_metadata(
        members in proptest::collection::btree_map(
            "\\PC{0,8}|app_metadata|__proto__|\"\\}",
            prop_oneof![
                "\\PC{0,12}|[\"\\\\\u{0}\u{1f}\u{7f}\u{2028}{}\\[\\],:]{0,6}".prop_map(Json::from),
                any::<i32>().prop_map(|number| Json::from(f64::from(number))),
                Just(json!(null)), Just(json!([{"a": [true]}])),
            ],
            1..5,
        ),
    ) {
        let metadata = json!(members);
        let arguments = Arguments::metadata(&metadata.to_string()).unwrap_or_else(|_| panic!());
        let session = SESSION.with(Clone::clone);
        let request = request(&session, Operation::PatchUserMetadata, arguments).unwrap();
        let body: Json = serde_json::from_str(request.body.as_deref().unwrap()).unwrap();
        prop_assert_eq!(body, json!({ "user_metadata": metadata }));
    }
}
