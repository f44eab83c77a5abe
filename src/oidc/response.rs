//! The authorization response: found in a URL or a message, taken apart, never trusted
//! (RFC 6749 4.1.2, 4.2.2 and appendix B; RFC 9207).

use crate::error::{Error, ErrorCode};
use crate::options::{Config, Flow};
use crate::session::AccessToken;
use crate::support::text::{concat, contains, decimal, digits, join, shortened, split, split_once};
use crate::support::url::form_decode;
use crate::support::value::{Object, Value};

/// What an authorization response may carry; these are taken out of the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Parameter {
    /// `access_token`
    AccessToken,
    /// `id_token`
    IdToken,
    /// `token_type`
    TokenType,
    /// `expires_in`
    ExpiresIn,
    /// `scope`
    Scope,
    /// `state`
    State,
    /// `code`
    Code,
    /// `error`
    Error,
    /// `error_description`
    ErrorDescription,
    /// `error_uri`
    ErrorUri,
    /// `iss`
    Iss,
    /// `session_state`
    SessionState,
}

impl Parameter {
    /// Every variant, in order of declaration.
    const ALL: &'static [Self] = &[
        Self::AccessToken,
        Self::IdToken,
        Self::TokenType,
        Self::ExpiresIn,
        Self::Scope,
        Self::State,
        Self::Code,
        Self::Error,
        Self::ErrorDescription,
        Self::ErrorUri,
        Self::Iss,
        Self::SessionState,
    ];

    /// The text that stands for it on the wire.
    #[must_use]
    fn as_str(self) -> &'static str {
        match self {
            Self::AccessToken => "access_token",
            Self::IdToken => "id_token",
            Self::TokenType => "token_type",
            Self::ExpiresIn => "expires_in",
            Self::Scope => "scope",
            Self::State => "state",
            Self::Code => "code",
            Self::Error => "error",
            Self::ErrorDescription => "error_description",
            Self::ErrorUri => "error_uri",
            Self::Iss => "iss",
            Self::SessionState => "session_state",
        }
    }

    /// The variant with exactly this text.
    #[must_use]
    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "access_token" => Self::AccessToken,
            "id_token" => Self::IdToken,
            "token_type" => Self::TokenType,
            "expires_in" => Self::ExpiresIn,
            "scope" => Self::Scope,
            "state" => Self::State,
            "code" => Self::Code,
            "error" => Self::Error,
            "error_description" => Self::ErrorDescription,
            "error_uri" => Self::ErrorUri,
            "iss" => Self::Iss,
            "session_state" => Self::SessionState,
            _ => return None,
        })
    }
}

/// Errors that a tenant answers with (RFC 6749 4.2.2.1, OIDC Core 3.1.2.6, and Auth0's
/// `unauthorized`). One of these is no word of the application's own, even without `state`.
const ERRORS: [&str; 11] = [
    "access_denied",
    "consent_required",
    "interaction_required",
    "invalid_request",
    "invalid_scope",
    "login_required",
    "server_error",
    "temporarily_unavailable",
    "unauthorized",
    "unauthorized_client",
    "unsupported_response_type",
];

/// Where the response was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Behind the `#`.
    Fragment,
    /// Behind the `?`.
    Query,
    /// In a message from the tenant's window.
    Message,
}

/// The parameters of a response, decoded.
#[derive(Clone)]
pub struct Parameters {
    /// Those that were there, each in its place.
    values: [Option<String>; Parameter::ALL.len()],
    /// A parameter that stands there twice; `state`, where it is one of several.
    repeated: Option<Parameter>,
    /// The pairs beside them, which are the application's own, exactly as they were.
    own: String,
    place: Place,
}

/// What a tenant hands over on success.
pub enum Answer {
    /// The tokens of the implicit grant.
    Tokens(Tokens),
    /// The code of the Authorization Code grant.
    Code(String),
}

/// The tokens of one sign-in; nothing in them has been verified.
pub struct Tokens {
    /// The ID token, as it was received.
    pub id_token: String,
    /// The access token.
    pub access_token: AccessToken,
    /// `expires_in`, where it is a positive number of seconds.
    pub expires_in_seconds: Option<f64>,
}

/// A response found in a URL.
pub struct Located {
    /// Its parameters.
    pub parameters: Parameters,
    /// The URL without it.
    pub clean_url: String,
}

