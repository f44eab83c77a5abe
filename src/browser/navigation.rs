//! The port [`Navigation`], with `navigation.js`.

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use web_sys::AbortController;

use super::Browser;
use super::tasks::{AbortGuard, PromiseFuture};
use crate::platform::{Navigation, NavigationFailed};
use crate::support::json::{self, ObjectWriter};

#[wasm_bindgen(module = "/src/js/platform/navigation.js")]
extern "C" {
    fn address() -> String;
    #[wasm_bindgen(js_name = originOf)]
    fn origin_of(url: &str) -> String;
    #[wasm_bindgen(js_name = historyTexts)]
    fn history_texts() -> String;
    #[wasm_bindgen(js_name = replaceAddress)]
    fn replace_address(url: &str, texts: Option<&str>);
    #[wasm_bindgen(js_name = announceAddress)]
    fn announce_address();
    #[wasm_bindgen(js_name = addressChanged)]
    fn address_changed(controller: &AbortController, milliseconds: f64) -> Promise;
    fn assign(url: &str) -> bool;
}

impl Navigation for Browser {
    fn address(&self) -> String {
        address()
    }

    fn origin_of(&self, url: &str) -> String {
        origin_of(url)
    }

    fn history_texts(&self) -> Vec<String> {
        let texts = json::parse(&history_texts());
        let texts = texts.as_ref().and_then(|texts| texts.as_strings()).unwrap_or_default();
        texts.into_iter().map(str::to_owned).collect()
    }

    fn replace_address(&self, url: &str, texts: &[(String, String)]) {
        if texts.is_empty() {
            return replace_address(url, None);
        }
        let mut replacements = ObjectWriter::default();
        for (text, replacement) in texts {
            replacements.text(text, replacement);
        }
        replace_address(url, Some(&replacements.end()));
    }

    fn announce_address(&self) {
        announce_address();
    }

    fn address_changed(&self, milliseconds: f64) -> impl Future<Output = ()> {
        let guard = AbortGuard::new();
        let promise = address_changed(&guard, milliseconds);
        PromiseFuture::guarded(guard, &promise, |_| ())
    }

    fn assign(&self, url: &str) -> Result<(), NavigationFailed> {
        if assign(url) { Ok(()) } else { Err(NavigationFailed) }
    }
}
