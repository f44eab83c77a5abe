//! Signs in, says hello, keeps a preference in `user_metadata`, signs out.

mod page;

use auth0_current_user::{
    AuthorizeOptions, ClientOptions, CurrentUserClient, Error, IdentityScope, LogoutOptions,
    Operation, Scope, Value, scopes_for,
};
use page::{address, append, button, element, explain, fill, setting, show};
use serde::{Deserialize, Serialize};
use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlElement;

/// What this application keeps in `user_metadata`.
#[derive(Default, Deserialize, Serialize)]
struct Preferences {
    #[serde(default)]
    theme: Theme,
}

#[derive(Clone, Copy, Default, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
enum Theme {
    #[default]
    Light,
    Dark,
}

impl Theme {
    fn other(self) -> Self {
        match self {
            Self::Light => Self::Dark,
            Self::Dark => Self::Light,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

fn main() {
    run(async {
        let client = CurrentUserClient::new(options())?;
        client.handle_redirect_callback::<Value>(None).await?;
        let changed = client.clone();
        let subscription = client.subscribe(move || draw(&changed));
        draw(&client);
        // For as long as the page is open.
        std::mem::forget(subscription);
        Ok(())
    });
}

/// What the one client of this application asks for.
fn options() -> ClientOptions {
    let mut scopes: Vec<Scope> = vec![IdentityScope::Profile.into()];
    let current_user = scopes_for(&[Operation::GetUser, Operation::PatchUserMetadata]);
    scopes.extend(current_user.iter().map(Scope::from));
    ClientOptions {
        domain: setting("domain"),
        client_id: setting("clientId"),
        redirect_uri: address(),
        scopes,
        ..ClientOptions::default()
    }
}

fn draw(client: &CurrentUserClient) {
    let Some(claims) = client.claims().filter(|_| client.is_authenticated()) else {
        let client = client.clone();
        let sign_in = move || run(client.login_with_redirect(AuthorizeOptions::default()));
        return show(&[button("Sign in", sign_in)]);
    };
    let name = claims.name.unwrap_or(claims.sub);
    let theme = element("p", "Loading…");
    show(&[element("h1", &format!("Hello, {name}")), theme.clone(), sign_out_button(client)]);
    run(read_theme(client.clone(), theme));
}

fn sign_out_button(client: &CurrentUserClient) -> HtmlElement {
    let client = client.clone();
    button("Sign out", move || {
        let options = LogoutOptions { return_to: Some(address()), ..LogoutOptions::default() };
        client.logout(options).unwrap_or_else(|error| explain(&error));
    })
}

/// A preference that is kept in the user's own `user_metadata`.
async fn read_theme(client: CurrentUserClient, place: HtmlElement) -> Result<(), Error> {
    let profile = client.get_user::<Preferences>().await?;
    draw_theme(client, place, profile.user_metadata.unwrap_or_default());
    Ok(())
}

fn draw_theme(client: CurrentUserClient, place: HtmlElement, preferences: Preferences) {
    let theme = preferences.theme;
    let output = element("output", theme.name());
    fill(&place, &[element("span", "Your theme is "), output]);
    if !client.can(Operation::PatchUserMetadata) {
        return;
    }
    let drawn = place.clone();
    let change = button("Change theme", move || {
        let saved =
            client.patch_user_metadata::<Preferences>(&Preferences { theme: theme.other() });
        let (client, place) = (client.clone(), drawn.clone());
        run(async move {
            draw_theme(client, place, saved.await?.user_metadata.unwrap_or_default());
            Ok(())
        });
    });
    append(&place, &change);
}

/// Starts what may fail, and shows why it did.
fn run(action: impl Future<Output = Result<(), Error>> + 'static) {
    spawn_local(async {
        if let Err(error) = action.await {
            explain(&error);
        }
    });
}
