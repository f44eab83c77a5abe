//! The page: its clock, its address, its timers.

use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::History;

use super::task::settled;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(thread_local_v2, js_name = history)]
    static HISTORY: History;
    #[wasm_bindgen(thread_local_v2, js_name = location)]
    static LOCATION: JsValue;
    #[wasm_bindgen(catch, js_namespace = location, js_name = replace)]
    fn replace_location(url: &str) -> Result<(), JsValue>;
    #[wasm_bindgen(catch, js_namespace = location, js_name = assign)]
    fn assign_location(url: &str) -> Result<(), JsValue>;
    #[wasm_bindgen(js_name = setTimeout)]
    pub(crate) fn set_timeout(callback: &Function, milliseconds: f64) -> JsValue;
    #[wasm_bindgen(js_name = clearTimeout)]
    pub(crate) fn clear_timeout(timer: &JsValue);
}

/// The time by the device's clock, in milliseconds since the epoch.
pub(crate) fn now_ms() -> f64 {
    js_sys::Date::now()
}

/// The page's address.
pub(crate) fn address() -> String {
    let href = LOCATION.with(|location| Reflect::get(location, &"href".into()));
    href.unwrap_or_default().as_string().unwrap_or_default()
}

/// Puts another address in the bar and in this history entry, without loading anything.
pub(crate) fn replace_address(url: &str) {
    let replaced = HISTORY.with(|history| {
        history.replace_state_with_url(&history.state().unwrap_or_default(), "", Some(url))
    });
    if replaced.is_err() {
        // Some browsers limit how often a page may do that; a navigation is not limited.
        let _ = replace_location(url);
    }
}

/// Leaves for another address.
pub(crate) fn navigate(url: &str) {
    // The URL has been built from checked parts; a page that forbids leaving stays.
    let _ = assign_location(url);
}

/// Calls a function after a while, and at the latest when it is dropped: a promise that nothing else
/// settles would keep alive whoever waited for it.
pub(crate) struct Timer {
    timer: JsValue,
    callback: Function,
}

impl Timer {
    pub(crate) fn set(callback: Function, milliseconds: f64) -> Self {
        Self { timer: set_timeout(&callback, milliseconds), callback }
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        clear_timeout(&self.timer);
        let _ = self.callback.call0(&JsValue::UNDEFINED);
    }
}

/// Waits until `bell` is rung, which it hands over, and no longer than this.
pub(crate) async fn wait(milliseconds: f64, bell: impl FnOnce(Function)) {
    let (mut timer, mut bell) = (None, Some(bell));
    let waited = Promise::new(&mut |resolve, _| {
        if let Some(bell) = bell.take() {
            bell(resolve.clone());
        }
        timer = Some(Timer::set(resolve, milliseconds));
    });
    let _ = settled(&waited).await;
    drop(timer);
}
