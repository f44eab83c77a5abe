//! Auth0's implicit grant, complete verification of its response, and the Management API's
//! current-user endpoints, for browser single-page apps.
//!
//! The crate is a functional core in a thin browser shell. Everything that parses, checks or decides
//! is pure and takes time, keys and randomness as arguments; the effects are in `browser`.
//!
//! ```text
//! options -> Config -> authorize: URL + pending sign-in ... redirect ...
//! URL -> response -> take pending sign-in -> id_token -> access_token -> Session
//! operation -> guard -> Request -> fetch -> value or Error
//! ```
//!
//! It never touches a client secret, never hands the access token out, and keeps no session beyond
//! the page.

pub mod error;
pub mod jose;
pub mod management;
pub mod oidc;
pub mod operation;
pub mod options;
pub mod scope;
pub mod session;
mod text;
mod url;
pub mod value;

#[cfg(target_arch = "wasm32")]
mod bindings;
#[cfg(target_arch = "wasm32")]
mod browser;
