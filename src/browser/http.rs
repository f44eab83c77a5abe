//! The port [`Http`], with `http.js`.

use js_sys::{Date, Promise};
use wasm_bindgen::prelude::*;
use web_sys::AbortController;

use super::Browser;
use super::tasks::{AbortGuard, PromiseFuture};
use super::values;
use crate::error::Cause;
use crate::platform::{Http, HttpOutcome, HttpRequest, HttpResponse, ResponseBody};
use crate::support::json;
use crate::support::value::Value;

#[wasm_bindgen(module = "/src/js/platform/http.js")]
extern "C" {
    #[wasm_bindgen(js_name = isOffline)]
    fn is_offline() -> bool;
    fn send(
        controller: &AbortController,
        timeout_ms: u32,
        method: &str,
        url: &str,
        authorization: Option<&str>,
        content_type: Option<&str>,
        body: Option<&str>,
    ) -> Promise;

    /// What `send` resolves with.
    type Outcome;
    #[wasm_bindgen(method, getter)]
    fn kind(this: &Outcome) -> String;
    #[wasm_bindgen(method, getter)]
    fn status(this: &Outcome) -> u16;
    #[wasm_bindgen(method, getter)]
    fn text(this: &Outcome) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn cause(this: &Outcome) -> JsValue;
    #[wasm_bindgen(method, getter, js_name = retryAfter)]
    fn retry_after(this: &Outcome) -> Option<String>;
    #[wasm_bindgen(method, getter, js_name = rateLimitReset)]
    fn rate_limit_reset(this: &Outcome) -> Option<String>;
}

/// A body as text that stays in JavaScript.
pub(crate) struct TextBody(JsValue);

impl TextBody {
    /// The body as the browser parses it; `undefined` where it is not JSON.
    pub(crate) fn parse(&self) -> JsValue {
        values::parse_value(&self.0)
    }
}

impl ResponseBody for TextBody {
    fn to_json(&self) -> Value {
        self.0.as_string().and_then(|text| json::parse(&text)).unwrap_or(Value::Absent)
    }

    fn outline(&self) -> Value {
        values::read(&self.parse(), 1)
    }
}

impl Http for Browser {
    type Body = TextBody;

    fn is_offline(&self) -> bool {
        is_offline()
    }

    fn send(&self, request: &HttpRequest<'_>) -> impl Future<Output = HttpOutcome<TextBody>> {
        let guard = AbortGuard::new();
        let promise = send(
            &guard,
            request.timeout_ms,
            request.method.as_str(),
            request.url,
            request.authorization.as_deref(),
            request.body.map(|body| body.content_type),
            request.body.map(|body| body.text.as_str()),
        );
        PromiseFuture::guarded(guard, &promise, |outcome| match outcome {
            Ok(outcome) => read_outcome(outcome.unchecked_ref()),
            Err(cause) => HttpOutcome::Failed(Some(Cause::new(cause))),
        })
    }
}

fn read_outcome(outcome: &Outcome) -> HttpOutcome<TextBody> {
    match outcome.kind().as_str() {
        "response" => {
            let retry_after = outcome.retry_after();
            HttpOutcome::Response(HttpResponse {
                status: outcome.status(),
                retry_after_date_ms: retry_after.as_deref().map(Date::parse),
                retry_after,
                rate_limit_reset: outcome.rate_limit_reset(),
                body: TextBody(outcome.text()),
            })
        }
        "timeout" => HttpOutcome::TimedOut,
        _ => {
            let cause = outcome.cause();
            HttpOutcome::Failed((!cause.is_undefined()).then(|| Cause::new(cause)))
        }
    }
}
