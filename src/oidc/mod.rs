//! OpenID Connect: the authorization request, its response, and the checks of what it brings.

pub mod access_token;
pub(crate) mod address_bar;
pub mod authorize;
pub mod clock;
pub mod id_token;
pub mod response;
pub mod sign_in;
pub mod token_response;
pub mod transaction;
pub mod transaction_record;
pub mod web_message;
