//! The application's options, parsed into types that can hold only valid values.

use crate::error::{Error, ErrorCode, Reason};
use crate::requested_scopes::RequestedScopes;
use crate::support::text::{concat, join, shortened, split, split_once};
use crate::support::url::{self, form_decode};
use crate::support::value::{Object, Value};

/// How the tenant delivers the tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// Implicit grant: `response_type=token id_token` (OIDC Core 3.2).
    Implicit,
    /// Authorization Code with PKCE as a public client (RFC 7636).
    Code,
}

impl Flow {
    /// Every variant, in order of declaration.
    pub const ALL: &'static [Self] = &[Self::Implicit, Self::Code];

    /// The option's text.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Implicit => "implicit",
            Self::Code => "code",
        }
    }

    /// The variant with exactly this text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "implicit" => Self::Implicit,
            "code" => Self::Code,
            _ => return None,
        })
    }
}

/// Where the browser stores a pending sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransactionStore {
    /// `sessionStorage`: this tab alone.
    Session,
    /// `localStorage`: any tab of this browser.
    Local,
}

impl TransactionStore {
    /// Every variant, in order of declaration.
    pub const ALL: &'static [Self] = &[Self::Session, Self::Local];

    /// The option's text.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Local => "local",
        }
    }

    /// The variant with exactly this text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "session" => Self::Session,
            "local" => Self::Local,
            _ => return None,
        })
    }
}

/// The client's configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// The origin of sign-in, keys and API: `https://acme.eu.auth0.com`.
    pub origin: String,
    /// The exact `iss` of the tenant's tokens: the origin with a slash.
    pub issuer: String,
    /// The identifier of the tenant's Management API: the `audience` to request and to expect.
    pub audience: String,
    /// The canonical tenant's `/userinfo`. Auth0 adds it, and no other, to the audience.
    pub userinfo_audience: String,
    /// `client_id` of the application.
    pub client_id: String,
    /// Where the tenant sends the response.
    pub redirect_uri: String,
    /// The scopes to request.
    pub scopes: RequestedScopes,
    /// How the tenant delivers the tokens.
    pub flow: Flow,
    /// Where the browser stores pending sign-ins.
    pub transaction_store: TransactionStore,
    /// The organization that the ID token must carry.
    pub organization: Option<String>,
    /// Clock skew allowed when checking times, in seconds.
    pub leeway_seconds: f64,
    /// Time allowed for one network request, in milliseconds.
    pub timeout_ms: u32,
    /// Extra attempts for a GET.
    pub retries: u32,
}

impl Config {
    /// Parses `ClientOptions`.
    ///
    /// # Errors
    /// `invalid_configuration` naming the option, `client_secret_forbidden`, `scope_not_permitted`.
    pub fn parse(options: &Object) -> Result<Self, Error> {
        let mut config = Self::defaults();
        let mut tenant_origin = None;
        for (name, value) in given(options)? {
            match name {
                "domain" => config.origin = parse_domain(name, value)?,
                "tenantDomain" => tenant_origin = Some(parse_domain(name, value)?),
                "clientId" => config.client_id = parse_client_id(value)?,
                "redirectUri" => config.redirect_uri = parse_redirect_uri(name, value)?,
                "scopes" => config.scopes = parse_scopes(value)?,
                "flow" => {
                    let word = one_of(name, value, &["implicit", "code"])?;
                    config.flow = Flow::parse(word).unwrap_or(config.flow);
                }
                "transactionStore" => {
                    let word = one_of(name, value, &["session", "local"])?;
                    config.transaction_store =
                        TransactionStore::parse(word).unwrap_or(config.transaction_store);
                }
                "organization" => config.organization = Some(text(name, value)?.to_owned()),
                "leewaySeconds" => {
                    config.leeway_seconds = number(name, value, 0.0, 300.0, "0 to 300 seconds")?;
                }
                "timeoutMs" => config.timeout_ms = parse_timeout_ms(name, value)?,
                "retries" => {
                    config.retries = whole_number(name, value, 0.0, 5.0, "a whole number, 0 to 5")?;
                }
                _ => return Err(unknown(name)),
            }
        }
        for (name, required) in [
            ("domain", &config.origin),
            ("clientId", &config.client_id),
            ("redirectUri", &config.redirect_uri),
        ] {
            if required.is_empty() {
                return Err(missing(name));
            }
        }
        if config.scopes == RequestedScopes::OPENID {
            return Err(missing("scopes"));
        }
        let tenant_origin = tenant_origin.as_ref().unwrap_or(&config.origin);
        config.audience = concat(&[tenant_origin, "/api/v2/"]);
        config.userinfo_audience = concat(&[tenant_origin, "/userinfo"]);
        config.issuer = concat(&[&config.origin, "/"]);
        Ok(config)
    }

