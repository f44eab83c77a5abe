//! The response that this page has handled last, for callers that ask twice: React's StrictMode runs effects twice, and may
//! make a client each time.

use std::cell::Cell;
use std::rc::Rc;

use super::session::logged_out;
use super::{SharedTask, SignIn};
use crate::error::Error;
use crate::oidc::sign_in::ReceivedRedirect;
use crate::platform::Platform;

/// For so many milliseconds after a response was handled, a call at the clean address gets the same result.
const REPEAT_MS: f64 = 10_000.0;

/// A response that was handled, or is being handled.
pub(super) struct CallbackCache<P: Platform> {
    /// Which clients share it.
    pub(super) client_key: String,
    url: String,
    /// The page's address without the response; empty where the response was not in it.
    clean_address: String,
    result: CallbackResult<P>,
}

/// How the handling of a response ends. A clone is the same result.
pub(super) struct CallbackResult<P: Platform> {
    pub(super) sign_in: SharedTask<P, SignIn>,
    state: Rc<CallbackState>,
}

/// What becomes of a response while its task runs and afterwards.
#[derive(Default)]
pub(super) struct CallbackState {
    /// When the task ended, in milliseconds since the epoch.
    pub(super) ended_at_ms: Cell<Option<f64>>,
    /// Whether a client that shares the result has logged out since.
    cancelled: Cell<bool>,
}

impl CallbackState {
    /// # Errors
    /// `aborted` after a logout.
    pub(super) fn check_not_cancelled(&self) -> Result<(), Error> {
        if self.cancelled.get() { Err(logged_out()) } else { Ok(()) }
    }
}

impl<P: Platform> CallbackResult<P> {
    pub(super) fn new(sign_in: SharedTask<P, SignIn>, state: Rc<CallbackState>) -> Self {
        Self { sign_in, state }
    }

    /// Waits for the sign-in.
    ///
    /// # Errors
    /// How the sign-in failed; `aborted` after a logout.
    pub(super) async fn wait(&self, platform: &P) -> Result<SignIn, Error> {
        let sign_in = self.sign_in.wait(platform).await?;
        self.state.check_not_cancelled()?;
        Ok(sign_in)
    }

    /// # Errors
    /// `aborted` after a logout.
    pub(super) fn check_not_cancelled(&self) -> Result<(), Error> {
        self.state.check_not_cancelled()
    }
}

impl<P: Platform> Clone for CallbackResult<P> {
    fn clone(&self) -> Self {
        Self { sign_in: self.sign_in.clone(), state: self.state.clone() }
    }
}

impl<P: Platform> CallbackCache<P> {
    pub(super) fn new(
        client_key: &str,
        received: &ReceivedRedirect,
        result: CallbackResult<P>,
    ) -> Self {
        Self {
            client_key: client_key.to_owned(),
            url: received.url.clone(),
            clean_address: received.clean_address.clone(),
            result,
        }
    }

    /// The result, where a call of this client asks for the same response again.
    ///
    /// The response is gone from the address by the second call. A call at the clean address counts as a repetition for ten
    /// seconds, because a person who returns to that address later does not ask for the response.
    pub(super) fn repeated(
        &self,
        client_key: &str,
        received: &ReceivedRedirect,
        now_ms: f64,
    ) -> Option<CallbackResult<P>> {
        let is_recent = |ended_at_ms| (0.0..REPEAT_MS).contains(&(now_ms - ended_at_ms));
        let at_clean_address = self.clean_address == received.address
            && received.address.ends_with(received.url.as_str())
            && self.result.state.ended_at_ms.get().is_none_or(is_recent);
        let same = self.client_key == client_key && (self.is_of(&received.url) || at_clean_address);
        same.then(|| self.result.clone())
    }

    /// Whether the response is still being handled.
    pub(super) fn is_under_way(&self) -> bool {
        self.result.state.ended_at_ms.get().is_none()
    }

    /// Whether this is the result of the same URL.
    pub(super) fn is_of(&self, url: &str) -> bool {
        self.url == url
    }

    /// Makes the result `aborted` for everybody who waits for it.
    pub(super) fn cancel(&self) {
        self.result.state.cancelled.set(true);
    }
}
