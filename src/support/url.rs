//! The two kinds of address that an application configures. What a URL parser could read in another
//! way than the eye does is refused.

use crate::support::text::{concat, digits, rsplit_once, split, split_once};

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

/// Is this an absolute http(s) URL without a fragment (RFC 6749 3.1.2)?
///
/// It is kept exactly as it was written, since authorization servers compare it as text
/// (RFC 9700 4.1.3).
pub(crate) fn is_redirect_uri(uri: &str) -> bool {
    let rest = uri.strip_prefix("https://").or_else(|| uri.strip_prefix("http://"));
    let before = |text, separator| split_once(text, separator).map_or(text, |(before, _)| before);
    let plain = uri.bytes().all(|byte| byte > b' ' && !matches!(byte, 0x7f | b'\\' | b'#'));
    plain && rest.is_some_and(|rest| is_host_and_port(before(before(rest, b'/'), b'?'), true))
}

/// Host and port; the port is empty where there is none.
fn split_port(authority: &str) -> (&str, &str) {
    // A bracket at the end means that the last colon belongs to an IPv6 address.
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

/// A number as everybody reads it: no octal, and not above its limit.
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
    // Where the last label is a number, URL parsers take the whole for an IPv4 address, in octal and
    // in shorthand too (URL Standard, "ends in a number").
    let last = rsplit_once(host, b'.').map_or(host, |(_, last)| last);
    let is_number = last.bytes().all(|byte| byte.is_ascii_digit())
        || matches!(last.as_bytes(), [b'0', b'x' | b'X', ..]);
    host.len() <= 253
        && split(host, b'.')
            .all(|label| label_ok(label) && (!is_number || is_decimal(label, 255.0)))
        && (!is_number || split(host, b'.').count() == 4)
}
