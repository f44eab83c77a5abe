//! Basics without any knowledge of OAuth. Each file says what it saves compared with the standard way;
//! its tests compare the two.

pub mod json;
pub mod tagged_json;
pub(crate) mod text;
pub(crate) mod url;
pub mod value;
