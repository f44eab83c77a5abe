//! Requests over the network: one attempt, and as many as may be made.

use js_sys::Promise;
use serde::Serialize;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, AbortSignal, Response};

use super::page::{now_ms, sleep, window};
use super::values::write_dictionary;
use crate::error::{Error, ErrorCode};
use crate::management::retry::{Failure, WaitHeaders, next_wait_ms};
use crate::operation::Method;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch)]
    fn fetch(url: &str, init: &JsValue) -> Result<Promise, JsValue>;
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

/// Never with cookies, never along a redirect, never with a referrer, never from or into a cache.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Init<'a> {
    method: &'static str,
    #[serde(with = "serde_wasm_bindgen::preserve")]
    headers: JsValue,
    body: Option<&'a str>,
    credentials: &'static str,
    redirect: &'static str,
    referrer_policy: &'static str,
    cache: &'static str,
    mode: &'static str,
    #[serde(with = "serde_wasm_bindgen::preserve")]
    signal: JsValue,
}

#[derive(Serialize)]
struct Headers<'a> {
    #[serde(rename = "Authorization", skip_serializing_if = "Option::is_none")]
    authorization: Option<&'a str>,
    #[serde(rename = "Content-Type", skip_serializing_if = "Option::is_none")]
    content_type: Option<&'static str>,
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
    let is_aborted = || outgoing.signal.is_some_and(AbortSignal::aborted);
    if is_aborted() {
        return Err(aborted());
    }
    let controller = AbortController::new().map_err(|_| network_error())?;
    let abort = js_sys::Reflect::get(&controller, &"abort".into()).unwrap_or_default();
    let abort: js_sys::Function = abort.unchecked_into::<js_sys::Function>().bind0(&controller);
    #[allow(clippy::cast_possible_wrap, reason = "timeouts are at most 2³¹ − 1")]
    let timer = window()
        .set_timeout_with_callback_and_timeout_and_arguments_0(&abort, outgoing.timeout_ms as i32)
        .unwrap_or_default();
    if let Some(signal) = outgoing.signal {
        let _ = signal.add_event_listener_with_callback("abort", &abort);
    }
    let result = exchange(outgoing, &controller.signal()).await;
    window().clear_timeout_with_handle(timer);
    if let Some(signal) = outgoing.signal {
        let _ = signal.remove_event_listener_with_callback("abort", &abort);
    }
    result.map_err(|_| {
        if is_aborted() {
            aborted()
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
    let headers = write_dictionary(&Headers {
        authorization: outgoing.authorization.as_deref(),
        content_type: outgoing.body.map(|(kind, _)| kind),
    });
    let init = write_dictionary(&Init {
        method: outgoing.method.as_str(),
        headers: headers.into(),
        body: outgoing.body.map(|(_, text)| text),
        credentials: "omit",
        redirect: "error",
        referrer_policy: "no-referrer",
        cache: "no-store",
        mode: "cors",
        signal: signal.into(),
    });
    let response: Response = JsFuture::from(fetch(outgoing.url, &init)?).await?.unchecked_into();
    let text = JsFuture::from(response.text()?).await?;
    let headers = response.headers();
    let header = |name| headers.get(name).ok().flatten();
    let retry_after = header("Retry-After");
    let date_ms = retry_after.as_ref().map(|date| js_sys::Date::parse(date));
    let wait_ms = WaitHeaders {
        retry_after_date_ms: date_ms.filter(|date| date.is_finite()),
        retry_after,
        rate_limit_reset: header("X-RateLimit-Reset"),
    }
    .wait_ms(now_ms());
    Ok(Incoming { status: response.status(), body: parse(&text), wait_ms })
}

/// Parses JSON that stays in JavaScript, so that a large profile is never copied.
fn parse(text: &JsValue) -> JsValue {
    #[wasm_bindgen]
    extern "C" {
        #[wasm_bindgen(catch, js_namespace = JSON, js_name = parse)]
        fn parse_text(text: &JsValue) -> Result<JsValue, JsValue>;
    }
    parse_text(text).unwrap_or_default()
}

fn aborted() -> Error {
    Error::new(ErrorCode::Aborted, "the caller's `signal` stopped this")
}

fn network_error() -> Error {
    Error::new(
        ErrorCode::NetworkError,
        "the tenant could not be reached: check the connection, `domain`, the application's Allowed \
         Web Origins in the Auth0 dashboard, and `connect-src` of the page's Content Security Policy",
    )
}
