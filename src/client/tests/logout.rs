//! A logout against everything that is under way.

use serde_json::json;

use super::*;
use crate::options::LogoutOptions;

fn to_tenant(client: &TestClient, options: Json) -> Result<(), Error> {
    client.client.logout(LogoutOptions::parse(&object(options)))
}

#[test]
fn forgets_the_session_and_goes_to_the_tenant() {
    let page = TestPage::new();
    let client = page.client();
    page.sign_in(&client, ADA);
    to_tenant(&client, json!({"returnTo": APP})).unwrap();
    assert_eq!((client.subject(), client.changes.get()), (None, 1));
    assert_eq!(
        page.platform.assigned(),
        ["https://acme.auth0.com/v2/logout?client_id=app&returnTo=https%3A%2F%2Fapp.example%2F"]
    );
}

#[test]
fn forgets_the_session_even_where_the_options_are_refused() {
    let page = TestPage::new();
    let client = page.client();
    page.sign_in(&client, ADA);
    assert!(to_tenant(&client, json!({"returnTo": "nowhere"})).is_err());
    assert_eq!(client.subject(), None);
    assert!(page.platform.assigned().is_empty());
}

#[test]
fn tells_nobody_where_nobody_was_signed_in() {
    let page = TestPage::new();
    let client = page.client();
    client.logout();
    assert_eq!(client.changes.get(), 0);
}

#[test]
fn overtakes_a_redirect_that_is_being_handled() {
    let page = TestPage::new();
    let client = page.client();
    page.come_back(&client, ADA);
    let handled = page.handle(&client);
    client.logout();
    page.answer_keys();
    assert_eq!(refusal(&handled), ErrorCode::Aborted);
    assert_eq!((client.subject(), client.changes.get()), (None, 0));
}

#[test]
fn overtakes_the_redirect_that_a_second_client_waits_for() {
    let page = TestPage::new();
    let (first, second) = (page.client(), page.client());
    page.come_back(&first, ADA);
    let (one, two) = (page.handle(&first), page.handle(&second));
    second.logout();
    page.answer_keys();
    assert_eq!((refusal(&one), refusal(&two)), (ErrorCode::Aborted, ErrorCode::Aborted));
    assert_eq!((first.subject(), second.subject()), (None, None));
}

#[test]
fn leaves_what_a_client_with_other_options_has_under_way() {
    let page = TestPage::new();
    let (client, other) = (page.client(), page.client_with(&json!({"organization": "org_1"})));
    page.come_back(&client, ADA);
    let handled = page.handle(&client);
    other.logout();
    page.answer_keys();
    assert!(handled.take().unwrap().unwrap().is_some());
    assert_eq!(client.subject().as_deref(), Some(ADA));
}

#[test]
fn by_a_listener_of_the_sign_in_itself_overtakes_it() {
    let page = TestPage::new();
    let client = page.client();
    let again = client.clone();
    client.on_change(move || {
        if again.subject().is_some() {
            again.logout();
        }
    });
    page.come_back(&client, ADA);
    let handled = page.handle(&client);
    page.answer_keys();
    assert_eq!(refusal(&handled), ErrorCode::Aborted);
    let renewed = page.renew(&client);
    page.answer_message(ADA);
    assert_eq!(refusal(&renewed), ErrorCode::Aborted);
    let popup = page.popup(&client);
    page.answer_message(ADA);
    assert_eq!(refusal(&popup), ErrorCode::Aborted);
    assert_eq!(client.subject(), None);
    client.listener.take();
}

#[test]
fn overtakes_popups_and_renewals() {
    let page = TestPage::new();
    let client = page.client();
    let (popup, renewed) = (page.popup(&client), page.renew(&client));
    client.logout();
    page.answer_message(ADA);
    page.answer_message(ADA);
    assert_eq!((refusal(&popup), refusal(&renewed)), (ErrorCode::Aborted, ErrorCode::Aborted));
    assert_eq!(client.subject(), None);
    assert_eq!(page.platform.open_targets(), 0);
}

#[test]
fn a_renewal_after_a_logout_does_not_join_the_one_before() {
    let page = TestPage::new();
    let client = page.client();
    let before = page.renew(&client);
    client.logout();
    let after = page.renew(&client);
    assert_eq!(page.iframes(), 2);
    page.answer_message(ADA);
    page.answer_message(ADA);
    assert_eq!(refusal(&before), ErrorCode::Aborted);
    assert_eq!(subject_of(&after), ADA);
}
