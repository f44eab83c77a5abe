//! The port [`Clock`], with `clock.js`.

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use web_sys::AbortController;

use super::Browser;
use super::tasks::{AbortGuard, PromiseFuture};
use crate::platform::Clock;

#[wasm_bindgen(module = "/src/js/platform/clock.js")]
extern "C" {
    fn sleep(controller: &AbortController, milliseconds: f64) -> Promise;
}

impl Clock for Browser {
    fn now_ms(&self) -> f64 {
        js_sys::Date::now()
    }

    fn sleep(&self, milliseconds: f64) -> impl Future<Output = ()> {
        let guard = AbortGuard::new();
        let promise = sleep(&guard, milliseconds);
        PromiseFuture::guarded(guard, &promise, |_| ())
    }
}
