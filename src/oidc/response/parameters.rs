//! The parameters of an authorization response, each decoded once (RFC 6749 appendix B).

use super::error::invalid;
use crate::error::Error;
use crate::options::Flow;
use crate::support::text::{concat, contains, decimal, join, split, split_once};
use crate::support::url::form_decode;
use crate::support::value::{Object, Value};

/// A parameter of an authorization response. All of them are removed from the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Parameter {
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
    /// The text that stands for it on the wire.
    #[must_use]
    pub(super) fn as_str(self) -> &'static str {
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
    pub(super) fn parse(text: &str) -> Option<Self> {
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

/// How the response comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResponseMode {
    /// In the fragment of the redirect URI.
    Fragment,
    /// In the query of the redirect URI.
    Query,
    /// By `postMessage` to the window or frame that asked (`response_mode=web_message`).
    WebMessage,
}

impl ResponseMode {
    /// The default mode of a response by redirect: the query for a code, the fragment for tokens.
    #[must_use]
    pub fn of_redirect(flow: Flow) -> Self {
        match flow {
            Flow::Implicit => Self::Fragment,
            Flow::Code => Self::Query,
        }
    }
}

/// The decoded parameters of a response. Nothing in them has been verified.
#[derive(Clone)]
pub struct ResponseParameters {
    /// Every parameter in order. Of a repeated one the last counts.
    values: Vec<(Parameter, String)>,
    /// A repeated parameter: `state`, if that is one of several.
    pub(super) repeated: Option<Parameter>,
    /// The other pairs, which belong to the application, unchanged.
    pub(super) own: String,
    pub(super) mode: ResponseMode,
}

impl ResponseParameters {
    pub(super) fn parse(encoded: &str, mode: ResponseMode) -> Self {
        let mut parameters = Self::none(mode);
        for pair in split(encoded, b'&') {
            let (name, value) = split_once(pair, b'=').unwrap_or((pair, ""));
            let known = parameters.insert(&form_decode(name), value, form_decode);
            if !known && !pair.is_empty() && !holds_token(pair) {
                join(&mut parameters.own, "&", pair);
            }
        }
        parameters
    }

    /// Reads the `response` of an `authorization_response` message. A message holds values instead of
    /// text: `expires_in` may be a number.
    #[must_use]
    pub fn from_message(response: &Object) -> Self {
        let mut parameters = Self::none(ResponseMode::WebMessage);
        for (name, value) in &response.0 {
            match value {
                Value::String(text) => parameters.insert(name, text, str::to_owned),
                Value::Number(number) => parameters.insert(name, &whole(*number), str::to_owned),
                _ => false,
            };
        }
        parameters
    }

    fn none(mode: ResponseMode) -> Self {
        Self { values: Vec::new(), repeated: None, own: String::new(), mode }
    }

    /// Stores a parameter of a response. Returns whether the name is one.
    fn insert(&mut self, name: &str, value: &str, decode: fn(&str) -> String) -> bool {
        let Some(parameter) = Parameter::parse(name) else { return false };
        let is_repeated = self.get(parameter).is_some();
        if is_repeated && self.repeated != Some(Parameter::State) {
            self.repeated = Some(parameter);
        }
        self.values.push((parameter, decode(value)));
        true
    }

    pub(super) fn get(&self, parameter: Parameter) -> Option<&str> {
        self.all(parameter).next_back()
    }

    /// Every value of a parameter, in order.
    pub(super) fn all(&self, parameter: Parameter) -> impl DoubleEndedIterator<Item = &str> {
        let values = self.values.iter().filter(move |(known, _)| *known == parameter);
        values.map(|(_, value)| value.as_str())
    }

    /// The values that must not stay in the address, in a history entry or in its state.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &str> {
        let is_secret = |parameter| {
            matches!(
                parameter,
                Parameter::AccessToken | Parameter::IdToken | Parameter::Code | Parameter::State
            )
        };
        let secrets = self.values.iter().filter(move |(known, _)| is_secret(*known));
        secrets.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// Whether the parameter is present and not empty.
    pub(super) fn has(&self, parameter: Parameter) -> bool {
        self.get(parameter).is_some_and(|value| !value.is_empty())
    }

    pub(super) fn has_tokens(&self) -> bool {
        self.has(Parameter::AccessToken) || self.has(Parameter::IdToken)
    }

    /// Whether a token begins as every JWT does. Only a tenant sends such a value.
    pub(super) fn has_signed_tokens(&self) -> bool {
        let signed = |token| self.get(token).is_some_and(|token| token.starts_with("ey"));
        signed(Parameter::AccessToken) || signed(Parameter::IdToken)
    }

    /// Whether both tokens are there, which only a tenant sends together.
    pub(super) fn has_both_tokens(&self) -> bool {
        self.has(Parameter::AccessToken) && self.has(Parameter::IdToken)
    }

    /// Whether the tenant answered with an error.
    pub(crate) fn has_error(&self) -> bool {
        self.get(Parameter::Error).is_some()
    }

    /// `state`, unless it is missing or empty.
    ///
    /// # Errors
    /// `invalid_response` if it is repeated: two readers could take different ones.
    pub fn state(&self) -> Result<Option<&str>, Error> {
        if self.repeated == Some(Parameter::State) {
            return Err(repeated(Parameter::State));
        }
        Ok(self.get(Parameter::State).filter(|state| !state.is_empty()))
    }

    /// Whether both have the same `state`.
    #[must_use]
    pub fn answers_the_same(&self, other: &Self) -> bool {
        self.state().ok().flatten() == other.state().ok().flatten()
    }
}

/// Whether the text holds a token, possibly behind a separator that a router has encoded. Such a text is
/// not kept in the address.
pub(super) fn holds_token(text: &str) -> bool {
    let text = form_decode(text);
    contains(&text, "access_token=") || contains(&text, "id_token=")
}

/// Writes a number as digits. NaN and negative numbers become zero.
pub(crate) fn whole(number: f64) -> String {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
    decimal(number as u64)
}

/// The error for a repeated parameter.
pub(super) fn repeated(parameter: Parameter) -> Error {
    invalid(&concat(&["`", parameter.as_str(), "` stands in it twice"]))
}