    /// The default values. Required options are empty.
    fn defaults() -> Self {
        Self {
            origin: String::new(),
            issuer: String::new(),
            audience: String::new(),
            userinfo_audience: String::new(),
            client_id: String::new(),
            redirect_uri: String::new(),
            scopes: RequestedScopes::OPENID,
            flow: Flow::Implicit,
            transaction_store: TransactionStore::Session,
            organization: None,
            leeway_seconds: 60.0,
            timeout_ms: 10_000,
            retries: 2,
        }
    }
}

/// The options of one sign-in. They override and extend the client's options.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AuthorizeOptions {
    /// The application's own state, as JSON text. It returns after the sign-in and never leaves
    /// this browser.
    pub app_state: Option<String>,
    /// Replaces the client's value.
    pub scopes: Option<RequestedScopes>,
    /// Replaces the client's value.
    pub redirect_uri: Option<String>,
    /// Replaces the client's value.
    pub organization: Option<String>,
    /// `max_age` in seconds. The ID token must then carry `auth_time` (OIDC Core 3.1.2.1).
    pub max_age_seconds: Option<u32>,
    /// Time allowed for a popup or a silent sign-in, in milliseconds.
    pub timeout_ms: Option<u32>,
    /// Other parameters by their wire names, each at most once.
    pub parameters: Vec<(String, String)>,
}

/// Options that become parameters unchanged, with their wire names.
const PASSED_ON: &[(&str, &str)] = &[
    ("connection", "connection"),
    ("connectionScope", "connection_scope"),
    ("prompt", "prompt"),
    ("loginHint", "login_hint"),
    ("screenHint", "screen_hint"),
    ("uiLocales", "ui_locales"),
    ("acrValues", "acr_values"),
    ("display", "display"),
    ("invitation", "invitation"),
    ("idTokenHint", "id_token_hint"),
];

const PROMPT: &str = "prompt";

impl AuthorizeOptions {
    /// Checks the options of a sign-in by redirect. `timeoutMs` is invalid there, because the page
    /// ends before the response.
    ///
    /// # Errors
    /// `invalid_configuration`
    pub fn for_redirect(self: Box<Self>) -> Result<Box<Self>, Error> {
        if self.timeout_ms.is_some() { Err(unknown("timeoutMs")) } else { Ok(self) }
    }

    /// Adapts the options to a sign-in in a hidden frame, which cannot show anything.
    ///
    /// # Errors
    /// `invalid_configuration`
    pub fn for_silent_renewal(self: Box<Self>) -> Result<Box<Self>, Error> {
        let prompt = self.parameters.iter().find(|(name, _)| name == PROMPT);
        if prompt.is_some_and(|(_, word)| word != "none") {
            return Err(ill_typed(PROMPT, "\"none\" in checkSession"));
        }
        Ok(self.with_prompt("none"))
    }

    /// Adapts the options to a sign-in with another account, to link it. The sign-in serves its ID
    /// token alone. It prompts the user, because the user is probably signed in with the first
    /// account.
    #[must_use]
    pub fn for_linking(mut self: Box<Self>) -> Box<Self> {
        self.scopes = Some(RequestedScopes::OPENID);
        self.with_prompt("login")
    }

