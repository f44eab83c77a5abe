//! The adapters in a real browser. What they serve is tested natively; whole sign-ins and calls
//! against a tenant are in `tests/browser` and `tests/e2e`.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::futures::JsFuture;
use js_sys::{Array, eval};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::AbortController;

use super::effects::{Stop, now_ms, parse, stringify, wait};
use super::fetch::{Outgoing, send};
use super::store::BrowserStore;
use super::task::{Boxed, abortable, promise, settled};
use super::{crypto, values};
use crate::error::{Error, ErrorCode, Reason};
use crate::jose::base64url;
use crate::jose::jwk_set::RsaKey;
use crate::oidc::sign_in::{Found, Transactions};
use crate::oidc::transaction::Transaction;
use crate::operation::Method;
use crate::options::{AuthorizeOptions, Config, TransactionStore};
use crate::scope::CurrentUserScope;
use crate::support::json;
use crate::support::value::Value;

wasm_bindgen_test_configure!(run_in_browser);

fn js(code: &str) -> JsValue {
    eval(code).unwrap()
}

/// Runs what only a task of ours can await.
async fn in_task<T: 'static>(future: impl Future<Output = T> + 'static) -> T {
    let slot = Rc::new(RefCell::new(None));
    let filled = slot.clone();
    let task: Boxed = Box::pin(async move {
        filled.replace(Some(future.await));
        Ok(JsValue::UNDEFINED)
    });
    JsFuture::from(promise(Ok(task))).await.unwrap();
    slot.take().unwrap()
}

fn config() -> Config {
    let options = object(
        "{domain: 'acme.auth0.com', clientId: 'c', redirectUri: 'https://app.example/', \
         scopes: ['read:current_user', 'email'], organization: 'acme', timeoutMs: 2000, retries: 0}",
    );
    Config::parse(&options).unwrap()
}

fn object(code: &str) -> crate::support::value::Object {
    read_all(&js(&["(", code, ")"].concat())).into_object().unwrap()
}

// ── Values ───────────────────────────────────────────────────────────────────────────────────

fn read_all(value: &JsValue) -> Value {
    values::read(value, values::MAX_DEPTH)
}

#[wasm_bindgen_test]
fn values_are_read_by_their_type_and_never_coerced() {
    let read = object(
        "{a: 1.5, b: '1', c: true, d: null, e: undefined, f: [1, 'x', [2]], g: () => 1, h: 1n, \
         i: new String('x'), j: NaN, k: Symbol()}",
    );
    assert_eq!(*read.get("a"), Value::Number(1.5));
    assert_eq!(*read.get("b"), Value::from("1"));
    assert_eq!(*read.get("c"), Value::Bool(true));
    assert_eq!(*read.get("d"), Value::Null);
    assert_eq!(*read.get("e"), Value::Absent);
    assert!(read.get("f").is_json());
    for odd in ["g", "h", "j", "k"] {
        assert!(!read.get(odd).is_json(), "{odd}");
    }
    assert!(read.get("i").as_str().is_none());
}

#[wasm_bindgen_test]
fn values_are_read_and_written_as_an_independent_implementation_does() {
    let text =
        r#"{"a":[1,-2.5,1e21,5e-324,"\u0000ü😀",null,true],"":{"__proto__":{"x":[]}},"b":false}"#;
    let read = read_all(&parse(text));
    let theirs: Value = serde_wasm_bindgen::from_value(parse(text)).unwrap();
    assert_eq!(read, theirs);
    assert_eq!(json::parse(text), Some(theirs));
    assert_eq!(read_all(&parse(&json::to_text(&read))), read);
}

