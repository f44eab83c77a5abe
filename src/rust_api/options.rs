//! What the application may say, as plain structs. They become the same objects that JavaScript
//! hands over, and are read by the same code: no rule of theirs is here.

use crate::error::{Error, ErrorCode};
use crate::options::{self, Config, Flow, LogoutOptions, TransactionStore};
use crate::scope::{CurrentUserScope, IdentityScope};
use crate::support::json;
use crate::support::value::{Object, Value};

/// A scope to ask for.
///
/// ```ignore
/// let scopes: Vec<Scope> =
///     vec![IdentityScope::Profile.into(), CurrentUserScope::ReadCurrentUser.into()];
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Opens endpoints of the Management API.
    CurrentUser(CurrentUserScope),
    /// Puts claims into the ID token.
    Identity(IdentityScope),
}

impl Scope {
    /// The scope as it travels.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CurrentUser(scope) => scope.as_str(),
            Self::Identity(scope) => scope.as_str(),
        }
    }
}

impl From<CurrentUserScope> for Scope {
    fn from(scope: CurrentUserScope) -> Self {
        Self::CurrentUser(scope)
    }
}

impl From<IdentityScope> for Scope {
    fn from(scope: IdentityScope) -> Self {
        Self::Identity(scope)
    }
}

/// What [`CurrentUserClient::new`](super::CurrentUserClient::new) takes. `domain`, `client_id`,
/// `redirect_uri` and `scopes` are required; of the rest, `None` is the default.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClientOptions {
    /// Host (and port) of the tenant or of its custom domain: `acme.eu.auth0.com`. No scheme, path or
    /// user info. `https` always, except for the loopback hosts `localhost`, `127.0.0.1` and
    /// `[::1]`, which use `http`.
    pub domain: String,
    /// Client ID of the application, whose type in the Auth0 dashboard is Single Page Application.
    pub client_id: String,
    /// Absolute http(s) URL without a fragment, one of the application's Allowed Callback URLs
    /// (RFC 6749 3.1.2).
    pub redirect_uri: String,
    /// Asked for at sign-in. At least one [`CurrentUserScope`]; `openid` is always sent.
    pub scopes: Vec<Scope>,
    /// The canonical tenant host where `domain` is a custom domain: the audience is made from it, and
    /// nothing else. Default: `domain`.
    pub tenant_domain: Option<String>,
    /// How the tokens are handed over. Default: [`Flow::Implicit`].
    pub flow: Option<Flow>,
    /// Where a pending sign-in waits for the redirect, for 24 hours; the newest 20 are kept. Default:
    /// [`TransactionStore::Session`].
    pub transaction_store: Option<TransactionStore>,
    /// Organization id (`org_…`) or name that the ID token must carry. Default: none.
    pub organization: Option<String>,
    /// Clock skew allowed when checking times, in seconds, 0 to 300. Default: 60.
    pub leeway_seconds: Option<f64>,
    /// Time allowed for one network request, in milliseconds, 1 to 2³¹ − 1. Default: 10 000.
    pub timeout_ms: Option<u32>,
    /// Extra attempts for a GET that met 429, 502, 503, 504 or a network fault, 0 to 5. Writes are
    /// never repeated. Default: 2.
    pub retries: Option<u32>,
}

impl ClientOptions {
    pub(super) fn parse(self) -> Result<Config, Error> {
        let mut members = Members::default();
        // What is empty is missing, and said to be.
        for (name, required) in [
            ("domain", self.domain),
            ("clientId", self.client_id),
            ("redirectUri", self.redirect_uri),
        ] {
            members.text(name, Some(required).filter(|text| !text.is_empty()));
        }
        members.scopes(Some(self.scopes));
        members.text("tenantDomain", self.tenant_domain);
        members.text("flow", self.flow.map(Flow::as_str));
        members.text("transactionStore", self.transaction_store.map(TransactionStore::as_str));
        members.text("organization", self.organization);
        members.number("leewaySeconds", self.leeway_seconds);
        members.number("timeoutMs", self.timeout_ms);
        members.number("retries", self.retries);
        Config::parse(&members.0)
    }
}

/// Whether the tenant shows the user anything (OIDC Core 3.1.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prompt {
    /// Nothing at all.
    None,
    /// The sign-in, even where there is a session.
    Login,
    /// The consent, even where it was given.
    Consent,
    /// The choice of an account.
    SelectAccount,
}

/// How the tenant shows its pages (OIDC Core 3.1.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Display {
    /// A full page.
    Page,
    /// A small window.
    Popup,
    /// For a touch screen.
    Touch,
    /// For a feature phone.
    Wap,
}