    fn with_prompt(mut self: Box<Self>, prompt: &str) -> Box<Self> {
        self.parameters.retain(|(name, _)| name != PROMPT);
        self.parameters.push((PROMPT.to_owned(), prompt.to_owned()));
        self
    }

    /// Parses `AuthorizeOptions`. `appState` arrives as JSON text, because only JavaScript can
    /// serialize its values.
    ///
    /// # Errors
    /// As [`Config::parse`].
    pub fn parse(options: &Object) -> Result<Box<Self>, Error> {
        let mut parsed = Box::<Self>::default();
        for (name, value) in given(options)? {
            match name {
                "appState" => parsed.app_state = Some(text(name, value)?.to_owned()),
                "scopes" => parsed.scopes = Some(parse_scopes(value)?),
                "redirectUri" => parsed.redirect_uri = Some(parse_redirect_uri(name, value)?),
                "organization" => parsed.organization = Some(text(name, value)?.to_owned()),
                "maxAge" => {
                    let (most, range) =
                        (f64::from(u32::MAX), "a whole number of seconds, 0 or more");
                    parsed.max_age_seconds = Some(whole_number(name, value, 0.0, most, range)?);
                }
                "timeoutMs" => parsed.timeout_ms = Some(parse_timeout_ms(name, value)?),
                "extraParams" => parse_extra_params(value, &mut parsed.parameters)?,
                _ => {
                    let passed_on = PASSED_ON.iter().find(|(option, _)| *option == name);
                    let (_, wire_name) = passed_on.ok_or_else(|| unknown(name))?;
                    let value = match name {
                        PROMPT => {
                            one_of(name, value, &["none", "login", "consent", "select_account"])?
                        }
                        "display" => one_of(name, value, &["page", "popup", "touch", "wap"])?,
                        _ => text(name, value)?,
                    };
                    parsed.parameters.push(((*wire_name).to_owned(), value.to_owned()));
                }
            }
        }
        Ok(parsed)
    }
}

/// The options of `logout`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LogoutOptions {
    /// Where the tenant sends the user afterwards. It must be one of the application's Allowed
    /// Logout URLs.
    pub return_to: Option<String>,
    /// Whether to sign out of the connection's own provider too.
    pub federated: bool,
    /// Whether to end the session on this page only, without a visit to the tenant.
    pub local_only: bool,
}

impl LogoutOptions {
    /// Parses `LogoutOptions`.
    ///
    /// # Errors
    /// `invalid_configuration` naming the option.
    pub fn parse(options: &Object) -> Result<Self, Error> {
        let mut parsed = Self::default();
        for (name, value) in given(options)? {
            match (name, value) {
                ("returnTo", _) => parsed.return_to = Some(parse_return_url(name, value)?),
                ("federated", Value::Bool(federated)) => parsed.federated = *federated,
                ("localOnly", Value::Bool(local_only)) => parsed.local_only = *local_only,
                ("federated" | "localOnly", _) => return Err(ill_typed(name, "true or false")),
                _ => return Err(unknown(name)),
            }
        }
        Ok(parsed)
    }
}

/// Parameters of `/authorize` that `extraParams` cannot set, in addition to those [passed
/// on](PASSED_ON). This library sets some of them. The others could change where the tokens go or
/// how they return (RFC 9700 4.1; RFC 9101). `resource` is a synonym of `audience`.
const RESERVED_PARAMETERS: &[&str] = &[
    "response_type",
    "response_mode",
    "client_id",
    "redirect_uri",
    "audience",
    "resource",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "request",
    "request_uri",
    "registration",
    "web_message_uri",
    "web_message_target",
    "max_age",
    "organization",
];

