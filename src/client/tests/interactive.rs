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

// ── What is refused at once ──────────────────────────────────────────────────────────────────

#[test]
fn a_renewal_never_changes_the_user_of_a_live_session() {
    let page = TestPage::new();
    let client = page.client();
    page.sign_in(&client, ADA);
    let renewed = page.renew(&client);
    page.answer_message(GRACE);
    let error = renewed.take().unwrap().err().unwrap();
    assert_eq!((error.code, error.reason), (ErrorCode::IdTokenSubject, Some(Reason::Mismatch)));
    assert_eq!((client.subject().as_deref(), client.changes.get()), (Some(ADA), 0));
}

#[test]
fn a_renewal_signs_in_anybody_where_no_session_is_live() {
    let page = TestPage::new();
    let client = page.client();
    let first = page.renew(&client);
    page.answer_message(GRACE);
    assert_eq!(subject_of(&first), GRACE);
    page.platform.advance(7_200_000.0);
    assert!(!client.client.is_authenticated());
    let second = page.renew(&client);
    page.answer_message(ADA);
    assert_eq!(subject_of(&second), ADA);
    assert_eq!(client.subject().as_deref(), Some(ADA));
}

#[test]
fn a_renewal_without_a_network_is_refused_at_once() {
    let page = TestPage::new();
    let client = page.client();
    page.platform.set_offline(true);
    assert_eq!(refusal(&page.renew(&client)), ErrorCode::NetworkError);
    assert_eq!((page.iframes(), page.platform.open_targets()), (0, 0));
    page.platform.set_offline(false);
    let renewed = page.renew(&client);
    page.answer_message(ADA);
    assert_eq!(subject_of(&renewed), ADA);
}

#[test]
fn a_redirect_uri_on_another_origin_is_refused_at_once() {
    for uri in [
        "https://other.example/",
        "http://app.example/",
        "https://app.example:8443/",
        "https://app.example.other.example/",
    ] {
        let page = TestPage::new();
        let client = page.client();
        page.sign_in(&client, ADA);
        let records = page.platform.records();
        let with_uri = || options(json!({ "redirectUri": uri }));
        let other = page.client_with(&json!({ "redirectUri": uri }));
        for code in [
            refusal(&page.start(client.client.login_with_redirect(with_uri()))),
            refusal(&page.start(client.client.login_with_popup(with_uri()))),
            refusal(&page.start(client.client.check_session(with_uri()))),
            refusal(&page.start(client.client.link_identity_with_popup(Ok(with_uri())))),
            refusal(&page.popup(&other)),
        ] {
            assert_eq!(code, ErrorCode::InvalidConfiguration, "{uri}");
        }
        assert!(page.platform.loaded().is_empty() && page.platform.assigned().is_empty());
        assert_eq!(page.platform.records(), records);
        let built = page.start(client.client.build_authorize_url(with_uri()));
        assert!(built.take().unwrap().is_ok(), "an application may navigate by itself");
    }
    let page = TestPage::new();
    let client = page.client_with(&json!({"redirectUri": "https://APP.example:443/other?a=1"}));
    assert!(page.popup(&client).borrow().is_none());
}

#[test]
fn a_page_without_web_crypto_gets_no_client() {
    let page = TestPage::new();
    let config = (*page.client().client.config).clone();
    page.platform.set_without_web_crypto(true);
    let made = Client::new(&page.page, config, APP.to_owned(), Box::new(|| {}));
    assert_eq!(made.err().unwrap().code, ErrorCode::InvalidConfiguration);
}

#[test]
fn a_client_that_is_not_made_leaves_the_response_to_the_next_one() {
    let page = TestPage::new();
    let first = page.client();
    let config = (*first.client.config).clone();
    page.come_back(&first, ADA);
    page.platform.set_without_web_crypto(true);
    let made = Client::new(&page.page, config, page.platform.address(), Box::new(|| {}));
    assert!(made.is_err());
    assert_eq!(page.platform.address(), APP);
    page.platform.set_without_web_crypto(false);
    let next = page.client();
    let handled = page.handle(&next);
    page.answer_keys();
    assert!(handled.take().unwrap().unwrap().is_some());
    assert_eq!(next.subject().as_deref(), Some(ADA));
}

// ── A wrong clock ────────────────────────────────────────────────────────────────────────────

#[test]
fn a_clock_that_is_hours_wrong_signs_in_and_the_session_lasts_as_long_as_its_token() {
    for hours in [-24.0, -1.0, 1.0, 24.0] {
        let page = TestPage::new();
        page.platform.advance(hours * 3_600_000.0);
        let client = page.client();
        page.sign_in(&client, ADA);
        let session = client.client.session().unwrap();
        assert_eq!(session.expires_at_ms(), START_MS + hours * 3_600_000.0 + 7_200_000.0);
        assert_eq!(session.clock().seconds(), hours * 3_600.0);
        page.platform.advance(7_199_999.0);
        assert!(client.client.is_authenticated());
        page.platform.advance(1.0);
        assert!(!client.client.is_authenticated());
    }
}

#[test]
fn a_clock_that_is_wrong_by_more_than_a_day_signs_nobody_in() {
    for hours in [-24.01, 24.01] {
        let page = TestPage::new();
        page.platform.advance(hours * 3_600_000.0);
        let client = page.client();
        let popup = page.popup(&client);
        page.answer_message(ADA);
        assert_eq!(refusal(&popup), ErrorCode::IdTokenIssuedAt);
        assert_eq!(client.subject(), None);
    }
}
