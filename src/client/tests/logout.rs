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

// ── Going to the tenant ──────────────────────────────────────────────────────────────────────

const LOGOUT: &str = "https://acme.auth0.com/v2/logout?client_id=app";

/// How long a logout may need to leave the page.
const LEAVING_MS: f64 = 10_000.0;

fn login(page: &TestPage, client: &TestClient) -> Outcome<()> {
    page.start(client.client.login_with_redirect(Box::default()))
}

#[test]
fn leaves_before_the_listeners_are_told() {
    let page = TestPage::new();
    let client = page.client();
    page.sign_in(&client, ADA);
    let (platform, seen) = (page.platform.clone(), Rc::new(RefCell::new(Vec::new())));
    let told = seen.clone();
    client.on_change(move || told.borrow_mut().push(platform.assigned()));
    to_tenant(&client, json!({})).unwrap();
    assert_eq!(*seen.borrow(), [[LOGOUT]]);
}

#[test]
fn is_not_undone_by_a_listener_that_signs_in_again() {
    for flow in ["implicit", "code"] {
        let page = TestPage::new();
        let client = page.client();
        let guard = page.client_with(&json!({"flow": flow}));
        page.sign_in(&client, ADA);
        let (platform, ended) = (page.platform.clone(), Rc::new(RefCell::new(Vec::new())));
        let codes = ended.clone();
        client.on_change(move || {
            let refused = [
                guard.client.login_with_redirect(Box::default()).err(),
                guard.client.login_with_popup(Box::default()).err(),
                guard.client.check_session(Box::default()).err(),
            ];
            codes.borrow_mut().extend(refused.map(|error| error.map(|error| error.code)));
            platform.run();
        });
        to_tenant(&client, json!({})).unwrap();
        page.platform.run();
        assert_eq!(*ended.borrow(), [Some(ErrorCode::Aborted); 3], "{flow}");
        assert_eq!(page.platform.assigned(), [LOGOUT]);
        assert!(page.platform.loaded().is_empty());
        client.listener.take();
    }
}

#[test]
fn is_not_followed_by_a_sign_in_that_began_before_it() {
    for flow in ["implicit", "code"] {
        for options in [json!({}), json!({"localOnly": true})] {
            let page = TestPage::new();
            let client = page.client_with(&json!({"flow": flow}));
            let begun = client.client.login_with_redirect(Box::default());
            to_tenant(&client, options.clone()).unwrap();
            assert_eq!(refusal(&page.start(begun)), ErrorCode::Aborted, "{flow} {options}");
            let logout = options.get("localOnly").is_none().then_some(LOGOUT);
            assert_eq!(page.platform.assigned(), logout.as_slice());
        }
    }
}

#[test]
fn is_not_followed_by_another_clients_sign_in_that_began_before_it() {
    let page = TestPage::new();
    let (client, other) = (page.client(), page.client_with(&json!({"clientId": "other"})));
    let begun = other.client.login_with_redirect(Box::default());
    to_tenant(&client, json!({})).unwrap();
    assert_eq!(refusal(&page.start(begun)), ErrorCode::Aborted);
    assert_eq!(page.platform.assigned(), [LOGOUT]);
}

#[test]
fn overtakes_every_sign_in_of_the_page() {
    let page = TestPage::new();
    let (client, other) = (page.client(), page.client_with(&json!({"organization": "org_1"})));
    let (popup, renewed) = (page.popup(&client), page.renew(&client));
    page.come_back(&client, ADA);
    let handled = page.handle(&client);
    to_tenant(&other, json!({})).unwrap();
    page.answer_keys();
    page.answer_message(ADA);
    page.answer_message(ADA);
    for code in [refusal(&popup), refusal(&renewed), refusal(&handled)] {
        assert_eq!(code, ErrorCode::Aborted);
    }
    assert_eq!((client.subject(), other.subject()), (None, None));
}

#[test]
fn blocks_sign_ins_for_ten_seconds_at_most() {
    let page = TestPage::new();
    let client = page.client();
    let address = page.begin(&client, ADA);
    to_tenant(&client, json!({})).unwrap();
    page.platform.advance(LEAVING_MS - 1.0);
    assert_eq!(refusal(&login(&page, &client)), ErrorCode::Aborted);
    assert_eq!(refusal(&page.popup(&client)), ErrorCode::Aborted);
    assert_eq!(refusal(&page.renew(&client)), ErrorCode::Aborted);
    let refused = page.start(client.client.handle_redirect_callback(Ok(Some(address))));
    assert_eq!(refusal(&refused), ErrorCode::Aborted);
    assert!(page.platform.loaded().is_empty());
    page.platform.advance(1.0);
    login(&page, &client).take().unwrap().unwrap();
    assert_eq!(page.platform.assigned().len(), 2);
    page.sign_in(&client, ADA);
}

