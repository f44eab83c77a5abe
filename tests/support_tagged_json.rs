//! JSON text with tags for values that only JavaScript has.
#![allow(clippy::unwrap_used, reason = "a failed test panics")]

use auth0_current_user::internals::json::to_text;
use auth0_current_user::internals::tagged_json::from_tagged_json;
use auth0_current_user::internals::value::Value;

#[test]
fn reads_tags_as_values_that_only_javascript_has() {
    let value = from_tagged_json(r#"{"a":u,"b":[x,1],"c":"u"}"#).unwrap().into_object().unwrap();
    assert_eq!(*value.get("a"), Value::Absent);
    assert_eq!(*value.get("b"), Value::Array(vec![Value::Other, Value::Number(1.0)]));
    assert_eq!(*value.get("c"), Value::from("u"));
    assert_eq!(from_tagged_json("xx"), None);
}

#[test]
fn writes_values_that_json_lacks_as_null_or_omits_them() {
    let given = from_tagged_json(r#"{"a":u,"b":x,"c":[u,x],"d":1e999}"#).unwrap();
    assert_eq!(to_text(&given), r#"{"c":[null,null],"d":null}"#);
}
