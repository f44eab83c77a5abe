//! Finds the authorization response in a URL, also behind the routes of hash routers.

use super::error::ERRORS;
use super::parameters::{Parameter, ResponseMode, ResponseParameters, holds_token};
use crate::options::Flow;
use crate::support::text::{concat, shortened, split_once};
use crate::support::url::form_decode;

/// A response in a URL.
pub struct ResponseUrl {
    /// Its parameters.
    pub parameters: ResponseParameters,
    /// The URL without the response.
    pub clean_url: String,
}

/// Finds the authorization response in a URL. `None` if the URL holds none: the application keeps its own
/// fragments and queries.
///
/// A response holds the `state` of a pending sign-in; or tokens; or an `error` or a `code` in the form
/// and place in which a tenant sends them. The last two count even if no sign-in is pending, so that a
/// forged response is refused and removed from the address.
#[must_use]
pub fn find_response(
    url: &str,
    flow: Flow,
    is_pending: &dyn Fn(&str) -> bool,
) -> Option<ResponseUrl> {
    let (before, fragment) = match split_once(url, b'#') {
        Some((before, fragment)) => (before, Some(fragment)),
        None => (url, None),
    };
    let ours = |parameters: &ResponseParameters| {
        is_pending(parameters.get(Parameter::State).unwrap_or_default())
    };
    let answers = |parameters: &ResponseParameters| {
        parameters.has(Parameter::State)
            && (parameters.has(Parameter::Error) || parameters.has(Parameter::Code))
    };
    let in_fragment = fragment.and_then(|fragment| {
        let (route, encoded) = split_route(fragment);
        let parameters = ResponseParameters::parse(encoded, ResponseMode::Fragment);
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
        let parameters = ResponseParameters::parse(query, ResponseMode::Query);
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
            Some(ResponseUrl { parameters, clean_url: concat(&[&clean, hash, fragment]) })
        }
        (None, Some((parameters, clean))) => {
            Some(ResponseUrl { parameters, clean_url: concat(&[before, &clean]) })
        }
        (Some((_, clean_before)), Some((mut parameters, clean))) => {
            // Both leave the address and neither counts: it is unknown which one the tenant sent.
            parameters.repeated = Some(Parameter::State);
            Some(ResponseUrl { parameters, clean_url: concat(&[&clean_before, &clean]) })
        }
    }
}

/// Splits a fragment into a route and a response. Hash routers put a route, or at least a slash, before
/// the response; the route may have a query of its own. The response begins after the last separator
/// that a parameter name follows. Text that begins with such a name, or that holds a token, is not a route.
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
        if ResponseParameters::parse(skipped, ResponseMode::Fragment).has_tokens() {
            break;
        }
        start = Some(index + 1);
    }
    let Some((route, encoded)) = start.and_then(|start| fragment.split_at_checked(start)) else {
        return (fragment, "");
    };
    // Without a separator it is an unknown parameter instead of a route.
    let before_value = split_once(route, b'=').map_or(route, |(name, _)| name);
    if !before_value.bytes().any(separates) {
        return ("", fragment);
    }
    (route.strip_suffix(['?', '#', '&']).unwrap_or(route), encoded)
}

/// Whether this byte may end a route.
fn separates(byte: u8) -> bool {
    matches!(byte, b'?' | b'/' | b'!' | b'#')
}

/// Whether the text begins with a response's parameter. No name is longer than the [`shortened`] text,
/// even if each letter is percent-encoded.
fn begins_parameter(text: &str) -> bool {
    split_once(shortened(text), b'=')
        .is_some_and(|(name, _)| Parameter::parse(&form_decode(name)).is_some())
}