#[test]
fn blocks_nothing_once_the_clock_was_set_back() {
    let page = TestPage::new();
    let client = page.client();
    to_tenant(&client, json!({})).unwrap();
    page.platform.advance(-60_000.0);
    login(&page, &client).take().unwrap().unwrap();
}

#[test]
fn is_refused_where_the_browser_does_not_leave() {
    let page = TestPage::new();
    let client = page.client();
    page.sign_in(&client, ADA);
    page.platform.set_navigation_fails(true);
    let error = to_tenant(&client, json!({})).unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidConfiguration);
    assert_eq!((client.subject(), client.changes.get()), (None, 1));
    assert_eq!(refusal(&login(&page, &client)), ErrorCode::InvalidConfiguration);
    page.platform.set_navigation_fails(false);
    login(&page, &client).take().unwrap().unwrap();
}

#[test]
fn blocks_nothing_where_its_options_are_refused_or_it_stays_here() {
    for options in [json!({"returnTo": "nowhere"}), json!({"localOnly": true})] {
        let page = TestPage::new();
        let client = page.client();
        let _ = to_tenant(&client, options);
        login(&page, &client).take().unwrap().unwrap();
        assert!(page.platform.announced_logouts().is_empty());
    }
}

// ── Other clients and other tabs ─────────────────────────────────────────────────────────────

#[test]
fn ends_the_sessions_of_the_pages_clients_of_the_same_application() {
    let page = TestPage::new();
    let client = page.client();
    let same = page.client_with(&json!({"transactionStore": "local"}));
    let others = [json!({"clientId": "other"}), json!({"organization": "org_1"})]
        .map(|changes| page.client_with(&changes));
    page.sign_in(&client, ADA);
    page.sign_in(&same, ADA);
    page.platform.set_address(APP);
    let (renewed, kept) = (page.renew(&same), page.renew(&others[1]));
    drop(kept);
    to_tenant(&client, json!({})).unwrap();
    assert_eq!((client.subject(), same.subject()), (None, None));
    assert_eq!((client.changes.get(), same.changes.get()), (1, 1));
    assert!(others.iter().all(|other| other.changes.get() == 0));
    page.answer_message(ADA);
    assert_eq!(refusal(&renewed), ErrorCode::Aborted);
}

#[test]
fn tells_the_other_tabs_once() {
    let page = TestPage::new();
    let client = page.client();
    page.sign_in(&client, ADA);
    to_tenant(&client, json!({})).unwrap();
    assert_eq!(page.platform.announced_logouts(), std::slice::from_ref(&client.client.session_key));
}

#[test]
fn in_another_tab_ends_the_session_here_and_leaves_other_applications_alone() {
    let page = TestPage::new();
    let (client, other) = (page.client(), page.client_with(&json!({"transactionStore": "local"})));
    page.sign_in(&client, ADA);
    page.sign_in(&other, GRACE);
    for changes in [
        json!({"clientId": "other"}),
        json!({"organization": "org_1"}),
        json!({"domain": "other.auth0.com"}),
        json!({"tenantDomain": "other.auth0.com"}),
    ] {
        let stranger = TestPage::new().client_with(&changes);
        page.platform.report_logout(&stranger.client.session_key);
        assert_eq!(client.subject().as_deref(), Some(ADA), "{changes}");
    }
    for _ in 0..2 {
        page.platform.report_logout(&client.client.session_key);
        assert_eq!((client.subject(), other.subject()), (None, None));
        assert_eq!((client.changes.get(), other.changes.get()), (1, 1));
    }
    assert!(page.platform.assigned().is_empty());
    assert!(page.platform.announced_logouts().is_empty(), "tabs do not answer each other");
    page.sign_in(&client, ADA);
}

#[test]
fn in_another_tab_overtakes_what_is_under_way_here() {
    let page = TestPage::new();
    let client = page.client();
    page.come_back(&client, ADA);
    let (handled, popup) = (page.handle(&client), page.popup(&client));
    page.platform.report_logout(&client.client.session_key);
    page.answer_keys();
    page.answer_message(ADA);
    assert_eq!((refusal(&handled), refusal(&popup)), (ErrorCode::Aborted, ErrorCode::Aborted));
    assert_eq!((client.subject(), client.changes.get()), (None, 0));
}
