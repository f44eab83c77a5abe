//! Sign-in by redirect.

use std::future::ready;
use std::rc::Rc;

use super::callback_cache::{CallbackCache, CallbackResult, CallbackState};
use super::{Client, SharedTask, SignIn, Started};
use crate::error::Error;
use crate::oidc::response::ResponseMode;
use crate::oidc::response::ResponseParameters;
use crate::oidc::sign_in::{self, MatchedResponse, ReceivedRedirect};
use crate::oidc::transaction_record;
use crate::options::AuthorizeOptions;
use crate::platform::Platform;

impl<P: Platform> Client<P> {
    /// Begins a sign-in by redirect and stores it. Returns the URL to go to.
    ///
    /// # Errors
    /// `invalid_configuration`
    pub(crate) fn build_authorize_url(
        self: &Rc<Self>,
        options: Box<AuthorizeOptions>,
    ) -> Started<String> {
        let options = options.for_redirect()?;
        let mut transaction = self.begin(&options)?;
        let store = self.config.transaction_store;
        transaction_record::save(&self.platform, store, &mut transaction)?;
        let client = self.clone();
        Ok(Box::pin(async move {
            client.authorize_url(&options, &transaction, ResponseMode::of_redirect(client.config.flow)).await
        }))
    }

    /// The same, and goes there.
    ///
    /// # Errors
    /// As [`build_authorize_url`](Self::build_authorize_url).
    pub(crate) fn login_with_redirect(self: &Rc<Self>, options: Box<AuthorizeOptions>) -> Started<()> {
        let url = self.build_authorize_url(options)?;
        let client = self.clone();
        Ok(Box::pin(async move {
            client.platform.assign(&url.await?);
            Ok(())
        }))
    }

    /// Handles the response in `given`, by default in the page's address. `None` where there is no response.
    ///
    /// The response leaves the address and the pending sign-in is used up when this is called, not when the future is
    /// polled.
    ///
    /// # Errors
    /// The refusal of `given`.
    pub(crate) fn handle_redirect_callback(
        self: &Rc<Self>,
        given: Result<Option<String>, Error>,
    ) -> Started<Option<SignIn>> {
        let mut received = sign_in::receive_redirect(&self.platform, &self.config, given)?;
        let result = match (self.repeated(&received), received.parameters.take()) {
            (Some(result), _) => result,
            (None, Some(parameters)) => self.start_callback(&received, parameters),
            (None, None) => return Ok(Box::pin(ready(Ok(None)))),
        };
        let (client, logouts) = (self.clone(), self.logouts.get());
        Ok(Box::pin(async move {
            let sign_in = result.wait(&client.platform).await?;
            client.check_not_logged_out(logouts)?;
            // A second client like the first gets the session as well. One that has been renewed since is left alone.
            if client.session().is_none() {
                client.set_session(Some(sign_in.session.clone()));
                // A listener may have logged out.
                result.check_not_cancelled()?;
            }
            Ok(Some(sign_in))
        }))
    }

    /// The result of an earlier call for the same response.
    fn repeated(&self, received: &ReceivedRedirect) -> Option<CallbackResult<P>> {
        let last = self.page.callback.borrow();
        last.as_ref()?.repeated(&self.key, received, self.platform.now_ms())
    }

    /// Starts to handle a response that no call has asked for yet.
    fn start_callback(
        self: &Rc<Self>,
        received: &ReceivedRedirect,
        parameters: ResponseParameters,
    ) -> CallbackResult<P> {
        let matched = sign_in::match_state(&self.platform, &self.config, parameters);
        let is_refused = matched.is_err();
        let state = Rc::new(CallbackState::default());
        let work = self.clone().complete_callback(matched, state.clone(), self.logouts.get());
        let result = CallbackResult::new(SharedTask::start(&self.platform, work), state);
        let mut last = self.page.callback.borrow_mut();
        // Keep the earlier result: the client that completed this response must still receive it, even if another client
        // was refused since.
        if !is_refused || !last.as_ref().is_some_and(|last| last.is_of(received)) {
            *last = Some(CallbackCache::new(&self.key, received, result.clone()));
        }
        result
    }

    async fn complete_callback(
        self: Rc<Self>,
        matched: Result<MatchedResponse, Error>,
        state: Rc<CallbackState>,
        logouts: u32,
    ) -> Result<SignIn, Error> {
        let verified = match matched {
            Ok(response) => sign_in::complete(&self.verifier(), &*self, response).await,
            Err(error) => Err(error),
        };
        state.ended_at_ms.set(Some(self.platform.now_ms()));
        let sign_in = SignIn::from(verified?);
        state.check_not_cancelled()?;
        self.check_not_logged_out(logouts)?;
        self.set_session(Some(sign_in.session.clone()));
        Ok(sign_in)
    }
}
