//! The browser's side: every effect, and nothing that decides. With `bindings` the only code that
//! names what a page has.

pub(crate) mod client;
pub(crate) mod crypto;
pub(crate) mod effects;
pub(crate) mod fetch;
pub(crate) mod keys;
pub(crate) mod store;
pub(crate) mod task;
#[cfg(test)]
mod tests;
pub(crate) mod values;
pub(crate) mod window;
