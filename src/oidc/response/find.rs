//! Finds the authorization response in a URL: in the fragment or the query, behind the routes of hash routers, and where a
//! router or a guard has percent-encoded it.

use std::iter::once;

use super::error::ERRORS;
use super::parameters::{Parameter, ResponseMode, ResponseParameters, holds_token};
use crate::oidc::transaction::State;
use crate::options::Flow;
use crate::support::text::{concat, join, shortened, split, split_once, split_optional};
use crate::support::url::form_decode;

/// Longest fragment or query that is parsed, in characters. Browsers cut addresses at 2 MB.
const MAX_RESPONSE_LENGTH: usize = 1 << 21;

/// Longest route or encoded copy that is looked into, in characters: room for two tokens of the greatest length that is read,
/// and the rest.
const MAX_COPY_LENGTH: usize = 3 << 18;

/// How many places of a copy are read as the beginning of a response, since each is read to the end.
const MAX_PIECES: usize = 8;

/// How often a router or a guard percent-encodes an address that it copies.
pub(in crate::oidc) const MAX_ENCODINGS: usize = 2;

/// A response in a URL.
#[derive(Clone)]
pub struct ResponseUrl {
    /// Its parameters.
    pub parameters: ResponseParameters,
    /// The URL without the response.
    pub clean_url: String,
}

/// What tells a response from other programs' parameters.
struct Recognition<'a> {
    flow: Flow,
    /// Whether a sign-in waits for this `state`.
    is_pending: &'a dyn Fn(&str) -> bool,
}

/// Finds the authorization response in a URL. `None` if the URL holds none: applications and other providers keep their own
/// fragments and queries, whatever words are in them.
///
/// A response holds a `state` that this package made; or both tokens; or, without any `state`, one of the tenant's errors in
/// the place where this flow's responses come.
#[must_use]
pub fn find_response(
    url: &str,
    flow: Flow,
    is_pending: &dyn Fn(&str) -> bool,
) -> Option<ResponseUrl> {
    let recognition = Recognition { flow, is_pending };
    let (before, fragment) = split_optional(url, b'#');
    let in_fragment = fragment.and_then(|fragment| recognition.find_in_fragment(fragment));
    let query = split_once(before, b'?');
    let in_query = query.and_then(|(address, query)| {
        let parameters = parse(query, ResponseMode::Query);
        let is_response = recognition.is_response(&parameters)
            || in_fragment.is_some() && parameters.has_signed_tokens();
        is_response.then(|| {
            let question_mark = if parameters.own.is_empty() { "" } else { "?" };
            let clean = concat(&[address, question_mark, &parameters.own]);
            (parameters, clean)
        })
    });
    match (in_query, in_fragment) {
        (None, None) => recognition.find_in_copies(before, query, fragment),
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

impl Recognition<'_> {
    /// Whether these parameters are a response by themselves, wherever they stand.
    fn is_ours(&self, parameters: &ResponseParameters) -> bool {
        let is_ours = |state: &str| State::is_own(state) || (self.is_pending)(state);
        parameters.has_both_tokens()
            || parameters.all(Parameter::State).any(|state| !state.is_empty() && is_ours(state))
    }

    /// The same for parameters that nothing of the application's stands before.
    fn is_response(&self, parameters: &ResponseParameters) -> bool {
        let is_tenants_error = || {
            !parameters.has(Parameter::State)
                && parameters.mode == ResponseMode::of_redirect(self.flow)
                && parameters.get(Parameter::Error).is_some_and(|error| ERRORS.contains(&error))
        };
        self.is_ours(parameters) || is_tenants_error()
    }

    /// The response in a fragment, and the fragment without it.
    fn find_in_fragment(&self, fragment: &str) -> Option<(ResponseParameters, String)> {
        let (route, encoded) = split_route(fragment);
        let parameters = parse(encoded, ResponseMode::Fragment);
        let is_bare = route.bytes().all(|byte| matches!(byte, b'/' | b'!'));
        let is_response =
            if is_bare { self.is_response(&parameters) } else { self.is_ours(&parameters) };
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
    }

    /// The response in a percent-encoded copy: a fragment that a router took for a path, or the value of a parameter in which
    /// a guard keeps the address to return to. The copy leaves the URL.
    fn find_in_copies(
        &self,
        before: &str,
        query: Option<(&str, &str)>,
        fragment: Option<&str>,
    ) -> Option<ResponseUrl> {
        if let Some(fragment) = fragment
            && let Some(parameters) = self.find_decoded(fragment)
        {
            // The route before a query of its own stays.
            let (route, query) = split_once(fragment, b'?').unwrap_or(("", fragment));
            let (route, query) =
                if self.find_decoded(route).is_some() { ("", "") } else { (route, query) };
            let kept = self.without_copies(query);
            let question_mark = if kept.is_empty() { "" } else { "?" };
            let hash = if route.is_empty() && kept.is_empty() { "" } else { "#" };
            let clean_url = concat(&[before, hash, route, question_mark, &kept]);
            return Some(ResponseUrl { parameters, clean_url });
        }
        let (address, query) = query?;
        let parameters = self.find_decoded(query)?;
        let kept = self.without_copies(query);
        let question_mark = if kept.is_empty() { "" } else { "?" };
        let (hash, fragment) = fragment.map_or(("", ""), |fragment| ("#", fragment));
        let clean_url = concat(&[address, question_mark, &kept, hash, fragment]);
        Some(ResponseUrl { parameters, clean_url })
    }

    /// The response in a text that is percent-encoded once or twice.
    fn find_decoded(&self, encoded: &str) -> Option<ResponseParameters> {
        if encoded.len() > MAX_COPY_LENGTH || !encoded.bytes().any(|byte| byte == b'%') {
            return None;
        }
        let mut text = encoded.to_owned();
        for _ in 0..MAX_ENCODINGS {
            text = form_decode(&text);
            // The copy may hold the response in its query or its fragment, and stand behind other parameters.
            let starts = text.bytes().enumerate();
            let starts = starts.filter(|(_, byte)| separates(*byte) || matches!(byte, b'&' | b'='));
            let starts = once(0).chain(starts.map(|(index, _)| index + 1));
            let pieces = starts.filter_map(|start| text.get(start..));
            for piece in pieces.filter(|piece| begins_parameter(piece)).take(MAX_PIECES) {
                let parameters = parse(piece, ResponseMode::of_redirect(self.flow));
                if self.is_ours(&parameters) {
                    return Some(parameters);
                }
            }
        }
        None
    }

    /// The parameters of a query but for those that hold a copy of the response.
    fn without_copies(&self, query: &str) -> String {
        let mut kept = String::new();
        for pair in split(query, b'&').filter(|pair| self.find_decoded(pair).is_none()) {
            join(&mut kept, "&", pair);
        }
        kept
    }
}

/// The parameters of this text; none where it is longer than any response.
fn parse(encoded: &str, mode: ResponseMode) -> ResponseParameters {
    let is_too_long = encoded.len() > MAX_RESPONSE_LENGTH;
    ResponseParameters::parse(if is_too_long { "" } else { encoded }, mode)
}

/// Splits a fragment into a route and a response. Hash routers put a route, or at least a slash, before
/// the response; the route may have a query of its own. The response begins after the last separator
/// that a parameter name follows. Text that begins with such a name, or that holds a token, is not a route.
fn split_route(fragment: &str) -> (&str, &str) {
    let begins = |index| begins_parameter(fragment.get(index..).unwrap_or_default());
    if begins(0) {
        return ("", fragment);
    }
    if fragment.len() > MAX_COPY_LENGTH {
        return (fragment, "");
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
