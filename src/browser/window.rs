//! Sign-in without leaving the page: another window, or a hidden frame, that answers by message
//! (`response_mode=web_message`).

use js_sys::Promise;
use wasm_bindgen::JsValue;

use super::effects::{self, Stop};
use super::values::from_description;
use crate::error::{Error, ErrorCode};
use crate::oidc::response::ResponseParameters;
use crate::support::value::Value;

/// Where a sign-in goes on: gone with this value.
pub(crate) struct Place {
    stop: Stop,
    /// A window that the person sees, or a frame that nobody sees.
    place: JsValue,
}

impl Place {
    /// Opens a window at once, empty, since browsers allow it only within a click.
    pub(crate) fn open() -> Result<Self, Error> {
        let stop = Stop::new();
        let place = effects::open_window(&stop);
        if place.is_undefined() {
            return Err(Error::new(
                ErrorCode::PopupBlocked,
                "the browser did not open the window: call this directly from a click, or use \
                 loginWithRedirect",
            ));
        }
        Ok(Self { stop, place })
    }

    /// Makes a frame that nobody sees.
    pub(crate) fn hidden() -> Self {
        let stop = Stop::new();
        Self { place: effects::make_frame(&stop), stop }
    }

    /// Shows the URL there and promises the response with this `state` from this origin.
    pub(crate) fn exchange(
        &self,
        url: &str,
        origin: &str,
        state: &str,
        timeout_ms: u32,
    ) -> Promise {
        effects::exchange(&self.stop, &self.place, url, origin, state, timeout_ms)
    }

    /// Reads how that ended, and is gone.
    pub(crate) fn read(self, ended: Result<JsValue, JsValue>) -> Result<ResponseParameters, Error> {
        let ended = ended.unwrap_or_default().as_string().unwrap_or_default();
        match from_description(&ended) {
            Value::Object(response) => Ok(ResponseParameters::from_message(&response)),
            _ if ended == "closed" => Err(Error::new(
                ErrorCode::PopupClosed,
                "the person closed the window before the sign-in was done",
            )),
            _ => Err(Error::new(
                ErrorCode::Timeout,
                "the tenant did not answer in the time allowed (`timeoutMs`): see that this page's \
                 origin is among the application's Allowed Web Origins and that the page's Content \
                 Security Policy lets the tenant into a frame; then try again",
            )),
        }
    }
}
