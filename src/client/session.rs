//! The client's session: who is signed in, and how that ends.

use std::rc::Rc;

use super::Client;
use crate::error::{Error, ErrorCode, Reason};
use crate::oidc::authorize;
use crate::operation::Operation;
use crate::options::LogoutOptions;
use crate::platform::Platform;
use crate::session::{Session, guard};

/// How long to sleep at most until the clock is looked at again, in milliseconds. Timers stand still while the machine
/// sleeps.
const LONGEST_WATCH_MS: f64 = 60_000.0;

/// The refusal of what a logout has overtaken.
pub(super) fn logged_out() -> Error {
    Error::new(ErrorCode::Aborted, "the user was logged out here while this was under way")
}

impl<P: Platform> Client<P> {
    /// The session, expired or not.
    pub(crate) fn session(&self) -> Option<Rc<Session>> {
        self.session.borrow().clone()
    }

    /// Whether somebody is signed in and the access token has not expired.
    pub(crate) fn is_authenticated(&self) -> bool {
        self.session().is_some_and(|session| session.is_live(self.platform.now_ms()))
    }

    /// Whether an operation would be let through now, by session, time and granted scopes.
    pub(crate) fn can(&self, operation: Operation) -> bool {
        self.check_permitted(operation).is_ok()
    }

    /// Checks that an operation may be sent now. Returns the user that it is for.
    ///
    /// # Errors
    /// As [`guard`].
    pub(crate) fn check_permitted(&self, operation: Operation) -> Result<String, Error> {
        let session = self.session();
        let permit = guard(session.as_deref(), operation, self.platform.now_ms())?;
        Ok(permit.subject().to_owned())
    }

    /// Checks that the session, where there is one, is this user's.
    ///
    /// # Errors
    /// `id_token_subject`
    pub(super) fn check_subject(&self, subject: &str) -> Result<(), Error> {
        if self.session().is_none_or(|session| session.subject() == subject) {
            return Ok(());
        }
        let message = "another user has signed in meanwhile: nothing was done; start again";
        Err(Error::new(ErrorCode::IdTokenSubject, message).with_reason(Reason::Mismatch))
    }

    /// Checks that nobody has logged out since there had been `logouts` logouts.
    ///
    /// # Errors
    /// `aborted`
    pub(super) fn check_not_logged_out(&self, logouts: u32) -> Result<(), Error> {
        if self.logouts.get() == logouts { Ok(()) } else { Err(logged_out()) }
    }

    /// Replaces the session and tells the listeners.
    pub(super) fn set_session(self: &Rc<Self>, session: Option<Rc<Session>>) {
        self.session.replace(session);
        self.watch_expiry();
        (self.on_change)();
    }

    /// Tells the listeners when the session expires. Holds the client weakly, so that a forgotten client goes.
    fn watch_expiry(self: &Rc<Self>) {
        if let Some(task) = self.expiry_watch.take() {
            self.platform.cancel(&task);
        }
        let Some(expires_at_ms) = self.session().map(|session| session.expires_at_ms()) else {
            return;
        };
        let (client, platform) = (Rc::downgrade(self), self.platform.clone());
        let task = self.platform.spawn(Box::pin(async move {
            loop {
                let left_ms = expires_at_ms - platform.now_ms();
                if left_ms <= 0.0 {
                    break;
                }
                platform.sleep(left_ms.min(LONGEST_WATCH_MS)).await;
            }
            if let Some(client) = client.upgrade() {
                (client.on_change)();
            }
        }));
        self.expiry_watch.replace(Some(task));
    }

    /// Forgets the session first, whatever the options are, then goes to the tenant's logout.
    ///
    /// # Errors
    /// The refusal of the options.
    pub(crate) fn logout(self: &Rc<Self>, options: Result<LogoutOptions, Error>) -> Result<(), Error> {
        self.forget();
        let options = options?;
        if !options.local_only {
            self.platform.assign(&authorize::build_logout_url(&self.config, &options));
        }
        Ok(())
    }

    /// Forgets the session and the last response, and overtakes every sign-in that is under way.
    fn forget(self: &Rc<Self>) {
        let mut last = self.page.callback.borrow_mut();
        if let Some(callback) = last.take_if(|callback| callback.client_key == self.key) {
            callback.cancel();
        }
        drop(last);
        self.logouts.set(self.logouts.get().wrapping_add(1));
        self.renewal.replace(None);
        if self.session.borrow().is_some() {
            self.set_session(None);
        }
    }
}

impl<P: Platform> Drop for Client<P> {
    fn drop(&mut self) {
        if let Some(task) = self.expiry_watch.take() {
            self.platform.cancel(&task);
        }
    }
}