fn parse_extra_params(value: &Value, into: &mut Vec<(String, String)>) -> Result<(), Error> {
    let Value::Object(extra) = value else {
        return Err(ill_typed("extraParams", "an object of strings"));
    };
    for (name, value) in &extra.0 {
        refuse_client_secret(name)?;
        // All invalid Unicode becomes the same character, so two such names could become equal.
        let repeated = into.iter().any(|(other, _)| other == name);
        let reserved = RESERVED_PARAMETERS.contains(&name.as_str())
            || PASSED_ON.iter().any(|(_, wire_name)| wire_name == name);
        match value {
            _ if reserved || repeated || name.is_empty() => {
                return Err(Error::with_message(
                    ErrorCode::InvalidConfiguration,
                    &[
                        "`extraParams` cannot set `",
                        name,
                        "`: this library sets it, or has an option for it",
                    ],
                ));
            }
            Value::Absent => {}
            Value::String(text) => into.push((name.clone(), text.clone())),
            _ => return Err(ill_typed("extraParams", "an object of strings")),
        }
    }
    Ok(())
}

/// The options that are not `undefined`. An `undefined` option counts as omitted.
///
/// # Errors
/// `client_secret_forbidden`, even if the secret is `undefined`, because naming it is already a mistake.
fn given(options: &Object) -> Result<impl Iterator<Item = (&str, &Value)>, Error> {
    for (name, _) in &options.0 {
        refuse_client_secret(name)?;
    }
    let there = options.0.iter().filter(|(_, value)| !matches!(value, Value::Absent));
    Ok(there.map(|(name, value)| (name.as_str(), value)))
}

/// Whether the name is that of the client secret, in any spelling. No message repeats the value.
fn refuse_client_secret(name: &str) -> Result<(), Error> {
    let letters = name.bytes().filter(u8::is_ascii_alphabetic);
    if letters.map(|letter| letter.to_ascii_lowercase()).eq("clientsecret".bytes()) {
        return Err(Error::new(
            ErrorCode::ClientSecretForbidden,
            "a client secret must never be in a browser: remove it, rotate it in the Auth0 \
             dashboard, and use an application of type Single Page Application",
        ));
    }
    Ok(())
}

fn missing(name: &str) -> Error {
    Error::with_message(ErrorCode::InvalidConfiguration, &["`", name, "` is required"])
        .with_reason(Reason::Missing)
}

fn unknown(name: &str) -> Error {
    let remedy = "` is not an option; see the documentation for those there are";
    Error::with_message(ErrorCode::InvalidConfiguration, &["`", shortened(name), remedy])
}

fn ill_typed(name: &str, expected: &str) -> Error {
    Error::with_message(ErrorCode::InvalidConfiguration, &["`", name, "` must be ", expected])
}

/// A string that is not empty.
fn text<'a>(name: &str, value: &'a Value) -> Result<&'a str, Error> {
    value
        .as_str()
        .filter(|text| !text.is_empty())
        .ok_or_else(|| ill_typed(name, "a string that is not empty"))
}

/// A string that is one of these words.
fn one_of<'a>(name: &str, value: &'a Value, words: &[&str]) -> Result<&'a str, Error> {
    value.as_str().filter(|word| words.contains(word)).ok_or_else(|| {
        let mut expected = String::new();
        for word in words {
            join(&mut expected, ", ", word);
        }
        ill_typed(name, &concat(&["one of: ", &expected]))
    })
}

fn number(name: &str, value: &Value, least: f64, most: f64, range: &str) -> Result<f64, Error> {
    match value.as_number() {
        Some(number) if (least..=most).contains(&number) => Ok(number),
        _ => Err(ill_typed(name, range)),
    }
}

fn whole_number(
    name: &str,
    value: &Value,
    least: f64,
    most: f64,
    range: &str,
) -> Result<u32, Error> {
    let number = number(name, value, least, most, range)?;
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "compared below")]
    let whole = number as u32;
    if f64::from(whole) == number { Ok(whole) } else { Err(ill_typed(name, range)) }
}

