//! Calls of the Management API.

use serde_json::json;

use super::*;
use crate::management::request::Arguments;
use crate::operation::Operation;
use crate::platform::fake::FakeBody;

const USER: &str = "GET https://acme.auth0.com/api/v2/users/auth0%7Cada";

fn get_user(page: &TestPage, client: &TestClient) -> Outcome<Option<FakeBody>> {
    page.start(client.client.call(Operation::GetUser, Ok(Arguments::NONE)))
}

#[test]
fn sends_nothing_without_session_time_or_scope() {
    let page = TestPage::new();
    let client = page.client_with(&json!({"scopes": ["update:current_user_identities"]}));
    assert_eq!(refusal(&get_user(&page, &client)), ErrorCode::LoginRequired);
    page.sign_in(&client, ADA);
    let sent = page.platform.requests().len();
    assert_eq!(refusal(&get_user(&page, &client)), ErrorCode::InsufficientScope);
    assert!(!client.client.can(Operation::GetUser));
    assert!(client.client.can(Operation::LinkIdentity));
    page.platform.advance(7_200_000.0);
    let linked = page.start(client.client.call(Operation::LinkIdentity, Ok(Arguments::NONE)));
    assert_eq!(refusal(&linked), ErrorCode::TokenExpired);
    assert!(!client.client.can(Operation::LinkIdentity));
    assert_eq!(page.platform.requests().len(), sent);
}

#[test]
fn says_first_that_a_call_is_not_permitted_and_then_what_is_wrong_with_its_arguments() {
    let page = TestPage::new();
    let client = page.client();
    let wrong = || Err(Error::new(ErrorCode::InvalidArgument, "wrong"));
    let refused = page.start(client.client.call(Operation::GetUser, wrong()));
    assert_eq!(refusal(&refused), ErrorCode::LoginRequired);
    page.sign_in(&client, ADA);
    let refused = page.start(client.client.call(Operation::GetUser, wrong()));
    assert_eq!(refusal(&refused), ErrorCode::InvalidArgument);
}

#[test]
fn sends_the_sessions_token_for_the_sessions_user() {
    let page = TestPage::new();
    let client = page.client();
    page.sign_in(&client, ADA);
    let called = get_user(&page, &client);
    let sent = page.platform.requests().pop().unwrap();
    assert_eq!(sent.line, USER);
    assert!(sent.authorization.unwrap().starts_with("Bearer ey"));
    page.platform.respond(USER, 200, "{\"user_id\":\"auth0|ada\"}");
    assert_eq!(called.take().unwrap().unwrap().unwrap().0, "{\"user_id\":\"auth0|ada\"}");
}

#[test]
fn refuses_an_answer_that_is_not_what_the_operation_answers_with() {
    for body in ["", "[]", "null", "1", "<html>", "{"] {
        let page = TestPage::new();
        let client = page.client();
        page.sign_in(&client, ADA);
        let called = get_user(&page, &client);
        page.platform.respond(USER, 200, body);
        assert_eq!(refusal(&called), ErrorCode::ApiError, "{body}");
    }
}

#[test]
fn gives_statuses_their_codes() {
    for (status, code) in [
        (401, ErrorCode::Unauthorized),
        (404, ErrorCode::NotFound),
        (429, ErrorCode::RateLimited),
        (500, ErrorCode::ApiError),
        (302, ErrorCode::ApiError),
    ] {
        let page = TestPage::new();
        let client = page.client();
        page.sign_in(&client, ADA);
        let called = get_user(&page, &client);
        page.platform.respond(USER, status, "{}");
        let error = called.take().unwrap().err().unwrap();
        assert_eq!((error.code, error.status), (code, Some(status)));
    }
}

#[test]
fn an_operation_whose_answer_carries_nothing_gives_none() {
    let page = TestPage::new();
    let client = page.client_with(&json!({"scopes": ["delete:current_user_metadata"]}));
    page.sign_in(&client, ADA);
    let arguments = Arguments::segment("provider", &Value::from("duo"));
    let called = page.start(client.client.call(Operation::DeleteMultifactor, arguments));
    page.platform.respond("DELETE", 204, "");
    assert!(called.take().unwrap().unwrap().is_none());
}

#[test]
fn repeats_a_get_after_a_network_fault_with_the_token_of_that_moment() {
    let page = TestPage::new();
    let client = page.client_with(&json!({"retries": 1}));
    page.sign_in(&client, ADA);
    let called = get_user(&page, &client);
    page.platform.fail(USER);
    let popup = page.popup(&client);
    page.answer_message(ADA);
    assert_eq!(subject_of(&popup), ADA);
    page.platform.wake(250.0);
    let tokens: Vec<_> = page
        .platform
        .requests()
        .into_iter()
        .filter(|sent| sent.line == USER)
        .map(|sent| sent.authorization)
        .collect();
    assert_eq!(tokens.len(), 2);
    assert_ne!(tokens[0], tokens[1]);
    page.platform.fail(USER);
    assert_eq!(refusal(&called), ErrorCode::NetworkError);
}

#[test]
fn does_not_repeat_for_another_user_after_a_logout_or_after_the_token_expired() {
    for (what, code) in [
        ("another user", ErrorCode::IdTokenSubject),
        ("logout", ErrorCode::Aborted),
        ("expiry", ErrorCode::TokenExpired),
    ] {
        let page = TestPage::new();
        let client = page.client_with(&json!({"retries": 1}));
        page.sign_in(&client, ADA);
        let called = get_user(&page, &client);
        page.platform.fail(USER);
        match what {
            "logout" => client.logout(),
            "expiry" => page.platform.advance(7_200_000.0),
            _ => {
                let popup = page.popup(&client);
                page.answer_message(GRACE);
                assert_eq!(subject_of(&popup), GRACE);
            }
        }
        let sent = page.platform.requests().len();
        page.platform.wake(250.0);
        assert_eq!(refusal(&called), code, "{what}");
        assert_eq!(page.platform.requests().len(), sent);
    }
}

#[test]
fn does_not_repeat_after_the_time_allowed() {
    let page = TestPage::new();
    let client = page.client_with(&json!({"retries": 5}));
    page.sign_in(&client, ADA);
    let called = get_user(&page, &client);
    page.platform.time_out(USER);
    assert_eq!(refusal(&called), ErrorCode::Timeout);
}

#[test]
fn a_call_that_nobody_polls_sends_nothing() {
    let page = TestPage::new();
    let client = page.client();
    page.sign_in(&client, ADA);
    let sent = page.platform.requests().len();
    drop(client.client.call(Operation::GetUser, Ok(Arguments::NONE)).unwrap());
    assert_eq!(page.platform.requests().len(), sent);
}
