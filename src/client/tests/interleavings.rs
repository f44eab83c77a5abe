//! Two and three calls at once, with their answers in every order.

use serde_json::json;

use super::*;
use crate::management::request::Arguments;
use crate::operation::Operation;
use crate::platform::fake::every_order;

/// An action that a scenario takes at some moment.
type Action<'a> = Box<dyn FnOnce() + 'a>;

/// Takes the actions and answers the waiting calls of the page, one by one, in the order that `choose` picks. `user_of` says who
/// signs in at the authorization request in a waiting call.
fn play(
    page: &TestPage,
    mut actions: Vec<Action<'_>>,
    choose: &mut dyn FnMut(usize) -> usize,
    user_of: impl Fn(&str) -> &'static str,
) {
    loop {
        let waiting: Vec<_> =
            page.platform.waiting().into_iter().filter(|it| !it.starts_with("sleep")).collect();
        let count = waiting.len() + actions.len();
        if count == 0 {
            return;
        }
        let choice = choose(count);
        match waiting.get(choice) {
            None => {
                actions.remove(choice - waiting.len())();
                page.platform.run();
            }
            Some(call) if call.starts_with("message ") => {
                page.platform.report(call, message_of(call, user_of(call)));
            }
            Some(call) if call == KEYS => page.platform.respond(KEYS, 200, &key_set()),
            Some(call) => page.platform.respond(call, 200, "{}"),
        }
    }
}

/// Who the `login_hint` of a waiting call names; Ada by default.
fn hinted(call: &str) -> &'static str {
    if call.contains("login_hint=grace") { GRACE } else { ADA }
}

fn popup_for(page: &TestPage, client: &TestClient, hint: &str) -> Outcome<SignIn> {
    page.start(client.client.login_with_popup(options(json!({"loginHint": hint}))))
}

/// How something ended that a logout may have overtaken.
fn ended<T>(outcome: &Outcome<T>) -> Result<T, ErrorCode> {
    outcome.take().expect("still waiting").map_err(|error| error.code)
}

#[test]
fn nobody_is_signed_in_after_a_logout_in_any_order() {
    let runs = every_order(|choose| {
        let page = TestPage::new();
        let client = page.client();
        page.come_back(&client, ADA);
        let handled = page.handle(&client);
        let (renewed, popup) = (page.renew(&client), popup_for(&page, &client, "ada"));
        let logged_out = Cell::new(false);
        let logout: Action<'_> = Box::new(|| {
            client.logout();
            assert_eq!(client.subject(), None);
            logged_out.set(true);
        });
        play(&page, vec![logout], choose, hinted);
        assert!(logged_out.get());
        assert_eq!(client.subject(), None);
        for result in
            [ended(&handled).map(drop), ended(&renewed).map(drop), ended(&popup).map(drop)]
        {
            assert!(matches!(result, Ok(()) | Err(ErrorCode::Aborted)), "{result:?}");
        }
    });
    assert!(runs > 10, "{runs}");
}

#[test]
fn the_session_is_always_the_one_of_the_last_sign_in_that_counts() {
    let runs = every_order(|choose| {
        let page = TestPage::new();
        let client = page.client();
        page.sign_in(&client, ADA);
        // Two people at popups, and a renewal for the first.
        let renewed = page.renew(&client);
        let (ada, grace) = (popup_for(&page, &client, "ada"), popup_for(&page, &client, "grace"));
        let changes = Rc::new(RefCell::new(vec![ADA.to_owned()]));
        let (seen, watched) = (changes.clone(), client.clone());
        client.on_change(move || seen.borrow_mut().push(watched.subject().unwrap()));
        play(&page, vec![], choose, hinted);
        assert_eq!(subject_of(&ada), ADA);
        assert_eq!(subject_of(&grace), GRACE);
        let changes = changes.take();
        assert_eq!(client.subject().as_ref(), changes.last());
        match ended(&renewed) {
            // It renewed Ada's session, and nobody else's.
            Ok(sign_in) => {
                assert_eq!((sign_in.session.subject(), changes.len()), (ADA, 4), "{changes:?}");
            }
            Err(code) => {
                assert_eq!((code, changes.len()), (ErrorCode::IdTokenSubject, 3));
                assert!(changes.contains(&GRACE.to_owned()));
            }
        }
        client.listener.take();
    });
    assert!(runs >= 6, "{runs}");
}