/// Finds the authorization response in a URL. `None` where the URL holds none: an application's own
/// fragments and queries, whatever words are in them, are left alone.
///
/// A response is what holds the `state` of a pending sign-in; or tokens; or an `error` or a `code`
/// in the shape and place in which a tenant sends them. The latter are taken for responses although
/// nobody waits for them, so that a forged one is refused and removed instead of passed on.
#[must_use]
pub fn locate(url: &str, flow: Flow, is_pending: impl Fn(&str) -> bool) -> Option<Located> {
    let (before, fragment) = match split_once(url, b'#') {
        Some((before, fragment)) => (before, Some(fragment)),
        None => (url, None),
    };
    let ours =
        |parameters: &Parameters| is_pending(parameters.get(Parameter::State).unwrap_or_default());
    let answers = |parameters: &Parameters| {
        parameters.has(Parameter::State)
            && (parameters.has(Parameter::Error) || parameters.has(Parameter::Code))
    };
    let in_fragment = fragment.and_then(|fragment| {
        let (route, encoded) = split_route(fragment);
        let parameters = Parameters::parse(encoded, Place::Fragment);
        let is_response = if route.bytes().all(|byte| matches!(byte, b'/' | b'!')) {
            parameters.has_tokens()
                || ours(&parameters)
                || answers(&parameters)
                || parameters.has(Parameter::Error) && parameters.has(Parameter::ErrorDescription)
                || parameters.get(Parameter::Error).is_some_and(|error| ERRORS.contains(&error))
        } else {
            ours(&parameters) || parameters.has_tokens_of_a_response()
        };
        is_response.then(|| {
            let separator = if route.bytes().any(|byte| byte == b'?') { "&" } else { "?" };
            let route = if holds_token(route) { "" } else { route };
            let clean = match (route, parameters.own.as_str()) {
                ("", _) => String::new(),
                (route, "") => concat(&["#", route]),
                (route, own) => concat(&["#", route, separator, own]),
            };
            (parameters, clean)
        })
    });
    let in_query = split_once(before, b'?').and_then(|(address, query)| {
        let parameters = Parameters::parse(query, Place::Query);
        let is_response = ours(&parameters)
            || parameters.has_tokens_of_a_response()
            || in_fragment.is_some() && parameters.has_signed_tokens()
            || flow == Flow::Code && answers(&parameters);
        is_response.then(|| {
            let question_mark = if parameters.own.is_empty() { "" } else { "?" };
            let clean = concat(&[address, question_mark, &parameters.own]);
            (parameters, clean)
        })
    });
    match (in_query, in_fragment) {
        (None, None) => None,
        (Some((parameters, clean)), None) => {
            let (hash, fragment) = fragment.map_or(("", ""), |fragment| ("#", fragment));
            Some(Located { parameters, clean_url: concat(&[&clean, hash, fragment]) })
        }
        (None, Some((parameters, clean))) => {
            Some(Located { parameters, clean_url: concat(&[before, &clean]) })
        }
        (Some((_, clean_before)), Some((mut parameters, clean))) => {
            // Both leave the address, and neither counts: nobody can say which one the tenant sent.
            parameters.repeated = Some(Parameter::State);
            Some(Located { parameters, clean_url: concat(&[&clean_before, &clean]) })
        }
    }
}

/// Hash routers put a route, or at least a slash, before what the tenant had sent; the route may have
/// a query of its own. The response begins behind the last separator that one of its names follows;
/// but what begins with such a name, or holds a token, is no route.
fn split_route(fragment: &str) -> (&str, &str) {
    let begins = |index| begins_parameter(fragment.get(index..).unwrap_or_default());
    if begins(0) {
        return ("", fragment);
    }
    let mut start = None;
    for (index, byte) in fragment.bytes().enumerate() {
        let ends_route = separates(byte) || byte == b'&' && start.is_none();
        if !ends_route || !begins(index + 1) {
            continue;
        }
        let skipped = start.and_then(|start| fragment.get(start..index)).unwrap_or_default();
        if Parameters::parse(skipped, Place::Fragment).has_tokens() {
            break;
        }
        start = Some(index + 1);
    }
    let Some((route, encoded)) = start.and_then(|start| fragment.split_at_checked(start)) else {
        return (fragment, "");
    };
    // Without a separator of its own it is a parameter that nobody knows.
    let before_value = split_once(route, b'=').map_or(route, |(name, _)| name);
    if !before_value.bytes().any(separates) {
        return ("", fragment);
    }
    (route.strip_suffix(['?', '#', '&']).unwrap_or(route), encoded)
}

/// May this byte stand between a route and what follows it?
fn separates(byte: u8) -> bool {
    matches!(byte, b'?' | b'/' | b'!' | b'#')
}

/// Is this the name of a response's parameter, with its value? None is longer than what is looked at,
/// even where each of its letters is percent-encoded.
fn begins_parameter(text: &str) -> bool {
    split_once(shortened(text), b'=')
        .is_some_and(|(name, _)| Parameter::parse(&form_decode(name)).is_some())
}

