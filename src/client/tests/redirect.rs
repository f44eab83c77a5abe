//! Which response was handled before, and who shares its result.

use serde_json::json;

use super::*;
use crate::error::Reason;

#[test]
fn signs_in_and_takes_the_response_out_of_the_address_at_once() {
    let page = TestPage::new();
    let client = page.client();
    page.come_back(&client, ADA);
    let handled = page.handle(&client);
    assert_eq!(page.platform.waiting(), [KEYS]);
    assert_eq!(page.platform.address(), APP);
    assert_eq!(client.subject(), None);
    page.answer_keys();
    let sign_in = handled.take().unwrap().unwrap().unwrap();
    assert_eq!(sign_in.app_state.as_deref(), Some("1"));
    assert_eq!(client.subject().as_deref(), Some(ADA));
    assert_eq!(client.changes.get(), 1);
}

#[test]
fn leaves_an_address_without_a_response_alone() {
    let page = TestPage::new();
    let client = page.client();
    page.platform.set_address("https://app.example/?page=2#/list");
    assert!(page.handle(&client).take().unwrap().unwrap().is_none());
    assert_eq!(page.platform.address(), "https://app.example/?page=2#/list");
}

#[test]
fn a_second_call_gets_the_result_of_the_first() {
    let page = TestPage::new();
    let client = page.client();
    page.come_back(&client, ADA);
    let (first, second) = (page.handle(&client), page.handle(&client));
    page.answer_keys();
    assert!(first.take().unwrap().unwrap().is_some());
    assert!(second.take().unwrap().unwrap().is_some());
    assert_eq!(client.changes.get(), 1);
    assert_eq!(page.platform.requests().len(), 1);
    let later = page.handle(&client);
    assert!(later.take().unwrap().unwrap().is_some());
}

