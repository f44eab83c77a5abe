//! The client's session: who is signed in, and how that ends.

use std::rc::{Rc, Weak};

use super::{Client, Page};
use crate::error::{Error, ErrorCode, Reason};
use crate::oidc::authorize;
use crate::oidc::clock::ClockOffset;
use crate::operation::Operation;
use crate::options::LogoutOptions;
use crate::platform::Platform;
use crate::session::{Session, guard};

/// How long to sleep at most until the clock is looked at again, in milliseconds. Timers stand still while the machine
/// sleeps.
const LONGEST_WATCH_MS: f64 = 60_000.0;

/// How long a logout needs to leave the page at most, in milliseconds. If the page is still there then, sign-in works again.
const LEAVING_MS: f64 = 10_000.0;

/// The refusal of what a logout has overtaken.
pub(super) fn logged_out() -> Error {
    Error::new(ErrorCode::Aborted, "the user was logged out here while this was under way")
}

impl<P: Platform> Client<P> {
    /// The session, expired or not.
    pub(crate) fn session(&self) -> Option<Rc<Session>> {
        self.session.borrow().clone()
    }

    /// The device's clock, as the session's sign-in has found it.
    pub(super) fn clock(&self) -> ClockOffset {
        self.session().map(|session| session.clock()).unwrap_or_default()
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

    /// Checks that no other user is signed in.
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

    /// Checks that a live session is this user's: a renewal never changes the user.
    ///
    /// # Errors
    /// `id_token_subject`
    pub(super) fn check_same_user(&self, subject: &str) -> Result<(), Error> {
        if !self.is_authenticated() || self.session().is_none_or(|it| it.subject() == subject) {
            return Ok(());
        }
        let message = "the tenant signed in another user than the session's: the session stays as it was; log out \
                       first, or sign in with loginWithRedirect";
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

    /// Forgets the session, whatever the options are, and goes to the tenant's logout.
    ///
    /// The navigation starts before listeners are told, and until the page is gone no sign-in of it can begin or end: a
    /// listener or a route guard that signs in every signed-out visitor does not undo the logout.
    ///
    /// # Errors
    /// The refusal of the options; `invalid_configuration` where the browser does not leave.
    pub(crate) fn logout(
        self: &Rc<Self>,
        options: Result<LogoutOptions, Error>,
    ) -> Result<(), Error> {
        let was_signed_in = self.forget();
        let left = options.and_then(|options| {
            if options.local_only {
                return Ok(());
            }
            self.page.leaving_until_ms.set(self.platform.now_ms() + LEAVING_MS);
            let url = authorize::build_logout_url(&self.config, &options);
            let left = self.platform.assign(&url);
            if left.is_err() {
                self.page.leaving_until_ms.set(0.0);
            }
            self.platform.announce_logout(&self.session_key);
            self.page.forget_sessions(&self.session_key);
            Ok(left?)
        });
        if was_signed_in {
            (self.on_change)();
        }
        left
    }

    /// Forgets the session and the last response, and overtakes every sign-in that is under way. Tells nobody. Returns whether
    /// there was a session.
    fn forget(self: &Rc<Self>) -> bool {
        let mut last = self.page.callback.borrow_mut();
        if let Some(callback) = last.take_if(|callback| callback.client_key == self.key) {
            callback.cancel();
        }
        drop(last);
        self.noted_address.take();
        self.logouts.set(self.logouts.get().wrapping_add(1));
        self.renewal.replace(None);
        let session = self.session.take();
        self.watch_expiry();
        session.is_some()
    }

    /// Checks that no logout is about to leave the page.
    ///
    /// # Errors
    /// `aborted`
    pub(super) fn check_not_leaving(&self) -> Result<(), Error> {
        let left_ms = self.page.leaving_until_ms.get() - self.platform.now_ms();
        // A clock that was set back must not block sign-ins for long.
        if !(0.0..=LEAVING_MS).contains(&left_ms) || left_ms == 0.0 {
            return Ok(());
        }
        let message = "a logout is leaving the page: sign in on the next one";
        Err(Error::new(ErrorCode::Aborted, message))
    }
}

impl<P: Platform> Page<P> {
    /// Forgets the sessions that other tabs log out, as long as the page lives.
    pub(super) async fn follow_other_tabs(self: Rc<Self>) {
        loop {
            let session_key = self.platform.next_logout().await;
            self.forget_sessions(&session_key);
        }
    }

    /// Ends the sessions of this key and tells their listeners.
    fn forget_sessions(&self, session_key: &str) {
        let clients: Vec<_> = self.clients.borrow().iter().filter_map(Weak::upgrade).collect();
        for client in clients.iter().filter(|client| client.session_key == session_key) {
            if client.forget() {
                (client.on_change)();
            }
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