/// Is a token hidden in this, as where a router has encoded the separator before it? Then it is no part
/// of the application's own address.
fn holds_token(text: &str) -> bool {
    let text = form_decode(text);
    contains(&text, "access_token=") || contains(&text, "id_token=")
}

impl Parameters {
    fn parse(encoded: &str, place: Place) -> Self {
        let mut parameters = Self::none(place);
        for pair in split(encoded, b'&') {
            let (name, value) = split_once(pair, b'=').unwrap_or((pair, ""));
            let known = parameters.insert(&form_decode(name), value, form_decode);
            if !known && !pair.is_empty() && !holds_token(pair) {
                join(&mut parameters.own, "&", pair);
            }
        }
        parameters
    }

    /// Reads the `response` of an `authorization_response` message. A message carries values, not
    /// text, so `expires_in` may be a number.
    #[must_use]
    pub fn from_message(response: &Object) -> Self {
        let mut parameters = Self::none(Place::Message);
        for (name, value) in &response.0 {
            match value {
                Value::String(text) => parameters.insert(name, text, str::to_owned),
                Value::Number(number) => parameters.insert(name, &whole(*number), str::to_owned),
                _ => false,
            };
        }
        parameters
    }

    fn none(place: Place) -> Self {
        Self { values: Default::default(), repeated: None, own: String::new(), place }
    }

    /// Keeps a parameter of a response; others are not.
    fn insert(&mut self, name: &str, value: &str, decode: fn(&str) -> String) -> bool {
        let Some(parameter) = Parameter::parse(name) else { return false };
        let Some(slot) = self.values.get_mut(parameter as usize) else { return false };
        if slot.is_some() && self.repeated != Some(Parameter::State) {
            self.repeated = Some(parameter);
        }
        *slot = Some(decode(value));
        true
    }

    fn get(&self, parameter: Parameter) -> Option<&str> {
        self.values.get(parameter as usize)?.as_deref()
    }

    /// Is it there, and not empty?
    fn has(&self, parameter: Parameter) -> bool {
        self.get(parameter).is_some_and(|value| !value.is_empty())
    }

    fn has_tokens(&self) -> bool {
        self.has(Parameter::AccessToken) || self.has(Parameter::IdToken)
    }

    /// Tokens that can only be a tenant's: each JWT begins like this, as base64url of JSON does.
    fn has_signed_tokens(&self) -> bool {
        let signed = |token| self.get(token).is_some_and(|token| token.starts_with("ey"));
        signed(Parameter::AccessToken) || signed(Parameter::IdToken)
    }

    /// Tokens in the company that a tenant sends them in, and no word of the application's own.
    fn has_tokens_of_a_response(&self) -> bool {
        self.has_tokens()
            && (self.has(Parameter::State)
                || self.has(Parameter::AccessToken) && self.has(Parameter::IdToken))
    }

    /// `state`, where there is one.
    ///
    /// # Errors
    /// `invalid_response` where it stands there twice: nobody can say which one counts.
    pub fn state(&self) -> Result<Option<&str>, Error> {
        if self.repeated == Some(Parameter::State) {
            return Err(repeated(Parameter::State));
        }
        Ok(self.get(Parameter::State).filter(|state| !state.is_empty()))
    }

    /// Do both answer the same sign-in?
    #[must_use]
    pub fn answers_the_same(&self, other: &Self) -> bool {
        self.state().ok().flatten() == other.state().ok().flatten()
    }

    /// Takes the response for the answer to our own sign-in, which its `state` has proved it to be.
    ///
    /// # Errors
    /// `invalid_response`; or what the tenant answered: `login_required`, `consent_required`,
    /// `interaction_required`, `access_denied`, `authorization_error`.
    pub fn answer(&self, config: &Config) -> Result<Answer, Error> {
        // Two readers could take different ones (RFC 6749 3.1).
        if let Some(parameter) = self.repeated {
            return Err(repeated(parameter));
        }
        if self.get(Parameter::Iss).is_some_and(|issuer| issuer != config.issuer) {
            return Err(invalid("its `iss` is another tenant's (RFC 9207)"));
        }
        if let Some(error) = self.get(Parameter::Error) {
            let carries_more = self.has_tokens() || self.has(Parameter::Code);
            return Err(if carries_more || error.is_empty() {
                invalid("it carries an error that is empty, or beside tokens")
            } else {
                authorization_error(error, self.get(Parameter::ErrorDescription))
            });
        }
        match config.flow {
            Flow::Implicit => {
                if self.has(Parameter::Code) {
                    return Err(invalid("it carries a code where tokens were asked for"));
                }
                if self.place == Place::Query {
                    return Err(invalid("tokens came in the query, where servers log them"));
                }
                Tokens::new(
                    self.get(Parameter::IdToken),
                    self.get(Parameter::AccessToken),
                    self.get(Parameter::TokenType),
                    self.get(Parameter::ExpiresIn),
                )
                .map(Answer::Tokens)
            }
            Flow::Code => {
                if self.has_tokens() {
                    return Err(invalid("it carries tokens where a code was asked for"));
                }
                if self.place == Place::Fragment {
                    return Err(invalid("the code came in the fragment instead of the query"));
                }
                match self.get(Parameter::Code) {
                    Some(code) if !code.is_empty() => Ok(Answer::Code(code.to_owned())),
                    _ => Err(invalid("it carries neither a code nor an error")),
                }
            }
        }
    }
}

