//! Sign-in by redirect.

use std::future::ready;
use std::rc::Rc;

use super::callback_cache::{CallbackCache, CallbackResult, CallbackState};
use super::{Client, SharedTask, SignIn, Started};
use crate::error::{Error, ErrorCode, Reason};
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
            client
                .authorize_url(
                    &options,
                    &transaction,
                    ResponseMode::of_redirect(client.config.flow),
                )
                .await
        }))
    }

    /// The same, and goes there. Does not leave the page while a response waits there for this client, so that a guard
    /// which runs before the callback does not navigate away from it.
    ///
    /// # Errors
    /// As [`build_authorize_url`](Self::build_authorize_url); `aborted`; `invalid_configuration` where the browser does not
    /// leave.
    pub(crate) fn login_with_redirect(
        self: &Rc<Self>,
        options: Box<AuthorizeOptions>,
    ) -> Started<()> {
        self.check_same_origin(&options)?;
        self.check_may_leave()?;
        let url = self.build_authorize_url(options)?;
        let (client, logouts) = (self.clone(), self.logouts.get());
        Ok(Box::pin(async move {
            let url = url.await?;
            client.check_not_logged_out(logouts)?;
            client.check_may_leave()?;
            Ok(client.platform.assign(&url)?)
        }))
    }

    /// Checks that neither a logout nor a response to this client forbids to leave for a sign-in.
    ///
    /// # Errors
    /// `aborted`
    fn check_may_leave(&self) -> Result<(), Error> {
        self.check_not_leaving()?;
        let is_handling = {
            let last = self.page.callback.borrow();
            last.as_ref().is_some_and(|last| last.client_key == self.key && last.is_under_way())
        };
        let waits = |url: &str| sign_in::holds_own_response(&self.platform, &self.config, url);
        let noted = self.noted_address.borrow();
        let kept = self.page.kept_url.borrow();
        let urls = noted.iter().chain(kept.iter()).map(String::as_str);
        if !is_handling && !waits(&self.platform.address()) && !{ urls }.any(waits) {
            return Ok(());
        }
        let message = "the page holds the response to a sign-in: call handleRedirectCallback and wait for it before \
                       loginWithRedirect, also in a route guard";
        Err(Error::new(ErrorCode::Aborted, message))
    }

    /// Handles the response in `given`, by default in the page's address; or where a router has changed that, in the address
    /// that was noted when the client was made. `None` where there is no response.
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
        let asks_for_page = matches!(given, Ok(None));
        let mut received = self.receive(given)?;
        let waits_elsewhere = || asks_for_page.then(|| self.take_waiting_url(&received)).flatten();
        if received.parameters.is_none()
            && let Some(url) = waits_elsewhere()
        {
            let clean_address = received.address;
            received = ReceivedRedirect { clean_address, ..self.receive(Ok(Some(url)))? };
        }
        let repeated = self.repeated(&received);
        if received.parameters.is_some() {
            self.noted_address.take();
        }
        let is_removed = received.parameters.is_some() && !received.clean_address.is_empty();
        let result = match (repeated, received.parameters.take()) {
            (Some(result), _) => result,
            (None, Some(parameters)) => self.start_callback(&received, parameters),
            (None, None) => return Ok(Box::pin(ready(Ok(None)))),
        };
        if is_removed {
            self.platform.announce_address();
        }
        let (client, logouts) = (self.clone(), self.logouts.get());
        Ok(Box::pin(async move {
            let sign_in = result.wait(&client.platform).await?;
            client.check_not_logged_out(logouts)?;
            // A second client like the first gets the session as well. One that has been renewed since is left alone.
            if client.session().is_none() {
                client.check_not_leaving()?;
                client.set_session(Some(sign_in.session.clone()));
                // A listener may have logged out.
                result.check_not_cancelled()?;
            }
            Ok(Some(sign_in))
        }))
    }

    fn receive(&self, given: Result<Option<String>, Error>) -> Result<ReceivedRedirect, Error> {
        let Self { page, platform, config, .. } = self;
        sign_in::receive_redirect(platform, config, given, &page.written_back)
    }

    /// The URL of a response that is no longer in the address. In this order:
    ///
    /// 1. the one that a router has written back,
    /// 2. the one that another client kept for this client,
    /// 3. the address that was noted when this client was made.
    fn take_waiting_url(&self, received: &ReceivedRedirect) -> Option<String> {
        let written_back = self.page.written_back.take();
        if written_back.is_some() || self.repeated(received).is_some() {
            return written_back;
        }
        let is_own = |url: &String| sign_in::holds_own_response(&self.platform, &self.config, url);
        let kept = self.page.kept_url.borrow_mut().take_if(|url| is_own(url));
        let noted = || self.noted_address.borrow().clone().filter(|url| self.is_unhandled(url));
        kept.or_else(noted)
    }

    /// Whether the URL holds a response and is not the one that this page has handled last.
    fn is_unhandled(&self, url: &str) -> bool {
        let last = self.page.callback.borrow();
        !last.as_ref().is_some_and(|last| last.is_of(url))
            && sign_in::find(&self.platform, &self.config, url).is_some()
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
        let matched = self
            .check_not_leaving()
            .and_then(|()| sign_in::match_state(&self.platform, &self.config, parameters));
        let refusal = matched.as_ref().err();
        let is_refused = refusal.is_some();
        if refusal.is_some_and(|error| error.reason == Some(Reason::OtherClient)) {
            self.page.kept_url.replace(Some(received.url.clone()));
        }
        let state = Rc::new(CallbackState::default());
        let work = self.clone().complete_callback(matched, state.clone(), self.logouts.get());
        let result = CallbackResult::new(SharedTask::start(&self.platform, work), state);
        let mut last = self.page.callback.borrow_mut();
        // Keep the earlier result: the client that completed this response must still receive it, even if another client
        // was refused since.
        if !is_refused || !last.as_ref().is_some_and(|last| last.is_of(&received.url)) {
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
        self.check_not_leaving()?;
        self.set_session(Some(sign_in.session.clone()));
        Ok(sign_in)
    }
}
