//! The page: its clock, its address, its timers.

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, Window};

/// The window. This library is of no use in a worker, which has no address and no storage.
pub(crate) fn window() -> Window {
    js_sys::global().unchecked_into()
}

/// The time by the device's clock, in milliseconds since the epoch.
pub(crate) fn now_ms() -> f64 {
    js_sys::Date::now()
}

/// The page's address.
pub(crate) fn address() -> String {
    window().location().href().unwrap_or_default()
}

/// Puts another address in the bar and in this history entry, without loading anything.
pub(crate) fn replace_address(url: &str) {
    let replaced = window().history().and_then(|history| {
        let state = history.state().unwrap_or_default();
        history.replace_state_with_url(&state, "", Some(url))
    });
    if replaced.is_err() {
        // Some browsers limit how often a page may do that; a navigation is not limited.
        let _ = window().location().replace(url);
    }
}

/// Leaves for another address.
pub(crate) fn navigate(url: &str) {
    // The URL has been built from checked parts; a page that forbids leaving stays.
    let _ = window().location().assign(url);
}

/// Waits, or less where the signal says stop. Whoever passes a signal looks at it afterwards.
pub(crate) async fn sleep(milliseconds: f64, signal: Option<&AbortSignal>) {
    let mut stop = None;
    let waited = Promise::new(&mut |resolve, _| {
        #[allow(clippy::cast_possible_truncation, reason = "waits are limited to a minute")]
        let milliseconds = milliseconds as i32;
        let timer = window()
            .set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, milliseconds)
            .unwrap_or_default();
        if let Some(signal) = signal {
            let _ = signal.add_event_listener_with_callback("abort", &resolve);
        }
        stop = Some((timer, resolve));
    });
    let _ = JsFuture::from(waited).await;
    if let Some((timer, resolve)) = stop {
        window().clear_timeout_with_handle(timer);
        if let Some(signal) = signal {
            let _ = signal.remove_event_listener_with_callback("abort", &resolve);
        }
    }
}