/// A number of milliseconds. Browsers' timers overflow above 2³¹ − 1 milliseconds and would fire at
/// once.
fn parse_timeout_ms(name: &str, value: &Value) -> Result<u32, Error> {
    let range = "a whole number of milliseconds, 1 to 2147483647";
    whole_number(name, value, 1.0, 2_147_483_647.0, range)
}

fn parse_scopes(value: &Value) -> Result<RequestedScopes, Error> {
    let refusal = || ill_typed("scopes", "an array of strings, one scope each");
    let Value::Array(items) = value else {
        return Err(refusal());
    };
    let names: Option<Vec<&str>> = items.iter().map(Value::as_str).collect();
    RequestedScopes::parse(names.ok_or_else(refusal)?)
}

/// Whether the text is a client ID: `client-id = *VSCHAR` (RFC 6749 A.1) without spaces, which only
/// a copying mistake adds.
fn parse_client_id(value: &Value) -> Result<String, Error> {
    match value.as_str() {
        Some(id) if !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_graphic()) => {
            Ok(id.to_owned())
        }
        _ => Err(ill_typed("clientId", "the application's Client ID from the Auth0 dashboard")),
    }
}

/// `redirectUri`: an absolute URL without a fragment, whose own query cannot be taken for a response.
fn parse_redirect_uri(name: &str, value: &Value) -> Result<String, Error> {
    let uri = value.as_str().filter(|uri| url::is_redirect_uri(uri)).ok_or_else(|| {
        ill_typed(
            name,
            "an absolute http(s) URL without a fragment, such as `https://app.example/callback`",
        )
    })?;
    let query = split_once(uri, b'?').map_or("", |(_, query)| query);
    for pair in split(query, b'&') {
        let parameter =
            form_decode(split_once(pair, b'=').map_or(pair, |(parameter, _)| parameter));
        if matches!(parameter.as_str(), "code" | "state" | "error" | "iss") {
            let message =
                ["`", name, "` must not have `", &parameter, "` in its query: responses do"];
            return Err(Error::with_message(ErrorCode::InvalidConfiguration, &message));
        }
    }
    Ok(uri.to_owned())
}

/// `returnTo` of `logout`: an absolute URL that may have a fragment.
fn parse_return_url(name: &str, value: &Value) -> Result<String, Error> {
    let is_url = |url: &&str| {
        let (before, fragment) = split_once(url, b'#').unwrap_or((url, ""));
        url::is_redirect_uri(before) && fragment.bytes().all(|byte| byte > b' ' && byte != 0x7f)
    };
    let url = value.as_str().filter(is_url).map(str::to_owned);
    url.ok_or_else(|| ill_typed(name, "an absolute http(s) URL, such as `https://app.example/`"))
}

