//! Whether somebody is signed in.

use super::*;

#[test]
fn somebody_is_signed_in_until_the_token_expires_or_a_logout() {
    let page = TestPage::new();
    let (client, other) = (page.client(), page.client());
    assert!(!client.client.is_authenticated());
    page.sign_in(&client, ADA);
    page.sign_in(&other, GRACE);
    assert!(client.client.is_authenticated());
    other.logout();
    assert!(client.client.is_authenticated() && !other.client.is_authenticated());
    page.platform.advance(7_199_999.0);
    assert!(client.client.is_authenticated());
    page.platform.advance(1.0);
    assert!(!client.client.is_authenticated());
    assert_eq!(client.subject().as_deref(), Some(ADA));
}
