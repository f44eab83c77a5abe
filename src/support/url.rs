//! The two kinds of URL that an application configures, and the two encodings of a URL's parts.
//!
//! A URL that a parser could read differently from a person is refused. The `url` crate accepts such
//! URLs, and brings the tables of internationalized host names.

use super::text::{Bytes, concat, digits, escape, rsplit_once, split, split_once};

/// The origin of a plain `host` or `host:port`, as a browser writes it: `https`, except for loopback
/// hosts. `None` for user info, path, query, fragment, backslash, white space, percent signs, empty
/// labels, letters outside ASCII, and addresses in shorthand (RFC 3986 3.2, RFC 8252 8.3).
pub(crate) fn origin_of(domain: &str) -> Option<String> {
    if !is_host_and_port(domain, false) {
        return None;
    }
    let domain = domain.to_ascii_lowercase();
    let (host, port) = split_port(&domain);
    let loopback = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
    let (scheme, default_port) = if loopback { ("http://", "80") } else { ("https://", "443") };
    let port = if port == default_port { "" } else { port };
    Some(concat(&[scheme, host, if port.is_empty() { "" } else { ":" }, port]))
}

/// Whether this is an absolute http(s) URL without a fragment (RFC 6749 3.1.2).
///
/// The URL is kept exactly as written, because authorization servers compare it as text
/// (RFC 9700 4.1.3).
pub(crate) fn is_redirect_uri(uri: &str) -> bool {
    let rest = uri.strip_prefix("https://").or_else(|| uri.strip_prefix("http://"));
    let before = |text, separator| split_once(text, separator).map_or(text, |(before, _)| before);
    let plain = uri.bytes().all(|byte| byte > b' ' && !matches!(byte, 0x7f | b'\\' | b'#'));
    plain && rest.is_some_and(|rest| is_host_and_port(before(before(rest, b'/'), b'?'), true))
}

/// Splits host and port. A missing port is empty.
fn split_port(authority: &str) -> (&str, &str) {
    // After a closing bracket there is no port: the last colon belongs to the IPv6 address.
    match rsplit_once(authority, b':') {
        Some((host, port)) if !authority.ends_with(']') => (host, port),
        _ => (authority, ""),
    }
}

fn is_host_and_port(authority: &str, international: bool) -> bool {
    let (host, port) = split_port(authority);
    let port_ok = if port.is_empty() {
        host.len() == authority.len()
    } else {
        is_decimal(port, 65_535.0) && port != "0"
    };
    port_ok && (host == "[::1]" || is_host_name(host, international))
}

/// Whether this is a decimal number of at most `most`. A leading zero could be read as octal.
fn is_decimal(text: &str, most: f64) -> bool {
    (text == "0" || !text.starts_with('0')) && digits(text).is_some_and(|number| number <= most)
}

fn is_host_name(host: &str, international: bool) -> bool {
    let label_ok = |label: &str| {
        !(label.is_empty() || label.len() > 63 || label.starts_with('-') || label.ends_with('-'))
            && label.bytes().all(|byte| {
                byte.is_ascii_alphanumeric() || byte == b'-' || international && !byte.is_ascii()
            })
    };
    // If the last label is a number, URL parsers read the host as an IPv4 address, also in octal and in
    // shorthand (URL Standard, "ends in a number").
    let last = rsplit_once(host, b'.').map_or(host, |(_, last)| last);
    let is_number = last.bytes().all(|byte| byte.is_ascii_digit())
        || matches!(last.as_bytes(), [b'0', b'x' | b'X', ..]);
    host.len() <= 253
        && split(host, b'.')
            .all(|label| label_ok(label) && (!is_number || is_decimal(label, 255.0)))
        && (!is_number || split(host, b'.').count() == 4)
}

const UNRESERVED: Bytes = Bytes::of(&[
    (b'A', b'Z'),
    (b'a', b'z'),
    (b'0', b'9'),
    (b'-', b'.'),
    (b'_', b'_'),
    (b'~', b'~'),
]);

/// Percent-encodes everything but the unreserved characters (RFC 3986 2.3), so that no value can
/// start another parameter or path segment.
pub(crate) fn percent_encode(text: &str, into: &mut String) {
    escape(text, "%", into, &UNRESERVED);
}

/// Decodes `application/x-www-form-urlencoded` text as the URL Standard does: `+` is a space, and a
/// percent sign without two hexadecimal digits stays. A text whose bytes are not UTF-8 becomes U+FFFD,
/// which no parameter expects.
pub(crate) fn form_decode(text: &str) -> String {
    if !text.bytes().any(|byte| matches!(byte, b'+' | b'%')) {
        return text.to_owned();
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut ahead = rest.clone();
                let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
                match (digit(ahead.next()), digit(ahead.next())) {
                    (Some(high), Some(low)) => {
                        rest = ahead;
                        #[allow(clippy::cast_possible_truncation, reason = "two hex digits")]
                        let decoded = (high * 16 + low) as u8;
                        decoded
                    }
                    _ => b'%',
                }
            }
            other => other,
        });
    }
    std::str::from_utf8(&bytes).unwrap_or("\u{fffd}").to_owned()
}
