//! Sign-in without leaving the page: another window, or a hidden frame, that answers by message
//! (`response_mode=web_message`).

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::Function;
use wasm_bindgen::prelude::*;
use web_sys::MessageEvent;

use super::page::{now_ms, wait};
use super::values;
use crate::error::{Error, ErrorCode};
use crate::oidc::response::Parameters;
use crate::value::Value;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_name = open)]
    fn open_window(url: &str, target: &str, features: &str) -> Result<Option<Popup>, JsValue>;

    type Popup;
    #[wasm_bindgen(method, getter)]
    fn closed(this: &Popup) -> bool;
    #[wasm_bindgen(method)]
    fn close(this: &Popup);
    #[wasm_bindgen(method, getter)]
    fn location(this: &Popup) -> PopupLocation;
    type PopupLocation;
    #[wasm_bindgen(method, catch)]
    fn replace(this: &PopupLocation, url: &str) -> Result<(), JsValue>;

    type Page;
    #[wasm_bindgen(thread_local_v2, js_name = document)]
    static PAGE: Page;
    #[wasm_bindgen(method, js_name = createElement)]
    fn create_element(this: &Page, name: &str) -> Frame;
    #[wasm_bindgen(method, getter, js_name = documentElement)]
    fn root(this: &Page) -> Frame;

    type Frame;
    #[wasm_bindgen(method, setter)]
    fn set_hidden(this: &Frame, hidden: bool);
    #[wasm_bindgen(method, setter)]
    fn set_src(this: &Frame, url: &str);
    #[wasm_bindgen(method, getter, js_name = contentWindow)]
    fn content_window(this: &Frame) -> JsValue;
    #[wasm_bindgen(method, js_name = appendChild)]
    fn append_child(this: &Frame, child: &Frame);
    #[wasm_bindgen(method)]
    fn remove(this: &Frame);

    #[wasm_bindgen(js_name = addEventListener)]
    fn add_listener(kind: &str, listener: &JsValue);
    #[wasm_bindgen(js_name = removeEventListener)]
    fn remove_listener(kind: &str, listener: &JsValue);
}

/// How long to wait between two looks at whether the person has closed the window, in milliseconds.
const LOOK_MS: f64 = 300.0;

/// Where a sign-in goes on: gone with this value.
pub(crate) enum Place {
    /// A window that the person sees.
    Window(PopupWindow),
    /// A frame that nobody sees.
    Frame(HiddenFrame),
}

pub(crate) struct PopupWindow(Popup);
pub(crate) struct HiddenFrame(Frame);

impl Place {
    /// Opens a window at once, empty, since browsers allow it only within a click.
    pub(crate) fn open() -> Result<Self, Error> {
        let opened = open_window("about:blank", "_blank", "popup,width=420,height=680");
        opened.ok().flatten().map(|popup| Self::Window(PopupWindow(popup))).ok_or_else(|| {
            Error::new(
                ErrorCode::PopupBlocked,
                "the browser did not open the window: call this directly from a click, or use \
                 loginWithRedirect",
            )
        })
    }

    /// Makes a frame that nobody sees.
    pub(crate) fn hidden() -> Self {
        let frame = PAGE.with(|page| page.create_element("iframe"));
        frame.set_hidden(true);
        Self::Frame(HiddenFrame(frame))
    }

    fn show(&self, url: &str) {
        match self {
            Self::Window(PopupWindow(popup)) => {
                let _ = popup.location().replace(url);
            }
            Self::Frame(HiddenFrame(frame)) => {
                frame.set_src(url);
                PAGE.with(|page| page.root().append_child(frame));
            }
        }
    }

    /// The window whose messages count.
    fn source(&self) -> JsValue {
        match self {
            Self::Window(PopupWindow(popup)) => popup.into(),
            Self::Frame(HiddenFrame(frame)) => frame.content_window(),
        }
    }

    fn is_closed(&self) -> bool {
        matches!(self, Self::Window(PopupWindow(popup)) if popup.closed())
    }
}

impl Drop for PopupWindow {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl Drop for HiddenFrame {
    fn drop(&mut self) {
        self.0.remove();
    }
}

/// What has come in, and whom to wake.
#[derive(Default)]
struct Inbox {
    response: Option<Parameters>,
    bell: Option<Function>,
}

/// The listener for messages: gone with this value.
struct Listener(Closure<dyn FnMut(MessageEvent)>);

impl Drop for Listener {
    fn drop(&mut self) {
        remove_listener("message", self.0.as_ref());
    }
}

/// Shows the URL there and waits for the response.
///
/// Only a message of the tenant's origin, from that window, with the expected `state`, counts; all
/// others are somebody else's, and ignored (RFC 9700 4.17).
pub(crate) async fn exchange(
    place: &Place,
    url: &str,
    origin: &str,
    state: &str,
    timeout_ms: f64,
) -> Result<Parameters, Error> {
    place.show(url);
    let inbox = Rc::new(RefCell::new(Inbox::default()));
    let _listener = listen(&inbox, place.source(), origin.to_owned(), state.to_owned());
    let deadline_ms = now_ms() + timeout_ms;
    let mut closed = false;
    loop {
        if let Some(response) = inbox.borrow_mut().response.take() {
            return Ok(response);
        }
        // Looked at once more after it was seen closed: the message may be the last thing it did.
        if closed {
            let message = "the person closed the window before the sign-in was done";
            return Err(Error::new(ErrorCode::PopupClosed, message));
        }
        closed = place.is_closed();
        let left_ms = deadline_ms - now_ms();
        if left_ms <= 0.0 {
            return Err(Error::new(
                ErrorCode::Timeout,
                "the tenant did not answer in the time allowed (`timeoutMs`): see that this page's \
                 origin is among the application's Allowed Web Origins and that the page's Content \
                 Security Policy lets the tenant into a frame; then try again",
            ));
        }
        let look_ms = if matches!(place, Place::Window(_)) { LOOK_MS } else { left_ms };
        wait(look_ms.min(left_ms), |bell| inbox.borrow_mut().bell = Some(bell)).await;
    }
}

fn listen(inbox: &Rc<RefCell<Inbox>>, source: JsValue, origin: String, state: String) -> Listener {
    let inbox = inbox.clone();
    let listener = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        let from_there = event.origin() == origin
            && event.source().is_some_and(|from| js_sys::Object::is(&from, &source));
        if !from_there {
            return;
        }
        let Value::Object(data) = values::read(&event.data()) else {
            return;
        };
        let Value::Object(response) = data.get("response") else {
            return;
        };
        let is_response = data.get("type").as_str() == Some("authorization_response")
            && response.get("state").as_str() == Some(&state);
        if is_response {
            let mut inbox = inbox.borrow_mut();
            inbox.response = Some(Parameters::from_message(response));
            let bell = inbox.bell.take();
            drop(inbox);
            if let Some(bell) = bell {
                let _ = bell.call0(&JsValue::UNDEFINED);
            }
        }
    });
    add_listener("message", listener.as_ref());
    Listener(listener)
}
