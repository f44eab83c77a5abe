//! The JSON reader and writer, compared with `serde_json`. The reader follows `JSON.parse` where the two differ.

use auth0_current_user::internals::json::{ObjectWriter, parse, to_text};
use auth0_current_user::internals::value::Value;
use proptest::prelude::*;
use serde_json::json;

fn theirs(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok()
}

#[test]
fn refuses_text_that_is_not_json() {
    for text in [
        "",
        " ",
        "nul",
        "nulll",
        "True",
        "undefined",
        "NaN",
        "Infinity",
        "-Infinity",
        "u",
        "x",
        "{",
        "}",
        "[",
        "]",
        "[1",
        "[1,",
        "[1,]",
        "[,1]",
        "[1 2]",
        "[1,,2]",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{,}",
        "{a:1}",
        "{'a':1}",
        "{\"a\" 1}",
        "{\"a\":1 \"b\":2}",
        "{1:2}",
        "\"",
        "\"\\\"",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\u12g4\"",
        "\"\n\"",
        "\"\t\"",
        "\"\u{0}\"",
        "\u{0}",
        "1\u{0}",
        "null\u{0}",
        "01",
        "-",
        "-01",
        "+1",
        "1.",
        ".5",
        "1.e5",
        "1e",
        "1e+",
        "1E-",
        "1e5.5",
        "0x10",
        "1_000",
        "--1",
        "1-1",
        "1 2",
        "[] []",
        "{} x",
        "/**/1",
        "1//",
        "\u{feff}1",
        "\u{a0}1",
        "[1]\u{b}",
        "\u{c}1",
        "tru\\u0065",
        "\"a\"b",
        "nu ll",
        "\"\\u+123\"",
        "\"\\u 123\"",
        "[\"a\":1]",
    ] {
        assert_eq!(parse(text), None, "{text:?}");
        assert_eq!(theirs(text), None, "{text:?}");
    }
}

#[test]
fn reads_json_as_serde_json_does() {
    for text in [
        "null",
        "true",
        " false ",
        "\r\n\t[\r\n\t]",
        "{ }",
        "[ 1 , 2 ]",
        "{ \"a\" : [ { } ] , \"a\" : 2 }",
        "0",
        "-0",
        "0.5",
        "1e3",
        "1E+3",
        "-1.5e-3",
        "0e0",
        "9007199254740993",
        "123456789012345",
        "1234567890123456",
        "0.1",
        "1e-400",
        "179769313486231570000000000000000000000",
        "2.2250738585072011e-308",
        "\"\"",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
        "\"\\u00fc\\u00FC\\u0000\\ud83d\\ude00\"",
        "\"ü😀\u{2028}\u{7f}\"",
        "{\"__proto__\":1,\"\":2}",
    ] {
        let ours = parse(text);
        assert!(ours.is_some(), "{text:?}");
        assert_eq!(ours, theirs(text), "{text:?}");
    }
}

/// `serde_json` refuses these texts. `JSON.parse` reads them.
#[test]
fn reads_lone_surrogates_and_huge_numbers_as_browsers_do() {
    for (text, expected) in [
        ("\"\\ud800\"", "\u{fffd}"),
        ("\"\\udc00\"", "\u{fffd}"),
        ("\"\\ud800\\ud800\"", "\u{fffd}\u{fffd}"),
        ("\"\\ud83dx\"", "\u{fffd}x"),
        ("\"\\ud83d\\n\"", "\u{fffd}\n"),
        ("\"\\ud83d\\u0041\"", "\u{fffd}A"),
        ("\"\\ud83d\\ud83d\\ude00\"", "\u{fffd}😀"),
    ] {
        assert_eq!(parse(text), Some(expected.into()), "{text}");
    }
    assert_eq!(parse("\"\\ud83d\\u00\""), None);
    assert_eq!(parse("[1e999]"), Some(Value::Array(vec![Value::Number(f64::INFINITY)])));
}

#[test]
fn refuses_json_that_is_nested_too_deeply() {
    let nested = |depth: usize| ["[".repeat(depth), "]".repeat(depth)].concat();
    assert!(parse(&nested(128)).is_some());
    assert_eq!(parse(&nested(129)), None);
    assert_eq!(parse(&nested(1_000_000)), None);
    assert_eq!(parse(&"{\"a\":".repeat(1_000_000)), None);
}

#[test]
fn writes_an_object_member_by_member() {
    let mut members = ObjectWriter::default();
    members.text("a\"", "\u{1}");
    members.json("b", "[null]");
    members.optional("c", Some("x"));
    members.optional("d", None);
    members.number("e", 90.0);
    assert_eq!(members.end(), r#"{"a\u0022":"\u0001","b":[null],"c":"x","e":90}"#);
}

fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(|bool| json!(bool)),
        any::<f64>()
            .prop_filter("finite", |number| number.is_finite())
            .prop_map(|number| json!(number)),
        any::<i32>().prop_map(|number| json!(number)),
        any::<String>().prop_map(|text| json!(text)),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(|items| json!(items)),
            prop::collection::btree_map(any::<String>(), inner, 0..6).prop_map(|it| json!(it)),
        ]
    })
}

proptest! {
    #[test]
    fn reads_and_writes_any_json_without_loss(value in any_json()) {
        for text in [value.to_string(), serde_json::to_string_pretty(&value).unwrap()] {
            let read = parse(&text);
            prop_assert_eq!(&read, &theirs(&text));
            let written = to_text(&read.unwrap());
            prop_assert_eq!(theirs(&written), theirs(&text));
        }
    }

    /// Both readers accept or refuse a text that is almost JSON.
    #[test]
    fn accepts_damaged_json_only_if_serde_json_does(
        value in any_json(),
        damage in "[\\[\\]{}\",:0-9eE+.\\- a-fnrtu\\\\]{0,3}",
        at in any::<prop::sample::Index>(),
        gone in 0_usize..3,
    ) {
        let text = value.to_string();
        let chars: Vec<char> = text.chars().collect();
        let at = at.index(chars.len());
        let damaged: String = chars[..at].iter().copied()
            .chain(damage.chars())
            .chain(chars[(at + gone).min(chars.len())..].iter().copied())
            .collect();
        let theirs = theirs(&damaged);
        let ours = parse(&damaged);
        // `reads_lone_surrogates_and_huge_numbers_as_browsers_do` lists the differences.
        let known = |text: &str| text.contains("\\u") || text.contains(['e', 'E']);
        if ours.is_none() || !known(&damaged) {
            prop_assert_eq!(&ours, &theirs, "{}", damaged);
        } else if theirs.is_some() {
            prop_assert_eq!(&ours, &theirs, "{}", damaged);
        }
    }
}
