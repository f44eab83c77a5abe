//! Which message of a window or frame is the tenant's answer (`response_mode=web_message`, RFC 9700 4.17).

use super::response::ResponseParameters;
use super::transaction::State;
use crate::error::{Error, ErrorCode};
use crate::platform::WebMessageEvent;
use crate::support::value::Value;

/// The parameters of the answer. `None` for any other message: the caller then waits for the next one.
///
/// The answer comes from `expected_origin`, from the window or frame that was opened for it, and carries the
/// `state` of this sign-in.
///
/// # Errors
/// `popup_closed`, `timeout`.
pub fn accept(
    event: WebMessageEvent,
    expected_origin: &str,
    expected_state: &State,
) -> Result<Option<ResponseParameters>, Error> {
    let (origin, from_target, data) = match event {
        WebMessageEvent::Message { origin, from_target, data } => (origin, from_target, data),
        WebMessageEvent::Closed => {
            return Err(Error::new(
                ErrorCode::PopupClosed,
                "the person closed the window before the sign-in was done; where it was not closed, an identity \
                 provider cut it off by Cross-Origin-Opener-Policy: use loginWithRedirect there",
            ));
        }
        WebMessageEvent::TimedOut => {
            return Err(Error::new(
                ErrorCode::Timeout,
                "the tenant did not answer in the time allowed (`timeoutMs`): see that this page's \
                 origin is among the application's Allowed Web Origins and that the page's Content \
                 Security Policy lets the tenant into a frame; then try again",
            ));
        }
    };
    if origin != expected_origin || !from_target {
        return Ok(None);
    }
    let message = data.into_object().unwrap_or_default();
    let (kind, response) = (message.get("type"), message.get("response"));
    let (Some("authorization_response"), Value::Object(response)) = (kind.as_str(), response)
    else {
        return Ok(None);
    };
    let is_ours = response.get("state").as_str().is_some_and(|state| expected_state.matches(state));
    Ok(is_ours.then(|| ResponseParameters::from_message(response)))
}
