//! JSON text with tags for values that only JavaScript has.
#![allow(clippy::unwrap_used, reason = "a failed test panics")]

use auth0_current_user::internals::json::to_text;
use auth0_current_user::internals::tagged_json::from_tagged_json;
use auth0_current_user::internals::value::Value;

#[test]
fn what_only_javascript_has_is_read_where_it_is_described() {
    let value = from_tagged_json(r#"{"a":u,"b":[x,1],"c":"u"}"#).unwrap().into_object().unwrap();
    assert_eq!(*value.get("a"), Value::Absent);
    assert_eq!(*value.get("b"), Value::Array(vec![Value::Other, Value::Number(1.0)]));
    assert_eq!(*value.get("c"), Value::from("u"));
    assert_eq!(from_tagged_json("xx"), None);
}

#[test]
fn what_json_cannot_say_is_left_out_or_null() {
    let given = from_tagged_json(r#"{"a":u,"b":x,"c":[u,x],"d":1e999}"#).unwrap();
    assert_eq!(to_text(&given), r#"{"c":[null,null],"d":null}"#);
}
