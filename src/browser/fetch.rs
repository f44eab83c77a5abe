//! Requests over the network: one attempt, and as many as may be made.

use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::{AbortController, Response};

use super::page::{Timer, now_ms, wait};
use super::task::settled;
use super::values::{set, write_dictionary};
use crate::error::{Error, ErrorCode};
use crate::management::retry::{Failure, WaitHeaders, next_wait_ms};
use crate::operation::Method;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch)]
    fn fetch(url: &str, init: &JsValue) -> Result<Promise, JsValue>;
    /// As `js_sys` has it, for text that stays in JavaScript, so that a large profile is not copied.
    #[wasm_bindgen(catch, js_namespace = JSON, js_name = parse)]
    fn parse_json(text: &JsValue) -> Result<JsValue, JsValue>;
}

/// What to send.
pub(crate) struct Outgoing {
    pub(crate) method: Method,
    pub(crate) url: String,
    /// The `Authorization` header.
    pub(crate) authorization: Option<String>,
    /// Content type and text.
    pub(crate) body: Option<(&'static str, String)>,
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
/// `network_error`, `timeout`.
pub(crate) async fn send(outgoing: &Outgoing) -> Result<Incoming, Error> {
    let mut attempt = 1;
    loop {
        let under_way = UnderWay::new(outgoing.timeout_ms)?;
        let result = exchange(outgoing, &under_way).await;
        let timed_out = under_way.controller.signal().aborted();
        drop(under_way);
        let (failure, wait_ms) = match &result {
            Ok(incoming) => (Failure::Status(incoming.status), incoming.wait_ms),
            Err(_) if timed_out => {
                return Err(Error::new(
                    ErrorCode::Timeout,
                    "the tenant did not answer in the time allowed (`timeoutMs`): try again",
                ));
            }
            Err(_) => (Failure::Network, None),
        };
        let random = js_sys::Math::random();
        let Outgoing { method, retries, .. } = *outgoing;
        match next_wait_ms(method, failure, attempt, retries, wait_ms, random) {
            Some(wait_ms) => wait(wait_ms, drop).await,
            None => return result.map_err(|_| network_error()),
        }
        attempt += 1;
    }
}

/// A request that is given up when its time is over, and when this is dropped.
struct UnderWay {
    controller: AbortController,
    _timer: Timer,
}

impl UnderWay {
    fn new(timeout_ms: u32) -> Result<Self, Error> {
        let controller = AbortController::new().map_err(|_| network_error())?;
        let abort = Reflect::get(&controller, &"abort".into()).unwrap_or_default();
        let abort = abort.unchecked_into::<Function>().bind0(&controller);
        let timer = Timer::set(abort, f64::from(timeout_ms));
        Ok(Self { controller, _timer: timer })
    }
}

async fn exchange(outgoing: &Outgoing, under_way: &UnderWay) -> Result<Incoming, JsValue> {
    // Never with cookies, along a redirect, with a referrer, from or into a cache.
    let init = write_dictionary(
        r#"{"credentials":"omit","redirect":"error","referrerPolicy":"no-referrer","cache":"no-store","mode":"cors"}"#,
    );
    let headers = write_dictionary("{}");
    if let Some(authorization) = &outgoing.authorization {
        set(&headers, "Authorization", &authorization.into());
    }
    if let Some((kind, text)) = &outgoing.body {
        set(&headers, "Content-Type", &(*kind).into());
        set(&init, "body", &text.into());
    }
    set(&init, "method", &outgoing.method.as_str().into());
    set(&init, "headers", &headers);
    set(&init, "signal", &under_way.controller.signal());
    let response: Response = settled(&fetch(&outgoing.url, &init)?).await?.unchecked_into();
    let text = settled(&response.text()?.unchecked_into()).await?;
    let (status, headers) = (response.status(), response.headers());
    let header = |name| headers.get(name).ok().flatten();
    let mut wait_ms = None;
    if status >= 400 {
        let retry_after = header("Retry-After");
        let headers = WaitHeaders {
            retry_after_date_ms: retry_after.as_ref().map(|date| js_sys::Date::parse(date)),
            retry_after,
            rate_limit_reset: header("X-RateLimit-Reset"),
        };
        wait_ms = headers.wait_ms(now_ms());
    }
    Ok(Incoming { status, body: parse_json(&text).unwrap_or_default(), wait_ms })
}

fn network_error() -> Error {
    Error::new(
        ErrorCode::NetworkError,
        "the tenant could not be reached: check the connection, `domain`, the application's Allowed \
         Web Origins in the Auth0 dashboard, and `connect-src` of the page's Content Security Policy",
    )
}