/// The two readers of JSON text that meet here: what one reads and the other does not would make a
/// sign-in that succeeds and cannot be told.
#[wasm_bindgen_test]
fn json_is_read_where_the_browser_reads_it() {
    let given = [
        "{\"a\":[1,\"\\u00fc\\n\",{\"b\":null}],\"c\":-1.5e+3}",
        "\"\\ud83d\\ude00\\ud800\\/\"",
        "[1e99,0.1,123456789012345678901234567890]",
    ];
    for text in given {
        assert_eq!(json::parse(text), Some(read_all(&parse(text))), "{text}");
        // Each beginning, and each with one character changed.
        for (index, _) in text.char_indices() {
            for other in ["", " ", "0", "\"", "\\", ",", "]", "e", "\u{0}", "\u{a0}", "ü"] {
                let changed = [&text[..index], other, &text[index + 1..]].concat();
                for text in [&changed, &text[..index]] {
                    assert_eq!(json::parse(text).is_some(), !parse(text).is_undefined(), "{text}");
                }
            }
        }
    }
}

#[wasm_bindgen_test]
fn inherited_members_are_not_read_and_own_ones_of_any_name_are() {
    js("Object.prototype.polluted = 'x'");
    let read = object("Object.create({iss: 'inherited'}, {aud: {value: 'own', enumerable: true}})");
    let parsed = read_all(&parse(r#"{"__proto__":{"iss":"x"},"a":1}"#));
    js("delete Object.prototype.polluted");
    assert_eq!(read.0, [("aud".to_owned(), Value::from("own"))]);
    let parsed = parsed.into_object().unwrap();
    assert_eq!(*parsed.get("iss"), Value::Absent);
    assert!(matches!(parsed.get("__proto__"), Value::Object(_)));
}

#[wasm_bindgen_test]
fn a_value_that_contains_itself_ends() {
    let read = read_all(&js("{ const a = []; a.push(a, a, a); a }"));
    assert!(!read.is_json());
}

#[wasm_bindgen_test]
fn an_error_becomes_the_fields_of_the_contract() {
    let error = Error::new(ErrorCode::InsufficientScope, "m")
        .with_reason(Reason::Missing)
        .with_required_scopes([CurrentUserScope::ReadCurrentUser].into_iter().collect())
        .with_status(403)
        .with_app_state(Some("[1]".to_owned()));
    assert_eq!(
        values::to_thrown(&error),
        r#"{"code":"insufficient_scope","message":"m","reason":"missing","status":403,"requiredScopes":["read:current_user"],"appState":[1]}"#
    );
}

#[cfg(feature = "client")]
#[wasm_bindgen_test]
fn an_error_comes_back_whole_from_its_text() {
    let error = Error::new(ErrorCode::RateLimited, "m").with_reason(Reason::OtherClient);
    assert_eq!(values::from_thrown(&values::to_thrown(&error)), error);
    let error = error
        .with_server_error(Some("c".to_owned()), Some("w".to_owned()))
        .with_status(429)
        .with_retry_after_ms(Some(1000.0))
        .with_required_scopes(CurrentUserScope::ALL.iter().copied().collect())
        .with_app_state(Some(r#"{"a":[null]}"#.to_owned()));
    assert_eq!(values::from_thrown(&values::to_thrown(&error)), error);
    // What is no error of ours has come from where none was expected.
    for other in ["undefined", "'timeout'", "'{\"code\":\"other\"}'", "new TypeError('x')"] {
        assert_eq!(values::from_thrown(&js(other)).code, ErrorCode::ApiError);
    }
}

// ── Tasks ────────────────────────────────────────────────────────────────────────────────────

#[wasm_bindgen_test]
async fn a_future_awaits_promises_and_is_one_itself() {
    let ours = promise(Ok(Box::pin(async {
        let first = settled(js("Promise.resolve(20)").unchecked_into()).await.unwrap();
        let second = settled(js("Promise.reject(22)").unchecked_into()).await.unwrap_err();
        Ok((first.as_f64().unwrap() + second.as_f64().unwrap()).into())
    })));
    assert_eq!(JsFuture::from(ours).await.unwrap(), JsValue::from(42));
    let late = || Error::new(ErrorCode::Timeout, "late");
    for failed in [promise(Ok(Box::pin(async move { Err(late()) }))), promise(Err(late()))] {
        let thrown = JsFuture::from(failed).await.unwrap_err();
        assert_eq!(thrown, JsValue::from(r#"{"code":"timeout","message":"late"}"#));
    }
}

#[wasm_bindgen_test]
async fn many_tasks_at_once_each_get_their_own_answer() {
    let promises: Array = (0..100)
        .map(|number| {
            JsValue::from(promise(Ok(Box::pin(async move {
                let _ = settled(wait(&Stop::new(), f64::from(number % 7))).await;
                Ok(number.into())
            }))))
        })
        .collect();
    let all = js("(promises) => Promise.all(promises)").unchecked_into::<js_sys::Function>();
    let all = all.call1(&JsValue::UNDEFINED, &promises).unwrap();
    let all: js_sys::Promise = all.unchecked_into();
    let answers: Array = JsFuture::from(all).await.unwrap().unchecked_into();
    assert!(
        answers.iter().enumerate().all(|(index, answer)| answer == JsValue::from(index as u32))
    );
}

// ── Cryptography ─────────────────────────────────────────────────────────────────────────────

/// RFC 7515 A.2: key, signing input and signature as published.
const MODULUS: &str = "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ";
const INPUT: &str = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
const SIGNATURE: &str = "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";

#[wasm_bindgen_test]
async fn the_published_signature_verifies_and_a_changed_one_does_not() {
    let key = RsaKey { key_id: None, modulus: MODULUS.to_owned(), exponent: "AQAB".to_owned() };
    let signature = base64url::decode(SIGNATURE).unwrap();
    for (cut, input, verdict) in
        [(0, INPUT, Some(true)), (0, "other", Some(false)), (1, INPUT, Some(false))]
    {
        let (key, signature) = (key.clone(), signature[cut..].to_vec());
        let verified = async move { crypto::verify(&key, &signature, input.as_bytes()).await };
        assert_eq!(in_task(verified).await, Ok(verdict));
    }
    let unreadable = RsaKey { modulus: "!".to_owned(), ..key };
    let verified = async move { crypto::verify(&unreadable, b"x", b"y").await };
    assert_eq!(in_task(verified).await, Ok(None));
}

#[wasm_bindgen_test]
async fn digests_and_random_bytes_are_the_platforms() {
    let digest = in_task(crypto::sha256(b"abc")).await.unwrap();
    assert_eq!(base64url::encode(&digest), "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0");
    assert_ne!(crypto::random().unwrap(), crypto::random().unwrap());
}

// ── Network ──────────────────────────────────────────────────────────────────────────────────

#[wasm_bindgen_test]
async fn an_unreachable_host_is_a_network_error() {
    let sent = in_task(async {
        let url = "http://127.0.0.1:1/".to_owned();
        let outgoing = Outgoing { method: Method::Get, url, body: None };
        send(&config(), &outgoing, &|| Ok(None)).await.err()
    });
    let error = sent.await.unwrap();
    assert_eq!(error.code, ErrorCode::NetworkError);
}

#[wasm_bindgen_test]
async fn a_signal_stops_a_task_and_what_it_had_under_way_is_dropped() {
    struct Dropped(Rc<Cell<bool>>);
    impl Drop for Dropped {
        fn drop(&mut self) {
            self.0.set(true);
        }
    }
    for (delay_ms, began) in [(50.0, true), (-1.0, false)] {
        let controller = AbortController::new().unwrap();
        if delay_ms < 0.0 {
            controller.abort();
        }
        let (dropped, ran) = (Rc::new(Cell::new(false)), Rc::new(Cell::new(false)));
        let (held, running) = (Dropped(dropped.clone()), ran.clone());
        let waiting = abortable(
            Ok(Box::pin(async move {
                running.set(true);
                let _ = settled(wait(&Stop::new(), 5_000.0)).await;
                drop(held);
                Ok(JsValue::UNDEFINED)
            })),
            Some(controller.signal().unchecked_into()),
        );
        let start_ms = now_ms();
        JsFuture::from(wait(&Stop::new(), delay_ms)).await.unwrap();
        controller.abort();
        let thrown = JsFuture::from(waiting).await.unwrap_err();
        assert!(dropped.get() && ran.get() == began);
        assert!(thrown.as_string().unwrap().contains(r#""code":"aborted""#));
        assert!(now_ms() - start_ms < 2_000.0);
    }
}

// ── Storage ──────────────────────────────────────────────────────────────────────────────────

fn transaction() -> Transaction {
    let mut asked = AuthorizeOptions::parse(&object("{maxAge: 5, appState: '[1]'}")).unwrap();
    asked.redirect_uri = None;
    Transaction::begin(&config(), &asked, &crypto::random().unwrap(), now_ms())
}

#[wasm_bindgen_test]
fn a_record_comes_back_once_and_leaves_no_state_behind() {
    js("sessionStorage.clear()");
    let store = BrowserStore::new(TransactionStore::Session);
    let mut transaction = transaction();
    store.save(&mut transaction).unwrap();
    let Found::Pending(found) = store.find(transaction.state.as_str()) else { panic!("not found") };
    assert!(*found == transaction);
    store.consume(transaction.state.as_str()).unwrap();
    assert!(matches!(store.find(transaction.state.as_str()), Found::Used));
    let left = stringify(&js("({...sessionStorage})")).unwrap();
    assert!(
        !left.contains(transaction.state.as_str()) && !left.contains(transaction.nonce.as_str())
    );
}

#[wasm_bindgen_test]
fn a_damaged_record_is_no_pending_sign_in() {
    js("localStorage.clear()");
    let store = BrowserStore::new(TransactionStore::Local);
    let mut transaction = transaction();
    store.save(&mut transaction).unwrap();
    for damage in ["'{'", "'null'", "'{}'", "'[]'", "'{\"state\":1}'"] {
        js(&["localStorage.setItem(localStorage.key(0), ", damage, ")"].concat());
        assert!(matches!(store.find(transaction.state.as_str()), Found::Unknown), "{damage}");
    }
}

#[wasm_bindgen_test]
fn a_record_whose_app_state_is_no_json_is_damaged() {
    js("sessionStorage.clear()");
    let store = BrowserStore::new(TransactionStore::Session);
    for wrong in ["{", "undefined", "1,\"claims\":{\"sub\":\"auth0|other\"}"] {
        let mut transaction = transaction();
        transaction.app_state = Some(wrong.to_owned());
        store.save(&mut transaction).unwrap();
        assert!(matches!(store.find(transaction.state.as_str()), Found::Unknown), "{wrong}");
    }
}

#[wasm_bindgen_test]
fn the_newest_twenty_stay() {
    js("sessionStorage.clear(); sessionStorage.setItem('other', 'x')");
    let store = BrowserStore::new(TransactionStore::Session);
    let mut all: Vec<_> = (0..25).map(|_| transaction()).collect();
    for transaction in &mut all {
        store.save(transaction).unwrap();
    }
    let is_pending =
        |index: usize| matches!(store.find(all[index].state.as_str()), Found::Pending(_));
    assert!((0..5).all(|index| !is_pending(index)));
    assert!((5..25).all(is_pending));
    assert_eq!(js("sessionStorage.getItem('other')"), JsValue::from("x"));
}

#[wasm_bindgen_test]
fn storage_that_is_full_is_told() {
    js("sessionStorage.clear(); globalThis.kept = Storage.prototype.setItem; \
        Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError') }");
    let error = BrowserStore::new(TransactionStore::Session).save(&mut transaction()).err();
    js("Storage.prototype.setItem = kept");
    assert_eq!(error.unwrap().code, ErrorCode::InvalidConfiguration);
}
