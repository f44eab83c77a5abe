//! Every method of the crate's client, for a test to call by name. What a call brings is said as text.

use std::cell::{Cell, RefCell};
use std::pin::Pin;

use auth0_current_user::{
    AuthorizeOptions, Call, ClientOptions, CurrentUserClient, CurrentUserScope, CurrentUserScopes,
    Error, Flow, Identity, IdentityScope, LogoutOptions, NewDeviceCredential, Operation, Scope,
    SignIn, Subscription, UserProfile, Value, from_value, to_value,
};
use js_sys::Promise;
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

#[derive(Debug, Deserialize, Serialize)]
struct Basket {
    items: u8,
    voucher: Option<String>,
}

#[derive(Deserialize)]
struct Preferences {
    theme: Option<String>,
    language: Option<String>,
}

#[derive(Serialize)]
struct Patch {
    theme: Option<&'static str>,
    language: Option<&'static str>,
}

#[derive(Serialize)]
struct Nothing {}

#[derive(Serialize)]
struct NoNumber {
    size: f64,
}

thread_local! {
    static CLIENT: RefCell<Option<CurrentUserClient>> = const { RefCell::new(None) };
    static SUBSCRIPTION: RefCell<Option<Subscription>> = const { RefCell::new(None) };
    static CHANGES: Cell<u32> = const { Cell::new(0) };
}

fn client() -> CurrentUserClient {
    CLIENT.with_borrow(Clone::clone).expect_throw("no client")
}

#[wasm_bindgen]
pub fn start(domain: &str, redirect_uri: &str, code: bool, without: &str) -> Result<(), String> {
    let scopes = CurrentUserScope::ALL.iter().filter(|scope| scope.as_str() != without);
    let mut scopes: Vec<_> = scopes.copied().map(Scope::from).collect();
    scopes.extend([IdentityScope::Profile, IdentityScope::Email].map(Scope::from));
    let client = CurrentUserClient::new(ClientOptions {
        domain: domain.to_owned(),
        client_id: "local-spa".to_owned(),
        redirect_uri: redirect_uri.to_owned(),
        scopes,
        flow: code.then_some(Flow::Code),
        ..ClientOptions::default()
    });
    let client = client.map_err(error)?;
    SUBSCRIPTION.set(Some(client.subscribe(|| CHANGES.set(CHANGES.get() + 1))));
    CLIENT.set(Some(client));
    Ok(())
}

/// What the client says of its session, and how often that has changed.
#[wasm_bindgen]
pub fn session() -> String {
    let client = client();
    let may = [Operation::GetUser, Operation::LinkIdentity].map(|each| client.can(each));
    let lasts = client.expires_at_ms().is_some_and(|end| end > js_sys::Date::now());
    let subject = client.claims().map(|claims| claims.sub);
    let scopes = client.granted_scopes().iter().count();
    let changes = CHANGES.get();
    format!("{:?} {subject:?} {scopes} {lasts} {may:?} {changes}", client.is_authenticated())
}

#[wasm_bindgen]
pub fn unsubscribe() {
    SUBSCRIPTION.set(None);
}

