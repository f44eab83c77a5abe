//! Tasks that several callers share.

use serde_json::json;

use super::*;

#[test]
fn a_renewal_that_ended_while_nobody_waited_is_not_shared() {
    let page = TestPage::new();
    let client = page.client();
    drop(client.client.check_session(Box::default()).unwrap());
    page.platform.run();
    page.answer_message(ADA);
    assert_eq!(client.subject().as_deref(), Some(ADA));
    let second = page.renew(&client);
    assert_eq!(page.iframes(), 2);
    page.answer_message(ADA);
    assert_eq!(subject_of(&second), ADA);
}

#[test]
fn the_end_of_a_renewal_leaves_another_renewal_shared() {
    let page = TestPage::new();
    let client = page.client();
    let german = || page.start(client.client.check_session(options(json!({"uiLocales": "de"}))));
    let (first, second) = (page.renew(&client), german());
    page.answer_message(ADA);
    assert_eq!(subject_of(&first), ADA);
    let third = german();
    assert_eq!(page.iframes(), 2);
    page.answer_message(ADA);
    assert_eq!((subject_of(&second), subject_of(&third)), (ADA.to_owned(), ADA.to_owned()));
}

#[test]
fn the_client_does_not_keep_the_tokens_of_a_finished_renewal() {
    let page = TestPage::new();
    let client = page.client();
    let renewal = page.renew(&client);
    page.answer_message(ADA);
    assert_eq!(subject_of(&renewal), ADA);
    assert!(client.client.renewal.borrow().is_none());
}
