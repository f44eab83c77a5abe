//! Parses any key set. Each accepted key must be one that another reader of RFC 7517 and RFC 7518 6.3.1 accepts.
#![no_main]

use auth0_current_user::internals::jose::jwk_set::parse;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use libfuzzer_sys::fuzz_target;
use serde_json::Value as Json;

fuzz_target!(|text: &str| {
    // Both readers take the last of repeated members.
    let (Ok(set), Ok(json)) = (serde_json::from_str(text), serde_json::from_str::<Json>(text))
    else {
        return;
    };
    let actual = parse(set);
    assert_eq!(actual.is_some(), json["keys"].is_array());
    let taken: Vec<_> = actual
        .unwrap_or_default()
        .into_iter()
        .map(|key| (key.key_id, key.modulus, key.exponent))
        .collect();
    let expected: Vec<_> =
        json["keys"].as_array().into_iter().flatten().take(1_000).filter_map(usable).collect();
    // The crate may refuse more keys than the second reader. It must not accept more.
    assert!(taken.iter().all(|key| expected.contains(key)), "{taken:?}");
});

fn usable(key: &Json) -> Option<(Option<String>, String, String)> {
    let text = |name: &str| key[name].as_str().map(str::to_owned);
    let unless_absent = |name: &str, expected: &str| key.get(name).is_none_or(|it| it == expected);
    let bytes = |name: &str| {
        let bytes = URL_SAFE_NO_PAD.decode(key[name].as_str()?).ok()?;
        Some(bytes.into_iter().skip_while(|byte| *byte == 0).collect::<Vec<_>>())
    };
    let (modulus, exponent) = (bytes("n")?, bytes("e")?);
    let verifies = key.get("key_ops").is_none_or(|uses| {
        uses.as_array().is_some_and(|uses| uses.iter().any(|word| word == "verify"))
    });
    let fits = key["kty"] == "RSA"
        && unless_absent("alg", "RS256")
        && unless_absent("use", "sig")
        && verifies
        && key.get("kid").is_none_or(Json::is_string)
        && (256..=2048).contains(&modulus.len())
        && exponent.last().is_some_and(|last| last % 2 == 1)
        && exponent != [1];
    fits.then_some((text("kid"), text("n")?, text("e")?))
}