#[test]
fn two_clients_that_ask_for_one_response_agree_whoever_logs_out_when() {
    let runs = every_order(|choose| {
        let page = TestPage::new();
        let (first, second) = (page.client(), page.client());
        page.come_back(&first, ADA);
        let address = page.platform.address();
        let one = RefCell::new(None);
        let two = RefCell::new(None);
        let ask = |client: &TestClient| {
            page.start(client.client.handle_redirect_callback(Ok(Some(address.clone()))))
        };
        let actions: Vec<Action<'_>> = vec![
            Box::new(|| drop(one.replace(Some(ask(&first))))),
            Box::new(|| drop(two.replace(Some(ask(&second))))),
            Box::new(|| second.logout()),
        ];
        play(&page, actions, choose, hinted);
        let (one, two) = (one.take().unwrap(), two.take().unwrap());
        let (one, two) = (ended(&one), ended(&two));
        // The state works once, so at most one verification took place.
        let used_up =
            |code: &ErrorCode| matches!(code, ErrorCode::Aborted | ErrorCode::StateMismatch);
        for (client, result) in [(&first, &one), (&second, &two)] {
            match result {
                Ok(sign_in) => assert!(sign_in.is_some()),
                Err(code) => {
                    assert!(used_up(code), "{code:?}");
                    assert_eq!(client.subject(), None);
                }
            }
        }
        let keys = page.platform.requests().iter().filter(|sent| sent.line == KEYS).count();
        assert!(keys <= 1, "one fetch serves both");
    });
    assert!(runs >= 6, "{runs}");
}

#[test]
fn a_request_carries_the_token_of_the_user_in_its_path_in_any_order() {
    let runs = every_order(|choose| {
        let page = TestPage::new();
        let client = page.client();
        page.sign_in(&client, ADA);
        let call = || page.start(client.client.call(Operation::GetUser, Ok(Arguments::NONE)));
        let popup = popup_for(&page, &client, "grace");
        let calls = RefCell::new(Vec::new());
        let actions: Vec<Action<'_>> =
            (0..2).map(|_| Box::new(|| calls.borrow_mut().push(call())) as Action<'_>).collect();
        play(&page, actions, choose, hinted);
        assert_eq!(subject_of(&popup), GRACE);
        for call in calls.take() {
            assert!(ended(&call).is_ok());
        }
        for sent in page.platform.requests().iter().filter(|sent| sent.line.contains("/users/")) {
            let token = sent.authorization.as_deref().unwrap().strip_prefix("Bearer ").unwrap();
            let payload = base64url::decode(token.split('.').nth(1).unwrap()).unwrap();
            let claims: Json = serde_json::from_slice(&payload).unwrap();
            let user = sent.line.rsplit('/').next().unwrap().replace("%7C", "|");
            assert_eq!(claims["sub"], user.as_str());
        }
    });
    assert!(runs >= 6, "{runs}");
}

#[test]
fn three_renewals_and_a_logout_share_frames_only_on_one_side_of_the_logout() {
    let runs = every_order(|choose| {
        let page = TestPage::new();
        let client = page.client();
        let renewals = RefCell::new(Vec::new());
        let mut actions: Vec<Action<'_>> = (0..3)
            .map(|_| Box::new(|| renewals.borrow_mut().push(page.renew(&client))) as Action<'_>)
            .collect();
        let at_logout = Cell::new(0);
        actions.push(Box::new(|| {
            at_logout.set(renewals.borrow().len());
            client.logout();
        }));
        play(&page, actions, choose, hinted);
        let renewals = renewals.take();
        for (index, renewal) in renewals.iter().enumerate() {
            match ended(renewal) {
                Ok(sign_in) => assert_eq!(sign_in.session.subject(), ADA),
                Err(code) => {
                    assert_eq!(code, ErrorCode::Aborted);
                    assert!(index < at_logout.get(), "a later renewal is not overtaken");
                }
            }
        }
        // Signed in exactly where a renewal began after the logout.
        assert_eq!(client.subject().is_some(), at_logout.get() < 3);
        assert_eq!(page.platform.open_targets(), 0);
    });
    assert!(runs > 20, "{runs}");
}
