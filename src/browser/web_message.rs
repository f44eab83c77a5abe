//! The port [`WebMessages`], with `web-message.js`.

use std::cell::RefCell;

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use web_sys::AbortController;

use super::Browser;
use super::tasks::{AbortGuard, PromiseFuture};
use crate::platform::{MessageTarget, WebMessageEvent, WebMessageTarget, WebMessages};
use crate::support::tagged_json::from_tagged_json;
use crate::support::value::Value;

#[wasm_bindgen(module = "/src/js/platform/web-message.js")]
extern "C" {
    #[wasm_bindgen(js_name = openPopup)]
    fn open_popup(controller: &AbortController) -> JsValue;
    #[wasm_bindgen(js_name = createIframe)]
    fn create_iframe(controller: &AbortController) -> JsValue;
    fn navigate(
        controller: &AbortController,
        target: &JsValue,
        url: &str,
        timeout_ms: u32,
    ) -> JsValue;
    #[wasm_bindgen(js_name = nextEvent)]
    fn next_event(events: &JsValue) -> Promise;

    /// What `nextEvent` resolves with.
    type Event;
    #[wasm_bindgen(method, getter)]
    fn kind(this: &Event) -> String;
    #[wasm_bindgen(method, getter)]
    fn origin(this: &Event) -> String;
    #[wasm_bindgen(method, getter, js_name = fromTarget)]
    fn from_target(this: &Event) -> bool;
    #[wasm_bindgen(method, getter)]
    fn data(this: &Event) -> String;
}

/// An open window or frame. The guard closes it.
pub(crate) struct Target {
    guard: AbortGuard,
    target: JsValue,
    /// What `navigate` returned.
    events: RefCell<JsValue>,
}

impl WebMessages for Browser {
    type Target = Target;

    fn open_target(&self, kind: WebMessageTarget) -> Option<Target> {
        let guard = AbortGuard::new();
        let target = match kind {
            WebMessageTarget::Popup => open_popup(&guard),
            WebMessageTarget::Iframe => create_iframe(&guard),
        };
        let events = RefCell::default();
        (!target.is_undefined()).then_some(Target { guard, target, events })
    }
}

impl MessageTarget for Target {
    fn navigate(&self, url: &str, timeout_ms: u32) {
        self.events.replace(navigate(&self.guard, &self.target, url, timeout_ms));
    }

    fn next_event(&self) -> impl Future<Output = WebMessageEvent> {
        let next = next_event(&self.events.borrow());
        PromiseFuture::new(&next, |event| match event {
            Ok(event) => read_event(event.unchecked_ref()),
            Err(_) => WebMessageEvent::TimedOut,
        })
    }
}

fn read_event(event: &Event) -> WebMessageEvent {
    match event.kind().as_str() {
        "message" => WebMessageEvent::Message {
            origin: event.origin(),
            from_target: event.from_target(),
            data: from_tagged_json(&event.data()).unwrap_or(Value::Other),
        },
        "closed" => WebMessageEvent::Closed,
        _ => WebMessageEvent::TimedOut,
    }
}