impl Tokens {
    /// What a response or a token endpoint has to carry (RFC 6749 4.2.2, 5.1, 7.1; OIDC Core
    /// 3.2.2.5).
    ///
    /// # Errors
    /// `invalid_response`
    pub fn new(
        id_token: Option<&str>,
        access_token: Option<&str>,
        token_type: Option<&str>,
        expires_in: Option<&str>,
    ) -> Result<Self, Error> {
        let id_token = id_token.unwrap_or_default();
        let access_token = access_token.unwrap_or_default();
        if id_token.is_empty() || access_token.is_empty() {
            return Err(invalid("it does not carry both tokens"));
        }
        if !token_type.is_some_and(|kind| kind.eq_ignore_ascii_case("bearer")) {
            return Err(invalid("its `token_type` is not Bearer"));
        }
        let expires_in_seconds = expires_in.and_then(digits).filter(|seconds| *seconds > 0.0);
        Ok(Self {
            id_token: id_token.to_owned(),
            access_token: AccessToken::new(access_token.to_owned()),
            expires_in_seconds,
        })
    }
}

/// Reads what the token endpoint answered (RFC 6749 5.1, 5.2).
///
/// # Errors
/// `invalid_response`, `rate_limited`, and what the tenant answered.
pub fn read_token_response(
    status: u16,
    body: Value,
    retry_after_ms: Option<f64>,
) -> Result<Tokens, Error> {
    let body = body.into_object().unwrap_or_default();
    let text = |name| body.get(name).as_str();
    let (server_code, limited) = (text("error"), status == 429);
    let description = text("error_description");
    if limited {
        return Err(Error::new(
            ErrorCode::RateLimited,
            "the tenant's rate limit was hit: wait (see `retryAfterMs`), then start the sign-in again",
        )
        .with_server_error(server_code.map(str::to_owned), description.map(str::to_owned))
        .with_retry_after_ms(retry_after_ms)
        .with_status(status));
    }
    if let Some(server_code) = server_code {
        return Err(authorization_error(server_code, description).with_status(status));
    }
    if status != 200 {
        return Err(invalid("the token endpoint answered with something unreadable"));
    }
    let expires_in = match body.get("expires_in") {
        Value::Number(seconds) => Some(whole(*seconds)),
        value => value.as_str().map(str::to_owned),
    };
    Tokens::new(text("id_token"), text("access_token"), text("token_type"), expires_in.as_deref())
}

/// A number as digits; what is none becomes zero.
fn whole(number: f64) -> String {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
    decimal(number as u64)
}

fn repeated(parameter: Parameter) -> Error {
    invalid(&concat(&["`", parameter.as_str(), "` stands in it twice"]))
}

/// The refusal of a response that is not in order.
pub(crate) fn invalid(what: &str) -> Error {
    Error::with_message(
        ErrorCode::InvalidResponse,
        &["the authorization response is invalid: ", what],
    )
}

/// The tenant's own error, its words kept apart from ours.
pub(crate) fn authorization_error(error: &str, description: Option<&str>) -> Error {
    let (code, message) = match error {
        "login_required" => (
            ErrorCode::LoginRequired,
            "the tenant wants the user to sign in: nobody is signed in there, or the browser \
             blocks third-party cookies; use loginWithRedirect, or a custom domain",
        ),
        "consent_required" => (
            ErrorCode::ConsentRequired,
            "the tenant wants the user's consent: sign in without `prompt: \"none\"`",
        ),
        "interaction_required" => (
            ErrorCode::InteractionRequired,
            "the tenant needs the user's attention: sign in without `prompt: \"none\"`",
        ),
        "access_denied" => (
            ErrorCode::AccessDenied,
            "the user or the tenant denied the sign-in; `serverMessage` holds the tenant's words",
        ),
        _ => (
            ErrorCode::AuthorizationError,
            "the tenant answered with an error; `serverCode` and `serverMessage` hold its words",
        ),
    };
    Error::new(code, message)
        .with_server_error(Some(error.to_owned()), description.map(str::to_owned))
}
