//! The page: its clock, its address, its timers.

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use web_sys::{AbortSignal, History, Location};

use super::task::settled;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(thread_local_v2, js_name = location)]
    static LOCATION: Location;
    #[wasm_bindgen(thread_local_v2, js_name = history)]
    static HISTORY: History;
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(callback: &Function, milliseconds: f64) -> JsValue;
    #[wasm_bindgen(js_name = clearTimeout)]
    fn clear_timeout(timer: &JsValue);
}

/// The time by the device's clock, in milliseconds since the epoch.
pub(crate) fn now_ms() -> f64 {
    js_sys::Date::now()
}

/// The page's address.
pub(crate) fn address() -> String {
    LOCATION.with(Location::href).unwrap_or_default()
}

/// Puts another address in the bar and in this history entry, without loading anything.
pub(crate) fn replace_address(url: &str) {
    let replaced = HISTORY.with(|history| {
        history.replace_state_with_url(&history.state().unwrap_or_default(), "", Some(url))
    });
    if replaced.is_err() {
        // Some browsers limit how often a page may do that; a navigation is not limited.
        let _ = LOCATION.with(|location| location.replace(url));
    }
}

/// Leaves for another address.
pub(crate) fn navigate(url: &str) {
    // The URL has been built from checked parts; a page that forbids leaving stays.
    let _ = LOCATION.with(|location| location.assign(url));
}

/// Calls a function after a while, or as soon as the signal says stop, until it is dropped.
pub(crate) struct Alarm<'a> {
    callback: Function,
    timer: JsValue,
    signal: Option<&'a AbortSignal>,
}

impl<'a> Alarm<'a> {
    pub(crate) fn set(
        callback: Function,
        milliseconds: f64,
        signal: Option<&'a AbortSignal>,
    ) -> Self {
        let timer = set_timeout(&callback, milliseconds);
        if let Some(signal) = signal {
            let _ = signal.add_event_listener_with_callback("abort", &callback);
        }
        Self { callback, timer, signal }
    }
}

impl Drop for Alarm<'_> {
    fn drop(&mut self) {
        clear_timeout(&self.timer);
        if let Some(signal) = self.signal {
            let _ = signal.remove_event_listener_with_callback("abort", &self.callback);
        }
    }
}

/// Waits, or less where the signal says stop. Whoever passes a signal looks at it afterwards.
pub(crate) async fn sleep(milliseconds: f64, signal: Option<&AbortSignal>) {
    let mut alarm = None;
    let waited = Promise::new(&mut |resolve, _| {
        alarm = Some(Alarm::set(resolve, milliseconds, signal));
    });
    let _ = settled(&waited).await;
    drop(alarm);
}
