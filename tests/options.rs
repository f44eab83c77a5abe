//! The client's options (RFC 3986, RFC 8252 8.3). An independent URL parser shows what a browser makes of each.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed test panics")]
#![allow(clippy::indexing_slicing, reason = "a failed test panics")]

mod common;

use auth0_current_user::internals::error::{Error, ErrorCode};
use auth0_current_user::internals::options::{AuthorizeOptions, Config};
use common::{object, options};
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use url::Url;

fn parse_domain(domain: &str) -> Result<Config, Error> {
    Config::parse(&object(&options(&json!({ "domain": domain }))))
}

#[test]
fn a_redirect_uri_whose_query_looks_like_a_response_is_refused() {
    for name in ["code", "state", "error", "iss", "st%61te", "%65rror"] {
        for query in [format!("{name}=1"), name.to_owned(), format!("a=1&{name}=2&b=3")] {
            let uri = format!("https://app.example/cb?{query}");
            let given = options(&json!({ "redirectUri": uri }));
            let error = Config::parse(&object(&given)).unwrap_err();
            assert_eq!(error.code, ErrorCode::InvalidConfiguration, "{uri}");
            let error =
                AuthorizeOptions::parse(&object(&json!({ "redirectUri": uri }))).unwrap_err();
            assert_eq!(error.code, ErrorCode::InvalidConfiguration, "{uri}");
        }
    }
    for query in ["codes=1", "a=code", "a=state=1", "State=1", "my_error=1", "a=%26code%3D1"] {
        let given = options(&json!({"redirectUri": format!("https://app.example/cb?{query}")}));
        assert!(Config::parse(&object(&given)).is_ok(), "{query}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    /// An accepted domain is the host that a browser reads, and its URL has no other part.
    #[test]
    fn accepts_only_domains_that_a_browser_reads_as_the_same_host(
        domain in "[a-zA-Z0-9.:@/?#%\\\\_ -]{1,24}|[a-z0-9-]{1,8}(\\.[a-z0-9-]{1,8}){0,3}(:[0-9]{0,6})?|(0x)?[0-9a-f.]{1,16}|\\[[0-9a-f:.]{1,12}\\](:[0-9]{1,5})?|\\PC{1,12}",
    ) {
        let Ok(config) = parse_domain(&domain) else { return Ok(()) };
        prop_assert_eq!(&config.issuer, &[&config.origin, "/"].concat());
        // A browser decodes punycode labels and may refuse them. It reads none of them as another label.
        let Ok(url) = Url::parse(&config.issuer) else {
            prop_assert!(domain.to_ascii_lowercase().contains("xn--"), "{} is no URL", domain);
            return Ok(());
        };
        prop_assert_eq!(url.as_str(), config.issuer.as_str());
        prop_assert_eq!(url.origin().ascii_serialization(), config.origin.clone());
        prop_assert_eq!((url.username(), url.password(), url.path()), ("", None, "/"));
        let host = url.host_str().unwrap();
        prop_assert!(domain.to_ascii_lowercase().starts_with(host));
        let loopback = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
        prop_assert_eq!(url.scheme(), if loopback { "http" } else { "https" });
    }

    #[test]
    fn accepts_only_redirect_uris_that_a_browser_reads_as_absolute_http_urls(
        uri in "https?://[a-zA-Z0-9.:@/?#%\\\\_ -]{1,24}|https?:[/\\\\]{0,3}\\PC{1,16}|\\PC{1,16}",
    ) {
        if Config::parse(&object(&options(&json!({ "redirectUri": uri })))).is_err() {
            return Ok(());
        }
        let Ok(url) = Url::parse(&uri) else {
            // Such a host cannot exist, so no tenant allows it as a callback.
            prop_assert!(uri.to_ascii_lowercase().contains("xn--") || !uri.is_ascii(), "{} is no URL", uri);
            return Ok(());
        };
        prop_assert!(matches!(url.scheme(), "http" | "https"));
        prop_assert_eq!((url.username(), url.password(), url.fragment()), ("", None, None));
    }

    #[test]
    fn refuses_any_invalid_option_with_an_error_code(
        name in proptest::sample::select(&[
            "domain", "clientId", "redirectUri", "scopes", "tenantDomain", "flow", "transactionStore",
            "organization", "leewaySeconds", "timeoutMs", "retries", "clientSecret", "x",
        ][..]),
        value in prop_oneof![
            Just(json!(null)), Just(json!({})), Just(json!([])), Just(json!([1])), Just(json!(true)),
            any::<f64>().prop_map(Json::from), "\\PC{0,12}".prop_map(Json::from),
        ],
    ) {
        let mut given = options(&json!({}));
        given[name] = value;
        if let Err(error) = Config::parse(&object(&given)) {
            let code = error.code;
            prop_assert!(matches!(
                code,
                ErrorCode::InvalidConfiguration
                    | ErrorCode::ClientSecretForbidden
                    | ErrorCode::ScopeNotPermitted
            ));
        }
    }
}
