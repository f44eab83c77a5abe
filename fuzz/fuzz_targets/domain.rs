//! Parses any domain and any redirect URI. A URL parser must see the same host in each accepted one.
#![no_main]

use auth0_current_user_fuzz::config;
use libfuzzer_sys::fuzz_target;
use serde_json::json;
use url::Url;

fuzz_target!(|text: &str| {
    if let Ok(config) = config(&json!({ "domain": text })) {
        let lower = text.to_ascii_lowercase();
        match Url::parse(&config.issuer) {
            Ok(url) => {
                assert_eq!(url.as_str(), config.issuer);
                assert_eq!(url.origin().ascii_serialization(), config.origin);
                assert_eq!(url.path(), "/");
                assert!(lower.starts_with(url.host_str().unwrap()));
                let loopback = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
                assert_eq!(url.scheme(), if loopback { "http" } else { "https" });
            }
            // Invalid punycode names no host.
            Err(_) => assert!(lower.contains("xn--"), "{text}"),
        }
    }
    if config(&json!({ "redirectUri": text })).is_ok() {
        match Url::parse(text) {
            Ok(url) => {
                assert!(matches!(url.scheme(), "http" | "https"));
                assert_eq!((url.username(), url.password(), url.fragment()), ("", None, None));
            }
            Err(_) => assert!(!text.is_ascii() || text.to_ascii_lowercase().contains("xn--")),
        }
    }
});
