//! The port [`OtherTabs`], with `other-tabs.js`.

use js_sys::Promise;
use wasm_bindgen::prelude::*;

use super::Browser;
use super::tasks::PromiseFuture;
use crate::platform::OtherTabs;

#[wasm_bindgen(module = "/src/js/platform/other-tabs.js")]
extern "C" {
    #[wasm_bindgen(js_name = announceLogout)]
    fn announce_logout(session_key: &str);
    #[wasm_bindgen(js_name = nextLogout)]
    fn next_logout() -> Promise;
}

impl OtherTabs for Browser {
    fn announce_logout(&self, session_key: &str) {
        announce_logout(session_key);
    }

    fn next_logout(&self) -> impl Future<Output = String> {
        PromiseFuture::new(&next_logout(), |key| {
            key.unwrap_or_default().as_string().unwrap_or_default()
        })
    }
}
