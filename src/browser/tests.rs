//! The adapters in a real browser. What they serve is tested natively. Whole sign-ins and calls against a tenant are in
//! `tests/redirect`, `tests/interactive`, `tests/api` and `tests/page`.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::futures::JsFuture;
use js_sys::{Array, eval};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::AbortController;

use super::tasks::{PromiseFuture, TaskFuture, to_abortable_promise, to_promise};
use super::{Browser, values};
use crate::error::{Error, ErrorCode, Reason};
use crate::jose::base64url;
use crate::jose::jwk_set::RsaKey;
use crate::oidc::transaction::{RANDOM_BYTES, Transaction};
use crate::oidc::transaction_record::{self, StateLookup};
use crate::operation::Method;
use crate::options::{AuthorizeOptions, Config, TransactionStore};
use crate::platform::{
    Clock, Crypto, Http, HttpOutcome, HttpRequest, Random, SignatureVerdict, StateStore, Tasks,
};
use crate::scope::CurrentUserScope;
use crate::support::json;
use crate::support::value::{Object, Value};

wasm_bindgen_test_configure!(run_in_browser);

fn js(code: &str) -> JsValue {
    eval(code).unwrap()
}

/// Runs a future that only the executor can drive.
async fn in_task<T: 'static>(future: impl Future<Output = T> + 'static) -> T {
    let slot = Rc::new(RefCell::new(None));
    let filled = slot.clone();
    let task: TaskFuture = Box::pin(async move {
        filled.replace(Some(future.await));
        Ok(JsValue::UNDEFINED)
    });
    JsFuture::from(to_promise(Ok(task))).await.unwrap();
    slot.take().unwrap()
}

/// The result of the promise that this code makes.
fn awaited(code: &str) -> PromiseFuture<Result<JsValue, JsValue>> {
    PromiseFuture::new(js(code).unchecked_ref(), |result| result)
}

fn parse(json: &str) -> JsValue {
    values::parse_value(&json.into())
}

fn config() -> Config {
    let options = object(
        "{domain: 'acme.auth0.com', clientId: 'c', redirectUri: 'https://app.example/', \
         scopes: ['read:current_user', 'email'], organization: 'acme', timeoutMs: 2000, retries: 0}",
    );
    Config::parse(&options).unwrap()
}

