//! The response that was handled last, and the clients that share its result.

use serde_json::json;

use super::*;

#[test]
fn a_listener_of_a_second_client_that_logs_out_aborts_its_call() {
    let page = TestPage::new();
    let (first, second) = (page.client(), page.client());
    page.come_back(&first, ADA);
    let one = page.handle(&first);
    page.answer_keys();
    assert!(one.take().unwrap().unwrap().is_some());
    let again = second.clone();
    second.on_change(move || {
        if again.subject().is_some() {
            again.logout();
        }
    });
    assert_eq!(refusal(&page.handle(&second)), ErrorCode::Aborted);
    assert_eq!(second.subject(), None);
    second.listener.take();
}

#[test]
fn a_second_call_for_an_unknown_state_gets_the_refusal_of_the_first() {
    let page = TestPage::new();
    let client = page.client();
    // Both tokens are a response whatever their state.
    page.platform.set_address(&format!("{APP}#access_token=a&id_token=b&state=unknown"));
    assert_eq!(refusal(&page.handle(&client)), ErrorCode::StateMismatch);
    assert_eq!(crate::platform::Navigation::address(&page.platform), APP);
    assert_eq!(refusal(&page.handle(&client)), ErrorCode::StateMismatch);
}

#[test]
fn a_result_replaces_the_refusal_of_another_client_for_the_same_response() {
    let page = TestPage::new();
    let (client, stranger) = (page.client(), page.client_with(&json!({"clientId": "other"})));
    let address = page.begin(&client, ADA);
    let handle = |client: &TestClient| {
        page.start(client.client.handle_redirect_callback(Ok(Some(address.clone()))))
    };
    assert_eq!(refusal(&handle(&stranger)), ErrorCode::StateMismatch);
    let first = handle(&client);
    page.answer_keys();
    assert!(first.take().unwrap().unwrap().is_some());
    assert!(handle(&client).take().unwrap().unwrap().is_some());
}
