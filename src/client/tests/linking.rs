//! Linking another account of the same person.

use serde_json::json;

use super::*;
use crate::error::Reason;

const LINK: &str = "POST https://acme.auth0.com/api/v2/users/auth0%7Cada/identities";

fn linked(
    page: &TestPage,
    client: &TestClient,
) -> Outcome<Option<crate::platform::fake::FakeBody>> {
    page.start(client.client.link_identity_with_popup(Ok(Box::default())))
}

#[test]
fn links_the_account_of_a_second_sign_in_and_keeps_the_session() {
    let page = TestPage::new();
    let client = page.client();
    page.sign_in(&client, ADA);
    let linking = linked(&page, &client);
    let (_, url) = page.platform.loaded().pop().unwrap();
    assert_eq!(parameter(&url, "scope").as_deref(), Some("openid"));
    assert_eq!(parameter(&url, "prompt").as_deref(), Some("login"));
    page.answer_message(GRACE);
    page.platform.respond(LINK, 201, "[]");
    assert!(linking.take().unwrap().is_ok());
    let sent = page.platform.requests().pop().unwrap();
    let body: Json = serde_json::from_str(&sent.body.unwrap()).unwrap();
    assert_eq!(body.as_object().unwrap().keys().collect::<Vec<_>>(), ["link_with"]);
    assert_eq!((client.subject().as_deref(), client.changes.get()), (Some(ADA), 0));
}

#[test]
fn opens_no_window_without_session_or_scope() {
    let page = TestPage::new();
    let client = page.client();
    assert_eq!(refusal(&linked(&page, &client)), ErrorCode::LoginRequired);
    let client = page.client_with(&json!({"scopes": ["read:current_user"]}));
    page.sign_in(&client, ADA);
    assert_eq!(refusal(&linked(&page, &client)), ErrorCode::InsufficientScope);
    assert!(page.platform.loaded().is_empty());
}

#[test]
fn says_first_that_the_call_is_not_permitted() {
    let page = TestPage::new();
    let client = page.client();
    let wrong = Err(Error::new(ErrorCode::InvalidConfiguration, "wrong"));
    let refused = page.start(client.client.link_identity_with_popup(wrong.clone()));
    assert_eq!(refusal(&refused), ErrorCode::LoginRequired);
    page.sign_in(&client, ADA);
    let refused = page.start(client.client.link_identity_with_popup(wrong));
    assert_eq!(refusal(&refused), ErrorCode::InvalidConfiguration);
}

#[test]
fn refuses_the_signed_in_users_own_account() {
    let page = TestPage::new();
    let client = page.client();
    page.sign_in(&client, ADA);
    let linking = linked(&page, &client);
    page.answer_message(ADA);
    assert_eq!(refusal(&linking), ErrorCode::IdTokenSubject);
    assert!(!page.platform.requests().iter().any(|sent| sent.line == LINK));
}

#[test]
fn sends_nothing_for_a_user_who_is_no_longer_signed_in() {
    let page = TestPage::new();
    let client = page.client();
    page.sign_in(&client, ADA);
    let linking = linked(&page, &client);
    let call = page.platform.waiting().into_iter().find(|it| it.starts_with("message")).unwrap();
    let popup = page.popup(&client);
    let second =
        page.platform.waiting().into_iter().filter(|it| it.starts_with("message")).nth(1).unwrap();
    page.platform.report(&second, message_of(&second, GRACE));
    assert_eq!(subject_of(&popup), GRACE);
    page.platform.report(&call, message_of(&call, "auth0|alan"));
    let error = linking.take().unwrap().err().unwrap();
    assert_eq!((error.code, error.reason), (ErrorCode::IdTokenSubject, Some(Reason::Mismatch)));
    assert!(!page.platform.requests().iter().any(|sent| sent.line.contains("identities")));
}

#[test]
fn sends_nothing_after_a_logout() {
    let page = TestPage::new();
    let client = page.client();
    page.sign_in(&client, ADA);
    let linking = linked(&page, &client);
    client.logout();
    page.answer_message(GRACE);
    assert_eq!(refusal(&linking), ErrorCode::LoginRequired);
    assert!(!page.platform.requests().iter().any(|sent| sent.line == LINK));
}

#[test]
fn verifies_a_given_id_token_before_it_is_sent() {
    let page = TestPage::new();
    let client = page.client();
    page.sign_in(&client, ADA);
    let now = START_MS / 1000.0;
    let claims = |sub: &str, aud: &str, exp: f64| {
        sign(&json!({
            "iss": format!("{ORIGIN}/"), "sub": sub, "aud": aud, "iat": now, "exp": exp,
        }))
    };
    for (token, code) in [
        (claims(ADA, "app", now + 60.0), ErrorCode::IdTokenSubject),
        (claims(GRACE, "other", now + 60.0), ErrorCode::IdTokenAudience),
        (claims(GRACE, "app", now - 61.0), ErrorCode::IdTokenExpired),
        (claims(GRACE, "app", now + 60.0) + "!", ErrorCode::IdTokenMalformed),
    ] {
        let refused = page.start(client.client.link_identity(&Value::from(token.as_str())));
        assert_eq!(refusal(&refused), code);
    }
    for wrong in [Value::Absent, Value::from(""), Value::Number(1.0)] {
        let refused = page.start(client.client.link_identity(&wrong));
        assert_eq!(refusal(&refused), ErrorCode::InvalidArgument);
    }
    let token = claims(GRACE, "app", now + 60.0);
    let linking = page.start(client.client.link_identity(&Value::from(token.as_str())));
    page.platform.respond(LINK, 201, "[]");
    assert!(linking.take().unwrap().is_ok());
    let sent = page.platform.requests().pop().unwrap();
    assert_eq!(sent.body, Some(json!({"link_with": token}).to_string()));
}

#[test]
fn judges_a_given_id_token_by_the_clock_of_the_sessions_sign_in() {
    for hours in [-12.0, 12.0] {
        let page = TestPage::new();
        page.platform.advance(hours * 3_600_000.0);
        let client = page.client();
        page.sign_in(&client, ADA);
        let now = START_MS / 1000.0;
        let token = |iat: f64, exp: f64| {
            let issuer = format!("{ORIGIN}/");
            sign(&json!({"iss": issuer, "sub": GRACE, "aud": "app", "iat": iat, "exp": exp}))
        };
        for (token, code) in [
            (token(now, now - 61.0), ErrorCode::IdTokenExpired),
            (token(now + 61.0, now + 600.0), ErrorCode::IdTokenIssuedAt),
        ] {
            let refused = page.start(client.client.link_identity(&Value::from(token.as_str())));
            assert_eq!(refusal(&refused), code, "{hours}");
        }
        let right = token(now, now + 60.0);
        let linking = page.start(client.client.link_identity(&Value::from(right.as_str())));
        page.platform.respond(LINK, 201, "[]");
        assert!(linking.take().unwrap().is_ok());
    }
}