/// What one sign-in asks for beyond the client's options; the parameters of `/authorize` (OIDC Core
/// 3.1.2.1). [`Default`] asks for nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AuthorizeOptions {
    /// Comes back in [`SignIn::app_state`](super::SignIn::app_state), and never leaves this browser.
    /// [`to_value`](super::to_value) makes it of anything that serde can write.
    pub app_state: Option<Value>,
    /// Instead of the client's. Same rules.
    pub scopes: Option<Vec<Scope>>,
    /// Instead of the client's. Same rules.
    pub redirect_uri: Option<String>,
    /// Name of the connection to sign in with, such as `google-oauth2`; skips the choice.
    pub connection: Option<String>,
    /// Scopes to ask the connection's own provider for.
    pub connection_scope: Option<String>,
    /// Whether the tenant shows the user anything.
    pub prompt: Option<Prompt>,
    /// Who is probably signing in, to fill the form.
    pub login_hint: Option<String>,
    /// Which screen to show first, such as `signup`.
    pub screen_hint: Option<String>,
    /// Seconds since the user last signed in; the ID token must then carry `auth_time`, and is checked
    /// against it.
    pub max_age_seconds: Option<u32>,
    /// Languages for the tenant's pages, preferred first, separated by spaces (BCP 47).
    pub ui_locales: Option<String>,
    /// Authentication Context Class References, preferred first, separated by spaces.
    pub acr_values: Option<String>,
    /// How the tenant shows its pages.
    pub display: Option<Display>,
    /// Instead of the client's: organization id (`org_…`) or name that the ID token must carry.
    pub organization: Option<String>,
    /// Ticket of an invitation to an organization.
    pub invitation: Option<String>,
    /// An ID token of the user who is expected to sign in. It travels in the address.
    pub id_token_hint: Option<String>,
    /// Any other parameters of `/authorize`. A name that this library sets itself, or has an option for,
    /// is refused.
    pub extra_params: Vec<(String, String)>,
    /// Time allowed for a sign-in in a window (default 300 000) or a hidden frame (default: the
    /// client's), in milliseconds. Refused for a redirect, which nothing here can time.
    pub timeout_ms: Option<u32>,
}

impl AuthorizeOptions {
    pub(super) fn parse(self) -> Result<Box<options::AuthorizeOptions>, Error> {
        let mut members = Members::default();
        if let Some(app_state) = self.app_state {
            if !app_state.is_json() {
                let message = "`appState` must be a value that JSON can say";
                return Err(Error::new(ErrorCode::InvalidConfiguration, message));
            }
            members.text("appState", Some(json::to_text(&app_state)));
        }
        members.scopes(self.scopes);
        members.text("redirectUri", self.redirect_uri);
        members.text("connection", self.connection);
        members.text("connectionScope", self.connection_scope);
        members.text("prompt", self.prompt.map(prompt_word));
        members.text("loginHint", self.login_hint);
        members.text("screenHint", self.screen_hint);
        members.number("maxAge", self.max_age_seconds);
        members.text("uiLocales", self.ui_locales);
        members.text("acrValues", self.acr_values);
        members.text("display", self.display.map(display_word));
        members.text("organization", self.organization);
        members.text("invitation", self.invitation);
        members.text("idTokenHint", self.id_token_hint);
        let extra = self.extra_params.into_iter();
        let extra = extra.map(|(name, text)| (name, Value::String(text))).collect();
        members.add("extraParams", Value::Object(Object(extra)));
        members.number("timeoutMs", self.timeout_ms);
        options::AuthorizeOptions::parse(&members.0)
    }
}

fn prompt_word(prompt: Prompt) -> &'static str {
    match prompt {
        Prompt::None => "none",
        Prompt::Login => "login",
        Prompt::Consent => "consent",
        Prompt::SelectAccount => "select_account",
    }
}

fn display_word(display: Display) -> &'static str {
    match display {
        Display::Page => "page",
        Display::Popup => "popup",
        Display::Touch => "touch",
        Display::Wap => "wap",
    }
}

/// `return_to` may be anything until this has read it.
pub(super) fn parse_logout(options: LogoutOptions) -> Result<LogoutOptions, Error> {
    let mut members = Members::default();
    members.text("returnTo", options.return_to);
    members.add("federated", Value::Bool(options.federated));
    members.add("localOnly", Value::Bool(options.local_only));
    LogoutOptions::parse(&members.0)
}

/// An object in the making. What is `None` is left out.
#[derive(Default)]
pub(super) struct Members(pub(super) Object);

impl Members {
    pub(super) fn add(&mut self, name: &str, value: Value) {
        self.0.0.push((name.to_owned(), value));
    }

    pub(super) fn text(&mut self, name: &str, text: Option<impl Into<String>>) {
        if let Some(text) = text {
            self.add(name, Value::String(text.into()));
        }
    }

    fn number(&mut self, name: &str, number: Option<impl Into<f64>>) {
        if let Some(number) = number {
            self.add(name, Value::Number(number.into()));
        }
    }

    fn scopes(&mut self, scopes: Option<Vec<Scope>>) {
        if let Some(scopes) = scopes {
            let names = scopes.into_iter().map(|scope| Value::from(scope.as_str()));
            self.add("scopes", Value::Array(names.collect()));
        }
    }
}
