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
//! A Rust single-page app uses the `client` module, on wasm32 and with the feature `client`. Without
//! the feature the wasm32 build exports what the npm package's JavaScript calls, and brings an
//! allocator.
//!
//! It never touches a client secret, never hands the access token out, and keeps no session beyond
//! the page.

#![cfg_attr(
    not(any(test, target_arch = "wasm32")),
    allow(dead_code, reason = "what calls the client exists in a browser and in tests alone")
)]

mod client;
mod error;
mod jose;
mod management;
mod oidc;
mod operation;
mod options;
mod platform;
mod requested_scopes;
mod scope;
mod session;
mod support;

#[cfg(all(target_arch = "wasm32", not(feature = "client")))]
mod bindings;
#[cfg(target_arch = "wasm32")]
mod browser;
#[cfg(all(target_arch = "wasm32", feature = "client"))]
mod rust_api;

#[cfg(all(target_arch = "wasm32", feature = "client"))]
pub use rust_api::*;

/// What the fuzz targets, the tools and the native tests look into. It is not part of the API and changes without notice.
#[doc(hidden)]
pub mod internals {
    pub use crate::support::{json, tagged_json, value};

    macro_rules! reach {
        ($($module:ident)+) => {
            $(pub mod $module {
                pub use crate::$module::*;
            })+
        };
    }

    reach! { error jose management oidc operation options platform requested_scopes scope session }
}
