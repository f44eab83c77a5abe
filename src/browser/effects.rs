//! What only the page can do: the functions of `effects.js`, where each is described.

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use web_sys::{AbortController, AbortSignal};

#[wasm_bindgen(module = "/src/browser/effects.js")]
extern "C" {
    pub(crate) fn describe(value: &JsValue, plain: bool, depth: u32) -> String;
    pub(crate) fn renew(before: &JsValue, json: &str) -> JsValue;
    pub(crate) fn stringify(value: &JsValue) -> Option<String>;
    pub(crate) fn parse(json: &str) -> JsValue;
    pub(crate) fn member(object: &JsValue, name: &str) -> JsValue;
    pub(crate) fn call(function: &Function);

    #[wasm_bindgen(js_name = waitFor)]
    pub(crate) fn wait_for(promise: &JsValue);
    pub(crate) fn run(step: &Function, task: u32, signal: Option<&AbortSignal>) -> Promise;

    pub(crate) fn address() -> String;
    #[wasm_bindgen(js_name = replaceAddress)]
    pub(crate) fn replace_address(url: &str);
    pub(crate) fn navigate(url: &str);
    #[wasm_bindgen(js_name = makeStop)]
    fn make_stop() -> AbortController;
    pub(crate) fn wait(stop: &AbortController, milliseconds: f64) -> Promise;

    #[wasm_bindgen(js_name = readRecord)]
    pub(crate) fn read_record(local: bool, number: u32) -> Option<String>;
    #[wasm_bindgen(js_name = writeRecord)]
    pub(crate) fn write_record(local: bool, number: u32, record: Option<&str>) -> bool;
    #[wasm_bindgen(js_name = readRecords)]
    pub(crate) fn read_records(local: bool) -> Option<String>;

    pub(crate) fn request(
        stop: &AbortController,
        timeout_ms: u32,
        method: &str,
        url: &str,
        authorization: Option<&str>,
        content_type: Option<&str>,
        body: Option<&str>,
    ) -> Promise;
    /// What `request` resolves with.
    pub(crate) type Incoming;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn status(this: &Incoming) -> u16;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn text(this: &Incoming) -> JsValue;
    #[wasm_bindgen(method, getter, js_name = retryAfter)]
    pub(crate) fn retry_after(this: &Incoming) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn reset(this: &Incoming) -> Option<String>;
    /// The same `parse`, of a text that stays in JavaScript.
    #[wasm_bindgen(js_name = parse)]
    pub(crate) fn parse_there(json: &JsValue) -> JsValue;

    #[wasm_bindgen(js_name = openWindow)]
    pub(crate) fn open_window(stop: &AbortController) -> JsValue;
    #[wasm_bindgen(js_name = makeFrame)]
    pub(crate) fn make_frame(stop: &AbortController) -> JsValue;
    pub(crate) fn exchange(
        stop: &AbortController,
        place: &JsValue,
        url: &str,
        origin: &str,
        state: &str,
        timeout_ms: u32,
    ) -> Promise;

    pub(crate) fn sha256(bytes: &[u8]) -> Promise;
    #[wasm_bindgen(js_name = copyBytes)]
    pub(crate) fn copy_bytes(from: &JsValue, to: &mut [u8]);
    pub(crate) fn verify(modulus: &str, exponent: &str, signature: &[u8], input: &[u8]) -> Promise;
}

/// The time by the device's clock, in milliseconds since the epoch.
pub(crate) fn now_ms() -> f64 {
    js_sys::Date::now()
}

/// Ends what was begun with it, once it is dropped.
pub(crate) struct Stop(AbortController);

impl Stop {
    pub(crate) fn new() -> Self {
        Self(make_stop())
    }
}

impl std::ops::Deref for Stop {
    type Target = AbortController;

    fn deref(&self) -> &AbortController {
        &self.0
    }
}

impl Drop for Stop {
    fn drop(&mut self) {
        self.0.abort();
    }
}