fn object(code: &str) -> Object {
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

// ── Tasks ────────────────────────────────────────────────────────────────────────────────────

#[wasm_bindgen_test]
async fn a_future_awaits_promises_and_is_one_itself() {
    let ours = to_promise(Ok(Box::pin(async {
        let first = awaited("Promise.resolve(20)").await.unwrap();
        let second = awaited("Promise.reject(22)").await.unwrap_err();
        Ok((first.as_f64().unwrap() + second.as_f64().unwrap()).into())
    })));
    assert_eq!(JsFuture::from(ours).await.unwrap(), JsValue::from(42));
    let late = || Error::new(ErrorCode::Timeout, "late");
    for failed in [to_promise(Ok(Box::pin(async move { Err(late()) }))), to_promise(Err(late()))] {
        let thrown = JsFuture::from(failed).await.unwrap_err();
        assert_eq!(thrown, JsValue::from(r#"{"code":"timeout","message":"late"}"#));
    }
}

#[wasm_bindgen_test]
async fn many_tasks_at_once_each_get_their_own_answer() {
    let promises: Array = (0..100)
        .map(|number| {
            JsValue::from(to_promise(Ok(Box::pin(async move {
                Browser.sleep(f64::from(number % 7)).await;
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
    for (cut, input, verdict) in [
        (0, INPUT, SignatureVerdict::Valid),
        (0, "other", SignatureVerdict::Invalid),
        (1, INPUT, SignatureVerdict::Invalid),
    ] {
        let (key, signature) = (key.clone(), signature[cut..].to_vec());
        let verified =
            async move { Browser.verify_rs256(&key, &signature, input.as_bytes()).await };
        assert_eq!(in_task(verified).await, Ok(verdict));
    }
    let unreadable = RsaKey { modulus: "!".to_owned(), ..key };
    let verified = async move { Browser.verify_rs256(&unreadable, b"x", b"y").await };
    assert_eq!(in_task(verified).await, Ok(SignatureVerdict::UnusableKey));
}

fn random() -> [u8; RANDOM_BYTES] {
    let mut bytes = [0; RANDOM_BYTES];
    Browser.fill(&mut bytes).unwrap();
    bytes
}

#[wasm_bindgen_test]
async fn digests_and_random_bytes_are_the_platforms() {
    let digest = in_task(async { Browser.sha256(b"abc").await }).await.unwrap();
    assert_eq!(base64url::encode(&digest), "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0");
    assert_ne!(random(), random());
}

// ── Network ──────────────────────────────────────────────────────────────────────────────────

#[wasm_bindgen_test]
async fn an_unreachable_host_is_a_failed_request() {
    let outcome = in_task(async {
        let request = HttpRequest {
            method: Method::Get,
            url: "http://127.0.0.1:1/",
            authorization: None,
            body: None,
            timeout_ms: 2_000,
        };
        Browser.send(&request).await
    });
    assert!(matches!(outcome.await, HttpOutcome::Failed(Some(_))));
}

#[wasm_bindgen_test]
async fn a_task_ends_for_those_who_wait_however_it_ended() {
    let first = Browser.spawn(Box::pin(async { Browser.sleep(5.0).await }));
    let second = first.clone();
    in_task(async move { Browser.ended(&first).await }).await;
    in_task(async move { Browser.ended(&second).await }).await;
    let cancelled = Browser.spawn(Box::pin(async { Browser.sleep(60_000.0).await }));
    Browser.cancel(&cancelled);
    in_task(async move { Browser.ended(&cancelled).await }).await;
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
        let waiting = to_abortable_promise(
            Ok(Box::pin(async move {
                running.set(true);
                Browser.sleep(5_000.0).await;
                drop(held);
                Ok(JsValue::UNDEFINED)
            })),
            Some(controller.signal().unchecked_into()),
        );
        let start_ms = Browser.now_ms();
        in_task(Browser.sleep(delay_ms)).await;
        controller.abort();
        let thrown = JsFuture::from(waiting).await.unwrap_err();
        assert!(dropped.get() && ran.get() == began);
        assert!(thrown.as_string().unwrap().contains(r#""code":"aborted""#));
        assert!(Browser.now_ms() - start_ms < 2_000.0);
    }
}

// ── Storage ──────────────────────────────────────────────────────────────────────────────────

const STORE: TransactionStore = TransactionStore::Session;

fn transaction() -> Transaction {
    let asked = AuthorizeOptions::parse(&object("{maxAge: 5, appState: '[1]'}")).unwrap();
    Transaction::begin(&config(), &asked, &random(), Browser.now_ms())
}

fn save(transaction: &mut Transaction) -> Result<(), Error> {
    transaction_record::save(&Browser, STORE, transaction)
}

fn look_up(transaction: &Transaction) -> StateLookup {
    transaction_record::look_up(&Browser, STORE, transaction.state.as_str())
}

#[wasm_bindgen_test]
fn a_record_comes_back_once_and_leaves_no_state_behind() {
    js("sessionStorage.clear()");
    let mut transaction = transaction();
    save(&mut transaction).unwrap();
    let StateLookup::Pending(found) = look_up(&transaction) else { panic!("not found") };
    assert!(*found == transaction);
    transaction_record::consume(&Browser, STORE, transaction.state.as_str()).unwrap();
    assert!(matches!(look_up(&transaction), StateLookup::Used));
    let left = values::stringify(&js("({...sessionStorage})")).unwrap();
    let (state, nonce) = (transaction.state.as_str(), transaction.nonce.as_str());
    assert!(!left.contains(state) && !left.contains(nonce));
}

#[wasm_bindgen_test]
fn records_of_other_programs_are_not_listed() {
    js("sessionStorage.clear(); sessionStorage.setItem('other', 'x'); \
        sessionStorage.setItem('auth0-current-user.x', 'x')");
    save(&mut transaction()).unwrap();
    assert_eq!(Browser.records(STORE).unwrap().len(), 1);
    assert_eq!(js("sessionStorage.getItem('other')"), JsValue::from("x"));
}

#[wasm_bindgen_test]
fn the_two_stores_are_apart() {
    js("sessionStorage.clear(); localStorage.clear()");
    let mut transaction = transaction();
    transaction_record::save(&Browser, TransactionStore::Local, &mut transaction).unwrap();
    assert!(matches!(look_up(&transaction), StateLookup::Unknown));
    assert_eq!(js("localStorage.length"), JsValue::from(1));
    js("localStorage.clear()");
}

#[wasm_bindgen_test]
fn storage_that_is_full_is_told() {
    js("sessionStorage.clear(); globalThis.kept = Storage.prototype.setItem; \
        Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError') }");
    let error = save(&mut transaction()).err();
    js("Storage.prototype.setItem = kept");
    assert_eq!(error.unwrap().code, ErrorCode::InvalidConfiguration);
}
