//! Requests over the network: one attempt, and as many as may be made.

use std::cell::RefCell;
use std::future::Future;
use std::rc::Rc;

use js_sys::{Array, Function, Promise, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::{AbortController, AbortSignal, Response};

use super::page::{Alarm, now_ms, sleep};
use super::task::{promise, settled};
use super::values::{set, write_dictionary};
use crate::error::{Error, ErrorCode};
use crate::management::retry::{Failure, WaitHeaders, next_wait_ms};
use crate::operation::Method;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch)]
    fn fetch(url: &str, init: &JsValue) -> Result<Promise, JsValue>;
    #[wasm_bindgen(js_namespace = Promise)]
    fn race(promises: &Array) -> Promise;
    /// As `js_sys` has it, for text that stays in JavaScript, so that a large profile is not copied.
    #[wasm_bindgen(catch, js_namespace = JSON, js_name = parse)]
    fn parse_json(text: &JsValue) -> Result<JsValue, JsValue>;
}

/// What to send.
pub(crate) struct Outgoing<'a> {
    pub(crate) method: Method,
    pub(crate) url: &'a str,
    /// The `Authorization` header.
    pub(crate) authorization: Option<String>,
    /// Content type and text.
    pub(crate) body: Option<(&'static str, &'a str)>,
    pub(crate) signal: Option<&'a AbortSignal>,
    pub(crate) timeout_ms: u32,
    pub(crate) retries: u32,
}

/// What came back.
pub(crate) struct Incoming {
    pub(crate) status: u16,
    /// The body as JSON; `undefined` where it is empty or none.
    pub(crate) body: JsValue,
    /// How long the server asks to wait.
    pub(crate) wait_ms: Option<f64>,
}

/// Sends, and again as often and as late as `retry` decides.
///
/// # Errors
/// `network_error`, `timeout`, `aborted`.
pub(crate) async fn send(outgoing: &Outgoing<'_>) -> Result<Incoming, Error> {
    let mut attempt = 1;
    loop {
        let result = send_once(outgoing).await;
        let (failure, wait_ms) = match &result {
            Ok(incoming) => (Failure::Status(incoming.status), incoming.wait_ms),
            Err(error) if error.code == ErrorCode::NetworkError => (Failure::Network, None),
            Err(_) => return result,
        };
        let random = js_sys::Math::random();
        let Outgoing { method, retries, .. } = *outgoing;
        match next_wait_ms(method, failure, attempt, retries, wait_ms, random) {
            Some(wait_ms) => sleep(wait_ms, outgoing.signal).await,
            None => return result,
        }
        attempt += 1;
    }
}

async fn send_once(outgoing: &Outgoing<'_>) -> Result<Incoming, Error> {
    check_not_aborted(outgoing.signal)?;
    let controller = AbortController::new().map_err(|_| network_error())?;
    let abort = Reflect::get(&controller, &"abort".into()).unwrap_or_default();
    let abort = abort.unchecked_into::<Function>().bind0(&controller);
    let alarm = Alarm::set(abort, f64::from(outgoing.timeout_ms), outgoing.signal);
    let result = exchange(outgoing, &controller.signal()).await;
    drop(alarm);
    result.map_err(|_| {
        if let Err(aborted) = check_not_aborted(outgoing.signal) {
            aborted
        } else if controller.signal().aborted() {
            Error::new(
                ErrorCode::Timeout,
                "the tenant did not answer in the time allowed (`timeoutMs`): try again",
            )
        } else {
            network_error()
        }
    })
}

async fn exchange(outgoing: &Outgoing<'_>, signal: &AbortSignal) -> Result<Incoming, JsValue> {
    // Never with cookies, along a redirect, with a referrer, from or into a cache.
    let init = write_dictionary(
        r#"{"credentials":"omit","redirect":"error","referrerPolicy":"no-referrer","cache":"no-store","mode":"cors"}"#,
    );
    let headers = write_dictionary("{}");
    if let Some(authorization) = &outgoing.authorization {
        set(&headers, "Authorization", &authorization.into());
    }
    if let Some((kind, text)) = outgoing.body {
        set(&headers, "Content-Type", &kind.into());
        set(&init, "body", &text.into());
    }
    set(&init, "method", &outgoing.method.as_str().into());
    set(&init, "headers", &headers);
    set(&init, "signal", signal);
    let response: Response = settled(&fetch(outgoing.url, &init)?).await?.unchecked_into();
    let text = settled(&response.text()?.unchecked_into()).await?;
    let headers = response.headers();
    let header = |name| headers.get(name).ok().flatten();
    let retry_after = header("Retry-After");
    let date_ms = retry_after.as_ref().map(|date| js_sys::Date::parse(date));
    let wait_ms = WaitHeaders {
        retry_after_date_ms: date_ms,
        retry_after,
        rate_limit_reset: header("X-RateLimit-Reset"),
    }
    .wait_ms(now_ms());
    let body = parse_json(&text).unwrap_or_default();
    Ok(Incoming { status: response.status(), body, wait_ms })
}

/// # Errors
/// `aborted`
pub(crate) fn check_not_aborted(signal: Option<&AbortSignal>) -> Result<(), Error> {
    if signal.is_some_and(AbortSignal::aborted) {
        return Err(Error::new(ErrorCode::Aborted, "the caller's `signal` stopped this"));
    }
    Ok(())
}

/// Waits for something that no signal stops, such as keys that others wait for as well, but no longer
/// than until the caller's signal says stop. It goes on by itself.
///
/// # Errors
/// `aborted`, or its own.
pub(crate) async fn unless_aborted<T: 'static>(
    signal: Option<&AbortSignal>,
    future: impl Future<Output = Result<T, Error>> + 'static,
) -> Result<T, Error> {
    let Some(signal) = signal else {
        return future.await;
    };
    let outcome = Rc::new(RefCell::new(None));
    let ended = outcome.clone();
    let work = promise(Box::pin(async move {
        let result = future.await;
        ended.replace(Some(result));
        Ok(JsValue::UNDEFINED)
    }));
    let mut ring = None;
    let bell = Promise::new(&mut |resolve, _| {
        let _ = signal.add_event_listener_with_callback("abort", &resolve);
        ring = Some(resolve);
    });
    let _ = settled(&race(&Array::of2(&work, &bell))).await;
    if let Some(ring) = ring {
        let _ = signal.remove_event_listener_with_callback("abort", &ring);
    }
    check_not_aborted(Some(signal))?;
    let outcome = outcome.take();
    outcome.unwrap_or_else(|| Err(network_error()))
}

fn network_error() -> Error {
    Error::new(
        ErrorCode::NetworkError,
        "the tenant could not be reached: check the connection, `domain`, the application's Allowed \
         Web Origins in the Auth0 dashboard, and `connect-src` of the page's Content Security Policy",
    )
}