fn parse_domain(name: &str, value: &Value) -> Result<String, Error> {
    value.as_str().and_then(url::origin_of).ok_or_else(|| {
        ill_typed(
            name,
            "a plain host such as `acme.eu.auth0.com`, without scheme, path or user info",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(json: serde_json::Value) -> Object {
        serde_json::from_value::<Value>(json).unwrap().into_object().unwrap()
    }

    fn config_with(name: &str, value: serde_json::Value) -> Result<Config, Error> {
        let mut options = serde_json::json!({
            "domain": "acme.eu.auth0.com",
            "clientId": "client",
            "redirectUri": "https://app.example/callback",
            "scopes": ["read:current_user"],
        });
        options[name] = value;
        Config::parse(&object(options))
    }

    fn refused(name: &str, value: serde_json::Value) {
        let shown = value.to_string();
        let error = config_with(name, value).expect_err(&shown);
        assert_eq!(error.code, ErrorCode::InvalidConfiguration, "{name}: {shown}");
        assert!(error.message.contains(name), "{}", error.message);
    }

    #[test]
    fn the_domain_gives_origin_issuer_and_audience() {
        for (domain, origin) in [
            ("acme.eu.auth0.com", "https://acme.eu.auth0.com"),
            ("ACME.eu.auth0.com:443", "https://acme.eu.auth0.com"),
            ("login.example:8443", "https://login.example:8443"),
            ("localhost:4400", "http://localhost:4400"),
            ("127.0.0.1:80", "http://127.0.0.1"),
            ("[::1]:4400", "http://[::1]:4400"),
            ("127.0.0.2", "https://127.0.0.2"),
            ("xn--e1afmkfd.example", "https://xn--e1afmkfd.example"),
        ] {
            let config = config_with("domain", domain.into()).unwrap();
            assert_eq!(config.origin, origin);
            assert_eq!(config.issuer, format!("{origin}/"));
            assert_eq!(config.audience, format!("{origin}/api/v2/"));
        }
    }

    #[test]
    fn a_custom_domain_changes_the_audience_alone() {
        let config = config_with("tenantDomain", "acme.eu.auth0.com".into()).unwrap();
        assert_eq!(config.audience, "https://acme.eu.auth0.com/api/v2/");
        let mut options = object(serde_json::json!({
            "domain": "login.example", "tenantDomain": "acme.eu.auth0.com", "clientId": "c",
            "redirectUri": "https://app.example/", "scopes": ["read:current_user"],
        }));
        let config = Config::parse(&options).unwrap();
        assert_eq!(config.issuer, "https://login.example/");
        assert_eq!(config.audience, "https://acme.eu.auth0.com/api/v2/");
        options.0.clear();
        assert_eq!(Config::parse(&options).unwrap_err().code, ErrorCode::InvalidConfiguration);
    }

    #[test]
    fn a_domain_that_could_be_read_in_two_ways_is_refused() {
        for domain in [
            "",
            ".",
            "https://acme.auth0.com",
            "acme.auth0.com/",
            "acme.auth0.com/x",
            "a@b.c",
            "a.b?c",
            "a.b#c",
            "a.b\\c",
            "a b.c",
            " a.b",
            "a.b ",
            "a..b",
            ".a.b",
            "a.b.",
            "a%2eb",
            "a.b:",
            "a.b:0",
            "a.b:080",
            "a.b:65536",
            "a.b:1:2",
            "аcme.auth0.com",
            "acme。auth0.com",
            "a_b.c",
            "-a.b",
            "a-.b",
            "127.1",
            "2130706433",
            "0x7f000001",
            "0177.0.0.1",
            "1.2.3.0x4",
            "1.2.3.256",
            "[::2]",
            "[::1",
            "a\tb.c",
            "a.b\n",
            "a.b:+80",
        ] {
            refused("domain", domain.into());
            refused("tenantDomain", domain.into());
        }
        refused("domain", 1.into());
        refused("domain", serde_json::Value::Null);
    }

    #[test]
    fn redirect_uri_is_absolute_http_and_without_fragment() {
        for uri in
            ["https://app.example", "http://localhost:5173/cb?x=1", "https://münchen.example/ü"]
        {
            assert_eq!(config_with("redirectUri", uri.into()).unwrap().redirect_uri, uri);
        }
        for uri in [
            "",
            "/callback",
            "//app.example",
            "javascript:alert(1)",
            "https:/app",
            "https://",
            "https:///x",
            "https://app.example/#x",
            "https://app.example/#",
            "https://a@app.example/",
            "ftp://app.example",
            " https://app.example",
            "https://app.example/a b",
            "https://app.example\\x",
            "com.example:/cb",
        ] {
            refused("redirectUri", uri.into());
        }
    }

    #[test]
    fn options_out_of_range_of_the_wrong_type_or_unknown_are_refused_by_name() {
        use serde_json::json;
        for (name, value) in [
            ("clientId", json!("")),
            ("clientId", json!("a b")),
            ("clientId", json!(1)),
            ("scopes", json!("read:current_user")),
            ("scopes", json!([1])),
            ("scopes", json!([])),
            ("flow", json!("hybrid")),
            ("transactionStore", json!("cookie")),
            ("organization", json!("")),
            ("leewaySeconds", json!(-1)),
            ("leewaySeconds", json!(301)),
            ("leewaySeconds", json!("60")),
            ("timeoutMs", json!(0)),
            ("timeoutMs", json!(1.5)),
            ("timeoutMs", json!(2_147_483_648_u64)),
            ("retries", json!(6)),
            ("retries", json!(-1)),
            ("retries", json!(true)),
            ("audience", json!("x")),
            ("Domain", json!("x")),
            ("__proto__", json!({})),
        ] {
            refused(name, value);
        }
    }

    #[test]
    fn a_leeway_of_zero_is_zero() {
        assert_eq!(config_with("leewaySeconds", 0.into()).unwrap().leeway_seconds, 0.0);
        assert_eq!(config_with("retries", 0.into()).unwrap().retries, 0);
        assert_eq!(config_with("flow", "implicit".into()).unwrap().leeway_seconds, 60.0);
    }

    #[test]
    fn a_client_secret_is_refused_under_any_spelling_and_not_repeated() {
        let absent = Object(vec![("clientSecret".to_owned(), Value::Absent)]);
        assert_eq!(Config::parse(&absent).unwrap_err().code, ErrorCode::ClientSecretForbidden);
        for name in ["client_secret", "clientSecret", "CLIENT-SECRET"] {
            let error = config_with(name, "s3cret".into()).unwrap_err();
            assert_eq!(error.code, ErrorCode::ClientSecretForbidden);
            assert!(!error.message.contains("s3cret"));
            let options = object(serde_json::json!({ "extraParams": { name: "s3cret" } }));
            let error = AuthorizeOptions::parse(&options).unwrap_err();
            assert_eq!(error.code, ErrorCode::ClientSecretForbidden);
        }
    }

    #[test]
    fn authorize_options_become_parameters() {
        let options = object(serde_json::json!({
            "connection": "github", "connectionScope": "repo", "prompt": "login", "loginHint": "ada@x",
            "screenHint": "signup", "maxAge": 0, "uiLocales": "de", "acrValues": "a", "display": "touch",
            "organization": "org_1", "invitation": "i", "idTokenHint": "h", "extraParams": {"ext-a": "ü&="},
            "appState": "{\"a\":1}", "redirectUri": "https://app.example/other",
        }));
        let parsed = AuthorizeOptions::parse(&options).unwrap();
        let names: Vec<_> = parsed.parameters.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(
            names,
            [
                "acr_values",
                "connection",
                "connection_scope",
                "display",
                "ext-a",
                "id_token_hint",
                "invitation",
                "login_hint",
                "prompt",
                "screen_hint",
                "ui_locales"
            ]
        );
        assert_eq!(parsed.max_age_seconds, Some(0));
    }

    #[test]
    fn extra_params_cannot_set_what_the_library_sets() {
        for name in
            RESERVED_PARAMETERS.iter().chain(PASSED_ON.iter().map(|(_, name)| name)).chain(&[""])
        {
            let options = object(serde_json::json!({ "extraParams": { *name: "x" } }));
            let error = AuthorizeOptions::parse(&options).unwrap_err();
            assert_eq!(error.code, ErrorCode::InvalidConfiguration, "{name}");
        }
    }

    #[test]
    fn authorize_options_of_the_wrong_type_are_refused_by_name() {
        use serde_json::json;
        for (name, value) in [
            ("prompt", json!("NONE")),
            ("maxAge", json!(-1)),
            ("maxAge", json!("1")),
            ("display", json!("tv")),
            ("connection", json!(["a"])),
            ("extraParams", json!([])),
            ("extraParams", json!({"a": 1})),
            ("redirectUri", json!("x")),
            ("nonce", json!("x")),
            ("loginHint", json!("")),
        ] {
            let options = object(json!({ name: value }));
            let error = AuthorizeOptions::parse(&options).unwrap_err();
            assert_eq!(error.code, ErrorCode::InvalidConfiguration);
            assert!(error.message.contains(name), "{}", error.message);
        }
    }
}
