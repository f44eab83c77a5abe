//! Responses that only their pending sign-in tells from the application's own parameters.

use serde_json::json;

use super::*;
use crate::platform::Navigation;

#[test]
fn takes_an_error_in_the_query_for_a_response_only_with_a_pending_state() {
    let page = TestPage::new();
    let client = page.client();
    let url = page.start(client.client.build_authorize_url(Box::default()));
    let state = parameter(&url.take().unwrap().unwrap(), "state").unwrap();
    for own in ["", "own"] {
        let address = format!("{APP}?error=404&state={own}");
        page.platform.set_address(&address);
        assert!(page.handle(&client).take().unwrap().unwrap().is_none(), "{own}");
        assert_eq!(page.platform.address(), address);
    }
    page.platform.set_address(&format!("{APP}?error=404&state={state}"));
    assert_eq!(refusal(&page.handle(&client)), ErrorCode::AuthorizationError);
    assert_eq!(page.platform.address(), APP);
}

#[test]
fn fetches_no_keys_for_a_client_without_a_waiting_response() {
    let page = TestPage::new();
    let _client = page.client();
    page.platform.run();
    assert!(page.platform.requests().is_empty());
}

#[test]
fn links_the_id_token_that_the_second_sign_in_received() {
    let page = TestPage::new();
    let client = page.client();
    page.sign_in(&client, ADA);
    let options = AuthorizeOptions::parse(&object(json!({})));
    let _linked = page.start(client.client.link_identity_with_popup(options));
    let waiting = page.platform.waiting();
    let call = waiting.iter().find(|call| call.starts_with("message ")).unwrap();
    let (id_token, _) = tokens_of(call.strip_prefix("message ").unwrap(), GRACE);
    page.answer_message(GRACE);
    let sent = page.platform.requests().pop().unwrap();
    assert!(sent.line.ends_with("/identities"), "{}", sent.line);
    assert_eq!(sent.body, Some(json!({ "link_with": id_token }).to_string()));
}