#[test]
fn a_second_call_gets_the_refusal_of_the_first() {
    let page = TestPage::new();
    let client = page.client();
    page.come_back(&client, ADA);
    let (first, second) = (page.handle(&client), page.handle(&client));
    page.platform.respond(KEYS, 200, r#"{"keys":[]}"#);
    page.platform.respond(KEYS, 200, r#"{"keys":[]}"#);
    assert_eq!(refusal(&first), ErrorCode::SigningKeyNotFound);
    assert_eq!(refusal(&second), ErrorCode::SigningKeyNotFound);
}

#[test]
fn a_call_at_the_clean_address_counts_as_a_repetition_for_ten_seconds() {
    let page = TestPage::new();
    let client = page.client();
    page.sign_in(&client, ADA);
    page.platform.advance(9_999.0);
    assert!(page.handle(&client).take().unwrap().unwrap().is_some());
    page.platform.advance(1.0);
    assert!(page.handle(&client).take().unwrap().unwrap().is_none());
}

#[test]
fn a_call_at_another_address_is_no_repetition() {
    let page = TestPage::new();
    let client = page.client();
    page.sign_in(&client, ADA);
    page.platform.set_address("https://app.example/other");
    assert!(page.handle(&client).take().unwrap().unwrap().is_none());
}

#[test]
fn a_second_client_with_the_same_options_gets_the_session_as_well() {
    let page = TestPage::new();
    let (first, second) = (page.client(), page.client());
    page.come_back(&first, ADA);
    let (one, two) = (page.handle(&first), page.handle(&second));
    page.answer_keys();
    assert!(one.take().unwrap().unwrap().is_some() && two.take().unwrap().unwrap().is_some());
    assert_eq!(second.subject().as_deref(), Some(ADA));
    assert_eq!((first.changes.get(), second.changes.get()), (1, 1));
    let third = page.client();
    assert!(page.handle(&third).take().unwrap().unwrap().is_some());
    assert_eq!(third.subject().as_deref(), Some(ADA));
}

#[test]
fn a_client_that_was_renewed_since_keeps_its_session() {
    let page = TestPage::new();
    let (first, second) = (page.client(), page.client());
    page.come_back(&first, ADA);
    let handled = page.handle(&second);
    page.answer_keys();
    assert!(handled.take().unwrap().unwrap().is_some());
    let popup = page.popup(&second);
    page.answer_message(GRACE);
    assert_eq!(subject_of(&popup), GRACE);
    assert!(page.handle(&second).take().unwrap().unwrap().is_some());
    assert_eq!(second.subject().as_deref(), Some(GRACE));
}

#[test]
fn a_client_with_other_options_neither_shares_the_result_nor_spoils_it() {
    for changes in [
        json!({"clientId": "other"}),
        json!({"organization": "org_1"}),
        json!({"tenantDomain": "other.auth0.com"}),
        json!({"transactionStore": "local"}),
    ] {
        let page = TestPage::new();
        let (client, other) = (page.client(), page.client_with(&changes));
        let address = page.begin(&client, ADA);
        page.platform.set_address(&address);
        let stranger = page.start(other.client.handle_redirect_callback(Ok(None)));
        let error = stranger.take().unwrap().err().unwrap();
        assert_eq!(error.code, ErrorCode::StateMismatch, "{changes}");
        assert_eq!(error.reason, Some(Reason::OtherClient));
        let honest = page.start(client.client.handle_redirect_callback(Ok(Some(address))));
        page.answer_keys();
        assert!(honest.take().unwrap().unwrap().is_some());
        assert_eq!((client.subject().as_deref(), other.subject()), (Some(ADA), None));
    }
}

#[test]
fn a_refused_stranger_does_not_take_the_place_of_the_result() {
    let page = TestPage::new();
    let (client, stranger) = (page.client(), page.client_with(&json!({"clientId": "other"})));
    let address = page.begin(&client, ADA);
    let handle = |client: &TestClient| {
        page.start(client.client.handle_redirect_callback(Ok(Some(address.clone()))))
    };
    let first = handle(&client);
    page.answer_keys();
    assert!(first.take().unwrap().unwrap().is_some());
    assert_eq!(refusal(&handle(&stranger)), ErrorCode::StateMismatch);
    assert!(handle(&client).take().unwrap().unwrap().is_some());
}

#[test]
fn a_state_works_once() {
    let page = TestPage::new();
    let client = page.client();
    let address = page.begin(&client, ADA);
    page.platform.set_address(&address);
    let first = page.handle(&client);
    page.answer_keys();
    assert!(first.take().unwrap().unwrap().is_some());
    // Another response takes the place of the first one's result.
    page.sign_in(&client, GRACE);
    page.platform.set_address(&address);
    let error = page.handle(&client).take().unwrap().err().unwrap();
    assert_eq!((error.code, error.reason), (ErrorCode::StateMismatch, Some(Reason::Used)));
    assert_eq!(client.subject().as_deref(), Some(GRACE));
}

#[test]
fn an_unusable_argument_is_refused_after_the_address_lost_its_response() {
    let page = TestPage::new();
    let client = page.client();
    page.come_back(&client, ADA);
    let wrong = Error::new(ErrorCode::InvalidArgument, "no string");
    let refused = page.start(client.client.handle_redirect_callback(Err(wrong)));
    assert_eq!(refusal(&refused), ErrorCode::InvalidArgument);
    assert_eq!(page.platform.address(), APP);
}

#[test]
fn another_response_that_waits_in_the_address_stays_there() {
    let page = TestPage::new();
    let client = page.client();
    let (one, two) = (page.begin(&client, ADA), page.begin(&client, GRACE));
    page.platform.set_address(&two);
    let handled = page.start(client.client.handle_redirect_callback(Ok(Some(one))));
    page.answer_keys();
    assert!(handled.take().unwrap().unwrap().is_some());
    assert_eq!(page.platform.address(), two);
}

#[test]
fn an_address_that_the_browser_does_not_replace_is_replaced_later() {
    let page = TestPage::new();
    let client = page.client();
    page.come_back(&client, ADA);
    page.platform.set_address_stays(true);
    let handled = page.handle(&client);
    page.answer_keys();
    assert!(handled.take().unwrap().unwrap().is_some());
    page.platform.report_address_change();
    page.platform.set_address_stays(false);
    page.platform.report_address_change();
    assert_eq!(page.platform.address(), APP);
}

#[test]
fn a_store_that_cannot_be_written_signs_nobody_in() {
    let page = TestPage::new();
    let client = page.client();
    page.come_back(&client, ADA);
    page.platform.set_store_broken(true);
    let error = page.handle(&client).take().unwrap().err().unwrap();
    assert_eq!(error.code, ErrorCode::InvalidConfiguration);
    assert_eq!(error.app_state.as_deref(), Some("1"));
    let begun = page.start(client.client.build_authorize_url(Box::default()));
    assert_eq!(refusal(&begun), ErrorCode::InvalidConfiguration);
}

#[test]
fn login_with_redirect_goes_to_the_url_that_was_built() {
    let page = TestPage::new();
    let client = page.client();
    let left = page.start(client.client.login_with_redirect(Box::default()));
    left.take().unwrap().unwrap();
    let assigned = page.platform.assigned();
    assert!(assigned[0].starts_with("https://acme.auth0.com/authorize?"), "{assigned:?}");
    assert_eq!(page.platform.records().len(), 1);
}

#[test]
fn a_code_is_redeemed_once_with_the_verifier() {
    let page = TestPage::new();
    let client = page.client_with(&json!({"flow": "code"}));
    let url = page.start(client.client.build_authorize_url(Box::default()));
    let url = url.take().unwrap().unwrap();
    let state = parameter(&url, "state").unwrap();
    page.platform.set_address(&format!("{APP}?code=c1&state={state}"));
    let handled = page.handle(&client);
    let (id_token, access_token) = tokens_of(&url, ADA);
    let body = json!({
        "id_token": id_token, "access_token": access_token, "token_type": "Bearer", "expires_in": 60,
    });
    page.platform.respond(TOKEN_ENDPOINT, 200, &body.to_string());
    page.answer_keys();
    let sign_in = handled.take().unwrap().unwrap().unwrap();
    assert_eq!(sign_in.session.expires_at_ms(), START_MS + 60_000.0);
    let sent: Vec<_> =
        page.platform.requests().into_iter().filter(|sent| sent.line == TOKEN_ENDPOINT).collect();
    let body = sent[0].body.as_deref().unwrap();
    assert_eq!(sent.len(), 1);
    let verifier = url::form_urlencoded::parse(body.as_bytes())
        .find(|(name, _)| name == "code_verifier")
        .unwrap()
        .1
        .into_owned();
    let digest = digest::digest(&digest::SHA256, verifier.as_bytes());
    assert_eq!(parameter(&url, "code_challenge"), Some(base64url::encode(digest.as_ref())));
    assert!(body.contains("code=c1") && !body.contains("secret"));
}

// ── A response that waits ────────────────────────────────────────────────────────────────────

fn login(page: &TestPage, client: &TestClient) -> Outcome<()> {
    page.start(client.client.login_with_redirect(Box::default()))
}

fn signed_in(page: &TestPage, handled: &Outcome<Option<SignIn>>) -> bool {
    page.answer_keys();
    handled.take().unwrap().unwrap().is_some()
}

#[test]
fn a_guard_before_the_callback_does_not_leave_the_response() {
    let page = TestPage::new();
    let client = page.client();
    page.come_back(&client, ADA);
    let records = page.platform.records();
    assert_eq!(refusal(&login(&page, &client)), ErrorCode::Aborted);
    let handled = page.handle(&client);
    assert_eq!(refusal(&login(&page, &client)), ErrorCode::Aborted, "while it is being handled");
    assert!(signed_in(&page, &handled));
    assert!(page.platform.assigned().is_empty());
    assert_eq!(page.platform.records().len(), records.len(), "no sign-in was begun");
    login(&page, &client).take().unwrap().unwrap();
    assert_eq!(page.platform.assigned().len(), 1);
}

#[test]
fn a_sign_in_that_was_begun_before_the_response_came_does_not_leave_it() {
    let page = TestPage::new();
    let client = page.client_with(&json!({"flow": "code"}));
    let url = page.start(client.client.build_authorize_url(Box::default()));
    let state = parameter(&url.take().unwrap().unwrap(), "state").unwrap();
    let begun = client.client.login_with_redirect(Box::default());
    page.platform.set_address(&format!("{APP}?code=c1&state={state}"));
    assert_eq!(refusal(&page.start(begun)), ErrorCode::Aborted);
    assert!(page.platform.assigned().is_empty());
}

#[test]
fn a_refused_response_no_longer_holds_the_page() {
    let page = TestPage::new();
    let client = page.client();
    page.come_back(&client, ADA);
    let handled = page.handle(&client);
    page.platform.respond(KEYS, 200, r#"{"keys":[]}"#);
    page.platform.respond(KEYS, 200, r#"{"keys":[]}"#);
    assert_eq!(refusal(&handled), ErrorCode::SigningKeyNotFound);
    login(&page, &client).take().unwrap().unwrap();
}

#[test]
fn responses_of_others_hold_nobody() {
    for behind in [
        "#/list?code=1&state=open".to_owned(),
        "?code=1234567890.123456&state=SLACK".to_owned(),
        "#error=login_required".to_owned(),
        format!("#error=login_required&state={}", base64url::encode(&[7; 36])),
    ] {
        let page = TestPage::new();
        page.platform.set_address(&format!("{APP}{behind}"));
        let client = page.client();
        login(&page, &client).take().unwrap().unwrap();
    }
    let page = TestPage::new();
    let (client, other) = (page.client(), page.client_with(&json!({"clientId": "other"})));
    page.come_back(&client, ADA);
    login(&page, &other).take().unwrap().unwrap();
}

#[test]
fn a_router_that_moves_on_before_the_callback_does_not_lose_the_response() {
    let page = TestPage::new();
    let begun_by = page.client();
    page.come_back(&begun_by, ADA);
    let client = page.client();
    let route = "https://app.example/home?tab=1#/route";
    page.platform.set_address(route);
    assert_eq!(refusal(&login(&page, &client)), ErrorCode::Aborted);
    let handled = page.handle(&client);
    let again = page.handle(&client);
    assert!(signed_in(&page, &handled) && signed_in(&page, &again));
    assert_eq!(page.platform.address(), route);
    assert_eq!(client.subject().as_deref(), Some(ADA));
    page.platform.advance(10_000.0);
    assert!(page.handle(&client).take().unwrap().unwrap().is_none(), "it was handled once");
    login(&page, &client).take().unwrap().unwrap();
}

#[test]
fn a_noted_response_is_fetched_for_at_once_and_forgotten_by_a_logout() {
    let page = TestPage::new();
    let begun_by = page.client();
    page.come_back(&begun_by, ADA);
    assert!(page.platform.waiting().is_empty());
    let client = page.client();
    assert_eq!(page.platform.waiting(), [KEYS], "the keys are fetched before anybody asks");
    page.platform.set_address(APP);
    client.logout();
    page.answer_keys();
    assert!(page.handle(&client).take().unwrap().unwrap().is_none());
    assert_eq!(client.subject(), None);
}

#[test]
fn the_address_counts_before_the_noted_one() {
    let page = TestPage::new();
    let begun_by = page.client();
    let (one, two) = (page.begin(&begun_by, ADA), page.begin(&begun_by, GRACE));
    page.platform.set_address(&one);
    let client = page.client();
    page.platform.set_address(&two);
    assert!(signed_in(&page, &page.handle(&client)));
    assert_eq!(client.subject().as_deref(), Some(GRACE));
}

#[test]
fn another_clients_response_is_kept_for_that_one() {
    for changes in [
        json!({"clientId": "other"}),
        json!({"organization": "org_1"}),
        json!({"transactionStore": "local"}),
    ] {
        let page = TestPage::new();
        let (client, other) = (page.client(), page.client_with(&changes));
        page.come_back(&client, ADA);
        let error = page.handle(&other).take().unwrap().err().unwrap();
        assert_eq!(error.reason, Some(Reason::OtherClient), "{changes}");
        assert_eq!(error.app_state, None);
        assert_eq!(page.platform.address(), APP);
        assert_eq!(refusal(&login(&page, &client)), ErrorCode::Aborted);
        login(&page, &other).take().unwrap().unwrap();
        assert!(signed_in(&page, &page.handle(&client)));
        assert_eq!((client.subject().as_deref(), other.subject()), (Some(ADA), None));
        login(&page, &client).take().unwrap().unwrap();
    }
}

#[test]
fn a_client_that_is_made_later_gets_the_response_that_was_kept() {
    let page = TestPage::new();
    let (begun_by, other) = (page.client(), page.client_with(&json!({"clientId": "other"})));
    page.come_back(&begun_by, ADA);
    drop(begun_by);
    assert_eq!(refusal(&page.handle(&other)), ErrorCode::StateMismatch);
    let client = page.client();
    assert!(signed_in(&page, &page.handle(&client)));
    assert_eq!(client.subject().as_deref(), Some(ADA));
}

#[test]
fn a_response_leaves_the_history_entrys_state_and_routers_are_told() {
    let page = TestPage::new();
    let client = page.client();
    let address = page.begin(&client, ADA);
    page.platform.set_address(&address);
    let path = address.strip_prefix("https://app.example").unwrap();
    page.platform.set_history_texts(&[&address, path, "/elsewhere", "kept"]);
    let handled = page.handle(&client);
    assert_eq!(page.platform.history_texts(), [APP, "/", "/elsewhere", "kept"]);
    assert_eq!(page.platform.announced(), 1);
    assert!(signed_in(&page, &handled));
    page.platform.set_address("https://app.example/#/route");
    assert!(page.handle(&client).take().unwrap().unwrap().is_none());
    assert_eq!(page.platform.announced(), 1);
}

#[test]
fn a_response_that_a_router_writes_back_is_taken_out_again() {
    let page = TestPage::new();
    let client = page.client();
    let address = page.begin(&client, ADA);
    page.platform.set_address(&address);
    let handled = page.handle(&client);
    page.platform.set_address(&address);
    page.platform.report_address_change();
    assert_eq!(page.platform.address(), APP);
    assert!(signed_in(&page, &handled));
}

#[test]
fn a_percent_encoded_copy_of_the_response_signs_in_and_leaves() {
    let page = TestPage::new();
    let client = page.client();
    let fragment = page.begin(&client, ADA).split_off(APP.len() + 1);
    let encoded: String = url::form_urlencoded::byte_serialize(fragment.as_bytes()).collect();
    page.platform.set_address(&format!("{APP}?tab=1&redirect=%2Fcb%23{encoded}#/home"));
    assert!(signed_in(&page, &page.handle(&client)));
    assert_eq!(page.platform.address(), "https://app.example/?tab=1#/home");
}

#[test]
fn login_with_redirect_is_refused_where_the_browser_does_not_leave() {
    let page = TestPage::new();
    let client = page.client();
    page.platform.set_navigation_fails(true);
    assert_eq!(refusal(&login(&page, &client)), ErrorCode::InvalidConfiguration);
}

#[test]
fn an_answer_of_the_token_endpoint_without_tokens_says_its_status() {
    for (status, body, server_code) in [
        (403, r#"{"error":"invalid_grant"}"#, Some("invalid_grant")),
        (401, r#"{"error":"access_denied"}"#, Some("access_denied")),
        (500, "<html>", None),
        (200, "[]", None),
    ] {
        let page = TestPage::new();
        let client = page.client_with(&json!({"flow": "code"}));
        let url = page.start(client.client.build_authorize_url(options(json!({"appState": "1"}))));
        let state = parameter(&url.take().unwrap().unwrap(), "state").unwrap();
        page.platform.set_address(&format!("{APP}?code=c1&state={state}"));
        let handled = page.handle(&client);
        page.platform.respond(TOKEN_ENDPOINT, status, body);
        let error = handled.take().unwrap().err().unwrap();
        assert_eq!((error.code, error.status), (ErrorCode::AuthorizationError, Some(status)));
        assert_eq!(error.server_code.as_deref(), server_code);
        assert_eq!(error.app_state.as_deref(), Some("1"));
    }
}
