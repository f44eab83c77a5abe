//! Popups and silent renewal.

use serde_json::json;

use super::*;
use crate::error::Reason;

#[test]
fn a_popup_signs_in_and_closes() {
    let page = TestPage::new();
    let client = page.client();
    let popup = page.popup(&client);
    assert_eq!(page.platform.open_targets(), 1);
    page.answer_message(ADA);
    assert_eq!(subject_of(&popup), ADA);
    assert_eq!((page.platform.open_targets(), client.changes.get()), (0, 1));
    assert!(page.platform.records().is_empty(), "a popup needs no storage");
}

#[test]
fn a_popup_replaces_another_users_session() {
    let page = TestPage::new();
    let client = page.client();
    page.sign_in(&client, ADA);
    let popup = page.popup(&client);
    page.answer_message(GRACE);
    assert_eq!(subject_of(&popup), GRACE);
    assert_eq!(client.subject().as_deref(), Some(GRACE));
}

#[test]
fn a_blocked_popup_is_refused_at_once() {
    let page = TestPage::new();
    let client = page.client();
    page.platform.set_popups_blocked(true);
    assert_eq!(refusal(&page.popup(&client)), ErrorCode::PopupBlocked);
}

#[test]
fn a_closed_popup_and_a_silent_tenant_have_their_own_codes() {
    for (event, code) in [
        (WebMessageEvent::Closed, ErrorCode::PopupClosed),
        (WebMessageEvent::TimedOut, ErrorCode::Timeout),
    ] {
        let page = TestPage::new();
        let client = page.client();
        let popup = page.popup(&client);
        page.platform.report("message", event);
        assert_eq!(refusal(&popup), code);
        assert_eq!(page.platform.open_targets(), 0);
    }
}

#[test]
fn messages_of_others_are_ignored_until_the_answer_comes() {
    let page = TestPage::new();
    let client = page.client();
    let popup = page.popup(&client);
    let call = page.platform.waiting().remove(0);
    let WebMessageEvent::Message { data, .. } = message_of(&call, GRACE) else { panic!() };
    let with = |origin: &str, from_target, data: &Value| WebMessageEvent::Message {
        origin: origin.to_owned(),
        from_target,
        data: data.clone(),
    };
    let value = |json| serde_json::from_value::<Value>(json).unwrap();
    for event in [
        with("https://evil.example", true, &data),
        with("https://acme.auth0.com.evil.example", true, &data),
        with("", true, &data),
        with(ORIGIN, false, &data),
        with(ORIGIN, true, &Value::Absent),
        with(ORIGIN, true, &value(json!({"type": "authorization_response"}))),
        with(ORIGIN, true, &value(json!({"type": "other", "response": {"state": "x"}}))),
        message(&json!({"state": "another", "error": "login_required"})),
        message(&json!({"error": "login_required"})),
    ] {
        page.platform.report("message", event);
        assert!(popup.borrow().is_none());
    }
    page.answer_message(ADA);
    assert_eq!(subject_of(&popup), ADA);
}

#[test]
fn an_error_of_the_tenant_leaves_the_session_as_it_was() {
    let page = TestPage::new();
    let client = page.client();
    page.sign_in(&client, ADA);
    let renewed = page.renew(&client);
    let call = page.platform.waiting().into_iter().find(|it| it.starts_with("message")).unwrap();
    let state = parameter(call.strip_prefix("message ").unwrap(), "state");
    page.platform.report("message", message(&json!({"error": "login_required", "state": state})));
    assert_eq!(refusal(&renewed), ErrorCode::LoginRequired);
    assert_eq!((client.subject().as_deref(), client.changes.get()), (Some(ADA), 0));
}

#[test]
fn renewals_with_the_same_options_share_one_frame() {
    let page = TestPage::new();
    let client = page.client();
    let (one, two) = (page.renew(&client), page.renew(&client));
    assert_eq!(page.iframes(), 1);
    page.answer_message(ADA);
    assert_eq!((subject_of(&one), subject_of(&two)), (ADA.to_owned(), ADA.to_owned()));
    assert_eq!(client.changes.get(), 1);
    let later = page.renew(&client);
    assert_eq!(page.iframes(), 2);
    page.answer_message(ADA);
    assert_eq!(subject_of(&later), ADA);
}

#[test]
fn renewals_with_other_options_have_a_frame_of_their_own() {
    let page = TestPage::new();
    let client = page.client();
    let one = page.renew(&client);
    let two = page.start(client.client.check_session(options(json!({"maxAge": 5}))));
    assert_eq!(page.iframes(), 2);
    drop((one, two));
}

#[test]
fn a_renewal_does_not_replace_another_users_session_that_began_meanwhile() {
    let page = TestPage::new();
    let client = page.client();
    page.sign_in(&client, ADA);
    let renewed = page.renew(&client);
    let popup = page.popup(&client);
    let popup_call =
        page.platform.waiting().into_iter().filter(|it| it.starts_with("message")).nth(1).unwrap();
    page.platform.report(&popup_call, message_of(&popup_call, GRACE));
    assert_eq!(subject_of(&popup), GRACE);
    page.answer_message(ADA);
    let error = renewed.take().unwrap().err().unwrap();
    assert_eq!((error.code, error.reason), (ErrorCode::IdTokenSubject, Some(Reason::Mismatch)));
    assert_eq!(client.subject().as_deref(), Some(GRACE));
}

#[test]
fn a_renewal_replaces_the_same_users_session_that_began_meanwhile() {
    let page = TestPage::new();
    let client = page.client();
    let renewed = page.renew(&client);
    let popup = page.popup(&client);
    let popup_call =
        page.platform.waiting().into_iter().filter(|it| it.starts_with("message")).nth(1).unwrap();
    page.platform.report(&popup_call, message_of(&popup_call, ADA));
    page.answer_keys();
    assert_eq!(subject_of(&popup), ADA);
    page.answer_message(ADA);
    assert_eq!(subject_of(&renewed), ADA);
    assert_eq!(client.changes.get(), 2);
}

#[test]
fn listeners_hear_when_the_session_expires() {
    let page = TestPage::new();
    let client = page.client();
    page.sign_in(&client, ADA);
    page.platform.advance(7_140_000.0);
    page.platform.wake(60_000.0);
    assert!(!client.client.is_authenticated());
    assert_eq!(client.changes.get(), 1);
    assert!(page.platform.waiting().is_empty());
}

#[test]
fn one_timer_at_most_waits_for_the_session_to_expire() {
    let page = TestPage::new();
    let client = page.client();
    page.sign_in(&client, ADA);
    let renewed = page.renew(&client);
    page.answer_message(ADA);
    assert_eq!(subject_of(&renewed), ADA);
    assert_eq!(page.platform.waiting(), ["sleep 60000"]);
    client.logout();
    assert!(page.platform.waiting().is_empty());
}

#[test]
fn a_forgotten_client_goes_and_its_timer_with_it() {
    let page = TestPage::new();
    let client = page.client();
    page.sign_in(&client, ADA);
    let weak = Rc::downgrade(&client.client);
    drop(client);
    assert!(weak.upgrade().is_none());
    assert!(page.platform.waiting().is_empty());
}