/// Begins at once, since a window has to open in the click itself.
#[wasm_bindgen]
pub fn call(method: &str, arguments: Vec<String>) -> Promise {
    let client = client();
    let argument = |index: usize| arguments.get(index).map_or("", String::as_str);
    let options = || AuthorizeOptions {
        login_hint: Some(argument(0).to_owned()),
        app_state: to_value(&Basket { items: 3, voucher: None }).ok(),
        ..AuthorizeOptions::default()
    };
    let said = match method {
        "build_authorize_url" => said(client.build_authorize_url(options()), |url| url),
        "login_with_redirect" => said(client.login_with_redirect(options()), |()| String::new()),
        "handle_redirect_callback" => {
            said(client.handle_redirect_callback(None), |found: Option<SignIn<Basket>>| {
                found.map_or("none".to_owned(), |found| sign_in(&found))
            })
        }
        "login_with_popup" => said(client.login_with_popup(options()), basket),
        "check_session" => said(client.check_session(options()), basket),
        "get_user" => said(client.get_user(), profile),
        "get_enrollments" => said(client.get_enrollments(), |enrollments| {
            let texts = enrollments.into_iter().map(|each| {
                let name = each.other.get("name").and_then(Value::as_str).map(str::to_owned);
                format!("{} {:?} {:?} {name:?}", each.id, each.kind, each.auth_method)
            });
            texts.collect::<Vec<_>>().join(", ")
        }),
        "link_identity" => said(client.link_identity(argument(0)), identities),
        "link_identity_with_popup" => said(client.link_identity_with_popup(options()), identities),
        "unlink_identity" => said(client.unlink_identity(argument(0), argument(1)), identities),
        "patch_user_metadata" => said(
            client.patch_user_metadata(&Patch { theme: Some("light"), language: None }),
            profile,
        ),
        "patch_nothing" => said(client.patch_user_metadata(&Nothing {}), profile),
        "patch_no_number" => {
            said(client.patch_user_metadata(&NoNumber { size: f64::NAN }), profile)
        }
        "clear_user_metadata" => said(client.clear_user_metadata(), |user| {
            format!("{} {:?}", user.user_id, user.user_metadata.unwrap_or_default())
        }),
        "delete_multifactor" => {
            said(client.delete_multifactor(argument(0)), |()| "removed".to_owned())
        }
        "create_device_credential" => {
            let credential = NewDeviceCredential {
                device_name: "Laptop".to_owned(),
                value: "cHVibGlj".to_owned(),
                device_id: argument(0).to_owned(),
                client_id: None,
            };
            said(client.create_device_credential(&credential), |made| made.id)
        }
        "delete_device_credential" => {
            said(client.delete_device_credential(argument(0)), |()| "removed".to_owned())
        }
        "logout" => {
            let options = LogoutOptions { local_only: true, ..LogoutOptions::default() };
            let ended = client.logout(options).map(|()| "out".to_owned()).map_err(error);
            Box::pin(std::future::ready(ended))
        }
        _ => wasm_bindgen::throw_str("no such method"),
    };
    future_to_promise(async { said.await.map(JsValue::from).map_err(JsValue::from) })
}

type Said = Pin<Box<dyn Future<Output = Result<String, String>>>>;

fn said<T: 'static>(call: Call<T>, say: fn(T) -> String) -> Said {
    Box::pin(async move { call.await.map(say).map_err(error) })
}

fn sign_in(found: &SignIn<Basket>) -> String {
    let SignIn { claims, missing_scopes, app_state, .. } = found;
    let (sub, email, verified) = (&claims.sub, &claims.email, &claims.email_verified);
    let missing = scopes(*missing_scopes);
    format!("{sub} {:?} {email:?} {verified:?} [{missing}] {app_state:?}", claims.aud)
}

fn basket(found: SignIn) -> String {
    let basket: Option<Basket> = found.app_state.and_then(|value| from_value(value).ok());
    format!("{} {basket:?}", found.claims.sub)
}

fn profile(user: UserProfile<Preferences>) -> String {
    let given_name = user.other.get("given_name").and_then(Value::as_str).unwrap_or_default();
    let accounts = user.identities.map(identities);
    let preferences = user.user_metadata.map(|Preferences { theme, language }| (theme, language));
    format!("{given_name} {:?} {accounts:?} {preferences:?}", user.logins_count)
}

fn identities(accounts: Vec<Identity>) -> String {
    let texts = accounts.into_iter().map(|each| {
        let profile = each.profile_data.unwrap_or_default();
        let name = profile.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
        format!("{}|{} {:?} {name}", each.provider, each.user_id, each.is_social)
    });
    texts.collect::<Vec<_>>().join(", ")
}

fn scopes(scopes: CurrentUserScopes) -> String {
    scopes.iter().map(CurrentUserScope::as_str).collect::<Vec<_>>().join(" ")
}

/// Also those that came by a promise that others wait for.
fn error(error: Error) -> String {
    let reason = error.reason.map(|reason| reason.as_str());
    let (code, server_code, state) = (error.code.as_str(), &error.server_code, &error.app_state);
    let needed = scopes(error.required_scopes);
    format!("{code} {reason:?} {:?} {server_code:?} [{needed}] {state:?}", error.status)
}
