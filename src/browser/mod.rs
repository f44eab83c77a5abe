//! The ports on what a page has: one adapter a port, each beside the file of the same name in `src/js/platform`. An adapter
//! carries out and reports. It decides nothing.

mod clock;
mod crypto;
mod http;
mod navigation;
mod other_tabs;
mod state_store;
pub(crate) mod tasks;
#[cfg(test)]
mod tests;
pub(crate) mod values;
mod web_message;

use std::rc::Rc;

pub(crate) use self::http::TextBody;
use crate::client::{self, Page};

/// The browser's page, which has all ports.
#[derive(Clone, Copy)]
pub(crate) struct Browser;

/// The client in a browser.
pub(crate) type Client = client::Client<Browser>;

thread_local! {
    static PAGE: Rc<Page<Browser>> = Page::new(Browser);
}

/// What all clients of this page share.
pub(crate) fn page() -> Rc<Page<Browser>> {
    PAGE.with(Rc::clone)
}
