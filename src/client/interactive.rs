//! Sign-in without leaving the page: popup, silent renewal, and the second sign-in of account linking.

use std::rc::Rc;

use super::{Client, SharedTask, SignIn, Started};
use crate::error::{Error, ErrorCode};
use crate::management::request::Arguments;
use crate::oidc::response::ResponseMode;
use crate::oidc::sign_in::{self, VerifiedSignIn};
use crate::operation::Operation;
use crate::options::AuthorizeOptions;
use crate::platform::{Platform, WebMessageTarget};

/// Time that a person has in a window, in milliseconds, unless `timeoutMs` says otherwise.
const POPUP_TIMEOUT_MS: u32 = 300_000;

/// What becomes of a sign-in without leaving the page.
#[derive(Clone, Copy, PartialEq)]
enum SignInPurpose {
    /// It becomes the session. It replaces any other user's.
    NewSession,
    /// It renews the session, and never becomes another user's while the session is live.
    Renewal,
}

impl<P: Platform> Client<P> {
    /// Signs in by a window. Opens the window when this is called, because the click's permission does not last.
    ///
    /// # Errors
    /// `popup_blocked`; `invalid_configuration`; `aborted` while a logout leaves the page.
    pub(crate) fn login_with_popup(
        self: &Rc<Self>,
        options: Box<AuthorizeOptions>,
    ) -> Started<SignIn> {
        self.check_same_origin(&options)?;
        self.check_not_leaving()?;
        let popup = self.open_popup()?;
        let (client, purpose) = (self.clone(), SignInPurpose::NewSession);
        Ok(Box::pin(client.sign_in_at(popup, options, POPUP_TIMEOUT_MS, purpose)))
    }

    /// Renews the session in a hidden frame. Calls with the same options at the same time share one frame.
    ///
    /// # Errors
    /// `invalid_configuration`; `aborted` while a logout leaves the page; `network_error` if the browser is offline.
    pub(crate) fn check_session(
        self: &Rc<Self>,
        options: Box<AuthorizeOptions>,
    ) -> Started<SignIn> {
        let options = options.for_silent_renewal()?;
        self.check_same_origin(&options)?;
        self.check_not_leaving()?;
        if self.platform.is_offline() {
            let message = "the browser is offline: try again when it is connected";
            return Err(Error::new(ErrorCode::NetworkError, message));
        }
        let renewal = match self.renewal_under_way(&options) {
            Some(renewal) => renewal,
            None => self.start_renewal(options)?,
        };
        let client = self.clone();
        Ok(Box::pin(async move {
            let ended = renewal.wait(&client.platform).await;
            // The result holds tokens, so nobody keeps it. Another renewal may be under way by now.
            client.renewal.borrow_mut().take_if(|(_, other)| other.is(&renewal));
            ended
        }))
    }

    fn renewal_under_way(&self, options: &AuthorizeOptions) -> Option<SharedTask<P, SignIn>> {
        let renewal = self.renewal.borrow();
        let (other, task) = renewal.as_ref()?;
        (**other == *options && !task.is_over()).then(|| task.clone())
    }

    fn start_renewal(
        self: &Rc<Self>,
        options: Box<AuthorizeOptions>,
    ) -> Result<SharedTask<P, SignIn>, Error> {
        let iframe = self.platform.open_target(WebMessageTarget::Iframe).ok_or_else(unavailable)?;
        let (timeout_ms, purpose) = (self.config.timeout_ms, SignInPurpose::Renewal);
        let work = self.clone().sign_in_at(iframe, options.clone(), timeout_ms, purpose);
        let renewal = SharedTask::start(&self.platform, work);
        self.renewal.replace(Some((options, renewal.clone())));
        Ok(renewal)
    }

    /// Signs in at another account in a window and links that account to the signed-in user. The session stays. Opens no
    /// window where the call that follows is not permitted.
    ///
    /// # Errors
    /// As [`guard`](crate::session::guard); the refusal of the options; `popup_blocked`.
    pub(crate) fn link_identity_with_popup(
        self: &Rc<Self>,
        options: Result<Box<AuthorizeOptions>, Error>,
    ) -> Started<Option<P::Body>> {
        let subject = self.check_permitted(Operation::LinkIdentity)?;
        let options = options?.for_linking();
        self.check_same_origin(&options)?;
        self.check_not_leaving()?;
        let popup = self.open_popup()?;
        let client = self.clone();
        Ok(Box::pin(async move {
            let other = client.authenticate_at(popup, &options, POPUP_TIMEOUT_MS).await?;
            let arguments = Arguments::link_other(&other, &subject)?;
            client.call_for(&subject, Operation::LinkIdentity, arguments)?.await
        }))
    }

    fn open_popup(&self) -> Result<P::Target, Error> {
        self.platform.open_target(WebMessageTarget::Popup).ok_or_else(|| {
            Error::new(
                ErrorCode::PopupBlocked,
                "the browser did not open the window: call this directly from a click, or use \
                 loginWithRedirect",
            )
        })
    }

    /// Signs in at a window or frame and installs the session.
    async fn sign_in_at(
        self: Rc<Self>,
        target: P::Target,
        options: Box<AuthorizeOptions>,
        default_timeout_ms: u32,
        purpose: SignInPurpose,
    ) -> Result<SignIn, Error> {
        self.check_not_leaving()?;
        let logouts = self.logouts.get();
        let verified = self.authenticate_at(target, &options, default_timeout_ms).await?;
        self.check_not_logged_out(logouts)?;
        self.check_not_leaving()?;
        let sign_in = SignIn::from(verified);
        if purpose == SignInPurpose::Renewal {
            self.check_same_user(sign_in.session.subject())?;
        }
        self.set_session(Some(sign_in.session.clone()));
        // A listener may have logged out.
        self.check_not_logged_out(logouts)?;
        Ok(sign_in)
    }

    /// Loads `/authorize` in a window or frame and verifies what it answers.
    async fn authenticate_at(
        &self,
        target: P::Target,
        options: &AuthorizeOptions,
        default_timeout_ms: u32,
    ) -> Result<VerifiedSignIn, Error> {
        let transaction = self.begin(options)?;
        let url = self.authorize_url(options, &transaction, ResponseMode::WebMessage).await?;
        let timeout_ms = options.timeout_ms.unwrap_or(default_timeout_ms);
        let response =
            sign_in::receive_message(target, &self.config, transaction, &url, timeout_ms).await?;
        sign_in::complete(&self.verifier(), self, response).await
    }
}

/// The refusal where a page cannot make frames.
fn unavailable() -> Error {
    Error::new(ErrorCode::InvalidConfiguration, "a silent sign-in needs a page with a document")
}
