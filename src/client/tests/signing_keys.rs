//! The tenant's keys: fetched early, shared, kept for ten minutes.

use serde_json::json;

use super::*;

fn key_fetches(page: &TestPage) -> usize {
    page.platform.requests().iter().filter(|sent| sent.line == KEYS).count()
}

#[test]
fn are_fetched_when_a_client_is_made_where_a_response_waits() {
    let page = TestPage::new();
    let client = page.client();
    page.client();
    assert_eq!(key_fetches(&page), 0);
    page.come_back(&client, ADA);
    let second = page.client();
    assert_eq!(key_fetches(&page), 1);
    page.answer_keys();
    assert!(page.handle(&second).take().unwrap().unwrap().is_some());
    assert_eq!(key_fetches(&page), 1);
}

#[test]
fn are_shared_by_the_clients_of_one_tenant_and_by_no_others() {
    let page = TestPage::new();
    let (client, same) = (page.client(), page.client_with(&json!({"clientId": "other"})));
    let other = page.client_with(&json!({"domain": "other.auth0.com"}));
    page.sign_in(&client, ADA);
    for (client, fetches) in [(&same, 1), (&client, 1)] {
        let popup = page.popup(client);
        let call =
            page.platform.waiting().into_iter().find(|it| it.starts_with("message")).unwrap();
        page.platform.report(&call, message_of(&call, ADA));
        drop(popup);
        assert_eq!(key_fetches(&page), fetches);
    }
    let popup = page.popup(&other);
    let call = page.platform.waiting().into_iter().find(|it| it.starts_with("message")).unwrap();
    let WebMessageEvent::Message { data, .. } = message_of(&call, ADA) else { panic!() };
    let origin = "https://other.auth0.com".to_owned();
    page.platform.report(&call, WebMessageEvent::Message { origin, from_target: true, data });
    assert!(
        page.platform
            .waiting()
            .iter()
            .any(|it| it == "GET https://other.auth0.com/.well-known/jwks.json")
    );
    drop(popup);
}

#[test]
fn are_fetched_again_after_ten_minutes() {
    let page = TestPage::new();
    let client = page.client();
    page.sign_in(&client, ADA);
    for (later_ms, fetches) in [(599_999.0, 1), (1.0, 2)] {
        page.platform.advance(later_ms);
        let renewed = page.renew(&client);
        page.answer_message(ADA);
        assert_eq!(key_fetches(&page), fetches);
        drop(renewed);
    }
}

#[test]
fn that_cannot_be_fetched_refuse_everybody_who_waits_and_are_asked_for_again() {
    let page = TestPage::new();
    let (first, second) = (page.client(), page.client());
    let (one, two) = (page.popup(&first), page.popup(&second));
    for _ in 0..2 {
        let call =
            page.platform.waiting().into_iter().find(|it| it.starts_with("message")).unwrap();
        page.platform.report(&call, message_of(&call, ADA));
    }
    assert_eq!(key_fetches(&page), 1);
    page.platform.fail(KEYS);
    assert_eq!((refusal(&one), refusal(&two)), (ErrorCode::NetworkError, ErrorCode::NetworkError));
    let again = page.popup(&first);
    page.answer_message(ADA);
    assert_eq!(subject_of(&again), ADA);
    assert_eq!(key_fetches(&page), 2);
}

#[test]
fn that_cannot_be_read_refuse_the_sign_in() {
    for (status, body) in [(200, "{}"), (200, ""), (500, "{\"keys\":[]}"), (404, "")] {
        let page = TestPage::new();
        let client = page.client();
        let popup = page.popup(&client);
        let call = page.platform.waiting().remove(0);
        page.platform.report(&call, message_of(&call, ADA));
        page.platform.respond(KEYS, status, body);
        assert_eq!(refusal(&popup), ErrorCode::SigningKeyNotFound, "{status} {body}");
    }
}

#[test]
fn that_are_remembered_serve_where_a_refetch_for_an_unknown_kid_fails() {
    let page = TestPage::new();
    let client = page.client();
    page.sign_in(&client, ADA);
    let forged = {
        let encode = |text: &str| base64url::encode(text.as_bytes());
        let header = encode(r#"{"alg":"RS256","kid":"unknown"}"#);
        format!("{header}.{}.AAAA", encode(r#"{"sub":"x"}"#))
    };
    let linking = page.start(client.client.link_identity(&Value::from(forged.as_str())));
    page.platform.fail(KEYS);
    assert_eq!(refusal(&linking), ErrorCode::SigningKeyNotFound);
    let renewed = page.renew(&client);
    page.answer_message(ADA);
    assert_eq!(subject_of(&renewed), ADA);
    assert_eq!(key_fetches(&page), 2);
}

#[test]
fn are_refetched_for_unknown_kids_only_once_in_thirty_seconds() {
    let page = TestPage::new();
    let client = page.client();
    page.sign_in(&client, ADA);
    let forged = |kid: &str| {
        let encode = |text: &str| base64url::encode(text.as_bytes());
        let header = encode(&json!({"alg": "RS256", "kid": kid}).to_string());
        format!("{header}.{}.AAAA", encode(r#"{"sub":"x"}"#))
    };
    for (kid, later_ms, fetches) in [("a", 0.0, 2), ("b", 29_999.0, 2), ("c", 1.0, 3)] {
        page.platform.advance(later_ms);
        let linking = page.start(client.client.link_identity(&Value::from(forged(kid).as_str())));
        page.answer_keys();
        assert_eq!(refusal(&linking), ErrorCode::SigningKeyNotFound);
        assert_eq!(key_fetches(&page), fetches, "{kid}");
    }
}
