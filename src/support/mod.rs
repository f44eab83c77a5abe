//! Small basics, each in place of something in the standard library or a crate that would weigh more
//! in the module. Nothing here knows of OAuth.

pub mod json;
pub(crate) mod text;
pub(crate) mod url;
pub mod value;
