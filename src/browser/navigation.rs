//! The port [`Navigation`], with `navigation.js`.

use wasm_bindgen::prelude::*;

use super::Browser;
use crate::platform::Navigation;

#[wasm_bindgen(module = "/src/js/platform/navigation.js")]
extern "C" {
    fn address() -> String;
    #[wasm_bindgen(js_name = replaceAddress)]
    fn replace_address(url: &str);
    fn assign(url: &str);
}

impl Navigation for Browser {
    fn address(&self) -> String {
        address()
    }

    fn replace_address(&self, url: &str) {
        replace_address(url);
    }

    fn assign(&self, url: &str) {
        assign(url);
    }
}
